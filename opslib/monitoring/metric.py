"""Metrics and metric math, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Expression", "Insights", "Metric", "Ref", "Requirement", "Series", "anomaly_band"]


@dataclass(frozen=True, slots=True)
class Ref:
    """An identifier that is known only when the model is bound, such as the load balancer of workload `api`."""

    workload: str
    field: str

    def __str__(self) -> str:
        return f"${{{self.workload}.{self.field}}}"


class Requirement(StrEnum):
    """A setting of somebody else's resource without which a metric is not published, and its alarm is blind."""

    CONTAINER_INSIGHTS = "container-insights"
    """The cluster's setting `containerInsights` is `enabled` or `enhanced`."""
    CONTAINER_INSIGHTS_ENHANCED = "container-insights-enhanced"
    """The cluster's setting `containerInsights` is `enhanced`."""
    PERFORMANCE_INSIGHTS = "performance-insights"
    """Performance Insights (now Database Insights) is on for the instance."""
    BURST_BALANCE = "gp2-storage"
    """The instance's storage is gp2: other types have no burst balance."""
    BURSTABLE_CLASS = "burstable-class"
    """The instance's class is of the t family: others have no CPU credits."""
    EBS_CREDITS = "class-with-ebs-credits"
    """The instance's class earns credits for EBS: the smaller sizes of most families do."""
    EBS_VOLUME = "ebs-volume"
    """An EBS volume is attached to the service's tasks."""
    CLOUDWATCH_AGENT = "cloudwatch-agent"
    """The CloudWatch agent runs on the host and publishes under the dimensions that are named."""
    DETAILED_MONITORING = "detailed-monitoring"
    """Detailed monitoring is on for the instance: without it there is a point every five minutes."""
    GROUP_METRICS = "group-metrics"
    """Group metrics collection is on for the Auto Scaling group."""
    ADDITIONAL_METRICS = "cloudfront-additional-metrics"
    """The distribution's additional metrics are switched on (a monitoring subscription)."""
    BILLING_ALERTS = "billing-alerts"
    """Billing alerts are switched on in the account's billing preferences."""
    PROVISIONED_CONCURRENCY = "provisioned-concurrency"
    """The function's alias has provisioned concurrency."""
    SLOW_QUERY_LOG = "slow-query-log"
    """PostgreSQL's log is exported, `log_min_duration_statement` is set, and a metric filter counts what it writes."""
    FLOW_LOG_FILTER = "flow-log-filter"
    """The VPC has a flow log in CloudWatch Logs, and a metric filter counts what it calls REJECT."""
    EVENT_RULE = "event-rule-with-target"
    """An EventBridge rule for the event exists and has a target; a trail records API calls."""
    TRAIL = "trail"
    """A trail of all regions writes to the log group that is named."""
    GEO_RULE = "waf-country-labels"
    """The web ACL has a rule that labels requests by country."""
    EMITTER = "emitter"
    """The application writes its own metrics with `opslib.monitoring.emit`, and its log reaches CloudWatch Logs."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One CloudWatch metric.

    Attributes:
        namespace: AWS's namespace, such as ``AWS/ECS``.
        name: The metric's name.
        dimensions: Names and values; a value may be a reference.
        statistic: ``Average``, ``Sum``, ``Minimum``, ``Maximum``, ``SampleCount`` or a percentile such as ``p95``.
        period_seconds: Length of a point.
        label: What a graph's legend says.
        requires: What must be switched on for it to exist.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str | Ref], ...]
    statistic: str
    period_seconds: int = 60
    label: str = ""
    requires: Requirement | None = None

    def with_period(self, period_seconds: int) -> Metric:
        """The same metric in points of another length."""
        return self if period_seconds == self.period_seconds else replace(self, period_seconds=period_seconds)

    def with_statistic(self, statistic: str) -> Metric:
        """The same metric by another statistic."""
        return self if statistic == self.statistic else replace(self, statistic=statistic)


@dataclass(frozen=True, slots=True)
class Expression:
    """Metric math over named metrics.

    Attributes:
        expression: CloudWatch's syntax, over the ids of `inputs`.
        inputs: Id (starts with a lower-case letter) and metric; all of one period.
        label: What a graph's legend says.
    """

    expression: str
    inputs: tuple[tuple[str, Metric], ...]
    label: str = ""

    @property
    def period_seconds(self) -> int:
        """The one period of its inputs."""
        return self.inputs[0][1].period_seconds

    @property
    def requires(self) -> Requirement | None:
        """The first requirement among its inputs."""
        return next((metric.requires for _, metric in self.inputs if metric.requires), None)

    def with_period(self, period_seconds: int) -> Expression:
        """The same math over points of another length."""
        return replace(self, inputs=tuple((key, metric.with_period(period_seconds)) for key, metric in self.inputs))


@dataclass(frozen=True, slots=True)
class Insights:
    """A Metrics Insights query: SQL over all metrics of a schema. An alarm sees the last three hours of them.

    Attributes:
        sql: The query; `GROUP BY` gives a line for each group.
        label: What a graph's legend says.
        period_seconds: Length of a point.
    """

    sql: str
    label: str = ""
    period_seconds: int = 300

    @property
    def inputs(self) -> tuple[tuple[str, Metric], ...]:
        """None: it names no single metric."""
        return ()

    @property
    def requires(self) -> Requirement | None:
        """None: it takes what there is."""
        return None

    def with_period(self, period_seconds: int) -> Insights:
        """The same query in points of another length."""
        return replace(self, period_seconds=period_seconds)


Series = Metric | Expression | Insights
"""What can be drawn as a line and watched by an alarm."""


def anomaly_band(watched: str, deviations: float) -> str:
    """CloudWatch's function that gives the band in which a model expects a metric.

    Args:
        watched: The metric's id.
        deviations: Half the band's height, in standard deviations.
    """
    return f"ANOMALY_DETECTION_BAND({watched}, {deviations:g})"
