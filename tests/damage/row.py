"""What a row of the scoreboard consists of: sound backups, ways to damage them, and twins that must stay quiet."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from opslib.backup.verdict import Finding, Verdict

if TYPE_CHECKING:
    from tests.damage.ground import Ground

__all__ = ["SOUND", "Case", "Findings", "Row", "Scene", "Trial", "Twin", "as_it_is"]

SOUND = "as it was taken"

Findings = tuple[Finding, ...]


class Trial(Protocol):
    """A sound backup of its own, to be damaged or left alone, and judged by opslib."""

    def judge(self) -> Findings:
        """What opslib finds."""

    def is_damaged(self) -> bool:
        """Whether what is restored differs, decided without opslib's checks."""


@dataclass(frozen=True)
class Scene:
    """Where trials come from.

    Attributes:
        name: What people call it.
        open: Makes a trial in an empty directory; `major` is the version of PostgreSQL, where that plays a part.
        versions: Whether it is played with each major version of PostgreSQL that is here.
    """

    name: str
    open: Callable[[Ground, Path, int], AbstractContextManager[Any]]
    versions: bool = False


@dataclass(frozen=True)
class Case:
    """A way in which the damage happens.

    Attributes:
        name: In words.
        scene: What is damaged.
        inject: Damages the trial, and says what it did.
        check: A pattern of the checks of which one has to say disproven.
        times: How often, each time at other places.
        chancy: Whether a place may be hit that changes nothing, which is then shown without opslib.
    """

    name: str
    scene: Scene
    inject: Callable[[Any, Random], str]
    check: str
    times: int = 1
    chancy: bool = False

    def hits(self, findings: Findings) -> list[Finding]:
        """The findings that say it."""
        return [each for each in findings if each.verdict == "disproven" and re.fullmatch(self.check, each.check)]


def as_it_is(trial: Any) -> None:
    """Do nothing to it."""
    del trial


@dataclass(frozen=True)
class Twin:
    """What looks like damage, or is where damage would be, and is none.

    Attributes:
        name: In words.
        scene: What it is done to.
        do: What is done.
        verdict: What the verdict on the whole has to be.
    """

    name: str
    scene: Scene
    do: Callable[[Any], object] = as_it_is
    verdict: Verdict = "proven"


@dataclass(frozen=True)
class Row:
    """A class of damage.

    Attributes:
        number: As the specification counts.
        title: In words.
        cases: The first is the one that `make test` plays.
        twins: The same of the first.
        not_done: What of the class needs AWS services that no sandbox has, and why.
    """

    number: int
    title: str
    cases: tuple[Case, ...]
    twins: tuple[Twin, ...]
    not_done: str = ""
