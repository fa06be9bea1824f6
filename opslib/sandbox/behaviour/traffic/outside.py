"""How a request from outside ends: led through the listener rules by its host and path, to what it would reach.

Nothing is asked over a network. Where no rule takes it, it belongs to nothing that is in the sandbox, and is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from opslib.sandbox.behaviour.load_balancer.serving import RuleServing
from opslib.sandbox.behaviour.traffic.seen import SeenGroup, World
from opslib.sandbox.behaviour.traffic.serve import Answers, Minute

__all__ = ["answered"]

_PATTERNS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}
_MOST = "50001"


def answered(world: World, host: str, path: str, minute: Minute | None = None) -> float:
    """The share of requests that would be answered well.

    Args:
        world: What there is to be reached.
        host: The host that is asked.
        path: The path, with or without its query.
        minute: What users have met, for whoever does what they do; None: for a check of health, which asks no database.
    """
    rule = _taking(world.rules, host, path.partition("?")[0])
    if rule is None:
        return 1.0
    groups = {group.arn: group for group in world.groups}
    met = minute.groups if minute else {}
    return sum(
        share.share
        * _of_group(groups[share.target_group_arn], met.get((rule.load_balancer_arn, share.target_group_arn)))
        for share in rule.groups
    )


def _of_group(group: SeenGroup, met: Answers | None) -> float:
    if met and met.requests:
        return (met.target_2xx + met.target_4xx) / met.requests
    count = sum(targets.count for targets in group.receiving)
    well = sum(targets.count * (1 - targets.errors_percent / 100) for targets in group.receiving if targets.answers)
    return well / count if count else 0.0


def _taking(rules: Iterable[RuleServing], host: str, path: str) -> RuleServing | None:
    """The first rule, by priority, whose conditions on host and path hold; other conditions hold for nobody outside."""
    ordered = sorted(rules, key=lambda rule: int(_MOST if rule.priority == "default" else rule.priority))
    return next((rule for rule in ordered if all(_holds(one, host, path) for one in rule.conditions)), None)


def _holds(condition: Mapping[str, Any], host: str, path: str) -> bool:
    config = _PATTERNS.get(str(condition.get("Field")))
    if config is None:
        return False
    patterns = condition.get("Values") or condition.get(config, {}).get("Values") or ()
    value = host if config.startswith("Host") else path
    return any(fnmatchcase(value, pattern) for pattern in patterns)
