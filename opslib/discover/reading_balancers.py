"""Reads load balancers with their target groups, listeners and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.discover.asking import Asking
from opslib.discover.inventory import Listener, ListenerRule, LoadBalancer, TargetGroup

__all__ = ["read_load_balancers"]


def read_load_balancers(asking: Asking) -> tuple[LoadBalancer, ...]:
    """Every load balancer, by name.

    Args:
        asking: Reads AWS.
    """
    groups = sorted(
        (
            TargetGroup(one["TargetGroupArn"], one["TargetGroupName"], tuple(one.get("LoadBalancerArns", ())))
            for one in asking.each("elbv2", "DescribeTargetGroups", "TargetGroups")
        ),
        key=lambda group: group.name,
    )
    found = asking.each("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    return tuple(_load_balancer(asking, one, groups) for one in sorted(found, key=lambda one: one["LoadBalancerName"]))


def _load_balancer(asking: Asking, one: Mapping[str, Any], groups: list[TargetGroup]) -> LoadBalancer:
    arn, kind = one["LoadBalancerArn"], one.get("Type", "application")
    listeners = _listeners(asking, arn) if kind == "application" else ()
    forwarded = {group for listener in listeners for rule in listener.rules for group, _ in rule.weights}
    return LoadBalancer(
        arn=arn,
        name=one["LoadBalancerName"],
        kind=kind,
        is_internal=one.get("Scheme") == "internal",
        target_groups=tuple(group for group in groups if arn in group.load_balancer_arns or group.arn in forwarded),
        listeners=listeners,
    )


def _listeners(asking: Asking, balancer: str) -> tuple[Listener, ...]:
    found = asking.each("elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=balancer)
    return tuple(
        Listener(
            arn=one["ListenerArn"],
            port=int(one["Port"]),
            rules=tuple(
                ListenerRule(rule["RuleArn"], bool(rule.get("IsDefault")), tuple(_weights(rule).items()))
                for rule in asking.each("elbv2", "DescribeRules", "Rules", ListenerArn=one["ListenerArn"])
            ),
        )
        for one in sorted(found, key=lambda one: int(one["Port"]))
    )


def _weights(rule: Mapping[str, Any]) -> dict[str, int]:
    """Where a rule forwards to; one target group alone has all of it."""
    found: dict[str, int] = {}
    for action in rule.get("Actions", ()):
        if action.get("Type") != "forward":
            continue
        several = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
        for group in several:
            found[group["TargetGroupArn"]] = int(group.get("Weight", 1))
        if not several and action.get("TargetGroupArn"):
            found[action["TargetGroupArn"]] = 1
    return found
