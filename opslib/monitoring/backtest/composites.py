"""Composite alarms over the states of their children, change by change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from opslib.errors import BadRequest
from opslib.monitoring.alarm import CompositeAlarm
from opslib.monitoring.backtest.timeline import ALARM, OK, STATES, Moments, Timeline
from opslib.monitoring.evaluate import children, parse_rule
from opslib.monitoring.evaluate.composite import Always, And, AtLeast, InState, Not, Or, Rule

__all__ = ["children_first", "composed", "rule_of"]

_PERCENT = 100


def rule_of(alarm: CompositeAlarm) -> Rule:
    """The rule of a composite of the model, as the evaluator has it."""
    return parse_rule(alarm.expression)


def children_first(composites: Iterable[CompositeAlarm]) -> tuple[CompositeAlarm, ...]:
    """Composites in an order in which each comes after its children.

    Raises:
        BadRequest: Some are each other's children.
    """
    by_name = {composite.name: composite for composite in composites}
    try:
        order = tuple(TopologicalSorter({name: one.children for name, one in by_name.items()}).static_order())
    except CycleError as cycle:
        raise BadRequest(f"composites in a circle: {' -> '.join(cycle.args[1])}", "break it") from None
    return tuple(by_name[name] for name in order if name in by_name)


def composed(rule: Rule, timelines: Mapping[str, Timeline], *, since: int, until: int) -> Timeline:
    """The states of a composite alarm.

    It is evaluated when the replay begins and whenever a child changes. A child without a timeline is in no state, as
    one that does not exist.

    Args:
        rule: The rule.
        timelines: The states of the children, by name, over the same span.
        since: When the replay begins, in seconds since 1970.
        until: When it ends.
    """
    known = [timelines[name] for name in children(rule) if name in timelines]
    times: Moments = np.unique(np.concatenate([np.array([since], np.int64), *(one.changes[0] for one in known)]))
    at = {name: timelines[name].at(times) for name in children(rule) if name in timelines}
    held = np.broadcast_to(_holds(rule, at), times.shape)
    return Timeline.of(times, np.where(held, np.int8(ALARM), np.int8(OK)), since=since, end=until)


def _holds(rule: Rule, at: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each kind of rule
    """Whether a rule is true, at each moment; as `opslib.monitoring.evaluate.holds`."""
    match rule:
        case InState():
            return at[rule.alarm] == STATES.index(rule.state) if rule.alarm in at else np.False_
        case AtLeast():
            code = STATES.index(rule.state)
            fitting = sum(
                ((at[alarm] == code) != rule.negated).astype(np.int32) if alarm in at else int(rule.negated)
                for alarm in rule.alarms
            )
            if rule.percent:
                return np.asarray(fitting) * _PERCENT >= rule.least * len(rule.alarms)
            return np.asarray(fitting) >= rule.least
        case Always():
            return np.bool_(rule.value)
        case Not():
            return ~_holds(rule.rule, at)
        case And():
            return np.logical_and.reduce(np.broadcast_arrays(*(_holds(part, at) for part in rule.rules)))
        case Or():
            return np.logical_or.reduce(np.broadcast_arrays(*(_holds(part, at) for part in rule.rules)))
