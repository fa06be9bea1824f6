"""Standbys: in their service's rules at weight 0, so that they are health-checked, and healthy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opslib.contract import Service, StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look

__all__ = ["CHECKS"]

_GONE: Final = frozenset({"RuleNotFound", "TargetGroupNotFound", "ListenerNotFound", "LoadBalancerNotFound"})


@dataclass(frozen=True, slots=True)
class StandbyOf:
    """A standby, and the service that it would take over from."""

    key: str
    service: Service
    standby: Service

    def __str__(self) -> str:
        return str(self.service.standby)


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A rule that leads to a service.

    Attributes:
        arn: Its ARN.
        weight: The weight of the standby's target group in it; None where that is not in it.
    """

    arn: str
    weight: int | None


@dataclass(frozen=True, slots=True)
class InRules:
    """How a standby stands in its service's rules."""

    standby: StandbyOf
    rules: tuple[RuleSeen, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """How many targets a standby has, and how many are healthy."""

    standby: StandbyOf
    all: int
    healthy: int


def standbys_of(outputs: StackOutputs) -> Iterator[StandbyOf]:
    """Every standby of the contract that stands behind a load balancer."""
    for key, service in outputs.services.items():
        standby = outputs.services.get(service.standby or "")
        if standby is not None and standby.load_balancer in outputs.load_balancers:
            yield StandbyOf(key, service, standby)


def _groups(look: Look, service: Service) -> tuple[str, ...]:
    balancer = look.outputs.load_balancers[service.load_balancer or ""]
    return tuple(balancer.target_groups[key].arn for key in service.target_groups if key in balancer.target_groups)


def _weights(rule: Mapping[str, Any]) -> dict[str, int]:
    """The weight of each target group that a rule leads to."""
    weights: dict[str, int] = {}
    for action in rule["Actions"]:
        forwards = action.get("ForwardConfig", {}).get("TargetGroups", ())
        weights |= {one["TargetGroupArn"]: one.get("Weight", 1) for one in forwards}
        if not forwards and action.get("TargetGroupArn"):
            weights[action["TargetGroupArn"]] = 1
    return weights


def _see_rules(look: Look, standby: StandbyOf) -> InRules | None:
    own, other = _groups(look, standby.service), _groups(look, standby.standby)
    rules = []
    for arn in (*standby.service.listener_rules, *filter(None, (standby.service.test_rule,))):
        found = look.unless_gone(_GONE, lambda arn=arn: look.read("elbv2", "DescribeRules", RuleArns=[arn]))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for rule in (found or {}).get("Rules", ()):
            weights = _weights(rule)
            if any(group in weights for group in own):
                rules.append(RuleSeen(arn, next((weights[group] for group in other if group in weights), None)))
    return InRules(standby, tuple(rules)) if rules else None


def _see_targets(look: Look, standby: StandbyOf) -> Targets | None:
    states: list[str] = []
    for arn in _groups(look, standby.standby):
        found = look.unless_gone(
            _GONE,
            lambda arn=arn: look.read("elbv2", "DescribeTargetHealth", TargetGroupArn=arn),  # type: ignore[misc]  # as above
        )
        if found is None:
            return None
        states += [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]
    if states and all(state == "unused" for state in states):
        return None  # in no rule: another check's matter
    return Targets(standby, len(states), states.count("healthy"))


def _not_at_zero(seen: InRules, _: datetime) -> Iterator[Fault]:
    for rule in seen.rules:
        of = f"rule {rule.arn.rpartition('/')[2]} of {seen.standby.key}"
        if rule.weight is None:
            yield Fault(str(seen.standby), f"it does not stand in {of}: it is never health-checked")
        elif rule.weight:
            yield Fault(
                str(seen.standby),
                f"it stands in {of} with the weight {rule.weight}: it serves users",
                "if nobody has failed over on purpose, give its target group the weight 0 in that rule",
            )


def _ill(seen: Targets, _: datetime) -> Iterator[Fault]:
    if not seen.healthy:
        yield Fault(str(seen.standby), f"none of its {seen.all} targets is healthy")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="standby-in-rule",
        group="Rolling back",
        level="critical",
        looks_at="each standby stands in its service's rules, at weight 0",
        why="nobody knows whether it works, and switching to it means writing rules by hand",
        next_step="put its target group into the rule's forward action, with the weight 0",
        subjects=standbys_of,
        read=_see_rules,
        judge=_not_at_zero,
    ),
    Check(
        id="standby-healthy",
        group="Rolling back",
        level="critical",
        looks_at="each standby has a healthy target",
        why="switching to it would be the second outage",
        next_step="look at its tasks: aws ecs describe-services, and the log of the service {on}",
        subjects=standbys_of,
        read=_see_targets,
        judge=_ill,
    ),
)
"""What is checked of standbys."""
