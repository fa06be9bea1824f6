"""Composite alarms: their state follows their children's, their actions may be held back by a suppressor."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.monitoring.evaluate import ActionsSuppressor, Suppression, advance, holds
from opslib.sandbox.behaviour.metrics.acting import act
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.times import aware, stamp
from opslib.sandbox.behaviour.metrics.transitions import change_state
from opslib.sandbox.behaviour.metrics.world import World
from opslib.sandbox.gaps.alarms import alarm_named, children_of, composites_in, rule_of

__all__ = ["begin_suppression", "settle"]

_REASONS = {
    "Alarm": "the suppressor alarm is in ALARM",
    "WaitPeriod": "waiting for the suppressor alarm to go into ALARM",
    "ExtensionPeriod": "waiting after the suppressor alarm left ALARM",
}


def settle(world: World, now: datetime) -> None:
    """Bring every composite's state up to its children's; one that is part of a cycle keeps its state, as in AWS.

    Args:
        world: Metrics and alarms.
        now: The time, for composites that have no children.
    """
    for account_id, regions in list(cloudwatch_backends.items()):
        for region in list(regions):
            _settle_place(world, Place(account_id, region), now)


def _settle_place(world: World, place: Place, now: datetime) -> None:
    composites = [Occasion(world, place, alarm, now) for alarm in composites_in(place)]
    settled: set[str] = set()
    for composite in composites:
        _settle_one(composite, settled, ())
    for composite in composites:
        _suppress(composite)


def _settle_one(occasion: Occasion, settled: set[str], path: tuple[str, ...]) -> bool:
    """Settle an alarm after its children; False where that leads round in a circle."""
    alarm = occasion.alarm
    if alarm.name in path:
        return False
    if alarm.rule is None or alarm.name in settled:
        return True
    children = children_of(occasion.place, alarm)
    # Every one, first: `all` would stop at the first that is part of a cycle.
    reached = [_settle_one(replace(occasion, alarm=child), settled, (*path, alarm.name)) for child in children]
    if not all(reached):
        return False
    settled.add(alarm.name)
    # A composite whose state was set by hand returns to its own only when a child changes (AWS, SetAlarmState).
    seen = tuple((child.alarm_arn, child.state_value) for child in children)
    if seen == getattr(alarm, "children_seen", None):
        return True
    alarm.children_seen = seen
    states = {name: child.state_value for child in children for name in (child.name, child.alarm_arn)}
    state = "ALARM" if holds(rule_of(alarm), states.get) else "OK"
    if state != alarm.state_value:
        _turn(occasion, state, children)
    return True


def _turn(occasion: Occasion, state: str, children: list[Any]) -> None:
    """Change a composite's state, at the moment its newest child changed."""
    newest = max(children, key=lambda child: child.state_updated_timestamp, default=None)
    if newest is None:
        change_state(occasion, state, f"The rule evaluates to {state}", "")
        return
    at = aware(newest.state_updated_timestamp)
    reason = f"{newest.alarm_arn} transitioned to {newest.state_value} at {at:%A %d %B, %Y %H:%M:%S} UTC"
    child = {"arn": newest.alarm_arn, "state": {"value": newest.state_value, "timestamp": stamp(at)}}
    moment = max(at, aware(occasion.alarm.configuration_updated_timestamp))
    change_state(replace(occasion, at=moment), state, reason, json.dumps({"triggeringAlarms": [child]}))


def begin_suppression(occasion: Occasion) -> None:
    """A composite was put: its suppressor counts from now on, not for what it did before."""
    alarm = occasion.alarm
    name = getattr(alarm, "given", {}).get("ActionsSuppressor")
    if not name:
        alarm.suppression = alarm.suppressed_by = alarm.suppressed_reason = None
        return
    if getattr(alarm, "suppression", None) is None:
        state = _state_of(occasion.place, name)
        alarm.suppression = Suppression(alarm.state_value, state, "Alarm" if state == "ALARM" else None)


def _suppress(occasion: Occasion) -> None:
    """Tell a composite's suppression where both alarms stand, and do what is due."""
    alarm, now = occasion.alarm, occasion.at
    name = getattr(alarm, "given", {}).get("ActionsSuppressor")
    if not name:
        return
    periods = ActionsSuppressor(
        alarm.given["ActionsSuppressorWaitPeriod"], alarm.given["ActionsSuppressorExtensionPeriod"]
    )
    found, acts = advance(
        alarm.suppression,
        periods,
        at=now.timestamp(),
        composite=alarm.state_value,
        suppressor=_state_of(occasion.place, name),
    )
    alarm.suppression = found
    alarm.suppressed_by = found.by
    alarm.suppressed_reason = None if found.by is None else f"Actions are suppressed: {_REASONS[found.by]}"
    if found.until is not None:
        until = datetime.fromtimestamp(found.until, UTC)
        happening = f"metrics: suppression {' '.join(occasion.key)}"
        occasion.world.account.schedule.at(until, lambda then: _suppress(replace(occasion, at=then)), key=happening)
    for due in acts:
        act(replace(occasion, at=datetime.fromtimestamp(due.at, UTC)), due.state)


def _state_of(place: Place, name: str) -> Any:
    alarm = alarm_named(place, name)
    return "INSUFFICIENT_DATA" if alarm is None else alarm.state_value
