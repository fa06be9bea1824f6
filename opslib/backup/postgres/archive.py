"""What a dump is, by looking at it: its format, the versions that made it, and whether its end is there."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from opslib.backup.postgres.binaries import Installation

__all__ = ["Archive", "look_at"]

_MAGIC = b"PGDMP"
_HEAD_LINES = 400
_END = re.compile(rb"^-- PostgreSQL database (cluster )?dump complete", re.MULTILINE)
_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Archive:
    """A dump.

    Attributes:
        path: The file, or the directory of a dump in the directory format.
        format: How pg_dump wrote it; `unknown` where it is not one of its formats.
        server_major: The major version of the dumped server; None where the dump does not say.
        dump_major: That of pg_dump.
        database: The dumped database's name; empty where the dump does not say.
        makes_database: Whether a plain dump makes the database by itself.
        complete: Whether a plain dump has its last line; None in other formats, which have no such line.
    """

    path: Path
    format: Literal["custom", "directory", "tar", "plain", "unknown"]
    server_major: int | None = None
    dump_major: int | None = None
    database: str = ""
    makes_database: bool = False
    complete: bool | None = None

    @property
    def major(self) -> int:
        """The oldest major version that can restore it."""
        return max(self.server_major or 0, self.dump_major or 0)


def look_at(path: Path, newest: Installation, cwd: Path) -> Archive:
    """What a dump is.

    Args:
        path: The file or directory.
        newest: The newest PostgreSQL, whose pg_restore lists the archive.
        cwd: Where that works.
    """
    if path.is_dir():
        return _listed(Archive(path, "directory" if (path / "toc.dat").exists() else "unknown"), newest, cwd)
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(_MAGIC):
        return _listed(Archive(path, "custom"), newest, cwd)
    if tarfile.is_tarfile(path):
        return _listed(Archive(path, "tar"), newest, cwd)
    if b"\0" in head or not head.strip():
        return Archive(path, "unknown")
    return _plain(path)


def _listed(archive: Archive, newest: Installation, cwd: Path) -> Archive:
    ran = newest.run("pg_restore", "--list", str(archive.path), cwd=cwd)
    told = dict(re.findall(r"^;\s+([\w ]+): (.+)$", ran.output, re.MULTILINE))
    return Archive(
        archive.path,
        archive.format,
        _major(told.get("Dumped from database version", "")),
        _major(told.get("Dumped by pg_dump version", "")),
        told.get("dbname", ""),
    )


def _plain(path: Path) -> Archive:
    head = "\n".join(_head(path))
    versions = dict(re.findall(r"^-- (Dumped from database|Dumped by pg_dump) version (\d+)", head, re.MULTILINE))
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        complete = _END.search(file.read()) is not None
    return Archive(
        path,
        "plain",
        _major(versions.get("Dumped from database", "")),
        _major(versions.get("Dumped by pg_dump", "")),
        makes_database=re.search(r"^(CREATE DATABASE |\\connect )", head, re.MULTILINE) is not None,
        complete=complete,
    )


def _head(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for _, line in zip(range(_HEAD_LINES), file, strict=False):
            yield line.rstrip("\n")


def _major(version: str) -> int | None:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else None
