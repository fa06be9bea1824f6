"""Alarm mute rules at work: actions that are not run, and those that are run when the window is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import acts_at_end, muted_until
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.world import AlarmKey, World
from opslib.sandbox.gaps.alarms import alarms_in

__all__ = ["look_again", "muted_now"]

LOOK_AGAIN = timedelta(days=1)  # at rules that never end

Act = Callable[[Occasion, str], None]


def muted_now(occasion: Occasion, state: str, act: Act) -> bool:
    """Whether an alarm is muted; if so its actions are kept back until the last window over it is closed.

    AWS, "How alarm mute rules work": they run then if the alarm is still in the state in which it was muted.

    Args:
        occasion: The alarm, and when.
        state: The state whose actions are due.
        act: Runs them later.
    """
    world, key = occasion.world, occasion.key
    until = _until(world, key, occasion.at)
    if until is None:
        return False
    world.swallowed[key] = state
    _come_back(world, key, until, act)
    return True


def look_again(world: World, place: Place, now: datetime, act: Act) -> None:
    """The mute rules of a region were changed: some windows may be over."""
    for key in [key for key in world.swallowed if key[:2] == (place.account_id, place.region)]:
        _at_end(world, key, now, act)


def _at_end(world: World, key: AlarmKey, now: datetime, act: Act) -> None:
    state = world.swallowed.get(key)
    if state is None:
        return
    until = _until(world, key, now)
    if until is not None:
        _come_back(world, key, until, act)
        return
    del world.swallowed[key]
    place = Place(key[0], key[1])
    alarm = alarms_in(place).get(key[2])
    if alarm is not None and alarm.state_value == state and acts_at_end(alarm.state_value):
        act(Occasion(world, place, alarm, now), state)


def _come_back(world: World, key: AlarmKey, until: datetime, act: Act) -> None:
    happening = f"metrics: muted {' '.join(key)}"
    world.account.schedule.at(until, lambda now: _at_end(world, key, now, act), key=happening)


def _until(world: World, key: AlarmKey, at: datetime) -> datetime | None:
    rules = [
        mute.rule
        for (account_id, region, _), mute in world.mutes.items()
        if (account_id, region) == key[:2] and key[2] in mute.rule.alarms
    ]
    if not rules:
        return None
    try:
        return muted_until(rules, at)
    except BadRequest:  # for a year and longer
        return at + LOOK_AGAIN
