"""A NAT gateway: the way out of private subnets, what it refuses and what it costs.

Traffic of a whole VPC is no metric of AWS's, nor are rejected flows: a flow log and a metric filter count what it calls
REJECT, in the log group that the configuration names. Changes of security groups are events (`security.py`).
"""

from __future__ import annotations

from infra.kinds.publishing import OF_THE_WORKLOAD, LogFilter
from infra.kinds.settings import Identifier
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_GATEWAY = {"NatGatewayId": "gateway"}
_NAMESPACE = "AWS/NATGateway"

KIND = Kind(
    name="nat_gateway",
    section="natGateways",
    title="NAT gateway",
    settings=(
        Identifier(name="gateway", means="its id", pattern=r"nat-[0-9a-f]{8,17}"),
        Identifier(
            name="flow_log_group",
            means="the log group of its VPC's flow log, in which rejected flows are counted",
            pattern=r"[A-Za-z0-9_./#-]{1,512}",
            required=False,
        ),
    ),
    metrics={
        "no_port": MetricRow(_NAMESPACE, "ErrorPortAllocation", _GATEWAY, "Sum", "No port left"),
        "dropped": MetricRow(_NAMESPACE, "PacketsDropCount", _GATEWAY, "Sum", "Dropped"),
        "packets_in": MetricRow(_NAMESPACE, "PacketsInFromSource", _GATEWAY, "Sum", "Packets from inside"),
        "packets_back": MetricRow(_NAMESPACE, "PacketsInFromDestination", _GATEWAY, "Sum", "Packets from outside"),
        "active": MetricRow(_NAMESPACE, "ActiveConnectionCount", _GATEWAY, "Maximum", "Open connections"),
        "attempted": MetricRow(_NAMESPACE, "ConnectionAttemptCount", _GATEWAY, "Sum", "Attempted"),
        "established": MetricRow(_NAMESPACE, "ConnectionEstablishedCount", _GATEWAY, "Sum", "Established"),
        "idle": MetricRow(_NAMESPACE, "IdleTimeoutCount", _GATEWAY, "Sum", "Ended as idle"),
        "peak": MetricRow(_NAMESPACE, "PeakBytesPerSecond", _GATEWAY, "Maximum", "Peak"),
        "sent": MetricRow(_NAMESPACE, "BytesOutToDestination", _GATEWAY, "Sum", "Sent out"),
        "received": MetricRow(_NAMESPACE, "BytesInFromDestination", _GATEWAY, "Sum", "Received"),
        "rejected": MetricRow(
            OF_THE_WORKLOAD,
            "RejectedFlows",
            {},
            "Sum",
            "Rejected flows",
            Requirement.FLOW_LOG_FILTER,
            # In every format of a flow log the action is a word of its own, and no other field has this one.
            published=LogFilter("flow_log_group", "REJECT"),
        ),
        "dropped_share": MathRow(
            "IF(FILL(packets_in, 0) + FILL(packets_back, 0) > 0, "
            "100 * FILL(dropped, 0) / (FILL(packets_in, 0) + FILL(packets_back, 0)), 0)",
            ("dropped", "packets_in", "packets_back"),
            "Dropped",
        ),
        "failed_share": MathRow(
            "IF(FILL(attempted, 0) >= 100, 100 * (attempted - FILL(established, 0)) / attempted, 0)",
            ("attempted", "established"),
            "Connections that fail",
        ),
    },
    alarms=(
        AlarmRow(
            "ports",
            "Connections fail for want of a port",
            "no_port",
            Band(critical=0),
            why="55,000 connections to one destination are all; AWS recommends to act at the first refusal",
            points=(3, 5),
            role=Role.SYMPTOM,
            pages="failing",
        ),
        AlarmRow(
            "dropped",
            "Packets are dropped",
            "dropped_share",
            Band(warning=0.01),
            why="AWS's own number: more than a hundredth of a per cent is trouble inside the gateway",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "failed-connections",
            "Connections out fail",
            "failed_share",
            "natFailedPercent",
            why="what is outside does not answer, or a rule stops the way back; of at least a hundred attempts",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "rejected-flows",
            "Many flows are rejected",
            "rejected",
            Band(info=3),
            why="three deviations above what the hour leads to expect: a scan, or a rule that has become too narrow",
            points=(3, 3),
            comparison="GreaterThanUpperThreshold",
            period_seconds=300,
            only_with="flow_log_group",
        ),
        silence(
            "No metric arrives: the gateway is gone",
            "active",
            why="a NAT gateway publishes its connections every minute, none included",
            pages="failing",
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow(
            "failing", "The way out of private subnets fails", "critical", why="whatever is called outside fails"
        ),
    ),
    widgets=(
        WidgetRow("connections that fail", ("failed_share",), "%", summary=True),
        WidgetRow("no port left", ("no_port",), "connections/min"),
        WidgetRow("dropped packets", ("dropped_share",), "%"),
        WidgetRow("connections", ("attempted", "established", "idle"), "connections/min", right=("active",)),
        WidgetRow("bytes", ("sent", "received"), "bytes/min", summary=True, boards=("cost",)),
        WidgetRow("peak", ("peak",), "bytes/s"),
        WidgetRow("rejected flows", ("rejected",), "flows/5 min", only_with="flow_log_group"),
    ),
)
"""What is watched on a NAT gateway."""
