"""What a run is about: the newest backup of a source, or a given one, and the hash that stands for all its files."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path

from opslib.backup.evidence.report import Subject
from opslib.backup.files.directory import read_manifest_facts
from opslib.backup.files.points import time_in_name
from opslib.backup.manifest import MANIFEST
from opslib.backup.writing import sha256_of
from opslib.errors import BadRequest

__all__ = ["describe_subject", "newest_backup"]


def newest_backup(directory: Path) -> Path | None:
    """The newest whole backup in a source's directory, by the time in its name; None: there is none."""
    if not directory.is_dir():
        return None
    whole = [path for path in directory.iterdir() if not path.name.startswith(".")]
    return max(whole, key=lambda path: (_moment(path), path.name), default=None)


def describe_subject(path: Path) -> Subject:
    """A backup, with a hash over all its files.

    For a directory that is the SHA-256 of what `sha256sum` prints of its files, sorted by path (`LC_ALL=C`): an auditor
    can compute it without us.

    Raises:
        BadRequest: it is not there, or cannot be read.
    """
    try:
        if path.is_dir():
            files = sorted((entry for entry in path.rglob("*") if entry.is_file()), key=bytes)
            lines = [f"{sha256_of(file)}  ./{file.relative_to(path).as_posix()}\n" for file in files]
            digest = hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
            size = sum(file.stat().st_size for file in files)
        else:
            digest, size = sha256_of(path), path.stat().st_size
    except OSError as problem:
        raise BadRequest(f"the backup {path} cannot be read ({problem.strerror})", "check the path") from None
    return Subject(name=path.name, place=str(path.parent), sha256=digest, size=size, taken_at=_taken_at(path))


def _taken_at(path: Path) -> datetime | None:
    try:
        told = read_manifest_facts(json.loads((path / MANIFEST).read_bytes()))[1]
    except (OSError, ValueError):
        told = None
    return told or time_in_name(path.name)


def _moment(path: Path) -> float:
    named = time_in_name(path.name)
    return named.timestamp() if named else path.stat().st_mtime
