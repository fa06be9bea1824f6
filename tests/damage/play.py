"""Plays one trial: a twin that has to stay quiet, or an injection that has to be seen by the check that is for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from opslib.backup.verdict import verdict_of
from tests.damage.classes import ROWS
from tests.damage.ground import Ground
from tests.damage.row import Case, Findings, Row, Twin

__all__ = ["Outcome", "Task", "play", "tasks"]


@dataclass(frozen=True)
class Task:
    """A trial to be played; it is looked up in the table by its place, so that another process can.

    Attributes:
        number: Of the class.
        part: `case` or `twin`.
        index: Which of the class's.
        turn: Which of a case's injections.
        major: The version of PostgreSQL; 0 where none plays a part.
    """

    number: int
    part: Literal["case", "twin"]
    index: int
    turn: int = 0
    major: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        task: The trial.
        what: `caught`, `missed` or `harmless` of an injection, `quiet` or `alarm` of a twin.
        name: Of the case or twin.
        did: What was injected.
        check: Which check said so; of a miss, none.
        says: What it said.
    """

    task: Task
    what: Literal["caught", "missed", "harmless", "quiet", "alarm"]
    name: str
    did: str = ""
    check: str = ""
    says: str = ""


def tasks(rows: Iterable[Row], majors: tuple[int, ...]) -> Iterator[Task]:
    """Every trial of some classes; a twin that several share is played for each, for each has to show its own.

    Args:
        rows: The classes.
        majors: Of PostgreSQL, the newest first; with the others each case is played a quarter as often.
    """
    for row in rows:
        for index, twin in enumerate(row.twins):
            for major in majors if twin.scene.versions else majors[:1]:
                yield Task(row.number, "twin", index, major=major)
        for index, case in enumerate(row.cases):
            for nth, major in enumerate(majors if case.scene.versions else majors[:1]):
                for turn in range(max(1, case.times // 4) if nth else case.times):
                    yield Task(row.number, "case", index, turn, major)


def play(task: Task, ground: Ground, seed: int) -> Outcome:
    """Play a trial.

    Args:
        task: Which.
        ground: Where the sources are.
        seed: Of all chance.
    """
    row = next(row for row in ROWS if row.number == task.number)
    place = Path(tempfile.mkdtemp(prefix="trial-", dir=ground.root))
    place.chmod(0o711)
    try:
        if task.part == "twin":
            return _quiet(task, row.twins[task.index], ground, place)
        chance = Random(f"{seed}/{task.number}/{task.index}/{task.turn}/{task.major}")
        return _seen(task, row.cases[task.index], ground, place, chance)
    except Exception as problem:  # noqa: BLE001  # whatever fails, it has not proven what it should
        what: Literal["alarm", "missed"] = "alarm" if task.part == "twin" else "missed"
        name = (row.twins if task.part == "twin" else row.cases)[task.index].name
        return Outcome(task, what, name, says=f"{type(problem).__name__}: {problem}")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _quiet(task: Task, twin: Twin, ground: Ground, place: Path) -> Outcome:
    with twin.scene.open(ground, place, task.major) as trial:
        twin.do(trial)
        findings: Findings = trial.judge()
    loud = [each for each in findings if each.verdict == "disproven"]
    verdict = verdict_of(findings)
    if not loud and verdict == twin.verdict:
        return Outcome(task, "quiet", twin.name)
    unproven = [each for each in findings if each.required and each.verdict != "proven"]
    first = (loud or unproven)[0]
    return Outcome(task, "alarm", twin.name, check=first.check, says=f"{verdict}: {first.says}")


def _seen(task: Task, case: Case, ground: Ground, place: Path, chance: Random) -> Outcome:
    with case.scene.open(ground, place, task.major) as trial:
        did = case.inject(trial, chance)
        findings: Findings = trial.judge()
        others = [each for each in findings if each.verdict == "disproven"]
        hits = case.hits(findings)
        if case.chancy and not trial.is_damaged():
            if not others:
                return Outcome(task, "harmless", case.name, did)
            return Outcome(task, "alarm", case.name, did, others[0].check, others[0].says)
        if hits:
            return Outcome(task, "caught", case.name, did, hits[0].check, hits[0].says)
    says = f"only {others[0].check}: {others[0].says}" if others else f"the verdict is {verdict_of(findings)}"
    return Outcome(task, "missed", case.name, did, says=says)
