"""The files of a base backup: a copy to work with, and pg_verifybackup's word on it."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opslib.backup.postgres.base_backup import BACKUP_MANIFEST
from opslib.backup.postgres.binaries import Installation, choose
from opslib.backup.postgres.subject import Subject
from opslib.backup.verdict import Finding
from opslib.errors import Refused

__all__ = ["Unpacked", "base_files", "unpack"]

_UNREADABLE = (".lz4", ".zst")
_MAP = "tablespace_map"


@dataclass(slots=True)
class Unpacked(Subject):
    """A base backup as files to work with.

    Attributes:
        installation: PostgreSQL of the major version that wrote them.
        data: The copy.
    """

    installation: Installation = field(kw_only=True)
    data: Path = field(kw_only=True)


def unpack(subject: Subject, base: Path, earlier: Sequence[Path], directory: Path) -> Installation:
    """Copy a base backup into a directory's `data`; the backup itself is never written to.

    Args:
        subject: The verification.
        base: pg_basebackup's directory.
        earlier: What it builds on, when it is an incremental one.
        directory: Of the scratch server.

    Returns:
        PostgreSQL of the major version that wrote the files.

    Raises:
        OSError: they cannot be read, or are no base backup.
        tarfile.TarError: an archive is damaged.
        Refused: the machine lacks what the files need.
    """
    data = directory / "data"
    if unreadable := [path.name for path in base.glob("base.tar.*") if path.suffix in _UNREADABLE]:
        raise Refused(f"{unreadable[0]} cannot be unpacked by opslib", "unpack it first, or take it with gzip")
    if earlier:
        installation = _installation(subject, base)
        data.rmdir()
        steps = map(str, (*earlier, base))
        ran = installation.run("pg_combinebackup", *steps, f"--output={data}", "--no-sync", cwd=directory)
        if ran.code:
            raise OSError(ran.first_error)
    elif (base / "base.tar").exists() or (base / "base.tar.gz").exists():
        _extract(base, "base", data)
        _extract(base, "pg_wal", data / "pg_wal")
        for packed in base.glob("[0-9]*.tar*"):
            # Into the data directory, where a copy of the server can do no harm.
            number = packed.name.split(".")[0]
            (data / "pg_tblspc" / number).unlink(missing_ok=True)
            _extract(base, number, data / "pg_tblspc" / number)
        if (base / BACKUP_MANIFEST).exists():
            shutil.copy2(base / BACKUP_MANIFEST, data / BACKUP_MANIFEST)
    else:
        shutil.copytree(base, data, dirs_exist_ok=True)
    data.chmod(0o700)
    return _installation(subject, data)


def base_files(subject: Unpacked) -> Iterator[Finding]:
    """Every file by size and digest, and the WAL by reading it, as pg_verifybackup does."""
    installation, data = subject.installation, subject.data
    if not (data / BACKUP_MANIFEST).exists():
        yield Finding(
            "base backup", "not checked", "it has no backup_manifest, so nothing says what its files should be"
        )
        return
    if not installation.has("pg_verifybackup"):
        yield Finding("base backup", "not checked", f"{installation.directory} has no pg_verifybackup")
        return
    ran = installation.run("pg_verifybackup", str(data), cwd=data.parent)
    if ran.code:
        yield Finding("base backup", "disproven", ran.first_error, facts={"errors": list(ran.complaints[:100])})
    else:
        yield Finding("base backup", "proven", "files and WAL are as pg_basebackup wrote them (pg_verifybackup)")


def _extract(base: Path, name: str, place: Path) -> None:
    for packed in (base / f"{name}.tar", base / f"{name}.tar.gz"):
        if packed.exists():
            with tarfile.open(packed) as archive:
                archive.extractall(place, filter="data")


def _installation(subject: Subject, data: Path) -> Installation:
    version = (data / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
    if not version.isdigit():
        raise OSError(f"PG_VERSION says {version[:20]!r}")
    return choose(int(version), given=subject.options.binaries, exactly=True)
