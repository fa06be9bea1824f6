"""Who gets the traffic: for each rule, what share goes to which target group, and which of its targets take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.load_balancer.rules import forwards
from opslib.sandbox.behaviour.load_balancer.targets import Target, refresh, targets_of

__all__ = ["Address", "GroupShare", "RuleServing", "serving"]

Address = tuple[str, int]
"""A target's id and port."""


@dataclass(frozen=True)
class GroupShare:
    """What one target group gets of a rule's traffic.

    Attributes:
        target_group_arn: The group.
        weight: As in the rule.
        share: From 0.0 to 1.0; of a rule all of whose weights are 0, none.
        healthy: Its healthy targets.
        receiving: The targets that requests go to: the healthy ones or, when there are none, all that are registered
            (AWS, "Health checks for your target groups": the load balancer fails open). Without any, requests are
            answered 503.
    """

    target_group_arn: str
    weight: int
    share: float
    healthy: tuple[Address, ...]
    receiving: tuple[Address, ...]


@dataclass(frozen=True)
class RuleServing:
    """Where the traffic of one listener rule goes.

    Attributes:
        load_balancer_arn: The load balancer.
        listener_arn: The listener.
        rule_arn: The rule; a listener's default action is its default rule.
        priority: `1` to `50000`, or `default`.
        conditions: As DescribeRules says them.
        groups: In the order of the rule.
    """

    load_balancer_arn: str
    listener_arn: str
    rule_arn: str
    priority: str
    conditions: tuple[Mapping[str, Any], ...]
    groups: tuple[GroupShare, ...]


def serving(account: Account, region: str) -> tuple[RuleServing, ...]:
    """Who gets the traffic now: every rule that forwards, listener by listener, by priority, default rules last."""
    with account.schedule.lock:
        refresh(account, region, account.clock.now())
        found = []
        for rule in forwards(account, region):
            total = sum(rule.weights.values())
            groups = tuple(
                _share(arn, weight, total, targets_of(account, region, arn)) for arn, weight in rule.weights.items()
            )
            found.append(
                RuleServing(
                    rule.load_balancer_arn, rule.listener_arn, rule.rule_arn, rule.priority, rule.conditions, groups
                )
            )
        return tuple(found)


def _share(arn: str, weight: int, total: int, targets: list[Target]) -> GroupShare:
    healthy = tuple((target.id, target.port) for target in targets if target.health == "healthy")
    registered = tuple((target.id, target.port) for target in targets if target.health != "draining")
    return GroupShare(arn, weight, weight / total if total else 0.0, healthy, healthy or registered)
