"""Which backups may go: a pure plan, and its carrying out."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from opslib.backup.expectation import Retention
from opslib.backup.files.points import Point
from opslib.backup.writing import PARTIAL, flush
from opslib.errors import Refused

__all__ = ["Kept", "RetentionPlan", "apply_retention", "plan_retention"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A point that stays, and why."""

    point: Point
    why: str


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """What stays and what goes.

    Attributes:
        keep: By time, oldest first.
        remove: By time, oldest first.
    """

    keep: tuple[Kept, ...]
    remove: tuple[Point, ...]


def plan_retention(
    points: Collection[Point], retention: Retention, *, now: datetime, proven: Collection[str]
) -> RetentionPlan:
    """Decide what may go.

    A point stays while it is young enough, while it is among the newest `minimum`, or while it is the newest that was
    ever proven. Nothing goes at all while the evidence knows no proven one among those that stay: what is older may be
    the only one that works.

    Args:
        points: The whole ones; what is still being written is none.
        retention: How long, and how many at least.
        now: The time.
        proven: The names of those that were proven, by the evidence.
    """
    ordered = sorted(points, key=lambda point: (point.time, point.name))
    newest = {point.name for point in ordered[-retention.minimum :]}
    last_proven = next((point.name for point in reversed(ordered) if point.name in proven), None)
    begins = now - timedelta(days=retention.days)
    kept: list[Kept] = []
    removed: list[Point] = []
    for point in ordered:
        reasons = {
            f"not yet {retention.days} days old": point.time >= begins,
            f"among the newest {retention.minimum}": point.name in newest,
            "the last that was proven": point.name == last_proven,
            "none was ever proven": last_proven is None,
        }
        why = next((reason for reason, holds in reasons.items() if holds), None)
        if why:
            kept.append(Kept(point, why))
        else:
            removed.append(point)
    return RetentionPlan(keep=tuple(kept), remove=tuple(removed))


def apply_retention(plan: RetentionPlan, directory: Path) -> tuple[str, ...]:
    """Remove what a plan says; killed in between, a point is there whole or is none any more.

    Args:
        plan: What goes.
        directory: Where the points are; its lock is held by the caller.

    Returns:
        The names of what was removed.

    Raises:
        Refused: the permissions do not allow it.
    """
    removed = []
    for point in plan.remove:
        path, partial = directory / point.name, directory / f"{PARTIAL}removed-{point.name}"
        try:
            path.rename(partial)
            flush(directory)
            shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
        except OSError as problem:
            raise Refused(
                f"{path} cannot be removed ({problem.strerror})", "check the permissions; what is gone so far was due"
            ) from None
        removed.append(point.name)
    return tuple(removed)
