"""Take a copy of a directory of vector state, with checksums and searches to repeat."""

from __future__ import annotations

import hashlib
import math
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from opslib import __version__
from opslib.backup.manifest import MANIFEST, FileRecord, Manifest, sealed
from opslib.backup.progress import Event, Stopwatch
from opslib.backup.vectors.npy import NotReadable, read_header, read_row, search
from opslib.backup.vectors.opening import is_sqlite
from opslib.backup.writing import READ_BYTES, sha256_of, whole_directory
from opslib.errors import BadRequest, Refused

__all__ = ["DATA", "Found", "Probe", "VectorsManifest", "regular_files", "take_vectors"]

DATA = "data"
BESIDE_SQLITE = ("-wal", "-shm", "-journal")


class Found(BaseModel):
    """A row that a search found: its number, which is its id, and its Euclidean distance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    distance: float


class Probe(BaseModel):
    """A search that was made when the copy was taken.

    Attributes:
        path: The matrix, as in `files`.
        row: The row whose vector was searched for.
        vector: That vector.
        nearest: What was found, nearest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    row: int
    vector: tuple[float, ...]
    nearest: tuple[Found, ...]


class VectorsManifest(Manifest):
    """What a copy holds.

    Attributes:
        source: The directory that was copied.
        probes: Searches and their answers.
        left_out: What is no file and was not copied: links, sockets.
    """

    kind: Literal["vectors"] = "vectors"
    source: str
    probes: tuple[Probe, ...] = ()
    left_out: tuple[str, ...] = ()


def take_vectors(
    path: Path,
    into: Path,
    *,
    name: str,
    environment: str = "",
    probes: int = 8,
    nearest: int = 10,
    stopwatch: Stopwatch | None = None,
) -> Path:
    """Copy a directory into one that appears whole or not at all, with the manifest in it.

    A SQLite database is copied by SQLite itself, and so of one moment; any other file has to hold still meanwhile.

    Args:
        path: What to copy.
        into: The directory to make.
        name: Of the source, for the manifest.
        environment: Of the source, for the manifest.
        probes: How many searches to record for each matrix.
        nearest: How many neighbours of each.
        stopwatch: Times the phases.

    Returns:
        The directory that was made.

    Raises:
        BadRequest: there is no such directory, or it is empty.
        Refused: a file changed while it was copied, or the disk does not allow it.
    """
    watch = stopwatch or Stopwatch(name)
    if not path.is_dir():
        raise BadRequest(f"there is no directory {path}", "correct `path` of the source")
    files, left_out = regular_files(path)
    if not files:
        raise BadRequest(f"there is no file in {path}", "correct `path` of the source")
    with whole_directory(into) as directory:
        taken_at = datetime.now(UTC)
        with watch.phase("copy"):
            records = []
            for number, file in enumerate(files):
                watch.tell(Event(watch.source, "copy", number, len(files)))
                records.append(_copy(path / file, directory / DATA / file, f"{DATA}/{file}"))
        with watch.phase("search"):
            searched = tuple(probe for record in records for probe in _probes(directory, record.path, probes, nearest))
        manifest = VectorsManifest(
            name=name,
            environment=environment,
            taken_at=taken_at,
            taken_by=f"opslib {__version__}",
            files=tuple(records),
            source=str(path),
            probes=searched,
            left_out=left_out,
        )
        (directory / MANIFEST).write_bytes(sealed(manifest).text())
    return into


def regular_files(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files below a directory, relative to it and sorted; and what is neither file nor directory."""
    files: list[Path] = []
    others: list[Path] = []
    for folder, folders, names in os.walk(path):
        others += [Path(folder, name) for name in folders if Path(folder, name).is_symlink()]
        for name in names:
            entry = Path(folder, name)
            (files if entry.is_file() and not entry.is_symlink() else others).append(entry)
    databases = {str(file) for file in files if is_sqlite(file)}
    kept = [file for file in files if not _is_beside(str(file), databases)]
    return tuple(sorted(str(file.relative_to(path)) for file in kept)), tuple(
        sorted(str(file.relative_to(path)) for file in others)
    )


def _is_beside(file: str, databases: set[str]) -> bool:
    return any(file.endswith(ending) and file.removesuffix(ending) in databases for ending in BESIDE_SQLITE)


def _copy(source: Path, target: Path, name: str) -> FileRecord:
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_sqlite(source):
        _copy_sqlite(source, target)
        return FileRecord(path=name, size=target.stat().st_size, sha256=sha256_of(target))
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        before = os.fstat(reading.fileno())
        # One block past its size shows that it grows; a file that grows as fast as we read would never end.
        while writing.tell() <= before.st_size and (block := reading.read(READ_BYTES)):
            digest.update(block)
            writing.write(block)
        size = writing.tell()
        after = source.stat()
    told = [(status.st_ino, status.st_size, status.st_mtime_ns) for status in (before, after)]
    if told[0] != told[1] or size != before.st_size:
        raise Refused(f"{source} changed while it was copied", "take it while nothing writes, or from a snapshot")
    return FileRecord(path=name, size=size, sha256=digest.hexdigest())


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
        try:
            reading.backup(writing)
        finally:
            reading.close()
            writing.close()
    except sqlite3.Error as problem:
        raise Refused(f"SQLite cannot copy {source} ({problem})", "check the database") from None


def _probes(directory: Path, name: str, count: int, nearest: int) -> Iterator[Probe]:
    """Searches for rows spread evenly over a matrix."""
    path = directory / name
    if path.suffix.lower() != ".npy" or not count:
        return
    try:
        matrix = read_header(path)
    except NotReadable:
        return
    if matrix.searchable:
        return
    spread = sorted({number * matrix.shape[0] // count for number in range(count)})
    read = {row: read_row(path, matrix, row) for row in spread}
    vectors = {row: vector for row, vector in read.items() if all(map(math.isfinite, vector))}
    answers = search(path, matrix, list(vectors.values()), nearest)
    for (row, vector), found in zip(vectors.items(), answers, strict=True):
        near = tuple(Found(row=one.row, distance=one.distance) for one in found)
        yield Probe(path=name, row=row, vector=vector, nearest=near)
