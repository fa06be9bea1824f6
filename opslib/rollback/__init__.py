"""Rollbacks: one procedure for each thing that can be rolled back, and what it can be rolled back to.

from opslib import Stack, rollback

outcome = rollback.service(Stack.open("prod"), "api", reason="errors since 2.4.1")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_HOMES = {"DryRun": "workbench", "Prepared": "workbench", "RollbackPoint": "history.point", "Workbench": "workbench"}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'opslib.rollback' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"opslib.rollback.{_HOMES.get(name, 'entry')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
