"""How many requests there are in a minute, and which target group of which rule they are for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from opslib.sandbox.behaviour.load_balancer.serving import RuleServing
from opslib.sandbox.behaviour.traffic.chance import around, chosen, shared
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.script import Flow, TrafficScript, rate_at
from opslib.sandbox.behaviour.traffic.seen import World

__all__ = ["Arrivals", "arrivals", "names_of_rule", "unknown_flows"]

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The requests of one flow that one rule sends to one target group.

    Attributes:
        flow: What they are like.
        load_balancer_arn: The load balancer.
        group_arn: The target group; None: the rule's weights are all 0, and there is none.
        requests: How many.
        refused: How many the load balancer refused beforehand with a 4xx.
    """

    flow: Flow
    load_balancer_arn: str
    group_arn: str | None
    requests: int
    refused: int = 0


def arrivals(world: World, occasion: Occasion) -> Iterator[Arrivals]:
    """Share the requests of a minute out.

    Args:
        world: Where they go.
        occasion: The minute.
    """
    random = occasion.random
    for flow, rules in _rules_of_flows(occasion.script.flows, world):
        mean = rate_at(flow.requests_per_minute, occasion.now, occasion.started)
        wanted = around(mean, flow.noise_percent, random)
        total = int(wanted) + (random.random() < wanted % 1)
        for rule, count in zip(rules, shared(total, [1.0] * len(rules), random), strict=True):
            refused = chosen(count, flow.refused_percent / 100, random)
            yield from _of_rule(flow, rule, count - refused, refused, random)


def unknown_flows(script: TrafficScript, world: World) -> list[str]:
    """What flows name that is not there."""
    known = set(world.balancers) | {_name(arn) for arn in world.balancers}
    known |= {name for rule in world.rules for name in names_of_rule(rule)}
    return [flow.of for flow in script.flows if flow.of is not None and flow.of not in known]


def names_of_rule(rule: RuleServing) -> set[str]:
    """What a flow may call a rule: its ARN, and its path patterns."""
    return {rule.rule_arn, *_paths(rule.conditions)}


def _paths(conditions: Iterable[Mapping[str, object]]) -> Iterator[str]:
    for condition in conditions:
        if condition.get("Field") == "path-pattern":
            config = condition.get("PathPatternConfig")
            values = condition.get("Values") or (config.get("Values") if isinstance(config, Mapping) else None)
            yield from values if isinstance(values, list | tuple) else ()


def _name(load_balancer_arn: str) -> str:
    return load_balancer_arn.split("/")[-2]


def _rules_of_flows(flows: Sequence[Flow], world: World) -> Iterator[tuple[Flow, list[RuleServing]]]:
    """Each flow with the rules that it goes to, a flow of every load balancer once for each."""
    named = {flow.of for flow in flows if flow.of is not None}
    free = [rule for rule in world.rules if not named & names_of_rule(rule)]
    for flow in flows:
        of_rule = [rule for rule in world.rules if flow.of in names_of_rule(rule)]
        if of_rule:
            yield flow, of_rule
            continue
        for balancer in world.balancers:
            names = {balancer, _name(balancer)}
            if flow.of in names or (flow.of is None and not named & names):
                rules = [rule for rule in free if rule.load_balancer_arn == balancer]
                chosen_rules = [rule for rule in rules if rule.priority != _DEFAULT] or rules
                if chosen_rules:
                    yield flow, chosen_rules


def _of_rule(flow: Flow, rule: RuleServing, count: int, refused: int, random: Random) -> Iterator[Arrivals]:
    shares = [group.share for group in rule.groups]
    if not any(shares):
        yield Arrivals(flow, rule.load_balancer_arn, None, count, refused)
        return
    for group, requests in zip(rule.groups, shared(count, shares, random), strict=True):
        if requests or group.share:
            yield Arrivals(flow, rule.load_balancer_arn, group.target_group_arn, requests, refused)
            refused = 0
