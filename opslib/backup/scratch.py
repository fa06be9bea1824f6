"""Directories for scratch servers and copies: gone when their run ends, swept by the next run when it was killed.

A run holds the lock of a file in its directory for as long as it lives. The kernel lets it go however the run ends, and
no number of a process is mistaken for that of another; what the file says is for people. Making and sweeping exclude
each other, so that a directory without that file is always one whose run was killed between the two.

All of a user's are in one directory that only this user writes to, and that holds nothing else: whatever is in it may
be swept. Others may pass through it, because root's PostgreSQL runs as another user.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opslib.backup.processes import Process, end_processes, processes_in
from opslib.errors import Refused
from opslib.procedure.process import this_process

__all__ = ["OWNER", "Swept", "scratch_directory", "scratch_root", "sweep"]

OWNER = "owner.json"
_LOCK = ".lock"

_LONGEST = 55
"""Bytes; a Unix socket's path has at most 103 (macOS) or 107 (Linux), of which our names take up to 48."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was left of a run that was killed, and has been removed.

    Attributes:
        directory: The directory.
        owner: What the run had written of itself: `pid`, and where the system tells more, that; empty where it was
            killed before it could.
        ended: The programs that still worked in it.
    """

    directory: Path
    owner: Mapping[str, Any]
    ended: tuple[Process, ...]


def scratch_root(within: Path | None = None) -> Path:
    """The directory of all scratch directories of this user, made when it is missing.

    Args:
        within: Where it is; by default the system's temporary directory, or /tmp where that has too long a path.

    Raises:
        Refused: it cannot be made, or somebody else made a thing of that name.
    """
    if within is None:
        within = Path(tempfile.gettempdir())
        within = within if len(os.fsencode(within)) <= _LONGEST else Path("/tmp")  # noqa: S108  # its owner is checked
    root = within.absolute() / f"opslib-{os.geteuid()}"
    try:
        with suppress(FileExistsError):
            root.mkdir(mode=0o711)
            root.chmod(0o711)  # whatever the umask
        found = root.lstat()
    except OSError as problem:
        raise Refused(
            f"{root} cannot be made ({problem.strerror})", "name a writable directory, for example by TMPDIR"
        ) from None
    if root.is_symlink() or not root.is_dir() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Refused(f"{root} is not a directory that only we may write to", "remove it, or set TMPDIR")
    return root


@contextmanager
def scratch_directory(purpose: str, *, within: Path | None = None, mode: int = 0o700) -> Iterator[Path]:
    """A directory, empty but for its owner's file, that goes when the block ends, with what still runs in it.

    Args:
        purpose: A word for its name, such as `redis`.
        within: As for `scratch_root`.
        mode: Of the directory; 0o711 lets another user's server reach what is in it.

    Raises:
        Refused: it cannot be made.
    """
    root = scratch_root(within)
    try:
        with _alone(root):
            path = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=root))
            path.chmod(mode)
            lock = os.open(path / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.write(lock, json.dumps(this_process() or {"pid": os.getpid()}).encode())
    except OSError as problem:
        raise Refused(f"no directory can be made in {root} ({problem.strerror})", "see to its disk") from None
    try:
        yield path
    finally:
        _remove(path)
        os.close(lock)


def sweep(within: Path | None = None) -> tuple[Swept, ...]:
    """End the programs and remove the directories that killed runs have left; those of living runs are let be.

    Args:
        within: As for `scratch_root`.

    Returns:
        What was removed; without what cannot be (its program hangs, say), which the next sweep tries again.
    """
    root = scratch_root(within)
    with ExitStack() as held:
        with _alone(root):
            every = sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink())
            ours = [path for path in every if path.lstat().st_uid == os.geteuid()]
            owners = {path: held.enter_context(_of_dead(path)) for path in ours}
        # The locks that are held now say that somebody sees to these, so that nobody waits for it.
        dead = {path: owner for path, owner in owners.items() if owner is not None}
        swept = [Swept(path, owner, _remove(path)) for path, owner in dead.items()]
    return tuple(each for each in swept if not each.directory.exists())


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """While a directory is made and marked, nobody sweeps; both are short."""
    handle = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _of_dead(path: Path) -> Iterator[Mapping[str, Any] | None]:
    """What a dead owner wrote of itself, with its lock held; None: it lives."""
    try:
        lock = os.open(path / OWNER, os.O_RDWR)
    except OSError:  # killed before it was there
        yield {}
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield None
    else:
        try:
            said = json.loads(os.pread(lock, 4096, 0))
        except ValueError:  # killed while it wrote
            said = {}
        yield said
    finally:
        os.close(lock)


def _remove(path: Path) -> tuple[Process, ...]:
    """A directory, after what works in it is gone; where that cannot be ended, the directory is let be.

    The mark goes last, and with the directory: who sweeps meanwhile sees whose it is.
    """
    ended = end_processes(path)
    if not processes_in(path):
        with suppress(OSError):
            for entry in path.iterdir():
                if entry.name != OWNER:
                    _remove_entry(entry)
        with _alone(path.parent):
            shutil.rmtree(path, ignore_errors=True)
        ended += end_processes(path)  # one that had been started, and had not come there yet
    return ended


def _remove_entry(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        with suppress(OSError):
            entry.unlink()
