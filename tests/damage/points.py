"""Recovery points in a directory: counted by an inventory, with one that was recorded before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from opslib.backup import inventory
from opslib.backup.config import parse_config
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["COUNT", "DIRECTORY", "PointsTrial", "moments"]

COUNT = 30
"""Hourly points, so that they reach back more than the day for which they are kept."""


def moments(count: int, every: timedelta, *, newest: timedelta = timedelta(minutes=20)) -> list[datetime]:
    """When points were taken, the oldest first."""
    now = datetime.now(UTC).replace(microsecond=0)
    return [now - newest - every * number for number in range(count - 1, -1, -1)]


@dataclass
class PointsTrial:
    """A directory of points.

    Attributes:
        place: The directory of the configuration.
        source: What is expected of them.
        now: The time of the inventory that judges; None: now.
    """

    place: Path
    source: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None

    @property
    def points(self) -> list[Path]:
        """The points, the oldest first."""
        return sorted((self.place / "points").iterdir())

    def count(self) -> Findings:
        """An inventory."""
        source = {"kind": "files", "directory": "points", "retention": {"days": 1}} | self.source
        document = {"environment": "test", "sources": {"shop": source}}
        config = parse_config(document, place=self.place, source="the trial")
        return inventory(config, now=self.now)[0].report.found()

    def judge(self) -> Findings:
        """The inventory after the damage."""
        return self.count()

    def is_damaged(self) -> bool:
        """It is, wherever this is asked."""
        return True


def write_points(directory: Path, times: list[datetime], *, content: bytes = b"age-encryption.org/v1\n") -> None:
    """Points with their time in their names, encrypted as `age` does."""
    directory.mkdir(exist_ok=True)
    for number, time in enumerate(times):
        (directory / f"shop-{time:%Y%m%dT%H%M%SZ}.dump.age").write_bytes(content + bytes([number]) * 500)


def stop_taking(trial: PointsTrial, chance: Random) -> str:
    """The newest points, as if the schedule had stopped."""
    count = chance.randrange(1, 9)
    for path in trial.points[-count:]:
        path.unlink()
    return f"the newest {count} of {COUNT} hourly points are not there"


def later(trial: PointsTrial, chance: Random) -> str:
    """Nothing new for hours."""
    trial.now = datetime.now(UTC) + timedelta(hours=chance.randrange(1, 48))
    return f"looked at {trial.now:%Y-%m-%d %H:%M} UTC"


def touched(trial: PointsTrial, chance: Random) -> str:
    """An old point that was copied just now: the time of its last change says nothing."""
    stop_taking(trial, chance)
    for path in trial.points:
        os.utime(path)
    return "old points, all changed just now"


def lose_one(trial: PointsTrial, chance: Random) -> str:
    """A point inside the time for which they are kept."""
    path = chance.choice(trial.points[-22:-1])
    path.unlink()
    return f"{path.name} removed"


def lose_recorded(trial: PointsTrial, chance: Random) -> str:
    """The same after an inventory has seen it."""
    trial.count()
    return lose_one(trial, chance)


def lose_oldest(trial: PointsTrial, _: Random) -> str:
    """Removed by somebody who keeps them half as long."""
    trial.count()
    for path in trial.points[:17]:
        path.unlink()
    return "all but the newest 13 points are removed, of a day"


def bare(trial: PointsTrial, chance: Random) -> str:
    """A point that is not encrypted."""
    path = chance.choice(trial.points[-22:])
    path.write_bytes(b"PGDMP" + chance.randbytes(400))
    return f"{path.name} is a dump as pg_dump wrote it"


def of_another(key: str, value: str) -> Any:
    """A point whose manifest says that it is of something else."""

    def injected(trial: PointsTrial, chance: Random) -> str:
        path = chance.choice(trial.points[-22:])
        told = {"kind": "postgres", "name": "shop", "environment": "test"} | {key: value}
        (path.parent / f"{path.name}.manifest.json").write_text(json.dumps(told), encoding="utf-8")
        return f"{path.name} is of {key} {value}"

    return injected


def empty_point(trial: PointsTrial, chance: Random) -> str:
    """A point of no byte."""
    path = chance.choice(trial.points)
    path.write_bytes(b"")
    return f"{path.name} is empty"


def jitter(trial: PointsTrial) -> None:
    """Points that come as late as schedules do."""
    for number, path in enumerate(trial.points):
        time = datetime.strptime(path.name[5:21], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        moved = time + timedelta(minutes=25 if number % 2 else -1)
        path.rename(path.with_name(path.name.replace(f"{time:%Y%m%dT%H%M%SZ}", f"{moved:%Y%m%dT%H%M%SZ}")))
    trial.now = datetime.now(UTC) + timedelta(minutes=30)


def past_their_time(trial: PointsTrial) -> None:
    """What is past its time may go, recorded or not; and another inventory was before."""
    trial.count()
    for path in trial.points[:4]:
        path.unlink()


def with_manifests(trial: PointsTrial) -> None:
    """Manifests that say what they should."""
    for path in trial.points:
        told = {"kind": "postgres", "name": "shop", "environment": "test"}
        (path.parent / f"{path.name}.manifest.json").write_text(json.dumps(told), encoding="utf-8")


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[PointsTrial]:
    del ground, major
    write_points(place / "points", moments(COUNT, timedelta(hours=1)))
    yield PointsTrial(place, {"encryption": {"algorithm": "file"}})


DIRECTORY = Scene("hourly points in a directory", _opened)
