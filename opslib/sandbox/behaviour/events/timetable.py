"""Rules with a schedule: at its time the rule's targets get a Scheduled Event."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from moto.events.models import events_backends

from opslib.sandbox.behaviour.events.bus import DEFAULT_BUS, NAME, run_rule
from opslib.sandbox.behaviour.schedule_expression import next_after

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["plan_rule"]


def plan_rule(account: Account, region: str, name: str, now: datetime) -> None:
    """Put a rule's next time on the schedule; a rule that is gone, off, or without a schedule has none.

    Args:
        account: The sandbox's account.
        region: The rule's region.
        name: Its name; schedules are on the default bus only.
        now: When it was put or enabled: a rate counts from then.

    Raises:
        BadRequest: Its schedule cannot be read.
    """
    key = f"{NAME}/{region}/timetable/{name}"
    rule = events_backends[account.account_id][region].event_buses[DEFAULT_BUS].rules.get(name)
    if rule is None or rule.state != "ENABLED" or not rule.scheduled_expression:
        account.schedule.cancel(key)
        return
    _plan(account, region, rule, now, now)


def _plan(account: Account, region: str, rule: Any, began: datetime, after: datetime) -> None:
    due = next_after(rule.scheduled_expression, after, began=began)
    if due is not None:
        key = f"{NAME}/{region}/timetable/{rule.name}"
        account.schedule.at(due, partial(_happen, account, region, rule, began), key=key)


def _happen(account: Account, region: str, rule: Any, began: datetime, at: datetime) -> None:
    if events_backends[account.account_id][region].event_buses[DEFAULT_BUS].rules.get(rule.name) is not rule:
        return
    _plan(account, region, rule, began, at)
    event = {
        "version": "0",
        "id": str(UUID(int=account.random.getrandbits(128), version=4)),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account.account_id,
        "time": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [rule.arn],
        "detail": {},
    }
    run_rule(account, region, rule, event)
