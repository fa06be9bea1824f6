"""The three answers: proven, disproven, not checked. What was not checked is never counted as passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["EXIT_CODES", "Finding", "Phase", "Verdict", "verdict_of"]

Verdict = Literal["proven", "disproven", "not checked"]

EXIT_CODES: Mapping[Verdict, int] = {"proven": 0, "disproven": 1, "not checked": 5}
"""What a command ends with; 5 because a person has to say whether what is known is enough."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: Its name in the table of checks, such as ``content``.
        verdict: Proven, disproven or not checked.
        says: What was found, on one line; of what was not checked, why.
        on: What it is about: a table, a file, an index; empty for the backup as a whole.
        required: Whether the backup counts as proven only when this is.
        facts: Figures and names that an auditor may want, in JSON types; never a secret.
    """

    check: str
    verdict: Verdict
    says: str
    on: str = ""
    required: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run and how long it took.

    Attributes:
        name: Such as ``restore``.
        seconds: Wall-clock time.
    """

    name: str
    seconds: float


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The verdict on the whole: one disproven check disproves it, and it is proven when all required ones are.

    Args:
        findings: Of all checks. Without any required one among them nothing is proven.
    """
    found = tuple(findings)
    if any(finding.verdict == "disproven" for finding in found):
        return "disproven"
    required = [finding for finding in found if finding.required]
    return "proven" if required and all(finding.verdict == "proven" for finding in required) else "not checked"
