"""What a load balancer says of the targets of an ECS service: rows of that kind.

A service that CodeDeploy rolls out blue and green has a second target group. Which of the two serves is decided
with every deployment, so that both are watched: rates and times of each group by itself (the idle one has no requests,
and is quiet), and healthy targets of both together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from infra.kinds.table import AlarmRow, MathRow, MetricRow, WidgetRow
from opslib.monitoring import Band, Role

__all__ = ["ALARMS", "METRICS", "WIDGETS"]

_ALB = "AWS/ApplicationELB"
_SECOND = "alternate_target_group"
_HAS = "target_group"


def _metrics(group: str, suffix: str) -> dict[str, MetricRow | MathRow]:
    """The metrics of one target group; those of the second have a suffix."""
    dimensions = {"LoadBalancer": "load_balancer", "TargetGroup": group}
    named = f" ({suffix})" if suffix else ""
    end = f"_{suffix}" if suffix else ""

    def row(name: str, statistic: str, label: str) -> MetricRow:
        is_percentile = statistic.startswith("p")
        few: Literal["ignore"] | None = "ignore" if is_percentile else None
        return MetricRow(_ALB, name, dimensions, statistic, f"{label}{named}", low_samples=few)

    requests, errors, client_errors, response = (
        f"{key}{end}" for key in ("requests", "errors", "client_errors", "response_average")
    )
    return {
        f"response{end}": row("TargetResponseTime", "p95", "Response time"),
        f"response_average{end}": row("TargetResponseTime", "Average", "Average response time"),
        requests: row("RequestCount", "Sum", "Requests"),
        errors: row("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
        client_errors: row("HTTPCode_Target_4XX_Count", "Sum", "4xx"),
        f"healthy{end}": row("HealthyHostCount", "Minimum", "Healthy targets"),
        f"unhealthy{end}": row("UnHealthyHostCount", "Maximum", "Unhealthy targets"),
        f"anomalous{end}": row("AnomalousHostCount", "Maximum", "Anomalous targets"),
        f"unconnected{end}": row("TargetConnectionErrorCount", "Sum", "Targets not reached"),
        # Counts of errors are published only when they are not zero; below the minimum of requests a rate says nothing.
        f"error_rate{end}": MathRow(
            f"IF(FILL({requests}, 0) >= {{minimum_requests}}, 100 * FILL({errors}, 0) / {requests}, 0)",
            (errors, requests),
            f"5xx rate{named}",
        ),
        f"client_error_rate{end}": MathRow(
            f"IF(FILL({requests}, 0) >= {{minimum_requests}}, 100 * FILL({client_errors}, 0) / {requests}, 0)",
            (client_errors, requests),
            f"4xx rate{named}",
        ),
        f"quiet_response{end}": MathRow(
            f"IF(FILL({requests}, 0) >= {{minimum_requests}}, FILL({response}, 0), 0)",
            (response, requests),
            f"Response time, average{named}",
        ),
    }


METRICS: dict[str, MetricRow | MathRow] = {
    **_metrics("target_group", ""),
    # The load of one target; AWS has it as a sum that is an average already.
    "per_target": MetricRow(
        _ALB, "RequestCountPerTarget", {"TargetGroup": "target_group"}, "Sum", "Requests per target"
    ),
    **_metrics(_SECOND, "alternate"),
    "healthy_of_both": MathRow(
        "FILL(healthy, 0) + FILL(healthy_alternate, 0)", ("healthy", "healthy_alternate"), "Healthy targets of both"
    ),
}

_NO_HEALTHY = AlarmRow(
    "no-healthy-targets",
    "No target is healthy",
    "healthy",
    Band(critical=1),
    why="nobody can be served; five minutes outlast a task's replacement",
    points=(5, 5),
    comparison="LessThanThreshold",
    missing="breaching",
    role=Role.SYMPTOM,
    pages="unavailable",
    only_with=_HAS,
    unless=_SECOND,
)

_OF_A_GROUP = (
    AlarmRow(
        "unhealthy-targets",
        "A target stays unhealthy",
        "unhealthy",
        Band(warning=0),
        why="ECS replaces an unhealthy task within minutes; ten are a task that comes back unhealthy",
        points=(10, 10),
        only_with=_HAS,
    ),
    AlarmRow(
        "errors",
        "Requests fail (5xx)",
        "error_rate",
        "errorRatePercent",
        why="the share over a sliding window of five minutes",
        points=(1, 1),
        period_seconds=300,
        role=Role.SYMPTOM,
        pages="degraded",
        only_with=_HAS,
    ),
    AlarmRow(
        "client-errors",
        "Many requests are refused (4xx)",
        "client_error_rate",
        "clientErrorRatePercent",
        why="a quarter of all requests wrong is a broken client or a broken release, not users' mistakes",
        points=(3, 3),
        period_seconds=300,
        only_with=_HAS,
    ),
    AlarmRow(
        "response",
        "Responses are slow (p95)",
        "response",
        "responseSeconds",
        # Of ten and not of five: what is slow every other minute is one alarm, and not one every other minute.
        why="one request in twenty is slower; three of ten minutes are no single slow query",
        points=(3, 10),
        role=Role.SYMPTOM,
        pages="degraded",
        only_with=_HAS,
    ),
    # A p95 of fewer than 200 requests in five minutes is ignored by the alarm above, as it should be: ten slow ones
    # would decide it. An average beyond the same threshold is worse than a p95 beyond it, and needs only the minimum.
    AlarmRow(
        "response-quiet",
        "Responses are slow on average, with little traffic",
        "quiet_response",
        "responseSeconds",
        why="CloudWatch ignores a p95 of fewer than 200 requests; where the average is as slow, most users wait",
        points=(2, 2),
        period_seconds=300,
        role=Role.SYMPTOM,
        pages="degraded",
        only_with=_HAS,
        severities=("critical",),
    ),
)

ALARMS: tuple[AlarmRow, ...] = (
    _NO_HEALTHY,
    replace(_NO_HEALTHY, key="no-healthy-targets-of-both", series="healthy_of_both", only_with=_SECOND, unless=None),
    *_OF_A_GROUP,
    *(
        replace(
            row,
            key=f"{row.key}-alternate",
            title=f"{row.title}, second target group",
            series=f"{row.series}_alternate",
            only_with=_SECOND,
        )
        for row in _OF_A_GROUP
    ),
)

_WIDGETS = (
    WidgetRow("requests", ("requests",), "requests/min", only_with=_HAS, summary=True),
    WidgetRow("5xx rate", ("error_rate",), "%", only_with=_HAS, summary=True),
    WidgetRow("response time", ("response:Average", "response:p95", "response:p99"), "s", only_with=_HAS, summary=True),
    WidgetRow("response time, average of enough requests", ("quiet_response",), "s", only_with=_HAS),
    WidgetRow("4xx rate", ("client_error_rate",), "%", only_with=_HAS),
    WidgetRow("targets", ("healthy", "unhealthy"), "targets", right=("anomalous",), only_with=_HAS),
    WidgetRow("targets not reached", ("unconnected",), "connections/min", only_with=_HAS),
)

WIDGETS: tuple[WidgetRow, ...] = (
    *_WIDGETS,
    WidgetRow("requests per target", ("per_target",), "requests/min", only_with=_HAS),
    *(
        replace(
            row,
            title=f"{row.title}, second target group",
            left=tuple("_alternate:".join(key.split(":")) if ":" in key else f"{key}_alternate" for key in row.left),
            right=tuple(f"{key}_alternate" for key in row.right),
            summary=False,
            only_with=_SECOND,
        )
        for row in _WIDGETS
    ),
    WidgetRow("healthy targets of both groups", ("healthy_of_both",), "targets", only_with=_SECOND),
)
