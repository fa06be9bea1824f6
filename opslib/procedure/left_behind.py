"""Plans of broken glass: begun in a file of this machine while the stack's table did not answer, and not in the table.

merged / ID                in the file: the plan is in the table, too
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from opslib.procedure.journal import Entry, Journal
from opslib.procedure.store import Conflict, Store

__all__ = ["carry_over", "left_behind", "mark_merged"]

_MERGED = "merged"


def left_behind(local: Store) -> tuple[Entry, ...]:
    """The plans of broken glass that are in the file alone, ended or not; the oldest first."""
    journal = Journal(local)
    merged = {item.sk for item in local.query(_MERGED)}
    return tuple(
        entry
        for entry in journal.history()
        if entry.plan_id not in merged and journal.plan_document(entry.plan_id)["context"].get("break_glass")
    )


def carry_over(local: Store, table: Store, plan_id: str) -> None:
    """Copy a plan that has ended, and how it went; again is nothing new. It is listed last, when all of it is there."""
    for name in ("plan", "progress"):
        found = local.get(f"plan#{plan_id}", name)
        if found is not None:
            # What counts the writes of the progress counts them in the table.
            value = {**found.value, "revision": 1} if name == "progress" else found.value
            _put(table, found.pk, name, value)
    for item in local.query("history"):
        if item.sk.endswith(f"#{plan_id}"):
            _put(table, item.pk, item.sk, item.value)


def mark_merged(local: Store, plan_id: str) -> None:
    """Remember in the file that a plan is in the table."""
    _put(local, _MERGED, plan_id, {})


def _put(store: Store, pk: str, sk: str, value: Mapping[str, Any]) -> None:
    with suppress(Conflict):  # it is there already
        store.put(pk, sk, value, expected=None)
