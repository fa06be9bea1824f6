"""What killed runs have left, removed by the next one, which says so in its report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from opslib.backup.scratch import Swept, sweep
from opslib.backup.verdict import Finding
from opslib.backup.writing import PARTIAL, locked, remove_partial
from opslib.errors import OpslibError

__all__ = ["LEFTOVERS", "remove_leftovers"]

LEFTOVERS = "leftovers"
LOCK = ".lock"


def remove_leftovers(directory: Path, *, held: bool) -> tuple[Finding, ...]:
    """Remove the scratch servers and directories of killed runs of any source, and the half backups of this one.

    Args:
        directory: Of the source's backups.
        held: Whether its lock is held. Where it is not, half backups are removed if nobody else holds it.

    Returns:
        What was removed, as a finding that no verdict depends on; nothing where nothing was.
    """
    scratch = sweep()
    half = remove_partial(directory) if held else _unheld(directory)
    if not scratch and not half:
        return ()
    facts = {
        "scratch": [each.directory.name for each in scratch],
        "owners": [dict(each.owner) for each in scratch],
        "programs": [process.name for each in scratch for process in each.ended],
        "half": list(half),
    }
    says = f"runs were killed before; removed: {', '.join([*map(_words, scratch), *half])}"
    return (Finding(LEFTOVERS, "proven", says, required=False, facts=facts),)


def _unheld(directory: Path) -> Sequence[str]:
    if not any(directory.glob(f"{PARTIAL}*")):
        return ()
    try:
        with locked(directory / LOCK, wait=False, about={"action": "sweep"}):
            return remove_partial(directory)
    except OpslibError:  # somebody is writing it, or it is a place where we may not write
        return ()


def _words(swept: Swept) -> str:
    programs = sorted({process.name for process in swept.ended})
    return swept.directory.name + (f" with {', '.join(programs)} still running" if programs else "")
