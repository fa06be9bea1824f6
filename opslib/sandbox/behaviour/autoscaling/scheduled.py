"""Scheduled scaling: at its time an action sets a target's minimum and maximum, and the service follows."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.autoscaling.acting import NAME, bring_within_bounds, key_of, target_of
from opslib.sandbox.behaviour.autoscaling.activities import Occasion, note_activity
from opslib.sandbox.behaviour.schedule_expression import next_after

__all__ = ["plan_action"]


def plan_action(account: Account, region: str, action: Any, after: datetime) -> None:
    """Put an action's next time on the schedule.

    Args:
        account: The sandbox's account.
        region: The region.
        action: It, as moto keeps it.
        after: The time after which.

    Raises:
        BadRequest: Its schedule cannot be read.
    """
    began = max(datetime.fromtimestamp(action.creation_time, UTC), _moment(action.start_time) or after)
    from_then = max(after, began) if action.start_time else after
    due = next_after(action.schedule, from_then, began=began, zone=action.timezone or "UTC")
    end = _moment(action.end_time)
    if due is not None and (end is None or due <= end):
        account.schedule.at(due, partial(_happen, account, region, action), key=_entry(region, action))


def _entry(region: str, action: Any) -> str:
    return f"{NAME}/{region}/scheduled/{action.resource_id}/{action.scheduled_action_name}"


def _moment(given: Any) -> datetime | None:
    """A time as moto keeps it: seconds since 1970, or nothing."""
    return None if given is None else datetime.fromtimestamp(float(given), UTC)


def _happen(account: Account, region: str, action: Any, at: datetime) -> None:
    if action not in applicationautoscaling_backends[account.account_id][region].scheduled_actions:
        return
    plan_action(account, region, action, at)
    key = key_of(action)
    here = Occasion(account, region, at)
    target = target_of(here, key)
    if target is None or (target.suspended_state or {}).get("ScheduledScalingSuspended"):
        return
    wanted = action.scalable_target_action or {}
    least, most = wanted.get("MinCapacity"), wanted.get("MaxCapacity")
    parts = [f"{name} capacity to {value}" for name, value in (("min", least), ("max", most)) if value is not None]
    target.min_capacity = target.min_capacity if least is None else least
    target.max_capacity = target.max_capacity if most is None else most
    cause = f"scheduled action name {action.scheduled_action_name} was triggered"
    note_activity(here, key, " and ".join(parts), cause)
    bring_within_bounds(account, region, key, at)
