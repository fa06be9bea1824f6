"""Observe the points in a directory: each file or directory in it is one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opslib.backup.files.points import Observation, Part, Point, TimeFrom, mark_of, time_in_name
from opslib.backup.manifest import MANIFEST
from opslib.backup.writing import PARTIAL, READ_BYTES
from opslib.errors import Refused

__all__ = ["observe_directory", "read_manifest_facts"]

ENCRYPTED = re.compile(
    rb"age-encryption\.org/|-----BEGIN AGE ENCRYPTED|-----BEGIN PGP MESSAGE|Salted__"
    rb"|\x84.\x03|\x85..\x03|\x8c.\x04|\xc1.{1,2}\x03|\xc3.\x04",
    re.DOTALL,
)
"""How encrypted files begin: age, OpenPGP (armoured; a session key packet, of version 3 or 4), openssl enc."""

BESIDE = ".manifest.json"
"""A manifest beside a single file has the file's name and this ending."""


def observe_directory(path: Path, *, time_pattern: str | None = None, digest_newest: bool = False) -> Observation:
    """List a directory's points. Names that begin with a dot are none.

    Args:
        path: The directory.
        time_pattern: See `time_in_name`.
        digest_newest: Whether to read the newest point's files and digest them.

    Raises:
        Refused: it cannot be read.
    """
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        points = [
            _point(Path(entry.path), time_pattern)
            for entry in entries
            if not entry.name.startswith(".") and not entry.name.endswith(BESIDE) and not entry.is_symlink()
        ]
        points.sort(key=lambda point: (point.time, point.name))
        if points and digest_newest:
            points[-1] = _digested(path, points[-1])
    except FileNotFoundError:
        return Observation(str(path), "directory", (), notes=(f"there is no directory {path}",))
    except OSError as problem:
        raise Refused(
            f"{problem.filename or path} cannot be read ({problem.strerror})", "allow it to this user"
        ) from None
    partial = tuple(entry.name for entry in entries if entry.name.startswith(PARTIAL))
    return Observation(str(path), "directory", tuple(points), in_progress=partial)


def read_manifest_facts(document: object) -> tuple[dict[str, Any] | None, datetime | None]:
    """What any manifest of ours says: kind, name and environment, and when the backup was taken."""
    if not isinstance(document, dict):
        return None, None
    facts = {key: str(document[key]) for key in ("kind", "name", "environment") if document.get(key)}
    try:
        taken_at = datetime.fromisoformat(str(document.get("taken_at")))
    except ValueError:
        return facts, None
    return facts, taken_at if taken_at.tzinfo else taken_at.replace(tzinfo=UTC)


def _point(path: Path, time_pattern: str | None) -> Point:
    files = sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]
    parts = [_part(path, file) for file in files]
    manifest = path / MANIFEST if path.is_dir() else path.with_name(path.name + BESIDE)
    facts, taken_at, content = _manifest(manifest)
    named = time_in_name(path.name, time_pattern)
    changed = max((file.stat().st_mtime for file in files), default=path.stat().st_mtime)
    time, time_from = _time(taken_at, named, datetime.fromtimestamp(changed, UTC))
    listed = [(part.path, part.size, "") for part in parts]
    mark = mark_of([*listed, (MANIFEST, 0, hashlib.sha256(content).hexdigest())])
    return Point(name=path.name, time=time, time_from=time_from, parts=tuple(parts), mark=mark, manifest=facts)


def _part(point: Path, file: Path) -> Part:
    with file.open("rb") as reading:
        head = reading.read(64)
    name = str(file.relative_to(point)) if file != point else point.name
    return Part(path=name, size=file.stat().st_size, encryption="file" if ENCRYPTED.match(head) else "")


def _manifest(path: Path) -> tuple[dict[str, Any] | None, datetime | None, bytes]:
    try:
        content = path.read_bytes()
        return *read_manifest_facts(json.loads(content)), content
    except FileNotFoundError:
        return None, None, b""
    except ValueError:
        return None, None, content


def _time(taken_at: datetime | None, named: datetime | None, changed: datetime) -> tuple[datetime, TimeFrom]:
    if taken_at:
        return taken_at, "manifest"
    return (named, "name") if named else (changed, "modified")


def _digested(directory: Path, point: Point) -> Point:
    parts = []
    for part in point.parts:
        path = directory / point.name
        digests = _digests(path / part.path if path.is_dir() else path)
        parts.append(Part(part.path, part.size, digests, encryption=part.encryption))
    return Point(point.name, point.time, point.time_from, tuple(parts), point.mark, point.manifest)


def _digests(path: Path) -> dict[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            sha256.update(block)
            md5.update(block)
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest()}
