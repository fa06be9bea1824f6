"""An alarm changes its state: that is written down, told to EventBridge, and acted on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.monitoring.evaluate import Verdict
from opslib.sandbox.behaviour.events.bus import put
from opslib.sandbox.behaviour.metrics.acting import act, act_again
from opslib.sandbox.behaviour.metrics.events import SOURCE, STATE_CHANGE, state_change
from opslib.sandbox.behaviour.metrics.history import note
from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.times import naive
from opslib.sandbox.gaps.alarms import describe

__all__ = ["StateBefore", "change_state", "repeat_actions"]


@dataclass(frozen=True, slots=True)
class StateBefore:
    """The state that an alarm was in before its last change.

    Attributes:
        value: The state.
        reason: Its `StateReason`.
        data: Its `StateReasonData`; empty without any.
        at: Since when it had been in it.
    """

    value: str
    reason: str
    data: str
    at: datetime


def change_state(occasion: Occasion, state: str, reason: str, data: str) -> None:
    """Turn an alarm to another state; a composite with a suppressor acts apart, see `composites`.

    Args:
        occasion: The alarm, and when.
        state: The new state.
        reason: Why, in words.
        data: Why, as JSON; empty for nothing.
    """
    alarm, at = occasion.alarm, occasion.at
    before = StateBefore(
        alarm.state_value, alarm.state_reason, _given(alarm.state_reason_data), alarm.state_updated_timestamp
    )
    alarm.update_state(reason, data or "{}", state)
    alarm.state_updated_timestamp = alarm.state_transitioned = naive(at)
    alarm.state_before = before
    summary = f"Alarm updated from {before.value} to {state}"
    states = {
        "oldState": _state(before.value, before.reason, before.data),
        "newState": _state(state, reason, data),
    }
    note(occasion, "StateUpdate", summary, {"version": "1.0", **states})
    detail = state_change(alarm, describe(alarm))
    put(occasion.world.account, occasion.place.region, SOURCE, STATE_CHANGE, detail, (alarm.alarm_arn,))
    if not getattr(alarm, "given", {}).get("ActionsSuppressor"):
        act(occasion, state)


def repeat_actions(occasion: Occasion, verdict: Verdict) -> bool:
    """Let the actions that go on while the state lasts run again.

    Returns:
        Whether the alarm has such actions in its state.
    """
    return act_again(occasion, verdict.state, now=not verdict.changed)


def _given(data: str | None) -> str:
    return "" if data in (None, "{}") else str(data)


def _state(value: str, reason: str, data: str) -> dict[str, Any]:
    state: dict[str, Any] = {"stateValue": value, "stateReason": reason}
    if data:
        state["stateReasonData"] = json.loads(data)
    return state
