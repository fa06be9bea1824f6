"""How bad an incident is, in each of the schemes that people use. One table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opslib.contract import Severity
from opslib.errors import BadRequest

__all__ = ["GRADES", "SCHEMES", "Grade", "Scheme", "grade", "grade_in", "severity_of"]

Scheme = Literal["SEV", "P", "Level"]

SCHEMES: tuple[Scheme, ...] = ("SEV", "P", "Level")


@dataclass(frozen=True, slots=True)
class Grade:
    """One name in one scheme.

    Attributes:
        severity: The alert tier that it is.
        scheme: The scheme.
        name: What it is called there.
        means: What it stands for.
        respond_within_minutes: How soon somebody has to be at work on it.
    """

    severity: Severity
    scheme: Scheme
    name: str
    means: str
    respond_within_minutes: int


GRADES = (
    Grade("emergency", "SEV", "SEV-1", "the system is down, or data is lost", 15),
    Grade("critical", "SEV", "SEV-2", "a major feature is broken", 60),
    Grade("warning", "SEV", "SEV-3", "a minor issue that can be worked around", 240),
    Grade("info", "SEV", "SEV-4", "cosmetic", 1440),
    # P1 stands before P0, which not everybody has: what has no name in P yet becomes a P1.
    Grade("emergency", "P", "P1", "a complete outage", 15),
    Grade("emergency", "P", "P0", "a complete outage that the company's leaders are told of", 15),
    Grade("critical", "P", "P2", "a major feature is broken", 60),
    Grade("warning", "P", "P3", "degraded performance", 240),
    Grade("info", "P", "P4", "a minor issue", 1440),
    Grade("emergency", "Level", "Level 1", "a complete outage, lost data, or a breach", 5),
    Grade("critical", "Level", "Level 2", "users notice, or a deployment failed", 15),
    Grade("warning", "Level", "Level 3", "no core function suffers", 120),
    Grade("info", "Level", "Level 3", "no core function suffers", 120),
)
"""The most usual times of each scheme. Where a scheme has one name for two severities, the name means the worse."""

_SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical", "emergency")


def grade(name: str) -> Grade:
    """A name in any scheme: `SEV-2`, `sev2`, `P0`, `Level 3`.

    Raises:
        BadRequest: no scheme has it.
    """
    wanted = _plain(name)
    for row in GRADES:
        if _plain(row.name) == wanted:
            return row
    known = ", ".join(dict.fromkeys(row.name for row in GRADES))
    raise BadRequest(f"there is no severity {name!r}", f"use one of {known}, or {', '.join(_SEVERITIES)}")


def severity_of(name: str) -> Severity:
    """The alert tier that a name in any scheme is; a tier's own name is itself.

    Raises:
        BadRequest: no scheme has it.
    """
    for severity in _SEVERITIES:
        if severity == name.strip().lower():
            return severity
    return grade(name).severity


def grade_in(scheme: Scheme, severity: Severity) -> Grade:
    """What a severity is called in a scheme."""
    return next(row for row in GRADES if row.scheme == scheme and row.severity == severity)


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
