"""Private directories for scratch servers, and the sweeping of those that killed runs have left.

A run's directory holds a file whose lock the run holds while it lives; the kernel releases it when the process ends,
even by SIGKILL, and no number of a process is mistaken for that of another. The file tells people who made it: process
id and start time. A server started in the directory has it as its working directory, which is how a sweep finds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from opslib.errors import Refused

__all__ = ["process_start", "scratch_directory", "scratch_root", "sweep"]

OWNER = "owner.json"
LONGEST_ROOT = 60
"""Bytes; a Unix socket's path has at most 107, of which our names take up to 40."""


def scratch_root() -> Path:
    """Where all scratch directories of this user are: in the system's temporary directory, for this user alone.

    Raises:
        Refused: somebody else owns that directory.
    """
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) > LONGEST_ROOT:
        temporary = "/tmp"  # noqa: S108  # a directory of mode 700, whose owner is checked
    root = Path(temporary, f"opslib-scratch-{os.getuid()}")
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        status = root.lstat()
    except OSError as problem:
        raise Refused(f"{root} cannot be made ({problem.strerror})", "set TMPDIR to a writable directory") from None
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or root.is_symlink():
        raise Refused(f"{root} is not a private directory of this user", "remove it, or set TMPDIR")
    return root


@contextmanager
def scratch_directory(purpose: str) -> Iterator[Path]:
    """A private directory that goes when the block ends; if this process is killed, by the next `sweep`.

    Args:
        purpose: A word for its name, such as `redis`.
    """
    root = scratch_root()
    with _alone(root):
        path = Path(tempfile.mkdtemp(prefix=f"{purpose}-{os.getpid()}-", dir=root))
        handle = os.open(path / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        os.write(handle, json.dumps({"pid": os.getpid(), "started": process_start(os.getpid())}).encode())
        yield path
    finally:
        _end_processes_in(path)
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def sweep() -> tuple[dict[str, Any], ...]:
    """Stop the servers and remove the directories of runs that are dead. Those of live runs are let be.

    Returns:
        Of each that was swept, its directory, its dead owner and the number of servers that were stopped.
    """
    root, swept = scratch_root(), []
    with _alone(root):
        for path in sorted(entry for entry in root.iterdir() if entry.is_dir()):
            with _dead(path) as owner:
                if owner is not None:
                    stopped = _end_processes_in(path)
                    shutil.rmtree(path, ignore_errors=True)
                    swept.append({"directory": path.name, "owner": owner, "servers_stopped": stopped})
    return tuple(swept)


def process_start(pid: int) -> str:
    """When a process started, in clock ticks since boot (field 22 of /proc/PID/stat); empty if that is not known."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """While a directory is made and marked, nobody sweeps; both are short."""
    handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _dead(path: Path) -> Iterator[dict[str, Any] | None]:
    """What a dead owner wrote about itself; None: it lives."""
    try:
        handle = os.open(path / OWNER, os.O_RDWR)
    except OSError:  # killed between making the directory and marking it
        yield {}
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield None
    else:
        try:
            yield json.loads(os.pread(handle, 4096, 0) or b"{}")
        except ValueError:
            yield {}
    finally:
        os.close(handle)


def _end_processes_in(path: Path) -> int:
    """Kill every process whose working directory is in `path`; a handle on it makes sure that it is still the same."""
    ended = 0
    for entry in Path("/proc").glob("[0-9]*") if hasattr(os, "pidfd_open") else ():
        with suppress(OSError):
            if not _works_in(entry, path):
                continue
            handle = os.pidfd_open(int(entry.name))
            try:
                if _works_in(entry, path):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    ended += 1
            finally:
                os.close(handle)
    return ended


def _works_in(process: Path, path: Path) -> bool:
    where = str((process / "cwd").readlink()).removesuffix(" (deleted)")
    return Path(where).is_relative_to(path) and int(process.name) != os.getpid()
