"""Every AWS call of each tool, killed before it, killed after it or throttled, then run again; and two at once."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from benchmarks.peers.rollback_tools import TIMEOUT_SECONDS, TOOLS, Place, Tool
from benchmarks.peers.rollback_world import OUTPUTS, Judgement, judge, lay_out
from opslib.sandbox import Sandbox
from opslib.sandbox.faults import Case, cases
from opslib.sandbox.faults.fault import Kind
from opslib.sandbox.messages import CallRecord

__all__ = ["Sweep", "swept"]

KINDS: tuple[Kind, ...] = ("kill_before", "kill_after", "throttle")

THROTTLED_TIMES = 5
"""In a row: as often as either tool's SDK tries a read."""

MOST_TRIES = 3
"""The first, and two more: a command that says how to go on, and that."""

ROUNDS_OF_TWO = 3
ROLLOUT_OF_TWO_SECONDS = 2.0
AT_A_TIME = 2


@dataclass
class Sweep:
    """How a tool's runs ended.

    Attributes:
        tool: The tool.
        ends: How many there were.
        bad: How many of them were bad.
        faults: How often each thing was bad.
        which: The bad ends, in words.
    """

    tool: Tool
    ends: int = 0
    bad: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    which: list[str] = field(default_factory=list)

    def count(self, name: str, judgement: Judgement) -> None:
        """Take an end down."""
        self.ends += 1
        self.bad += bool(judgement.faults)
        self.faults.update(judgement.faults)
        if judgement.faults:
            self.which.append(f"{name}: {'; '.join(judgement.faults)}")


def swept(directory: Path, byte_code: Path) -> dict[str, tuple[Sweep, Sweep]]:
    """Run it all.

    Args:
        directory: A directory for what the tools write.
        byte_code: See `Place.made`.

    Returns:
        By the tool's name, its ends with something gone wrong, and its ends when two were at work at once.
    """
    with ExitStack() as stack:
        free: SimpleQueue[Sandbox] = SimpleQueue()
        for _ in range(AT_A_TIME):
            free.put(stack.enter_context(Sandbox()))
        stage = _Stage(directory, byte_code, free)
        pool = stack.enter_context(ThreadPoolExecutor(AT_A_TIME))
        results = {}
        for tool in TOOLS:
            wrong, together = Sweep(tool), Sweep(tool)
            found = list(cases(stage.calls(tool), kinds=KINDS, throttled_times=THROTTLED_TIMES))
            for case, judgement in pool.map(stage.runner(tool), found):
                wrong.count(str(case), judgement)
            for number, judgement in enumerate(pool.map(stage.two_at_once, [tool] * ROUNDS_OF_TWO)):
                together.count(f"two at once, {number}", judgement)
            results[tool.name] = (wrong, together)
        return results


@dataclass
class _Stage:
    directory: Path
    byte_code: Path
    free: SimpleQueue[Sandbox]
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def calls(self, tool: Tool) -> list[CallRecord]:
        """The calls of a run in which nothing goes wrong."""
        sandbox = self.free.get()
        try:
            lay_out(sandbox)
            place = self._place(sandbox)
            code, printed = _finished(_started(place, tool.back_to(place, None)))
            if code:
                raise RuntimeError(f"{tool.name} ended with {code}: {printed}")
            return sandbox.calls()
        finally:
            self.free.put(sandbox)

    def runner(self, tool: Tool) -> Callable[[Case], tuple[Case, Judgement]]:
        """What runs a tool with something going wrong, and then again until it says that it is done."""

        def run(case: Case) -> tuple[Case, Judgement]:
            sandbox = self.free.get()
            try:
                lay_out(sandbox)
                place = self._place(sandbox)
                command = first = tool.back_to(place, None)
                sandbox.faults(case.fault)
                for _ in range(MOST_TRIES):
                    process = _started(place, command)
                    sandbox.victim(process.pid)
                    code, printed = _finished(process)
                    sandbox.clear_faults()
                    if code == 0:
                        break
                    command = tool.again(place, first, printed)
                return case, judge(sandbox, {1: [code]})
            finally:
                self.free.put(sandbox)

        return run

    def two_at_once(self, tool: Tool) -> Judgement:
        """Two people go back at the same time, to two different revisions."""
        sandbox = self.free.get()
        try:
            lay_out(sandbox, revisions=3, rollout_seconds=ROLLOUT_OF_TWO_SECONDS)
            place = self._place(sandbox)
            both = {number: _started(place, tool.back_to(place, f"shop-worker:{number}")) for number in (1, 2)}
            ended = {number: [_finished(process)[0]] for number, process in both.items()}
            return judge(sandbox, ended, revisions=3)
        finally:
            self.free.put(sandbox)

    def _place(self, sandbox: Sandbox) -> Place:
        return Place.made(self.directory / str(next(self.numbers)), self.byte_code, sandbox, OUTPUTS)


def _started(place: Place, command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env=dict(place.environment),
        cwd=place.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    printed, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    return process.returncode, printed
