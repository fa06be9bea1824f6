"""Questions that are asked again in every incident, as data: over logs, saved in Logs Insights, and over all metrics.

Percentiles and rates of what a load balancer measures are metric math, and stand in the tables; SQL over metrics has
no percentile. What it has is all of a kind at once: which of them is worst. It sees every metric of the account in
the region, the last three hours of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from infra.kinds.watch import Watched
from opslib.monitoring import Graph, Insights

__all__ = ["LOG_QUERIES", "LogQuery", "metric_queries"]

Logs = Literal["application", "function", "database"]


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A saved query.

    Attributes:
        key: Its name; the stack's prefix is its folder.
        of: Whose logs it asks.
        text: The query, in CloudWatch Logs Insights' language.
        why: What it answers.
    """

    key: str
    of: Logs
    text: str
    why: str


LOG_QUERIES: tuple[LogQuery, ...] = (
    LogQuery(
        "response-percentiles",
        "application",
        "filter ispresent(RequestDuration)\n"
        "| stats avg(RequestDuration) as average, pct(RequestDuration, 95) as p95, pct(RequestDuration, 99) as p99,"
        " count(*) as requests by bin(5m)",
        "how response times went, with what opslib.monitoring.emit writes",
    ),
    LogQuery(
        "slowest-endpoints",
        "application",
        "filter ispresent(RequestDuration) and ispresent(Endpoint)\n"
        "| stats pct(RequestDuration, 95) as p95, count(*) as requests by Endpoint\n| sort p95 desc\n| limit 20",
        "which endpoint is slow",
    ),
    LogQuery(
        "error-rate",
        "application",
        "filter ispresent(StatusClass) and ispresent(Responses)\n"
        "| stats 100 * sum(StatusClass = '5xx') / count(*) as percent, count(*) as responses by bin(5m)",
        "how many of a hundred responses are errors",
    ),
    LogQuery(
        "errors",
        "application",
        "filter @message like /(?i)error|exception|traceback|panic/\n"
        "| fields @timestamp, @logStream, @message\n| sort @timestamp desc\n| limit 100",
        "the latest errors, with the task that wrote them",
    ),
    LogQuery(
        "error-types",
        "application",
        "filter ispresent(ErrorType)\n| stats count(*) as errors by ErrorType\n| sort errors desc",
        "which errors there are most of",
    ),
    LogQuery(
        "slowest-invocations",
        "function",
        "filter @type = 'REPORT'\n| fields @requestId, @duration, @maxMemoryUsed / 1024 / 1024 as memoryMib\n"
        "| sort @duration desc\n| limit 20",
        "which invocations are near the time-out",
    ),
    LogQuery(
        "cold-starts",
        "function",
        "filter @type = 'REPORT' and ispresent(@initDuration)\n"
        "| stats count(*) as starts, avg(@initDuration), max(@initDuration) by bin(1h)",
        "how often a call waits for a new environment",
    ),
    LogQuery(
        "slow-statements",
        "database",
        "filter @message like /duration:/\n"
        "| parse @message /duration: (?<milliseconds>[0-9.]+) ms\\s+(?<step>[a-z]+)[^:]*: (?<statement>.*)/\n"
        "| stats count(*) as times, max(milliseconds) as longest by statement\n| sort longest desc\n| limit 20",
        "which statements are slow (log_min_duration_statement)",
    ),
    LogQuery(
        "lock-waits",
        "database",
        "filter @message like /deadlock detected|still waiting for/\n| fields @timestamp, @message\n| limit 50",
        "who waits for whom (log_lock_waits)",
    ),
)
"""Every saved query."""

_METRIC_QUERIES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "ecs_service": (
        (
            "busiest services",
            (
                'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) '
                "GROUP BY ServiceName ORDER BY AVG() DESC LIMIT 10"
            ),
            "%",
        ),
    ),
    "load_balancer": (
        (
            "slowest target groups",
            (
                'SELECT AVG(TargetResponseTime) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer, TargetGroup) '
                "GROUP BY TargetGroup ORDER BY AVG() DESC LIMIT 10"
            ),
            "s",
        ),
        (
            "target groups with most failures",
            (
                'SELECT SUM(HTTPCode_Target_5XX_Count) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer, TargetGroup) '
                "GROUP BY TargetGroup ORDER BY SUM() DESC LIMIT 10"
            ),
            "5xx/5 min",
        ),
    ),
}
"""By kind: title, query, unit."""


def metric_queries(watched: Sequence[Watched]) -> Iterator[Graph]:
    """The graphs of the worst of each kind, where there are several of it.

    Args:
        watched: All workloads.
    """
    kinds = [workload.kind.name for workload in watched]
    for kind, queries in _METRIC_QUERIES.items():
        if kind in kinds:
            for title, sql, unit in queries:
                yield Graph(title=f"all: {title}", left=(Insights(sql),), unit=unit)
