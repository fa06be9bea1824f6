"""A cut of the scoreboard: each class with one injection, and with a twin that stays quiet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest

from opslib.backup.verdict import Finding
from tests.damage import play as playing
from tests.damage.classes import ROWS
from tests.damage.ground import Ground
from tests.damage.play import Outcome, Task, play
from tests.damage.row import Case, Row, Scene, Twin
from tests.damage.score import score

SEED = 25
HALVES = {row.number: "damage-later" if row.number > 13 else "damage-first" for row in ROWS}
"""The classes of a half share a worker, and so its servers; both halves take about as long."""

_played: dict[tuple[str, str], Outcome] = {}
"""The twins that several classes share are played once."""


def rows() -> list[object]:
    return [
        pytest.param(row, id=f"{row.number}-{row.title}", marks=pytest.mark.xdist_group(HALVES[row.number]))
        for row in ROWS
    ]


@pytest.mark.feature("B3", "B4")
@pytest.mark.parametrize("row", rows())
def test_the_damage_is_seen_and_its_twin_is_quiet(row: Row, ground: Ground) -> None:
    major = ground.majors()[0]
    twin = row.twins[0]
    key = (twin.scene.name, twin.do.__qualname__)
    if key not in _played:
        _played[key] = play(Task(row.number, "twin", 0, major=major), ground, SEED)
    assert _played[key].what == "quiet", _played[key]
    seen = play(Task(row.number, "case", 0, major=major), ground, SEED)
    assert seen.what == "caught", seen


def test_every_class_is_there_once_with_a_twin() -> None:
    assert [row.number for row in ROWS] == list(range(1, 26))
    assert all(row.cases and row.twins for row in ROWS)
    for row in ROWS:
        assert len({case.name for case in row.cases}) == len(row.cases)


class Pretended:
    """A trial that finds what it is told to."""

    def __init__(self, *findings: Finding, damaged: bool) -> None:
        self.damaged, self.findings = damaged, findings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def judge(self) -> tuple[Finding, ...]:
        return self.findings

    def is_damaged(self) -> bool:
        return self.damaged


PROVEN, LOUD = Finding("content", "proven", "fine"), Finding("content", "disproven", "other values")
OUTCOMES = {
    "damage that is seen": (True, (LOUD,), "caught", "alarm"),
    "damage that is not": (True, (PROVEN,), "missed", "quiet"),
    "damage that only another check sees": (True, (Finding("age", "disproven", "old"),), "missed", "alarm"),
    "no damage, and quiet": (False, (PROVEN,), "harmless", "quiet"),
    "no damage, and loud": (False, (LOUD,), "alarm", "alarm"),
    "nothing is known": (True, (Finding("content", "not checked", "?"),), "missed", "alarm"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_what_a_trial_comes_to_and_how_it_counts(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged, findings, injected, left_alone = OUTCOMES[case]
    scene = Scene("pretended", lambda *_: Pretended(*findings, damaged=damaged))
    row = Row(1, "a class", (Case("c", scene, lambda *_: "did it", "content", chancy=True),), (Twin("t", scene),))
    monkeypatch.setattr(playing, "ROWS", (row,))
    ground = Ground(tmp_path)
    one, other = play(Task(1, "case", 0), ground, 1), play(Task(1, "twin", 0), ground, 1)
    assert (one.what, other.what) == (injected, left_alone)
    document = score((row,), [one, other])
    assert document["caught"] == (injected == "caught")
    assert document["false_alarms"] == (injected == "alarm") + (left_alone == "alarm")


def test_a_trial_that_fails_counts_as_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene("pretended", lambda *_: Pretended(PROVEN, damaged=True))
    broken = Case("c", scene, lambda *_: str(1 // 0), "content")
    monkeypatch.setattr(playing, "ROWS", (Row(1, "a class", (broken,), (Twin("t", scene),)),))
    outcome = play(Task(1, "case", 0), Ground(tmp_path), 1)
    assert (outcome.what, "ZeroDivisionError" in outcome.says) == ("missed", True)


@pytest.mark.xdist_group("damage-first")
def test_the_program_plays_some_classes_and_writes_nothing_for_a_part() -> None:
    root = Path(__file__).parents[2]
    result = root / "build" / "scoreboard.json"
    before = result.stat().st_mtime_ns if result.exists() else None
    command = [sys.executable, "-m", "tests.damage", "--class", "18", "--class", "19", "--seed", "3"]
    variables = os.environ | {"PYTHONPATH": str(root)}
    ran = subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("seed 3; PostgreSQL ")
    assert "2 of 2 classes caught, 0 false alarms" in ran.stdout
    assert (result.stat().st_mtime_ns if result.exists() else None) == before


def test_the_document_has_what_it_should() -> None:
    outcomes = [Outcome(Task(row.number, "case", 0), "caught", "c", "did", "content", "other") for row in ROWS]
    document = score(ROWS, outcomes)
    assert set(document) == {"classes", "caught", "false_alarms", "by_class"}
    assert (document["classes"], document["caught"], document["false_alarms"]) == (25, 25, 0)
    assert list(json.loads(json.dumps(document))["by_class"]) == [str(number) for number in range(1, 26)]
