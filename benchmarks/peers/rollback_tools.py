"""Two tools that roll an ECS service back, as commands: opslib's, and ecs-deploy's with its defaults.

Each runs in a process of its own. Another small process starts it and measures it: what a process is started from
counts as its own peak otherwise (Linux keeps the peak of a process across exec).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from opslib.sandbox import Sandbox

__all__ = ["ECS_DEPLOY", "OPSLIB", "TOOLS", "Measured", "Place", "Tool", "measured"]

HERE = Path(sys.executable).parent
TIMEOUT_SECONDS = 120

_MEASURE = """
import json, os, sys, time
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
to = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=to)
_, status, used = os.wait4(pid, 0)
taken = time.perf_counter() - began
print(json.dumps([taken, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True)
class Place:
    """Where a tool runs: a directory with the stack's outputs and the journal, and an environment.

    Attributes:
        directory: The directory.
        environment: The environment: it leads to a sandbox and nowhere else.
    """

    directory: Path
    environment: Mapping[str, str]

    @classmethod
    def made(cls, directory: Path, byte_code: Path, sandbox: Sandbox, outputs: object) -> Place:
        """Make one.

        Args:
            directory: A directory that is not there yet.
            byte_code: Where Python keeps the byte code of both tools, as for anything that is installed.
            sandbox: The sandbox.
            outputs: The stack's outputs.
        """
        directory.mkdir(parents=True)
        (directory / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")
        left_out = ("AWS_", "OPSLIB_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        own = {"PYTHONPYCACHEPREFIX": str(byte_code), "OPSLIB_STATE": str(directory / "state")}
        return cls(directory, kept | sandbox.environment() | own)


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
        name: Its name.
        back_to: Its command to go back to a revision of the worker; None: to the last good one, where it can tell.
        again: Its command after one that did not succeed, given that and what it printed.
    """

    name: str
    back_to: Callable[[Place, str | None], list[str]]
    again: Callable[[Place, list[str], str], list[str]]


def _opslib(place: Place, to: str | None) -> list[str]:
    outputs = str(place.directory / "outputs.json")
    return [str(HERE / "opslib"), "rollback", "service", "worker", "--outputs", outputs, *(["--to", to] if to else [])]


def _as_it_says(place: Place, command: list[str], printed: str) -> list[str]:
    said = re.search(r"`opslib resume (\S+)`", printed)
    outputs = str(place.directory / "outputs.json")
    return [str(HERE / "opslib"), "resume", said[1], "--outputs", outputs] if said else command


def _ecs_deploy(_: Place, to: str | None) -> list[str]:
    task = to or "shop-worker:1"  # it has to be told which one was good
    options = ["--region", "eu-west-1", "--task", task, "--timeout", "60"]
    return [str(HERE / "ecs"), "deploy", "shop", "worker", *options]


OPSLIB = Tool("opslib", _opslib, _as_it_says)
ECS_DEPLOY = Tool("ecs-deploy", _ecs_deploy, lambda _, command, __: command)
TOOLS = (OPSLIB, ECS_DEPLOY)


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        wall_seconds: From its start to its end.
        cpu_seconds: Of the processor, in all its threads.
        peak_mib: The most memory that it had at once (ru_maxrss).
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def measured(place: Place, command: list[str]) -> Measured:
    """Run a command and measure it.

    Raises:
        RuntimeError: it did not succeed.
    """
    printed = place.directory / "printed.txt"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _MEASURE, str(printed), *command],
        env=dict(place.environment),
        cwd=place.directory,
        stdout=subprocess.PIPE,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    wall, cpu, peak, code = json.loads(run.stdout)
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}: {printed.read_text(encoding='utf-8')}")
    return Measured(wall, cpu, peak)
