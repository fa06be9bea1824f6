"""EventBridge Scheduler: at a schedule's time its target is called, by the clocks of its time zone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from moto.scheduler.models import scheduler_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.events.delivery import Delivery, send
from opslib.sandbox.behaviour.schedule_expression import next_after

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["plan_schedule"]

_DEFAULT_GROUP = "default"


def plan_schedule(account: Account, region: str, group: str | None, name: str, now: datetime) -> None:
    """Plan a schedule's next time; one that is gone or off has none.

    Args:
        account: The sandbox's account.
        region: Its region.
        group: Its group; None: the default one.
        name: Its name.
        now: When it was put: a rate counts from then.

    Raises:
        BadRequest: Its expression or its time zone is none.
    """
    where = (region, group or _DEFAULT_GROUP, name)
    schedule = _found(account, where)
    if schedule is not None and not schedule.state:  # moto forgets it of an update that does not say it
        schedule.state = "ENABLED"
    if schedule is None or schedule.state != "ENABLED":
        account.schedule.cancel(_key(where))
        return
    _plan(account, where, schedule, now, now)


def _key(where: tuple[str, str, str]) -> str:
    return f"scheduler/{'/'.join(where)}"


def _found(account: Account, where: tuple[str, str, str]) -> Any:
    region, group, name = where
    groups = scheduler_backends[account.account_id][region].schedule_groups
    return groups[group].schedules.get(name) if group in groups else None


def _plan(account: Account, where: tuple[str, str, str], schedule: Any, began: datetime, after: datetime) -> None:
    zone = schedule.schedule_expression_timezone
    due = next_after(schedule.schedule_expression, after, began=began, zone=zone)
    if due is not None:
        account.schedule.at(due, partial(_happen, account, where, schedule, began), key=_key(where))


def _happen(account: Account, where: tuple[str, str, str], schedule: Any, began: datetime, at: datetime) -> None:
    if _found(account, where) is not schedule:
        return
    _plan(account, where, schedule, began, at)
    target: Mapping[str, Any] = schedule.target
    text = target.get("Input") or json.dumps(_default(account, where[0], schedule, at))
    with suppress(AwsError):  # it is tried again in AWS, and then kept in a queue, where there is one
        send(account, Delivery(where[0], schedule.name, schedule.arn, target, {}), text)


def _default(account: Account, region: str, schedule: Any, at: datetime) -> dict[str, Any]:
    """What a target gets whose schedule says nothing."""
    return {
        "version": "0",
        "id": str(UUID(int=account.random.getrandbits(128), version=4)),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account.account_id,
        "time": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}",
    }
