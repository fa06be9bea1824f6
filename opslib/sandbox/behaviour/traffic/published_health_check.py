"""What Route 53's health checks publish, in us-east-1: `AWS/Route53`.

A check is as healthy as what its request would reach (`outside.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from moto.route53.models import route53_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.traffic.outside import answered
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions
from opslib.sandbox.behaviour.traffic.seen import World

__all__ = ["REGION", "health_check_samples"]

NAMESPACE = "AWS/Route53"
REGION = "us-east-1"
"""Where Route 53 publishes (developer guide, "Monitoring health checks using CloudWatch")."""

HEALTHY_PERCENT = 18
"""More than so many of the checkers have to call an endpoint healthy (developer guide, "How Route 53 determines …")."""

CONNECTION_MS, HANDSHAKE_MS, FIRST_BYTE_MS = 90.0, 180.0, 320.0
"""Times over all regions. Ours: an ocean, there and back, once, twice, and once more with some work."""


def health_check_samples(account: Account, world: World) -> Iterator[Sample]:
    """All samples of a minute.

    Args:
        account: The account: health checks belong to no region.
        world: What there is to be reached.
    """
    for check in list(route53_backends[account.account_id]["aws"].health_checks.values()):
        share = 1.0 if check.disabled else answered(world, check.fqdn or "", check.resource_path or "/")
        # A checker changes its mind after so many bad answers in a row.
        percent = 100 * (1 - (1 - share) ** int(check.failure_threshold))
        percent = 100 - percent if check.inverted else percent
        values = {"HealthCheckPercentageHealthy": percent, "HealthCheckStatus": float(percent > HEALTHY_PERCENT)}
        if check.measure_latency and share:
            values |= {"ConnectionTime": CONNECTION_MS, "TimeToFirstByte": FIRST_BYTE_MS}
            values |= {"SSLHandshakeTime": HANDSHAKE_MS} if check.type_.startswith("HTTPS") else {}
        where = dimensions(HealthCheckId=check.id)
        for name, value in values.items():
            unit = "Percent" if name.endswith("Healthy") else "None" if name.endswith("Status") else "Milliseconds"
            yield Sample(NAMESPACE, name, where, {value: 1.0}, unit)
