"""Files and directories that are there whole or not at all, and locks that end with their holder.

What is being written is called `.partial-…` and gets its name by a rename after all of it is on the disk. Whoever finds
a `.partial-…` while holding the lock of its directory knows that its writer is dead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opslib.backup.processes import end_processes
from opslib.errors import BadRequest, Overtaken, Refused

__all__ = [
    "PARTIAL",
    "canonical",
    "flush",
    "locked",
    "read_json",
    "remove_partial",
    "sha256_of",
    "whole_directory",
    "write_whole",
]

PARTIAL = ".partial-"
READ_BYTES = 1 << 20


def canonical(document: object) -> bytes:
    """A JSON document as the one sequence of bytes that is hashed: sorted keys, no spaces, UTF-8, a final newline.

    Raises:
        ValueError: it holds what JSON cannot say, such as NaN.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def read_json(path: Path) -> Any:
    """A JSON file's document.

    Raises:
        BadRequest: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as problem:
        raise BadRequest(f"{path} cannot be read ({problem.strerror})", "check the path") from None
    except ValueError as problem:
        raise BadRequest(f"{path} is not JSON ({problem})", "it is damaged, or another file") from None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits; memory stays flat."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def flush(path: Path) -> None:
    """Put a file, or a directory's list of names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that is either there whole, on the disk, or as it was before.

    Raises:
        Refused: the disk or the permissions do not allow it.
    """
    partial = path.with_name(f"{PARTIAL}{os.getpid()}-{path.name}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        flush(path.parent)
    except OSError as problem:
        partial.unlink(missing_ok=True)
        raise Refused(f"{path} cannot be written ({problem.strerror})", "check the disk and its permissions") from None


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Fill a directory that appears under its name when the block ends well, and else not at all.

    Args:
        path: Its name; nothing may have it yet.

    Yields:
        The directory to fill, on the same file system.

    Raises:
        Refused: there is such a directory, or the disk or the permissions do not allow it.
    """
    partial = path.with_name(f"{PARTIAL}{path.name}")
    if path.exists():
        raise Refused(f"{path} is there already", "a backup is never overwritten: choose another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial.mkdir(mode=0o700)
        yield partial
        for folder, _, files in os.walk(partial):
            for name in files:
                flush(Path(folder, name))
            flush(Path(folder))
        partial.rename(path)
        flush(path.parent)
    except OSError as problem:
        shutil.rmtree(partial, ignore_errors=True)
        raise Refused(f"{path} cannot be written ({problem.strerror})", "check the disk and its permissions") from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def remove_partial(directory: Path) -> tuple[str, ...]:
    """Remove what dead writers left in a directory, and end the programs that still write there.

    Call it while holding the directory's lock.

    Returns:
        The names of what was removed.
    """
    found = sorted(directory.glob(f"{PARTIAL}*")) if directory.is_dir() else []
    for path in found:
        if path.is_dir() and not path.is_symlink():
            end_processes(path)
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return tuple(path.name for path in found)


@contextmanager
def locked(path: Path, *, wait: bool, about: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Hold a file's lock, which the kernel takes back when this process ends, however it ends.

    Args:
        path: The lock file; it stays.
        wait: Whether to wait for who holds it.
        about: What others are told about the holder.

    Raises:
        Overtaken: somebody else holds it, and `wait` is off.
        Refused: the disk or the permissions do not allow it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise Refused(f"{path} cannot be written ({problem.strerror})", "check the disk and its permissions") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.pread(handle, 4096, 0).decode(errors="replace").strip()
            raise Overtaken(
                f"another run works on {path.parent} {holder and f'({holder})'}", "wait until it has ended"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, canonical({"pid": os.getpid(), **(about or {})}), 0)
        yield
    finally:
        os.close(handle)
