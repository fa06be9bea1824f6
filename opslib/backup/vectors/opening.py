"""How files of vector state are opened: a row for each format, and what opening it shows."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from opslib.backup.scratch import scratch_directory
from opslib.backup.vectors.npy import NotReadable, read_header
from opslib.backup.verdict import Finding
from opslib.backup.writing import READ_BYTES

__all__ = ["SQLITE_MAGIC", "is_sqlite", "open_file"]

SQLITE_MAGIC = b"SQLite format 3\x00"


def open_file(path: Path, name: str) -> Finding:
    """Open a file as its name, or its first bytes, say; "not checked" where nothing here can.

    Args:
        path: The file; it is only read.
        name: What findings call it.
    """
    suffix = path.suffix.lower()
    opens = _sqlite if is_sqlite(path) or suffix in SQLITE_SUFFIXES else OPENERS.get(suffix)
    if opens is None:
        says = f"nothing here opens {suffix or 'a file without a suffix'}; its bytes are compared with the manifest"
        return Finding("opens", "not checked", f"{name}: {says}", on=name, required=False)
    try:
        says = opens(path)
    except (*WRONG, NotReadable) as problem:
        return Finding("opens", "disproven", f"{name}: {problem or type(problem).__name__}", on=name)
    return Finding("opens", "proven", f"{name}: {says}", on=name)


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as a SQLite database does."""
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def _npy(path: Path) -> str:
    matrix = read_header(path)
    return f"an array {' x '.join(map(str, matrix.shape)) or 'of one value'} of {matrix.descr}"


def _json(path: Path) -> str:
    document = json.loads(path.read_bytes())
    return f"JSON, {len(document)} entries" if isinstance(document, list | dict) else "JSON"


def _json_lines(path: Path) -> str:
    lines = 0
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                json.loads(line)
                lines += 1
    return f"{lines} lines of JSON"


def _zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged:
            raise NotReadable(f"{damaged} in it does not match its CRC")
        return f"{len(archive.namelist())} files, each with its CRC"


def _gzip(path: Path) -> str:
    size = 0
    with gzip.open(path) as file:
        while block := file.read(READ_BYTES):
            size += len(block)
    return f"{size} bytes, with their CRC"


def _sqlite(path: Path) -> str:
    """A copy is opened: SQLite may write beside what it opens."""
    with scratch_directory("sqlite") as directory:
        copy = directory / "database"
        shutil.copyfile(path, copy)
        database = sqlite3.connect(copy)
        try:
            told = [row[0] for row in database.execute("pragma integrity_check(3)")]
            orphans = len(database.execute("pragma foreign_key_check").fetchmany(1000))
            tables = database.execute("select count(*) from sqlite_schema where type = 'table'").fetchone()[0]
        finally:
            database.close()
    if told != ["ok"]:
        raise NotReadable(f"SQLite's integrity check: {told[0]}")
    if orphans:
        raise NotReadable(f"SQLite's foreign key check finds {orphans} orphans")
    return f"SQLite, {tables} tables, its integrity check finds nothing"


OPENERS: dict[str, Callable[[Path], str]] = {
    ".npy": _npy,
    ".npz": _zip,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".zip": _zip,
    ".gz": _gzip,
}
SQLITE_SUFFIXES = {".sqlite", ".sqlite3"}
WRONG = (ValueError, OSError, EOFError, zlib.error, zipfile.BadZipFile, sqlite3.Error, RecursionError)
"""What the readers of these formats raise for a damaged file."""
