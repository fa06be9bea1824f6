"""Rollbacks: one procedure for each thing that can be rolled back, and what it can be rolled back to.

from opslib import Stack, rollback

outcome = rollback.service(Stack.open("prod"), "api", reason="errors since 2.4.1")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

if TYPE_CHECKING:
    from opslib.rollback.entry import (
        Options,
        clean_up_points,
        plan_service,
        points,
        record_point,
        resume,
        service,
        service_target,
    )
    from opslib.rollback.history.point import RollbackPoint
    from opslib.rollback.workbench import DryRun, Prepared, Workbench

__all__ = [
    "DryRun",
    "Options",
    "Prepared",
    "RollbackPoint",
    "Workbench",
    "clean_up_points",
    "plan_service",
    "points",
    "record_point",
    "resume",
    "service",
    "service_target",
]

_ENTRY = ("Options", "clean_up_points", "plan_service", "points", "record_point", "resume", "service", "service_target")

__getattr__, __dir__ = lazily(
    __name__,
    {"entry": _ENTRY, "history.point": ("RollbackPoint",), "workbench": ("DryRun", "Prepared", "Workbench")},
)
