"""Composite alarms: the truth of a rule, and when actions are taken while a suppressor may hold them back.

A rule is a tuple, which is also written out as CloudWatch's text:

    ("ALARM" or "OK" or "INSUFFICIENT_DATA", alarm_name)
    ("TRUE",) ("FALSE",)
    ("NOT", rule)
    ("AND" or "OR", rule, rule)
    ("AT_LEAST", "2" or "50%", "ALARM" or "NOT OK" or ..., [alarm_name, ...])

Sources: AWS's pages "Composite alarms" and "Suppressing composite alarm actions", whose six examples are test cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Rule = tuple[Any, ...]


def is_true(rule: Rule, states: Mapping[str, str]) -> bool:
    """Whether the rule holds while the alarms have these states."""
    what, *parts = rule
    if what == "TRUE":
        truth = True
    elif what == "FALSE":
        truth = False
    elif what == "NOT":
        truth = not is_true(parts[0], states)
    elif what == "AND":
        truth = is_true(parts[0], states) and is_true(parts[1], states)
    elif what == "OR":
        truth = is_true(parts[0], states) or is_true(parts[1], states)
    elif what == "AT_LEAST":
        truth = at_least(parts[0], parts[1], [states[name] for name in parts[2]])
    else:  # "ALARM("alarm-name") is TRUE if the alarm is in ALARM state", and so on
        truth = states[parts[0]] == what
    return truth


def at_least(minimum: str, condition: str, states: Sequence[str]) -> bool:
    """Whether "a minimum number or percentage of specified alarms are in the required state"."""
    wanted = condition.removeprefix("NOT ")
    fitting = sum((state == wanted) != condition.startswith("NOT ") for state in states)
    if minimum.endswith("%"):
        return Fraction(fitting, len(states)) >= Fraction(int(minimum[:-1]), 100)
    return fitting >= int(minimum)


def reference_composite_state(rule: Rule, states: Mapping[str, str]) -> str:
    """A composite alarm is in ALARM while its rule is true and otherwise OK."""
    return "ALARM" if is_true(rule, states) else "OK"


BINDING = {"OR": 1, "AND": 2, "NOT": 3}


def text(rule: Rule, around: int = 0) -> str:
    """The rule as CloudWatch writes it, with no more brackets than are needed: NOT binds before AND, AND before OR."""
    what = rule[0]
    if what in {"TRUE", "FALSE"}:
        return str(what)
    if what == "AT_LEAST":
        return f"AT_LEAST({rule[1]}, {rule[2]}, ({', '.join(quoted(name) for name in rule[3])}))"
    if what not in BINDING:
        return f"{what}({quoted(rule[1])})"
    own = BINDING[what]
    written = f"NOT {text(rule[1], own)}" if what == "NOT" else f"{text(rule[1], own)} {what} {text(rule[2], own)}"
    return f"({written})" if own < around else written


def quoted(name: str) -> str:
    """Always in quotes, which every name may have and some must."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True)
class Second:
    """One second: the state of the composite alarm, and whether its suppressor is in ALARM."""

    composite: str
    suppressor_in_alarm: bool


def actions_taken(seconds: Sequence[Second], wait: int, extension: int) -> list[tuple[int, str]]:
    """At which second actions are taken, and those of which state.

    The alarm's state at second 0 is where it starts: there is no transition in it.
    """
    taken: list[tuple[int, str]] = []
    owed = False  # a transition whose actions have not been taken yet
    wait_ends: int | None = None
    extension_ends: int | None = None
    for now in range(1, len(seconds)):
        before, current = seconds[now - 1], seconds[now]
        if before.suppressor_in_alarm and not current.suppressor_in_alarm:
            # "the suppressor alarm changes to OK at t6. An ExtensionPeriod starts at t6"
            extension_ends = now + extension
        if current.suppressor_in_alarm:
            # "Because the suppressor alarm changes states from OK to ALARM at t3, the WaitPeriod that started at t2 is
            # discarded"
            wait_ends = extension_ends = None
        if before.composite != current.composite:
            owed = True
            # "the WaitPeriod that started at t2 is discarded. A new WaitPeriod starts at t3"; "the ExtensionPeriod is
            # discarded, and a new WaitPeriod starts"
            extension_ends = None
            wait_ends = None if current.suppressor_in_alarm else now + wait
        waiting = any(end is not None and now < end for end in (wait_ends, extension_ends))
        if current.suppressor_in_alarm or waiting:
            continue
        # "Composite alarms take actions that are based on their current states when ExtensionPeriod and WaitPeriod
        # become inactive"
        wait_ends = extension_ends = None
        if owed:
            taken.append((now, current.composite))
            owed = False
    return taken
