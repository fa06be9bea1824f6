"""The limits of composite alarms, and of their children."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from opslib.monitoring.alarm import Alarm, CompositeAlarm

__all__ = ["CHILDREN_PER_COMPOSITE", "RULE_CHARACTERS", "composite_problems"]

RULE_CHARACTERS = 10_240
CHILDREN_PER_COMPOSITE = 100
COMPOSITES_PER_CHILD = 150
ACTIONS_PER_STATE = 5

_NEVER = ("automate", "swf", "autoscaling")
"""The services in whose ARNs EC2's and Auto Scaling's actions stand."""


def composite_problems(alarms: Sequence[Alarm], composites: Sequence[CompositeAlarm]) -> Iterator[str]:
    """What is wrong with composites, given all alarms that there are.

    Args:
        alarms: Every metric alarm.
        composites: Every composite.
    """
    both: tuple[Alarm | CompositeAlarm, ...] = (*alarms, *composites)
    regions = {alarm.name: alarm.region for alarm in both}
    for composite in composites:
        yield from (f"composite {composite.name}: {line}" for line in _composite(composite, regions))
    parents = Counter(child for composite in composites for child in composite.children)
    for child, count in parents.items():
        if count > COMPOSITES_PER_CHILD:
            yield (
                f"alarm {child}: a child of {count} composites, AWS takes {COMPOSITES_PER_CHILD}: "
                "put one composite over it, and let the others name that"
            )
    own = {composite.name: composite.children for composite in composites}
    try:
        TopologicalSorter(own).prepare()
    except CycleError as problem:
        circle = " → ".join(reversed(problem.args[1]))
        yield f"composite {problem.args[1][0]}: its rule leads back to itself ({circle}): leave one of them out"


def _composite(composite: CompositeAlarm, regions: dict[str, str | None]) -> Iterator[str]:
    if not composite.children:
        yield "its rule names no alarm: give it a child, or leave it out"
    if len(composite.children) > CHILDREN_PER_COMPOSITE:
        yield (
            f"{len(composite.children)} children, AWS takes {CHILDREN_PER_COMPOSITE}: "
            "put composites between it and them"
        )
    if len(composite.expression) > RULE_CHARACTERS:
        yield (
            f"a rule of {len(composite.expression)} characters, AWS takes {RULE_CHARACTERS}: "
            "put composites between it and its children, or shorten names"
        )
    for child in composite.children:
        if child not in regions:
            yield f"there is no alarm {child}: create it, or leave it out"
        elif regions[child] != composite.region:
            elsewhere = regions[child] or "the stack's region"
            yield f"its child {child} is in {elsewhere}, and AWS takes children of its own region: watch it there"
    actions = composite.acts + len(composite.actions)
    if actions > ACTIONS_PER_STATE:
        yield (
            f"{actions} actions in one state, AWS takes {ACTIONS_PER_STATE}: "
            "let one topic or EventBridge rule lead to the others"
        )
    for action in composite.actions:
        if action.split(":")[2] in _NEVER:
            yield f"{action} is an EC2 or Auto Scaling action, which AWS takes on no composite: put it on a child"
