"""Alarm history: what DescribeAlarmHistory tells, in AWS's words and shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.sandbox.behaviour.metrics.occasion import Occasion
from opslib.sandbox.behaviour.metrics.times import stamp

__all__ = ["HistoryItem", "configured", "note"]

MAXIMUM_SUMMARY = 255  # AWS, AlarmHistoryItem
MAXIMUM_DATA = 4_095  # AWS, AlarmHistoryItem


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """Something that happened to an alarm.

    Attributes:
        account_id: The account.
        region: The region.
        alarm_name: The alarm; it may be gone since.
        alarm_type: `MetricAlarm` or `CompositeAlarm`.
        at: When.
        kind: `StateUpdate`, `ConfigurationUpdate` or `Action`.
        summary: In one sentence.
        data: The whole of it, as JSON.
    """

    account_id: str
    region: str
    alarm_name: str
    alarm_type: str
    at: datetime
    kind: str
    summary: str
    data: str


def note(occasion: Occasion, kind: str, summary: str, data: Mapping[str, Any]) -> None:
    """Write down what happened to an alarm."""
    place, alarm = occasion.place, occasion.alarm
    written = json.dumps(data, separators=(",", ":"), default=_plain)
    if len(written) > MAXIMUM_DATA:  # what is published, and the points of a reason, are the longest
        written = json.dumps(_shortened(data), separators=(",", ":"), default=_plain)[:MAXIMUM_DATA]
    occasion.world.history.append(
        HistoryItem(
            place.account_id,
            place.region,
            alarm.name,
            "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
            occasion.at,
            kind,
            summary[:MAXIMUM_SUMMARY],
            written,
        )
    )


def configured(occasion: Occasion, kind: str, configurations: Mapping[str, Mapping[str, Any]]) -> None:
    """Write down that an alarm was created, updated or deleted.

    Args:
        occasion: The alarm, and when.
        kind: `Create`, `Update` or `Delete`.
        configurations: The alarm as described, under AWS's name for what it is (`createdAlarm`).
    """
    done = {"Create": "created", "Update": "updated", "Delete": "deleted"}[kind]
    written = {name: {_camel(key): value for key, value in found.items()} for name, found in configurations.items()}
    data = {"version": "1.0", "type": kind, **written}
    note(occasion, "ConfigurationUpdate", f'Alarm "{occasion.alarm.name}" {done}', data)


def _shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "publishedMessage"}


def _camel(name: str) -> str:
    return "okactions" if name == "OKActions" else name[0].lower() + name[1:]


def _plain(value: Any) -> str:
    return stamp(value) if isinstance(value, datetime) else str(value)
