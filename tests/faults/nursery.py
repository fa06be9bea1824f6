"""Where procedures are played: a process with the sandbox in it, and a snapshot of that for each of them."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults.explore import Result, explore, set_stage
from tests.faults.inside import environment
from tests.faults.selection import Selection
from tests.faults.stage import Interaction, Stage

__all__ = ["Explored", "play_all"]

SHARED_MEMORY = Path("/dev/shm")
"""Journals are kept here, where no disk has to flush them."""

REGION = "eu-west-1"


@dataclass(frozen=True)
class Explored:
    """What came of a procedure.

    Attributes:
        procedure: Its name.
        rows: The interactions of its undisturbed course, in order.
        results: What came of its cases, the undisturbed course among them.
    """

    procedure: str
    rows: list[Interaction]
    results: list[Result]

    @property
    def calls(self) -> int:
        """How many calls to AWS the undisturbed course makes."""
        return sum(row.in_aws for row in self.rows)

    @property
    def violated(self) -> list[Result]:
        """The cases that did not end as they must."""
        return [result for result in self.results if result.amiss]


def play_all(
    chosen: list[Selection],
    *,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    done: Callable[[Explored], None] = lambda _: None,
) -> list[Explored]:
    """Play procedures; this process itself stays as it is.

    Args:
        chosen: The procedures, and which of their cases.
        jobs: How many cases at the same time.
        progress: Told how far it is.
        done: Told of each procedure that is through.
    """
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as directory:
        places = [Path(directory) / str(number) for number in range(len(chosen))]
        for place in places:
            place.mkdir()
        nursery = os.fork()
        if not nursery:
            _leave(partial(_play, chosen, places, jobs, Path(directory)))
        explored, ended = [], False
        for one, place in zip(chosen, places, strict=True):
            while not (place / "rows").exists() and not ended:
                time.sleep(0.1)
                ended = os.waitpid(nursery, os.WNOHANG) != (0, 0)
                told = (place / "results").read_bytes().count(b"\n") if (place / "results").exists() else 0
                progress(f"{one.procedure.name}: {told} cases")
            explored.append(_read(one, place))
            done(explored[-1])
        if not ended:
            os.waitpid(nursery, 0)
        return explored


def _play(chosen: list[Selection], places: list[Path], jobs: int, directory: Path) -> None:
    """In the nursery: the sandbox, and nothing else of AWS."""
    logging.disable(logging.CRITICAL)  # what people would be told
    for variable in [name for name in os.environ if name.startswith(("AWS_", "OPSLIB_"))]:
        del os.environ[variable]
    os.environ.update(environment(REGION))
    stage = set_stage(chosen[0].procedure, directory)
    for one, place in zip(chosen, places, strict=True):
        pid = os.fork()
        if not pid:
            _leave(partial(_explore, stage, one, place, jobs))
        os.waitpid(pid, 0)
        if not (place / "rows").exists():
            (place / "rows").write_text("[]")


def _explore(stage: Stage, one: Selection, place: Path, jobs: int) -> None:
    found = explore(stage, one.procedure, one, place / "results", jobs=jobs, directory=place)
    (place / "unfinished").write_text(json.dumps([vars(row) for row in found]))
    (place / "unfinished").rename(place / "rows")


def _leave(act: Callable[[], None]) -> None:
    """Do it as the last thing of this process."""
    code = 1
    try:
        act()
        code = 0
    except BaseException:  # noqa: BLE001  # nothing may come out of this process but its result
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _read(one: Selection, place: Path) -> Explored:
    name = one.procedure.name
    lines = (place / "results").read_text().splitlines() if (place / "results").exists() else []
    results = [Result(**json.loads(line)) for line in lines]
    rows = [Interaction(**row) for row in json.loads((place / "rows").read_text())] if lines else []
    if not rows:
        results.append(Result(name, name, "", "", ["its process ended before the procedure did"], []))
    return Explored(name, rows, results)
