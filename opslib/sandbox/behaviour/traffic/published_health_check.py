"""What Route 53's health checks publish, in us-east-1: `AWS/Route53`.

Nothing is asked over a network: a check's address is led through the listener rules as a request would be, by its host
and path, and is as healthy as the targets that it would reach. Where no rule takes it, it belongs to nothing that is in
the sandbox, and answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.route53.models import route53_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.load_balancer.serving import RuleServing
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions
from opslib.sandbox.behaviour.traffic.seen import SeenGroup, World

__all__ = ["REGION", "health_check_samples"]

NAMESPACE = "AWS/Route53"
REGION = "us-east-1"
"""Where Route 53 publishes (developer guide, "Monitoring health checks using CloudWatch")."""

HEALTHY_PERCENT = 18
"""More than so many of the checkers have to call an endpoint healthy (developer guide, "How Route 53 determines …")."""

CONNECTION_MS, HANDSHAKE_MS, FIRST_BYTE_MS = 90.0, 180.0, 320.0
"""Times over all regions. Ours: an ocean, there and back, once, twice, and once more with some work."""

_PATTERNS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}
_MOST = "50001"


def health_check_samples(account: Account, world: World) -> Iterator[Sample]:
    """All samples of a minute.

    Args:
        account: The account: health checks belong to no region.
        world: What there is to be reached.
    """
    for check in list(route53_backends[account.account_id]["aws"].health_checks.values()):
        answered = 1.0 if check.disabled else _answered(world, check.fqdn or "", (check.resource_path or "/"))
        # A checker changes its mind after so many bad answers in a row.
        percent = 100 * (1 - (1 - answered) ** int(check.failure_threshold))
        percent = 100 - percent if check.inverted else percent
        values = {"HealthCheckPercentageHealthy": percent, "HealthCheckStatus": float(percent > HEALTHY_PERCENT)}
        if check.measure_latency and answered:
            values |= {"ConnectionTime": CONNECTION_MS, "TimeToFirstByte": FIRST_BYTE_MS}
            values |= {"SSLHandshakeTime": HANDSHAKE_MS} if check.type_.startswith("HTTPS") else {}
        where = dimensions(HealthCheckId=check.id)
        for name, value in values.items():
            unit = "Percent" if name.endswith("Healthy") else "None" if name.endswith("Status") else "Milliseconds"
            yield Sample(NAMESPACE, name, where, {value: 1.0}, unit)


def _answered(world: World, host: str, path: str) -> float:
    """The share of requests that would be answered well."""
    rule = _taking(world.rules, host, path.partition("?")[0])
    if rule is None:
        return 1.0
    groups = {group.arn: group for group in world.groups}
    return sum(share.share * _of_group(groups[share.target_group_arn]) for share in rule.groups)


def _of_group(group: SeenGroup) -> float:
    count = sum(targets.count for targets in group.receiving)
    well = sum(targets.count * (1 - targets.errors_percent / 100) for targets in group.receiving if targets.answers)
    return well / count if count else 0.0


def _taking(rules: Iterable[RuleServing], host: str, path: str) -> RuleServing | None:
    """The first rule, by priority, whose conditions on host and path hold; other conditions hold for no check."""
    ordered = sorted(rules, key=lambda rule: int(_MOST if rule.priority == "default" else rule.priority))
    return next((rule for rule in ordered if all(_holds(one, host, path) for one in rule.conditions)), None)


def _holds(condition: Mapping[str, Any], host: str, path: str) -> bool:
    config = _PATTERNS.get(str(condition.get("Field")))
    if config is None:
        return False
    patterns = condition.get("Values") or condition.get(config, {}).get("Values") or ()
    value = host if config.startswith("Host") else path
    return any(fnmatchcase(value, pattern) for pattern in patterns)
