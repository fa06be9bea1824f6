"""An Application Load Balancer: what it does itself, before any target."""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_BALANCER = {"LoadBalancer": "load_balancer"}

KIND = Kind(
    name="load_balancer",
    section="loadBalancers",
    title="Load balancer",
    metrics={
        "requests": MetricRow("AWS/ApplicationELB", "RequestCount", _BALANCER, "Sum", "Requests"),
        "response": MetricRow(
            "AWS/ApplicationELB", "TargetResponseTime", _BALANCER, "p95", "Response time", low_samples="ignore"
        ),
        "own_errors": MetricRow("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", _BALANCER, "Sum", "Its own 5xx"),
        "no_target": MetricRow("AWS/ApplicationELB", "HTTPCode_ELB_503_Count", _BALANCER, "Sum", "503: no target"),
        "own_client_errors": MetricRow("AWS/ApplicationELB", "HTTPCode_ELB_4XX_Count", _BALANCER, "Sum", "Its own 4xx"),
        "target_errors": MetricRow("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", _BALANCER, "Sum", "Targets' 5xx"),
        "rejected": MetricRow("AWS/ApplicationELB", "RejectedConnectionCount", _BALANCER, "Sum", "Rejected"),
        "unconnected": MetricRow(
            "AWS/ApplicationELB", "TargetConnectionErrorCount", _BALANCER, "Sum", "Targets not reached"
        ),
        # The one metric of a load balancer that AWS reports always, traffic or none.
        "capacity": MetricRow("AWS/ApplicationELB", "ConsumedLCUs", _BALANCER, "Average", "Capacity units"),
        # The balancer's own 502 and 504 are counted as requests too; a 503 never reached a target and is not.
        "error_rate": MathRow(
            "IF(FILL(requests, 0) + FILL(no_target, 0) >= {minimum_requests}, "
            "100 * (FILL(own_errors, 0) + FILL(target_errors, 0)) / (FILL(requests, 0) + FILL(no_target, 0)), 0)",
            ("own_errors", "target_errors", "no_target", "requests"),
            "5xx rate",
        ),
    },
    alarms=(
        AlarmRow(
            "errors",
            "Requests fail (5xx of balancer and targets)",
            "error_rate",
            "errorRatePercent",
            why="the share over a sliding window of five minutes, with what never reached a target",
            points=(1, 1),
            period_seconds=300,
            role=Role.SYMPTOM,
            pages="failing",
        ),
        AlarmRow(
            "no-target",
            "Requests meet no healthy target (503)",
            "no_target",
            Band(warning=0),
            why="a 503 of the balancer itself means a rule leads to a group without healthy targets",
            points=(3, 5),
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "rejected",
            "Connections are rejected",
            "rejected",
            Band(warning=0),
            why="the balancer has reached its most connections; any rejection is a user turned away",
            points=(3, 5),
            role=Role.SYMPTOM,
        ),
        AlarmRow(
            "targets-unreachable",
            "Targets do not accept connections",
            "unconnected",
            Band(warning=10),
            why="a replaced task costs a few connections; more than ten a minute for three are a closed port",
            points=(3, 5),
        ),
        silence(
            "No metric arrives: the load balancer is gone",
            "capacity",
            why="AWS reports consumed capacity always, even without traffic",
            pages="failing",
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow(
            "failing",
            "The API fails for users",
            "critical",
            why="beyond the critical baseline users are turned away whichever service they ask",
        ),
    ),
    widgets=(
        WidgetRow("requests", ("requests",), "requests/min", summary=True),
        WidgetRow("5xx rate", ("error_rate",), "%", summary=True),
        WidgetRow("response time", ("response:Average", "response:p95", "response:p99"), "s", summary=True),
        WidgetRow("its own errors", ("own_errors", "own_client_errors", "no_target"), "responses/min"),
        WidgetRow("connections", ("rejected", "unconnected"), "connections/min"),
        WidgetRow("capacity", ("capacity",), "LCU"),
    ),
)
"""What is watched on a load balancer."""
