"""Metrics and metric math, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Expression", "Metric", "Ref", "Requirement", "Series"]


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


Series = Metric | Expression
"""What can be drawn as a line and watched by an alarm."""
