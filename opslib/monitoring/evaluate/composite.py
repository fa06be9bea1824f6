"""Composite alarms: what a rule is made of, and the state that follows from the children's states.

How a rule is written, and read, is `opslib.monitoring.evaluate.composite_grammar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from opslib.monitoring.evaluate.settings import State

__all__ = [
    "Always",
    "And",
    "AtLeast",
    "CompositeVerdict",
    "InState",
    "Not",
    "Or",
    "Rule",
    "children",
    "evaluate_composite",
    "holds",
]

ALL_PERCENT = 100


@dataclass(frozen=True, slots=True)
class InState:
    """True while the alarm is in the state.

    Attributes:
        alarm: Name or ARN, as written.
        state: The state.
    """

    alarm: str
    state: State


@dataclass(frozen=True, slots=True)
class AtLeast:
    """True while enough of the alarms are as required.

    Attributes:
        least: How many, or how many percent of them.
        percent: Whether `least` is a percentage.
        state: The state that is asked about.
        negated: Whether those count that are *not* in it. An alarm that is not there counts then, as with NOT.
        alarms: Names or ARNs, as written; one that is named twice counts twice (assumed).
    """

    least: int
    percent: bool
    state: State
    negated: bool
    alarms: tuple[str, ...]

    def fits(self, state: State | None) -> bool:
        """Whether an alarm in this state, None for one that is not there, counts."""
        return (state == self.state) != self.negated

    def enough(self, fitting: int) -> bool:
        """Whether this many of the alarms are enough; a percentage is not rounded."""
        if self.percent:
            return fitting * ALL_PERCENT >= self.least * len(self.alarms)
        return fitting >= self.least


@dataclass(frozen=True, slots=True)
class Always:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """True while the rule within is not."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class And:
    """True while every one of two or more is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True while one of two or more is."""

    rules: tuple[Rule, ...]


Rule = InState | AtLeast | Always | Not | And | Or

StateOf = Callable[[str], State | None]
"""The state of an alarm by name or ARN as the rule writes it; None where there is no such alarm."""


@dataclass(frozen=True, slots=True)
class CompositeVerdict:
    """What an evaluation of a composite came to.

    Attributes:
        state: Its state from now on.
        previous: Its state before.
        decisive: Those children, in the rule's order, that are in a state which the rule names for them.
    """

    state: State
    previous: State
    decisive: tuple[InState, ...]

    @property
    def changed(self) -> bool:
        """Whether the state is another: only then does an alarm act."""
        return self.state != self.previous

    @property
    def reason(self) -> str:
        """Why, in words."""
        found = ", ".join(f"{child.alarm} is in {child.state}" for child in self.decisive)
        return (
            f"The rule is {'TRUE' if self.state == 'ALARM' else 'FALSE'}: {found or 'no alarm is in a state it names'}."
        )


def evaluate_composite(
    rule: Rule, state_of: StateOf | Mapping[str, State], previous: State = "INSUFFICIENT_DATA"
) -> CompositeVerdict:
    """The state of a composite alarm: ALARM while its rule holds, else OK.

    A composite is in INSUFFICIENT_DATA only between its creation and its first evaluation (AWS, PutCompositeAlarm). A
    child in INSUFFICIENT_DATA makes ALARM() and OK() false and nothing more. So does a child that is not there: it is
    in no state (assumed).

    Args:
        rule: From `parse_rule`.
        state_of: Gives the state of each child.
        previous: The state that the composite is in.
    """
    ask = state_of.get if isinstance(state_of, Mapping) else state_of
    named = dict.fromkeys(_leaves(rule))
    return CompositeVerdict(
        "ALARM" if holds(rule, ask) else "OK",
        previous,
        tuple(leaf for leaf in named if ask(leaf.alarm) == leaf.state),
    )


def holds(rule: Rule, state_of: StateOf) -> bool:
    """Whether a rule is true, given the states of its children."""
    match rule:
        case InState():
            return state_of(rule.alarm) == rule.state
        case AtLeast():
            return rule.enough(sum(rule.fits(state_of(alarm)) for alarm in rule.alarms))
        case Always():
            return rule.value
        case Not():
            return not holds(rule.rule, state_of)
        case And():
            return all(holds(part, state_of) for part in rule.rules)
        case Or():
            return any(holds(part, state_of) for part in rule.rules)


def children(rule: Rule) -> tuple[str, ...]:
    """The alarms that a rule names, by name or ARN as written, each once, in order."""
    return tuple(dict.fromkeys(leaf.alarm for leaf in _leaves(rule)))


def _leaves(rule: Rule) -> Iterator[InState]:
    """Each child in each state that the rule names for it."""
    match rule:
        case InState():
            yield rule
        case AtLeast():
            counting = [state for state in get_args(State) if rule.fits(state)]
            yield from (InState(alarm, state) for alarm in rule.alarms for state in counting)
        case Not():
            yield from _leaves(rule.rule)
        case And() | Or():
            for part in rule.rules:
                yield from _leaves(part)
        case Always():
            return
