"""A certificate in ACM. One for CloudFront is in us-east-1: say so by `region`."""

from __future__ import annotations

from infra.kinds.settings import Identifier
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Role

_DAY = 86_400

KIND = Kind(
    name="certificate",
    section="certificates",
    title="Certificate",
    undisturbed=True,
    trigger="security-incident",
    settings=(
        Identifier(
            name="certificate", means="its ARN", pattern=r"arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/[0-9a-f-]{36}"
        ),
    ),
    metrics={
        "days": MetricRow(
            "AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": "certificate"}, "Minimum", "Days left"
        ),
    },
    alarms=(
        AlarmRow(
            "expiry",
            "The certificate expires",
            "days",
            "certificateDays",
            why="ACM renews 60 days before; AWS recommends 44, when its renewal has been failing for two weeks",
            points=(1, 1),
            period_seconds=_DAY,
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="expiring",
        ),
        silence(
            "No days are published: it has expired or is gone",
            "days",
            why="ACM publishes twice a day until the certificate expires, and then nothing: silence is the expiry",
            pages="expiring",
            minutes=2 * 24 * 60,
        ),
    ),
    composites=(
        CompositeRow(
            "expiring", "The certificate is about to fail", "critical", why="from its expiry on nobody can connect"
        ),
    ),
    widgets=(WidgetRow("days left", ("days",), "days", summary=True),),
)
"""What is watched on a certificate."""
