"""What came of an examination: what is in place, what is not, and what could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from opslib.operate.doctor.check import GROUPS, Check, Group, Level

__all__ = ["Examination", "Examined", "Finding", "NotChecked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not in place.

    Attributes:
        check: The id of the check that found it.
        group: Its group.
        level: How bad it is.
        on: What it is about.
        what: What is the matter.
        why: What that means at 3 a.m.
        next_step: What to do.
    """

    check: str
    group: Group
    level: Level
    on: str
    what: str
    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that could not be looked at.

    Attributes:
        check: The id of the check.
        group: Its group.
        on: What it is about.
        why: Why not.
    """

    check: str
    group: Group
    on: str
    why: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of one check.

    Attributes:
        check: The check.
        things: How many things were looked at.
        findings: What is not in place.
        not_checked: What could not be looked at.
    """

    check: Check[Any, Any]
    things: int
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def verdict(self) -> Literal["in place", "missing", "not checked", "nothing to look at"]:
        """In a word or two; one thing that could not be looked at keeps a check from being in place."""
        if self.findings:
            return "missing"
        if self.not_checked:
            return "not checked"
        return "in place" if self.things else "nothing to look at"


@dataclass(frozen=True, slots=True)
class Examination:
    """All that came of an examination.

    Attributes:
        stack: Which stack: ``product/environment``.
        examined: What came of each check, in the table's order.
        calls: How many calls were made.
        seconds: How long it took.
    """

    stack: str
    examined: tuple[Examined, ...]
    calls: int
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is not in place, by group, the worst first."""
        found = (finding for one in self.examined for finding in one.findings)
        return tuple(sorted(found, key=lambda one: (GROUPS.index(one.group), one.level != "critical")))

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """Everything that could not be looked at."""
        return tuple(missed for one in self.examined for missed in one.not_checked)

    @property
    def exit_code(self) -> int:
        """0: all in place; 1: something is missing; 3: something could not be looked at, and nothing is missing."""
        return 1 if self.findings else 3 if self.not_checked else 0

    def document(self) -> dict[str, Any]:
        """In JSON types; the shape is stable."""
        return {
            "stack": self.stack,
            "exitCode": self.exit_code,
            "findings": [
                {
                    "check": one.check,
                    "group": one.group,
                    "level": one.level,
                    "on": one.on,
                    "what": one.what,
                    "why": one.why,
                    "nextStep": one.next_step,
                }
                for one in self.findings
            ],
            "notChecked": [
                {"check": one.check, "group": one.group, "on": one.on, "why": one.why} for one in self.not_checked
            ],
            "checks": [
                {"check": one.check.id, "group": one.check.group, "verdict": one.verdict, "things": one.things}
                for one in self.examined
            ],
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
        }
