"""Base backups: damaged in their files, or taken of a server whose own files or rows were damaged before."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

from opslib.backup.postgres import Options, take_base_backup, verify_base_backup
from tests.damage.cluster import Cluster
from tests.damage.flipping import flip_bit
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["BASE", "LONG", "TAR", "BaseBackupTrial", "alone", "taken_after"]

PLACE = "cluster"


@dataclass
class BaseBackupTrial:
    """A base backup to be damaged.

    Attributes:
        cluster: The server that it is of.
        path: Its directory.
        options: What the verification expects.
    """

    cluster: Cluster
    path: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> Path:
        """What pg_basebackup wrote."""
        return self.path / PLACE if (self.path / PLACE).is_dir() else self.path

    def judge(self) -> Findings:
        """Start a server from it and look into it."""
        expected = {"name": "shop", "environment": "test", "database": "shop"} | self.options
        return verify_base_backup(self.path, Options(**expected))[0]

    def is_damaged(self) -> bool:
        """Every byte of these files counts."""
        return True

    def segments(self) -> list[Path]:
        """The files of its WAL, in their order."""
        return sorted(file for file in (self.base / "pg_wal").iterdir() if file.is_file())


def _take(cluster: Cluster, into: Path, how: Literal["plain", "tar"]) -> Path:
    return take_base_backup(cluster.conninfo(), into, name="shop", environment="test", format=how)


def alone(inject: Callable[[BaseBackupTrial, Random], str]) -> Callable[[BaseBackupTrial, Random], str]:
    """The same damage to files that pg_basebackup alone has taken: without a manifest of opslib's."""

    def injected(trial: BaseBackupTrial, chance: Random) -> str:
        did = inject(trial, chance)
        (trial.path / "manifest.json").unlink()
        trial.path = trial.base
        trial.options |= {"name": "", "environment": ""}
        return did

    return injected


def taken_after(*statements: str) -> Callable[[BaseBackupTrial, Random], str]:
    """The backup of a server after some statements; `{customer}` is a customer at random."""

    def injected(trial: BaseBackupTrial, chance: Random) -> str:
        filled = [statement.format(customer=chance.randrange(1, 151)) for statement in statements]
        with trial.cluster.changed(*filled):
            trial.path = _take(trial.cluster, trial.path.with_name("other"), "plain")
        return "; ".join(filled)

    return injected


def flip_page(trial: BaseBackupTrial, chance: Random) -> str:
    """One bit of any file of the data directory."""
    files = sorted(path for path in trial.base.rglob("*") if path.is_file() and path.stat().st_size)
    files = [path for path in files if path.parent.name != "pg_wal" and path.name != "backup_manifest"]
    file = chance.choices(files, weights=[path.stat().st_size for path in files])[0]
    return f"{file.parent.relative_to(trial.base)}/{flip_bit(file, chance)}"


def flip_wal(trial: BaseBackupTrial, chance: Random) -> str:
    """One bit of the WAL's first record."""
    return flip_bit(trial.segments()[0], chance, 44, 60)


def flip_archive(trial: BaseBackupTrial, chance: Random) -> str:
    """One bit of the archive."""
    return flip_bit(trial.base / "base.tar", chance)


def lose_file(trial: BaseBackupTrial, chance: Random) -> str:
    """One file of a table or an index."""
    file = chance.choice(sorted(path for path in (trial.base / "base").rglob("[0-9]*") if path.is_file()))
    file.unlink()
    return f"{file.relative_to(trial.base)} removed"


def cut_file(trial: BaseBackupTrial, chance: Random) -> str:
    """The last page of a file."""
    files = [path for path in (trial.base / "base").rglob("[0-9]*") if path.is_file() and path.stat().st_size]
    file = chance.choice(sorted(files))
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 8192)
    return f"{file.relative_to(trial.base)} is a page shorter"


def lose_wal(trial: BaseBackupTrial, _: Random) -> str:
    """All of the WAL."""
    for file in trial.segments():
        file.unlink()
    return "pg_wal is empty"


def lose_segment(trial: BaseBackupTrial, chance: Random) -> str:
    """A segment of the WAL with one before and one after it."""
    file = chance.choice(trial.segments()[1:-1])
    file.unlink()
    return f"{file.name} removed, one of {len(trial.segments()) + 1} segments"


def _take_long(cluster: Cluster, into: Path) -> None:
    """A base backup during which the server writes several segments of WAL."""
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.03):
            cluster.run("select pg_logical_emit_message(false, 'x', 'y')", "select pg_switch_wal()")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        _take(cluster, into, "plain")
    finally:
        done.set()
        writing.join()


@contextmanager
def _opened(ground: Ground, place: Path, major: int, *, how: str) -> Iterator[BaseBackupTrial]:
    cluster = ground.cluster(major)
    takes: dict[str, Callable[[Path], object]] = {
        "plain": lambda path: _take(cluster, path, "plain"),
        "tar": lambda path: _take(cluster, path, "tar"),
        "long": lambda path: _take_long(cluster, path),
    }
    shutil.copytree(ground.sound(f"base-{how}-{major}", takes[how]), place / "backup")
    yield BaseBackupTrial(cluster, place / "backup")


BASE = Scene("a base backup", partial(_opened, how="plain"), versions=True)
TAR = Scene("a base backup in tar", partial(_opened, how="tar"))
LONG = Scene("a base backup with several segments of WAL", partial(_opened, how="long"))
