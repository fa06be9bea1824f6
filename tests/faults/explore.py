"""Plays a procedure once, and at each of its interactions once more for every way to go wrong there.

The process is forked in the very middle of the interaction: the child does the wrong thing and goes on from there to
the end, the parent goes on as if nothing were. So a case costs only what comes after its fault, and its world is
exactly that of the undisturbed course up to there.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from opslib.procedure import open_journal
from tests.faults.ended import amiss
from tests.faults.inside import Inside
from tests.faults.kinds import KILLS, KINDS, Kind, NoCase
from tests.faults.procedure import Course, Procedure
from tests.faults.stage import Interaction, Proceed, Stage, WatchedStore

__all__ = ["Explorer", "Result", "explore", "set_stage"]

LONGEST_SECONDS = 240
"""How long a case may take in real time before it is given up: it takes a fraction of a second, under load a few."""

NO_CASE = 77

NOT_MODELLED = "SandboxNotModelled"
"""What the sandbox answers where AWS would go on, and it cannot: what comes of that proves nothing."""


@dataclass(frozen=True)
class Result:
    """What came of a case.

    Attributes:
        case: Its id: `PROCEDURE/NUMBER-KIND`, of a kill during the resume `PROCEDURE/NUMBER-KIND/NUMBER-KIND`.
        procedure: The procedure's name.
        row: The interaction, as a row of the matrix: its number and what it is; empty for the undisturbed course.
        kind: What went wrong there.
        amiss: What is wrong in the end.
        codes: What each life came to: their exit codes.
        is_open: Whether it is in a window that AWS leaves open: it is played, and proves nothing.
    """

    case: str
    procedure: str
    row: str
    kind: str
    amiss: list[str]
    codes: list[int]
    is_open: bool = False


Wanted = Callable[[str, Interaction, Kind], bool]
"""Whether a case is to be run: what stands before its number, its interaction, its kind."""


@dataclass
class Explorer:
    """Watches one life, and forks at its interactions.

    Attributes:
        course: The course.
        wanted: Which cases are run.
        report: The file of results.
        jobs: How many cases may run at the same time.
        kinds: The ways to go wrong.
        case: The id of the course that is watched.
        deeper: Whether in a killed course the next life is watched too.
        rows: The interactions so far.
    """

    course: Course
    wanted: Wanted
    report: Path
    jobs: int
    kinds: Iterable[Kind]
    case: str
    deeper: bool = True
    rows: list[Interaction] = field(default_factory=list)
    _running: dict[int, tuple[str, Interaction, Kind]] = field(default_factory=dict)

    def __call__(self, interaction: Interaction, proceed: Proceed) -> Any:
        """Fork for every way to go wrong here, then let it go."""
        self.rows.append(interaction)
        for kind in self.kinds:
            if self.wanted(self.case, interaction, kind) and kind.fits(self.course, interaction):
                case = f"{self.case}/{interaction.number}-{kind.slug}"
                if self._forked(case, interaction, kind):
                    self._go_wrong(case, interaction, kind)
                    return kind.act(self.course, interaction, proceed)
        return proceed()

    def _forked(self, case: str, interaction: Interaction, kind: Kind) -> bool:
        """Make a snapshot; whether this is it."""
        while len(self._running) >= self.jobs:
            self._wait_for_one()
        state = self.course.stage.state
        copy = state.with_name(f"{state.name}.{interaction.number}-{kind.slug}")
        if state.exists():
            shutil.copytree(state, copy)
        pid = os.fork()
        if pid:
            self._running[pid] = (case, interaction, kind)
            return False
        self.course.stage.state = copy
        return True

    def _go_wrong(self, case: str, interaction: Interaction, kind: Kind) -> None:
        """In the snapshot: nobody watches any more, and at the end it is told under the case's name."""
        signal.alarm(LONGEST_SECONDS)
        self._running.clear()
        course = self.course
        course.kind = f"{course.kind}, {kind.name}".removeprefix(", ")
        course.stage.watch(None)
        _TELLING.update(case=case, kind=kind.name if self.deeper else "killed again")
        _TELLING["row"] = f"{interaction.number} {interaction}" if self.deeper else _TELLING["row"]
        if self.deeper and kind in KILLS:
            below = Explorer(course, self.wanted, self.report, 1, KILLS, case, deeper=False)
            _BELOW.append(below)

            def next_life() -> None:
                course.on_life = lambda: course.stage.watch(None)
                course.stage.watch(below)

            course.on_life = next_life

    def wait(self) -> None:
        """Until every case is told."""
        while self._running:
            self._wait_for_one()

    def _wait_for_one(self) -> None:
        pid, status = os.wait()
        case, interaction, kind = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, NO_CASE):
            why = (
                f"it took longer than {LONGEST_SECONDS} s"
                if code == -signal.SIGALRM
                else f"its process ended with {code}"
            )
            tell(self.report, Result(case, self.course.procedure.name, str(interaction), kind.name, [why], []))


