"""Which journal a stack's procedures are kept in: the stack's table, or a file of this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opslib.errors import JournalUnreachable
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.procedure.journal import Journal
from opslib.procedure.left_behind import left_behind
from opslib.procedure.step import MayCall
from opslib.procedure.store import SqliteStore, Store
from opslib.stack import Stack

__all__ = ["STATE_VARIABLE", "OpenJournal", "open_journal", "state_directory"]

STATE_VARIABLE = "OPSLIB_STATE"
"""The environment variable that names the directory of local journals."""

_CALLS = ("GetItem", "PutItem", "DeleteItem", "Query")


@dataclass(frozen=True, slots=True)
class OpenJournal:
    """A journal that answers.

    Attributes:
        journal: The journal.
        where: Where it is, for people.
        notes: What has to be said about it.
        calls: What it calls in AWS.
        broken_glass: Why it is this machine's file although the stack has a table; empty where it is as it should be.
        beside: This machine's file, where the journal is the table and there is a file, too.
    """

    journal: Journal
    where: str
    notes: tuple[str, ...] = ()
    calls: tuple[MayCall, ...] = ()
    broken_glass: str = ""
    beside: SqliteStore | None = None


def open_journal(
    stack: Stack, *, break_glass: str = "", holding: str = "", environ: Mapping[str, str] = os.environ
) -> OpenJournal:
    """Open the journal of a stack and make sure that it answers.

    Args:
        stack: The stack.
        break_glass: Why a file of this machine will do while the stack's table does not answer. It keeps out nobody
            on another machine. Where the table answers, it is used all the same.
        holding: The id of a plan that is looked for: one that was begun in this machine's file while the table did not
            answer is gone on with there.
        environ: The environment, for the directory of local journals.

    Raises:
        JournalUnreachable: it does not answer.
    """
    local = SqliteStore(
        state_directory(environ) / f"{stack.outputs.stack.product}-{stack.outputs.stack.environment}.db"
    )
    promised = stack.outputs.journal
    if promised is None:
        _knock(local)
        said = "the stack has no journal table: this run is kept in a file, and keeps out nobody on another machine"
        return OpenJournal(Journal(local), str(local.path), (said,))
    table = DynamoDbStore(stack.clients, table=promised.table, region=promised.region)
    calls = tuple(MayCall("dynamodb", operation, (promised.arn,)) for operation in _CALLS)
    try:
        _knock(table)
    except JournalUnreachable as problem:
        if not break_glass:
            raise JournalUnreachable(
                problem.what, "mend it, or go on without a lock over machines: --break-glass REASON"
            ) from None
        _knock(local)
        said = f"GLASS BROKEN ({break_glass}): {problem.what}; nobody on another machine is kept out"
        return OpenJournal(Journal(local), str(local.path), (said,), broken_glass=break_glass)
    if holding and local.path.exists() and not _holds(table, holding) and _holds(local, holding):
        said = f"plan {holding} was begun with broken glass, and is kept in {local.path}"
        return OpenJournal(Journal(local), str(local.path), (said,), broken_glass=break_glass)
    notes = ("the journal answers: there was no glass to break",) if break_glass else ()
    where = f"table {promised.table}"
    if not local.path.exists():
        return OpenJournal(Journal(table), where, notes, calls)
    if left := left_behind(local):
        said = (
            f"{len(left)} plans of broken glass are in {local.path} alone, the last {left[-1].plan_id}: `opslib merge`"
        )
        notes = (*notes, said)
    return OpenJournal(Journal(table), where, notes, calls, beside=local)


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where journals of this machine are kept: `OPSLIB_STATE`, else the user's state directory (XDG)."""
    if environ.get(STATE_VARIABLE):
        return Path(environ[STATE_VARIABLE])
    home = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "opslib"


def _holds(store: Store, plan_id: str) -> bool:
    return store.get(f"plan#{plan_id}", "plan") is not None


def _knock(store: Store) -> None:
    store.get("history", "knock")
