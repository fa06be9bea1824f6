"""What the listeners' rules say, as moto keeps them: which target groups each forwards to, by which weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.elbv2.models import elbv2_backends

from opslib.sandbox.account import Account

__all__ = ["RuleForward", "forwards", "groups_in_use", "groups_of_action", "rule_named", "set_weights", "tidy"]

SINGLE_WEIGHT = 1  # AWS, TargetGroupTuple: a group that is forwarded to alone gets everything


@dataclass(frozen=True)
class RuleForward:
    """One rule that forwards.

    Attributes:
        load_balancer_arn: The load balancer.
        listener_arn: The listener.
        rule_arn: The rule; the default action of a listener is its default rule.
        priority: `1` to `50000`, or `default`.
        conditions: What the rule asks of a request, as DescribeRules says it.
        weights: Of each target group, by ARN, 0 to 999.
    """

    load_balancer_arn: str
    listener_arn: str
    rule_arn: str
    priority: str
    conditions: tuple[Mapping[str, Any], ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)


def groups_of_action(action: Mapping[str, Any]) -> dict[str, int]:
    """The target groups that an action forwards to, with their weights.

    Args:
        action: As in CreateRule.
    """
    tuples = action.get("ForwardConfig", {}).get("TargetGroups") or []
    if tuples:
        return {group["TargetGroupArn"]: int(group.get("Weight", SINGLE_WEIGHT)) for group in tuples}
    return {action["TargetGroupArn"]: SINGLE_WEIGHT} if action.get("TargetGroupArn") else {}


def forwards(account: Account, region: str) -> Iterator[RuleForward]:
    """Every rule that forwards, listener by listener, in order of priority with the default rule last."""
    for balancer in list(elbv2_backends[account.account_id][region].load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            for rule in _by_priority(listener):
                weights: dict[str, int] = {}
                for action in rule.actions:
                    weights |= groups_of_action(action.data)
                if weights:
                    yield RuleForward(
                        balancer.arn,
                        listener.arn,
                        rule.arn,
                        str(rule.priority),
                        tuple(rule.conditions),
                        weights,
                    )


def rule_named(account: Account, region: str, arn: str) -> Any | None:
    """A rule as moto keeps it, by its ARN; of a listener's ARN its default rule; None when there is none."""
    for balancer in list(elbv2_backends[account.account_id][region].load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            for rule in _by_priority(listener):
                if arn == rule.arn or (arn == listener.arn and rule.is_default):
                    return rule
    return None


def set_weights(account: Account, region: str, arn: str, weights: Mapping[str, int]) -> None:
    """Let a rule forward to target groups by these weights; other groups that it forwards to keep theirs.

    Args:
        account: The account.
        region: The region.
        arn: The rule, or a listener for its default action; one that is gone is left alone.
        weights: By target group, 0 to 999.
    """
    rule = rule_named(account, region, arn)
    if rule is not None:
        rule.actions = [_weighted(action, weights) for action in rule.actions]


def _weighted(action: Any, weights: Mapping[str, int]) -> Any:
    """A rule's action, which forwards by these weights if it forwards at all."""
    known = groups_of_action(action.data)
    if not known:
        return action
    shares = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in {**known, **weights}.items()]
    data = {name: value for name, value in action.data.items() if name != "TargetGroupArn"}
    return type(action)({**data, "ForwardConfig": {**data.get("ForwardConfig", {}), "TargetGroups": shares}})


def groups_in_use(account: Account, region: str) -> set[str]:
    """The target groups that some rule or default action names, whatever their weight."""
    return {arn for rule in forwards(account, region) for arn in rule.weights}


def tidy(account: Account, region: str) -> None:
    """Put right what moto lets drift: rules in order of priority, and each group's list of its load balancers."""
    backend = elbv2_backends[account.account_id][region]
    for balancer in list(backend.load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            ordered = sorted(listener._non_default_rules.items(), key=lambda entry: int(entry[1].priority))  # noqa: SLF001  # its only door
            listener._non_default_rules.clear()  # noqa: SLF001  # as above
            listener._non_default_rules.update(ordered)  # noqa: SLF001  # as above
    balancers: dict[str, list[str]] = {}
    for rule in forwards(account, region):
        for arn in rule.weights:
            of_group = balancers.setdefault(arn, [])
            if rule.load_balancer_arn not in of_group:
                of_group.append(rule.load_balancer_arn)
    for arn, group in list(backend.target_groups.items()):
        group.load_balancer_arns = balancers.get(arn, [])


def _by_priority(listener: Any) -> list[Any]:
    named = sorted(listener._non_default_rules.values(), key=lambda rule: int(rule.priority))  # noqa: SLF001  # as above
    return [*named, *listener._default_rule.values()]  # noqa: SLF001  # as above
