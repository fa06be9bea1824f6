"""Which process is at work, so that another one on the same machine can see at once that it is there no more.

A process is known by the boot of its machine, its namespace of process ids (containers of one machine have several),
its id, and when it was started: an id is used again, but not with the same start. Linux tells all four; elsewhere, and
of a process elsewhere, nothing is known, and whoever wants to take over has to wait for the lease.

What a killed process had sent may still arrive in AWS. That is what a step's `settle_seconds` are for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["is_gone", "this_process"]

_PROC = Path("/proc")
_STATE, _STARTED = 0, 19
"""Where the 3rd and the 22nd field of /proc/PID/stat are, counted after the name (proc(5))."""

_ENDED = frozenset("ZX")

_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"
"""Set in a Lambda function. AWS does not promise that no two of its machines have the same boot id: they may have been
started from one memory. So nothing is known there, and the lease is waited for."""


def this_process() -> dict[str, str | int] | None:
    """This process in JSON types: `boot`, `namespace`, `pid`, `started`; None where the system does not say."""
    if os.environ.get(_LAMBDA):
        return None
    pid = os.getpid()
    try:
        if (_PROC / "self").readlink() != Path(str(pid)):  # a /proc of another namespace: its numbers are others
            return None
        return {
            "boot": (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            "namespace": str((_PROC / "self/ns/pid").readlink()),
            "pid": pid,
            "started": int(_fields(pid)[_STARTED]),
        }
    except (OSError, ValueError, IndexError):
        return None


def is_gone(process: Mapping[str, str | int] | None) -> bool:
    """Whether a process is known to have ended; of one on another machine or in another namespace nothing is known.

    Args:
        process: As `this_process` gave it there.
    """
    here = this_process()
    if here is None or not process or any(process.get(part) != here[part] for part in ("boot", "namespace")):
        return False
    pid = int(process["pid"])
    try:
        os.kill(pid, 0)  # also sees what /proc may hide from us (hidepid)
        fields = _fields(pid)
        threads = len(list((_PROC / str(pid) / "task").iterdir()))
    except ProcessLookupError:
        return True
    except (OSError, IndexError):
        return False
    # Ended, and its parent has not asked yet how: a container's first process often never does. Where its first thread
    # alone has ended, others may still be at work.
    return fields[_STARTED] != str(process["started"]) or (fields[_STATE] in _ENDED and threads == 1)


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may itself hold blanks and brackets."""
    return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
