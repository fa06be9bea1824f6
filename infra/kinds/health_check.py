"""An address as the world outside sees it: a Route 53 health check, whose metrics are in us-east-1.

Route 53 asks from several regions, each with several checkers, and calls the address healthy while more than 18 per
cent of them do (developer guide, "How Route 53 determines the status of health checks that monitor an endpoint"). Its
composite cannot join one of another region, so that it pages for itself.
"""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_NAMESPACE = "AWS/Route53"
_CHECK = {"HealthCheckId": "health_check"}

KIND = Kind(
    name="health_check",
    section="healthChecks",
    title="Health check from outside",
    region="us-east-1",
    metrics={
        "status": MetricRow(_NAMESPACE, "HealthCheckStatus", _CHECK, "Minimum", "Healthy"),
        "checkers": MetricRow(
            _NAMESPACE, "HealthCheckPercentageHealthy", _CHECK, "Average", "Checkers that call it healthy"
        ),
        "connection": MetricRow(_NAMESPACE, "ConnectionTime", _CHECK, "Average", "Connection"),
        "handshake": MetricRow(_NAMESPACE, "SSLHandshakeTime", _CHECK, "Average", "TLS handshake"),
        "first_byte": MetricRow(_NAMESPACE, "TimeToFirstByte", _CHECK, "Average", "First byte"),
    },
    alarms=(
        AlarmRow(
            "unhealthy",
            "The address does not answer as it should",
            "status",
            Band(critical=1),
            why="Route 53 has failed several times from most of the world before it says so; the second minute is that "
            "it lasts",
            points=(2, 2),
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="unreachable",
        ),
        AlarmRow(
            "partly",
            "Part of the world cannot reach the address",
            "checkers",
            Band(warning=90),
            why="one checker of sixteen may have trouble of its own; a tenth of them for five minutes is a route, an "
            "edge or some of the targets",
            points=(5, 5),
            comparison="LessThanThreshold",
        ),
        AlarmRow(
            "slow",
            "The first byte takes long",
            "first_byte",
            Band(warning=2000),
            why="milliseconds over all regions; an ocean is a fifth of a second, so that two seconds are ours",
            points=(5, 5),
            only_with="latency",
        ),
        silence(
            "No check reports",
            "status",
            why="Route 53 publishes every minute as long as the check lives and is not disabled",
            pages=None,
            minutes=10,
        ),
    ),
    composites=(
        CompositeRow(
            "unreachable",
            "Users cannot reach the address",
            "critical",
            why="what every alarm inside may miss: the name, the edge, the way in",
        ),
    ),
    widgets=(
        WidgetRow("healthy", ("status",), "0 or 1", summary=True),
        WidgetRow("checkers that call it healthy", ("checkers",), "%"),
        WidgetRow("time from outside", ("connection", "handshake", "first_byte"), "ms", only_with="latency"),
    ),
)
"""What is watched on an address from outside."""
