"""The journal, and what was left in it: holds that nobody lifted, plans that nobody brought to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.calendar import Hold, Holds
from opslib.contract import Journal as Promised
from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.procedure import Journal
from opslib.procedure.aws import regional

__all__ = ["CHECKS"]

OLD_HOLD: Final = timedelta(days=2)
"""From when on a hold is taken for forgotten (ours): a weekend's is not, two days' is worth asking."""

_PLANS: Final = 20
"""How many of the last plans are looked at."""

_TTL: Final = "expires_at"
_GONE: Final = frozenset({"ResourceNotFoundException"})


@dataclass(frozen=True, slots=True)
class Table:
    """The journal's table."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whether the table can be restored to a point in time."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """By which attribute items expire, and whether they do."""

    name: str
    attribute: str
    status: str


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan that has not ended.

    Attributes:
        id: Its id.
        target: What it claims.
        actor: Who asked for it.
        expires_at: Until when it should have come to its end.
    """

    id: str
    target: str
    actor: str
    expires_at: datetime


def _tables(outputs: StackOutputs) -> Iterator[Promised]:
    return (table for table in (outputs.journal,) if table is not None)


def _everything(outputs: StackOutputs) -> tuple[StackOutputs, ...]:
    return (outputs,)


def _see_table(look: Look, promised: Promised) -> Table:
    port = regional("dynamodb", promised.region, look.home)
    found = look.unless_gone(_GONE, lambda: look.read(port, "DescribeTable", TableName=promised.table))
    return Table(promised.table, found["Table"]["TableStatus"] if found else "")


def _see_recovery(look: Look, promised: Promised) -> Recovery | None:
    port = regional("dynamodb", promised.region, look.home)
    if not _see_table(look, promised).status:
        return None
    found = look.read(port, "DescribeContinuousBackups", TableName=promised.table)
    recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return Recovery(promised.table, recovery.get("PointInTimeRecoveryStatus", "DISABLED"))


def _see_time_to_live(look: Look, promised: Promised) -> TimeToLive | None:
    port = regional("dynamodb", promised.region, look.home)
    if not _see_table(look, promised).status:
        return None
    found = look.read(port, "DescribeTimeToLive", TableName=promised.table)
    described = found["TimeToLiveDescription"]
    return TimeToLive(promised.table, described.get("AttributeName", ""), described.get("TimeToLiveStatus", "DISABLED"))


def _readable(look: Look) -> bool:
    """Whether there is something to read: that the table is gone is told by its own check."""
    return look.outputs.journal is None or bool(_see_table(look, look.outputs.journal).status)


def _see_holds(look: Look, _: StackOutputs) -> tuple[Hold, ...] | None:
    return Holds(look.store).all() if _readable(look) else None


def _see_open_plans(look: Look, _: StackOutputs) -> tuple[OpenPlan, ...] | None:
    if not _readable(look):
        return None
    journal = Journal(look.store)
    return tuple(
        OpenPlan(entry.plan_id, entry.target, entry.actor, _expiry(journal, entry.plan_id))
        for entry in journal.history()[-_PLANS:]
        if journal.progress(entry.plan_id).phase != "ended"
    )


def _expiry(journal: Journal, plan_id: str) -> datetime:
    return datetime.fromisoformat(str(journal.plan_document(plan_id)["expires_at"]))


def _unusable(table: Table, _: datetime) -> Iterator[Fault]:
    if table.status not in ("ACTIVE", "UPDATING"):
        yield Fault(table.name, f"the journal's table is {table.status or 'not there'}")


def _not_recoverable(seen: Recovery, _: datetime) -> Iterator[Fault]:
    if seen.status != "ENABLED":
        yield Fault(seen.name, "point-in-time recovery of the journal's table is off")


def _never_expiring(seen: TimeToLive, _: datetime) -> Iterator[Fault]:
    if seen.status not in ("ENABLED", "ENABLING") or seen.attribute != _TTL:
        yield Fault(seen.name, f"items of the journal's table do not expire by {_TTL}")


def _forgotten(holds: tuple[Hold, ...], now: datetime) -> Iterator[Fault]:
    for hold in holds:
        days = (now - hold.at).days
        if now - hold.at > OLD_HOLD:
            yield Fault(hold.target, f"{hold.scope} have been held for {days} days by {hold.actor}: {hold.reason}")


def _left_behind(plans: tuple[OpenPlan, ...], now: datetime) -> Iterator[Fault]:
    for plan in plans:
        if now > plan.expires_at:
            when = f"{plan.expires_at:%Y-%m-%d %H:%M} UTC"
            yield Fault(plan.id, f"{plan.actor} began it, its time ended at {when}, and it still holds {plan.target}")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="journal-there",
        group="Rolling back",
        level="critical",
        looks_at="the journal's table is there and active",
        why="no rollback starts without its journal but by breaking glass",
        next_step="`pulumi refresh`, then `pulumi up`; until then --break-glass REASON",
        subjects=_tables,
        read=_see_table,
        judge=_unusable,
        on=lambda table: str(table.table),
    ),
    Check(
        id="journal-recoverable",
        group="Rolling back",
        level="warning",
        looks_at="the journal's table can be restored to a point in time",
        why="what is deleted by mistake, the record of every rollback among it, is gone",
        next_step="aws dynamodb update-continuous-backups --table-name {on}"
        " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        subjects=_tables,
        read=_see_recovery,
        judge=_not_recoverable,
        on=lambda table: str(table.table),
    ),
    Check(
        id="journal-expires",
        group="Rolling back",
        level="warning",
        looks_at="items of the journal's table expire",
        why="it grows for ever",
        next_step="`pulumi refresh`, then `pulumi up`",
        subjects=_tables,
        read=_see_time_to_live,
        judge=_never_expiring,
        on=lambda table: str(table.table),
    ),
    Check(
        id="hold-fresh",
        group="Rolling back",
        level="warning",
        looks_at=f"no hold is older than {OLD_HOLD.days} days",
        why="the hotfix will be refused",
        next_step="ask who set it; then `opslib hold lift {on} --reason …`",
        subjects=_everything,
        read=_see_holds,
        judge=_forgotten,
        on=lambda _: "holds",
    ),
    Check(
        id="plan-ended",
        group="Rolling back",
        level="critical",
        looks_at=f"none of the last {_PLANS} plans was left without an end",
        why="its target refuses every other plan",
        next_step="`opslib resume {on}` brings it to its end",
        subjects=_everything,
        read=_see_open_plans,
        judge=_left_behind,
        on=lambda _: "plans",
    ),
)
"""What is checked of the journal."""
