"""The rule of a composite alarm, as a tree over alarm names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["AllOf", "AnyOf", "InAlarm", "NotInAlarm", "Rule"]


@dataclass(frozen=True, slots=True)
class InAlarm:
    """True while the named alarm is in ALARM."""

    alarm_name: str


@dataclass(frozen=True, slots=True)
class NotInAlarm:
    """True while the named alarm is not in ALARM; also while it has no data."""

    alarm_name: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True while one of its members is."""

    members: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """True while all of its members are."""

    members: tuple[Rule, ...]


Rule = InAlarm | NotInAlarm | AnyOf | AllOf


def children(rule: Rule) -> Iterator[str]:
    """The names of the alarms in a rule, in order, repeated where the rule repeats them."""
    if isinstance(rule, InAlarm | NotInAlarm):
        yield rule.alarm_name
        return
    for member in rule.members:
        yield from children(member)


def render(rule: Rule) -> str:
    """CloudWatch's syntax: ``ALARM("a") OR (ALARM("b") AND ALARM("c"))``."""
    if isinstance(rule, InAlarm):
        return f'ALARM("{rule.alarm_name}")'
    if isinstance(rule, NotInAlarm):
        return f'NOT ALARM("{rule.alarm_name}")'
    joint = " OR " if isinstance(rule, AnyOf) else " AND "
    return joint.join(
        render(member) if isinstance(member, InAlarm | NotInAlarm) or len(rule.members) == 1 else f"({render(member)})"
        for member in rule.members
    )
