"""The programs that work in a directory of ours: which they are, and how they are ended for certain.

Each program that we start works in a directory of its run and has no terminal, so that it is found when its run was
killed; what has a terminal is a person's shell, and is let be. Ended means gone: a process that was sent a signal may
still write for a moment, and a directory that is removed under it would come back.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "end_processes", "processes_in"]

POLITE_SECONDS = 10.0
"""How long PostgreSQL's server has to obey an immediate shutdown; it does so in well under a second."""

FORCE_SECONDS = 30.0
"""How long the kernel has to end what it was told to; a big server's memory takes it a second or two."""

LOOK_AGAIN_SECONDS = 0.02
SERVER = "postgres"
"""Killed without a shutdown, this one would leave its shared memory behind."""

_TERMINAL = 4
"""Where the 7th field of /proc/PID/stat, the controlling terminal, is, counted after the name (proc(5))."""


@dataclass(frozen=True, slots=True)
class Process:
    """A program at work.

    Attributes:
        pid: Its process id.
        name: The program's name.
    """

    pid: int
    name: str


def processes_in(directory: Path) -> tuple[Process, ...]:
    """The programs that work in a directory or below it, but for this process and those with a terminal."""
    found = _by_proc(directory.resolve()) if sys.platform == "linux" else _by_ps(directory.resolve())
    return tuple(process for process in found if process.pid != os.getpid())


def end_processes(directory: Path) -> tuple[Process, ...]:
    """End every program that works in a directory, and wait until it is gone.

    A PostgreSQL server is told to shut down immediately, and forced when it does not; the others are killed.

    Returns:
        What was ended. What the kernel could not end in time (a disk that hangs) is in `processes_in` still.
    """
    ended: dict[int, Process] = {}
    began = time.monotonic()
    while (now := time.monotonic()) < began + FORCE_SECONDS and (there := processes_in(directory)):
        late = now > began + POLITE_SECONDS
        # What is new here may have been started by what we end.
        _end(directory, there, late=late, until=began + (FORCE_SECONDS if late else POLITE_SECONDS))
        ended |= {process.pid: process for process in there}
    return tuple(ended.values())


def _end(directory: Path, processes: tuple[Process, ...], *, late: bool, until: float) -> None:
    with ExitStack() as stack:
        handles: dict[int, int] = {}
        for process in processes if hasattr(os, "pidfd_open") else ():
            with suppress(ProcessLookupError):
                handles[process.pid] = os.pidfd_open(process.pid)
                stack.callback(os.close, handles[process.pid])
        # A number may have gone to another process before there was a handle, but not after.
        there = processes_in(directory)
        for process in there:
            how = signal.SIGQUIT if process.name == SERVER and not late else signal.SIGKILL
            with suppress(ProcessLookupError):
                if process.pid in handles:
                    signal.pidfd_send_signal(handles[process.pid], how)
                elif not hasattr(os, "pidfd_open"):
                    os.kill(process.pid, how)
        _wait([handles[process.pid] for process in there if process.pid in handles], until)


def _wait(handles: list[int], until: float) -> None:
    """Until each process is gone; without handles for a moment, after which the caller looks again."""
    if not handles:
        time.sleep(LOOK_AGAIN_SECONDS)
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    left = set(handles)
    while left and (seconds := until - time.monotonic()) > 0:
        for handle, _ in poll.poll(seconds * 1000):
            poll.unregister(handle)
            left.discard(handle)


def _by_proc(directory: Path) -> Iterator[Process]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            where = str((entry / "cwd").readlink()).removesuffix(" (deleted)")
            if not Path(where).is_relative_to(directory):
                continue
            name, _, fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            if fields.split()[_TERMINAL] == "0":
                yield Process(int(entry.name), name.partition("(")[2])


def _by_ps(directory: Path) -> Iterator[Process]:
    """Without /proc: those that have the directory in their command line, as all of ours have."""
    asked = subprocess.run(
        ["/bin/ps", "-axwwo", "pid=,tty=,command="], capture_output=True, text=True, errors="replace", check=True
    )
    for line in asked.stdout.splitlines():
        pid, terminal, words = (*line.split(maxsplit=2), "", "")[:3]
        if terminal.strip("?-") == "" and f"{directory}/" in f"{words}/":
            yield Process(int(pid), Path(words.split()[0].rstrip(":")).name)
