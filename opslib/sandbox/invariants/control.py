"""The control routes of invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.sandbox.invariants.look import short
from opslib.sandbox.invariants.table import INVARIANTS
from opslib.sandbox.invariants.violation import Good, InvariantRow, Invariants, SwitchOn, Violations

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["good", "read", "settled", "switch_on", "violations"]


def read(account: Account, _: bytes) -> Invariants:
    """`GET /_sandbox/invariants`."""
    on = account.watch.on
    rows = (
        InvariantRow(name=name, meaning=row.meaning, rule=row.rule, on=name in on) for name, row in INVARIANTS.items()
    )
    return Invariants(invariants=tuple(rows))


def switch_on(account: Account, body: bytes) -> Invariants:
    """`POST /_sandbox/invariants`: check these from now on; what was violated before is forgotten."""
    account.watch.switch_on(SwitchOn.model_validate_json(body).on)
    return read(account, b"")


def violations(account: Account, _: bytes) -> Violations:
    """`GET /_sandbox/violations`."""
    return Violations(violations=tuple(account.watch.violations))


def settled(account: Account, _: bytes) -> Violations:
    """`POST /_sandbox/invariants/settled`: check what has to be true when a procedure has ended."""
    return Violations(violations=tuple(account.watch.settled()))


def good(account: Account, body: bytes) -> Good:
    """`POST /_sandbox/good`: say which revisions of a service were good."""
    told = Good.model_validate_json(body)
    with account.schedule.lock:
        account.watch.good[f"{told.cluster}/{told.service}"] = {short(name) for name in told.task_definitions}
    return told
