"""Trials played by two processes, each with servers of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.damage.ground import Ground, quickest_directory
from tests.damage.play import Outcome, Task, play

__all__ = ["played"]

PROCESSES = 2
LONGEST_FIRST = (21, 22, 15)
"""Classes whose trials last long come first, so that no process is left with one in the end."""

_ground: Ground | None = None


def played(wanted: list[Task], seed: int) -> list[Outcome]:
    """What came of some trials, in the order of the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended then as well
    first = {number: place for place, number in enumerate(LONGEST_FIRST)}
    wanted.sort(key=lambda task: first.get(task.number, len(first)))
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="damage-", dir=quickest_directory()) as root:
        Path(root).chmod(0o711)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, spawn, initializer=_begin, initargs=(root,)) as pool:
            playing = [pool.submit(_play, task, seed) for task in wanted]
            try:
                for number, done in enumerate(as_completed(playing), 1):
                    outcomes.append(done.result())
                    if sys.stderr.isatty():
                        print(f"\r{number} of {len(wanted)} trials ", end="", file=sys.stderr, flush=True)  # noqa: T201
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)  # noqa: T201
    order = {task: place for place, task in enumerate(sorted(wanted, key=_place))}
    return sorted(outcomes, key=lambda outcome: order[outcome.task])


def _place(task: Task) -> tuple[int, str, int, int, int]:
    return task.number, task.part, task.index, -task.major, task.turn


def _begin(root: str) -> None:
    """Give this process a ground of its own, which ends with it."""
    global _ground  # noqa: PLW0603  # a process of the pool has no other place
    # Where every run of opslib's sweeps, so that a scoreboard that is killed leaves no server for long.
    os.environ["TMPDIR"] = tempfile.tempdir = str(quickest_directory())
    _ground = Ground(Path(tempfile.mkdtemp(prefix="p", dir=root)))
    multiprocessing.util.Finalize(None, _end, exitpriority=100)


def _end() -> None:
    if _ground is not None:
        _ground.close()
        shutil.rmtree(_ground.root, ignore_errors=True)


def _play(task: Task, seed: int) -> Outcome:
    if _ground is None:
        raise RuntimeError("this process has no ground")
    return play(task, _ground, seed)
