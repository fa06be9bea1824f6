"""What a check is: a row that says what it looks at, how bad it is where that is not so, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from opslib.contract import StackOutputs

if TYPE_CHECKING:
    from opslib.operate.doctor.look import Look

__all__ = ["GROUPS", "Check", "Fault", "Group", "Level"]

Level = Literal["critical", "warning"]
"""Critical: somebody is not told, or cannot act. Warning: it will hurt, later or only sometimes."""

Group = Literal["Telling people", "Alarms", "Rolling back", "Backups", "Access", "What is watched", "Safeguards"]

GROUPS: tuple[Group, ...] = (
    "Telling people",
    "Alarms",
    "Rolling back",
    "Backups",
    "Access",
    "What is watched",
    "Safeguards",
)
"""In the order in which they are told: what keeps people from hearing of anything comes first."""

Subject = TypeVar("Subject")
Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be.

    Attributes:
        on: What it is about, by AWS's name or the contract's key.
        what: What is the matter, in a clause.
        next_step: What to do, where the check's own words are not enough.
    """

    on: str
    what: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject, Seen]):
    """A row of the table of checks.

    Attributes:
        id: Its name, for `--only`; stable.
        group: What it is part of.
        level: How bad it is where it is not so.
        looks_at: What should be so, in a clause.
        why: What it means at 3 a.m., in a clause.
        next_step: What to do; ``{on}`` is what the fault is on, ``{stack}`` the stack.
        subjects: What there is to look at, one by one, from the contract.
        read: Looks at one of them; None where there is nothing that this check could judge: another check says so.
        judge: What is wrong with it. Pure.
        on: What a subject is called, for what could not be looked at.
    """

    id: str
    group: Group
    level: Level
    looks_at: str
    why: str
    next_step: str
    subjects: Callable[[StackOutputs], Iterable[Subject]]
    read: Callable[[Look, Subject], Seen | None]
    judge: Callable[[Seen, datetime], Iterable[Fault]]
    on: Callable[[Any], str] = str
