"""What an RDB file says about itself, without loading it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RdbFile", "read_rdb"]

MAGIC = (b"REDIS", b"VALKEY")
CHECKSUM_BYTES = 8
SHORTEST = 18  # the magic with its version, the end mark and the checksum
FIRST_WITH_CHECKSUM = 5
HEADER_BYTES = 9


@dataclass(frozen=True, slots=True)
class RdbFile:
    """Head and tail of a file.

    Attributes:
        size: Bytes.
        version: Of the format, as the header says; None: the file is no RDB file.
        has_checksum: Whether the last eight bytes hold a CRC-64; all zero they mean that nobody computed one, and then
            neither `redis-check-rdb` nor a server notices a changed byte that still parses.
    """

    size: int
    version: int | None
    has_checksum: bool


def read_rdb(path: Path) -> RdbFile:
    """Read a file's head and tail.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEADER_BYTES)
        file.seek(max(0, size - CHECKSUM_BYTES))
        tail = file.read(CHECKSUM_BYTES)
    magic = next((magic for magic in MAGIC if head.startswith(magic)), None)
    digits = head[len(magic) :] if magic else b""
    version = int(digits) if digits.isdigit() and size >= SHORTEST else None
    checked = version is not None and version >= FIRST_WITH_CHECKSUM and any(tail)
    return RdbFile(size=size, version=version, has_checksum=checked)