_TELLING: dict[str, str] = {}
_BELOW: list[Explorer] = []


def tell(report: Path, result: Result) -> None:
    """Add a result: one line in one write, so that none is mixed with another's."""
    line = json.dumps(asdict(result)) + "\n"
    with report.open("ab", buffering=0) as file:
        file.write(line.encode())


def explore(
    stage: Stage, procedure: Procedure, wanted: Wanted, report: Path, *, jobs: int, directory: Path
) -> list[Interaction]:
    """Play a procedure in every way that is wanted; it needs a process of its own.

    Args:
        stage: The stage that was set.
        procedure: The procedure.
        wanted: Which cases.
        report: The file that results are added to.
        jobs: How many cases at the same time.
        directory: For journals.

    Returns:
        The interactions of the undisturbed course.
    """
    course = _arranged(procedure, stage, directory / "state")
    procedure.spoil()
    root = os.getpid()
    explorer = Explorer(course, wanted, report, jobs, tuple(KINDS.values()), procedure.name)
    _TELLING.update(case=procedure.name, row="", kind="", procedure=procedure.name)
    course.stage.watch(explorer)
    try:
        course.play()
        if os.getpid() == root:
            course.stage.watch(None)
        for below in _BELOW:
            below.wait()
        if not any(NOT_MODELLED in said.says for said in course.said):
            wrong = list(amiss(course))
            codes = [said.code for said in course.said]
            tell(report, Result(amiss=wrong, codes=codes, is_open=course.is_open, **_TELLING))
    except NoCase:
        os._exit(NO_CASE)
    except BaseException:
        if os.getpid() != root:
            traceback.print_exc()
            os._exit(1)
        raise
    if os.getpid() != root:
        os._exit(0)
    explorer.wait()
    return explorer.rows


def set_stage(procedure: Procedure, directory: Path) -> Stage:
    """Set the stage, in a process in which there is no sandbox yet; everything that is made once is made.

    Args:
        procedure: One that is played to warm up.
        directory: For its journal.
    """
    sandbox = Inside()
    stage = Stage(sandbox, directory / "warm")
    WatchedStore.stage = stage
    open_journal.SqliteStore = WatchedStore  # type: ignore[misc]
    stage.sleep_by_turning()
    _arranged(procedure, stage, directory / "warm").play()
    stage.warm_up()  # what is imported and made on first use is there in every snapshot
    gc.collect()
    gc.freeze()
    gc.disable()
    return stage


def _arranged(procedure: Procedure, stage: Stage, state: Path) -> Course:
    stage.sandbox.reset()
    stage.state = state
    with stage.sandbox.listening():
        world = procedure.arrange(stage.sandbox, state)
    stage.least_seconds = procedure.least_seconds
    stage.time_went_by = functools.partial(procedure.time_went_by, world)
    return Course(procedure, stage, world)
