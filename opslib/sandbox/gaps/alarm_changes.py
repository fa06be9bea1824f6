"""Alarms that are changed by a call: put, deleted, or set to a state by hand, with what follows from it."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow

from opslib.sandbox.behaviour.metrics.composites import begin_suppression, settle
from opslib.sandbox.behaviour.metrics.history import configured
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.transitions import change_state
from opslib.sandbox.behaviour.metrics.watch import watch_of
from opslib.sandbox.behaviour.metrics.world import world_of
from opslib.sandbox.gaps.alarms import alarms_in, describe, put_alarm
from opslib.sandbox.gaps.call import GapCall

__all__ = ["delete_and_note", "put_and_note", "set_by_hand"]


def put_and_note(call: GapCall, first_state: str = "INSUFFICIENT_DATA") -> None:
    """Put the alarm that the call describes; composites are evaluated at once, metric alarms before long.

    Raises:
        AwsError: An alarm of the other type has that name.
    """
    world, place = world_of(call.account), Place(call.account_id, call.region)
    with call.account.schedule.lock:
        previous = alarms_in(call).get(call.parameters["AlarmName"])
        before = None if previous is None else describe(previous)
        alarm = put_alarm(call, first_state)
        now = call.account.clock.now()
        occasion = Occasion(world, place, alarm, now)
        if before is None:
            configured(occasion, "Create", {"createdAlarm": describe(alarm)})
        else:
            both = {"originalUpdatedFields": _changed(describe(alarm), before), "updatedAlarm": describe(alarm)}
            configured(occasion, "Update", both)
        watch_of(world, occasion.key, alarm)
        if alarm.rule is None:
            world.wake()
        else:
            begin_suppression(occasion)
            settle(world, now)


def delete_and_note(call: GapCall, alarm: Any) -> None:
    """Delete an alarm, with its tags; its history stays."""
    world, place = world_of(call.account), Place(call.account_id, call.region)
    with call.account.schedule.lock:
        occasion = Occasion(world, place, alarm, call.account.clock.now())
        configured(occasion, "Delete", {"deletedAlarm": describe(alarm)})
        world.watches.pop(occasion.key, None)
        world.swallowed.pop(occasion.key, None)
        del alarms_in(call)[alarm.name]
        cloudwatch_backends[call.account_id][call.region].tagger.delete_all_tags_for_resource(alarm.alarm_arn)


def set_by_hand(call: GapCall, alarm: Any, state: str, reason: str, data: str) -> None:
    """Turn an alarm to a state; a metric alarm returns to its own at its next evaluation."""
    world, place = world_of(call.account), Place(call.account_id, call.region)
    with call.account.schedule.lock:
        now = call.account.clock.now()
        occasion = Occasion(world, place, alarm, now)
        if state == alarm.state_value:
            alarm.state_reason, alarm.state_reason_data = reason, data or "{}"
            alarm.state_updated_timestamp = utcnow()
        else:
            change_state(occasion, state, reason, data)
        watch = watch_of(world, occasion.key, alarm)
        watch.touched(now.timestamp() + world.settings.settling_seconds)
        settle(world, now)
        world.wake()


def _changed(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in before.items() if now.get(name) != value}
