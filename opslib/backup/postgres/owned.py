"""Directories that belong to a running process: made with a marker, gone at its end, swept when it was killed.

The marker says who the owner is, for people; what proves that it lives is the lock that it holds on the marker, which
the kernel lets go however the owner dies. Making and sweeping exclude each other, so that a directory without a marker
is always one whose owner died between the two.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from opslib.errors import Refused

__all__ = ["owned", "private_root", "processes_in", "stop_processes", "sweep_owned"]

MARKER = "owner.json"
_LOCK = ".opslib-owned.lock"
_STOP_SECONDS = 10.0
"""How long a server has to obey an immediate shutdown; it does so in well under a second."""

_OURS = ("postgres", "postmaster", "initdb", "psql", "pg_")
"""How the names of the programs begin that are run in such directories; a person's shell in one is let be."""


def private_root() -> Path:
    """The directory under the system's temporary one that only this user writes to, made when it is missing.

    Raises:
        Refused: somebody else made a thing of that name.
    """
    root = Path(tempfile.gettempdir()) / f"opslib-{os.geteuid()}"
    with suppress(FileExistsError):
        root.mkdir(mode=0o711)
    found = root.lstat()
    if root.is_symlink() or not root.is_dir() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Refused(f"{root} is not a directory that only we may write to", "remove it, or set TMPDIR")
    return root


@contextmanager
def owned(root: Path, prefix: str) -> Iterator[Path]:
    """A directory of ours in `root`, empty but for its marker; gone at the end, with what still runs in it.

    Args:
        root: Where; it has to exist.
        prefix: How its name begins.

    Raises:
        Refused: the directory cannot be made.
    """
    try:
        with _alone(root):
            path = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
            path.chmod(0o711)
            held = _mark(path)
    except OSError as error:
        raise Refused(f"no directory can be made in {root}: {error.strerror}", "give another one") from None
    try:
        yield path
    finally:
        _remove(path)
        os.close(held)


def sweep_owned(root: Path, prefix: str) -> tuple[Path, ...]:
    """Stop and remove what killed owners left in `root`; what has a living owner is let be.

    Args:
        root: Where to look.
        prefix: How the names begin.

    Returns:
        What was removed.
    """
    removed: list[Path] = []
    if not root.is_dir():
        return ()
    with _alone(root):
        for path in sorted(root.glob(f"{prefix}*")):
            if path.is_symlink() or not path.is_dir() or path.lstat().st_uid != os.geteuid():
                continue
            if not _lives(path):
                _remove(path)
                removed.append(path)
    return tuple(removed)


def processes_in(path: Path) -> tuple[int, ...]:
    """PostgreSQL's programs that work in a directory or below it."""
    return tuple(pid for pid, name, where in _processes() if name.startswith(_OURS) and _inside(where, path))


def stop_processes(path: Path) -> None:
    """End PostgreSQL's programs that work in a directory: an immediate shutdown, and force after that."""
    deadline = time.monotonic() + _STOP_SECONDS
    while pids := processes_in(path):
        late = time.monotonic() > deadline
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGQUIT)
        time.sleep(0.05)


def _inside(where: str, path: Path) -> bool:
    return where.removesuffix(" (deleted)") == str(path) or where.startswith(f"{path}/") or f" {path}/" in where


def _processes() -> Iterator[tuple[int, str, str]]:
    """Each process's id, name and working directory; where there is no /proc, its command line stands for that."""
    if sys.platform == "linux":
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    name = (entry / "comm").read_text().strip()
                    yield int(entry.name), name, str((entry / "cwd").readlink())
        return
    listing = subprocess.run(["/bin/ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), Path(command.split(" ")[0]).name, command


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mark(path: Path) -> int:
    """Write the marker and hold its lock for as long as the returned descriptor is open."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    held = os.open(path / MARKER, os.O_CREAT | os.O_RDWR, 0o644)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.write(held, json.dumps({"pid": os.getpid(), "started": started}).encode())
    return held


def _lives(path: Path) -> bool:
    """Whether the owner still holds the marker's lock."""
    try:
        with (path / MARKER).open() as marker:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _remove(path: Path) -> None:
    stop_processes(path)
    shutil.rmtree(path, ignore_errors=True)
