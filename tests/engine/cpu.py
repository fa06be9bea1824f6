"""CPU time by part: on a machine that others use too, it says how much work there is, and a clock does not."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

__all__ = ["CpuSeconds"]

_SECONDS_PER_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CpuSeconds:
    """CPU seconds, user and system, since the processes began.

    Attributes:
        engine: The Pulumi CLI, its language host and the program, once they have ended.
        provider: This process: the stand-in provider, and the reader of the engine's events.
        sandbox: The sandbox's server; zero where there is no /proc.
    """

    engine: float
    provider: float
    sandbox: float

    @classmethod
    def now(cls, sandbox_pid: int) -> Self:
        return cls(_of(resource.RUSAGE_CHILDREN), _of(resource.RUSAGE_SELF), _of_process(sandbox_pid))

    @property
    def total(self) -> float:
        return sum(getattr(self, part.name) for part in fields(self))

    def __sub__(self, earlier: CpuSeconds) -> CpuSeconds:
        return CpuSeconds(*(getattr(self, part.name) - getattr(earlier, part.name) for part in fields(self)))

    def __str__(self) -> str:
        parts = ", ".join(f"{part.name} {getattr(self, part.name):.1f}" for part in fields(self))
        return f"{self.total:.1f} s of CPU ({parts})"


def _of(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _of_process(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    after_name = stat.read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) * _SECONDS_PER_TICK  # utime, stime: proc(5)
