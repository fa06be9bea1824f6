"""An Application Load Balancer: what it does itself, before any target, and its service level objective (`slo.py`)."""

from __future__ import annotations

from infra.kinds import slo
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
        "no_answer": MetricRow(
            "AWS/ApplicationELB", "HTTPCode_ELB_504_Count", _BALANCER, "Sum", "504: no answer in time"
        ),
        "bad_answer": MetricRow("AWS/ApplicationELB", "HTTPCode_ELB_502_Count", _BALANCER, "Sum", "502: bad answer"),
        "target_client_errors": MetricRow(
            "AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", _BALANCER, "Sum", "Targets' 4xx"
        ),
        "untrusted": MetricRow(
            "AWS/ApplicationELB", "TargetTLSNegotiationErrorCount", _BALANCER, "Sum", "TLS not agreed with targets"
        ),
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
        **slo.METRICS,
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
        AlarmRow(
            "targets-untrusted",
            "TLS with targets fails",
            "untrusted",
            Band(warning=0),
            why="a target's certificate or cipher is refused; three of five minutes are no restart",
            points=(3, 5),
        ),
        # M14: what is unusual is neither good nor bad, so it never pages; the symptoms say whether it hurts.
        AlarmRow(
            "unusual-traffic",
            "Traffic is unusual",
            "requests",
            Band(info=3),
            why="three deviations around what the hour and the weekday lead to expect, for a quarter of an hour",
            points=(3, 3),
            comparison="LessThanLowerOrGreaterThanUpperThreshold",
            period_seconds=300,
        ),
        *slo.ALARMS,
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
        *slo.COMPOSITES,
    ),
    widgets=(
        WidgetRow("requests", ("requests",), "requests/5 min", summary=True, boards=("business",)),
        WidgetRow("5xx rate", ("error_rate",), "%", summary=True),
        WidgetRow("response time", ("response:Average", "response:p95", "response:p99"), "s", summary=True),
        WidgetRow("its own errors", ("own_errors", "own_client_errors", "no_target"), "responses/min"),
        WidgetRow("bad and late answers of targets", ("bad_answer", "no_answer"), "responses/min"),
        WidgetRow("refused requests (4xx)", ("target_client_errors",), "responses/min"),
        WidgetRow("connections", ("rejected", "unconnected", "untrusted"), "connections/min"),
        WidgetRow("capacity", ("capacity",), "LCU", boards=("cost",)),
        *slo.WIDGETS,
    ),
)
"""What is watched on a load balancer."""
