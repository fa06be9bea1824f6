"""The daily summary of a stack: what rings, what has no data, what has rung, and what was told nobody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from opslib.clients import Clients, aws_call
from opslib.contract import Severity, StackOutputs
from opslib.notify import SEVERITIES
from opslib.operate.summary_text import text_of
from opslib.stack import AlarmState, Stack

__all__ = ["STUCK_AFTER", "Rang", "Summary", "Unheard", "summarize"]

STUCK_AFTER = timedelta(hours=24)
"""What rings for longer is stuck: nobody mends it, or it should not ring."""

MOST_PAGES = 100
"""How many pages of history are read of each region: with 100 entries each, more changes than anybody would read of."""


@dataclass(frozen=True, slots=True)
class Rang:
    """An alarm that has gone into ALARM.

    Attributes:
        name: Its name.
        title: What it means, in a clause.
        times: How often.
        last: When for the last time.
    """

    name: str
    title: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Unheard:
    """A message that CloudWatch could not publish: no metric of SNS counts it.

    Attributes:
        name: The alarm.
        at: When.
        says: CloudWatch's words.
    """

    name: str
    at: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What there is to say of a stack's alarms.

    Attributes:
        stack: `product/environment`.
        at: When it was looked.
        since: From when on it is told what has rung.
        ringing: What is in ALARM, the longest first.
        blind: What has no data, the longest first.
        missing: What the contract promises and AWS does not have.
        muted: What acts on nobody although it should: its actions are off.
        rang: What has rung, by the tier that was told, the most often first; what acts through another is left out.
        unheard: What could not be published, the newest first.
        complete: Whether all of the history was read.
    """

    stack: str
    at: datetime
    since: datetime
    ringing: tuple[AlarmState, ...]
    blind: tuple[AlarmState, ...]
    missing: tuple[AlarmState, ...]
    muted: tuple[AlarmState, ...]
    rang: Mapping[Severity, tuple[Rang, ...]]
    unheard: tuple[Unheard, ...]
    complete: bool = True

    @property
    def stuck(self) -> tuple[AlarmState, ...]:
        """What has been in ALARM for longer than a day."""
        return tuple(live for live in self.ringing if live.since and self.at - live.since > STUCK_AFTER)

    @property
    def subject(self) -> str:
        """For an e-mail: one line of ASCII."""
        parts = [f"{len(self.ringing)} ringing"]
        parts += [f"{len(self.stuck)} stuck"] if self.stuck else []
        parts += [f"{len(self.blind)} without data"] if self.blind else []
        return f"{self.stack}: {', '.join(parts)}"[:100]

    def text(self, zone: str = "UTC") -> str:
        """All of it in plain words.

        Args:
            zone: The time zone in which times are told.
        """
        return text_of(self, zone)

    def document(self) -> dict[str, Any]:
        """The summary in JSON types."""
        return {
            "stack": self.stack,
            "at": self.at.isoformat(),
            "since": self.since.isoformat(),
            **{part: [_live(one) for one in getattr(self, part)] for part in ("ringing", "blind", "missing", "muted")},
            "stuck": [live.alarm.name for live in self.stuck],
            "rang": {
                tier: [{"name": r.name, "title": r.title, "times": r.times, "last": r.last.isoformat()} for r in rang]
                for tier, rang in self.rang.items()
            },
            "unheard": [{"name": one.name, "at": one.at.isoformat(), "says": one.says} for one in self.unheard],
            "complete": self.complete,
        }


def summarize(stack: Stack, *, now: datetime | None = None, hours: float = 24) -> Summary:
    """Look at a stack's alarms and at their history.

    Args:
        stack: The stack.
        now: The time, aware; None: the machine's.
        hours: How far back what has rung is told; CloudWatch keeps 30 days.

    Raises:
        Refused: AWS denies or throttles the reading, or does not answer.
    """
    at = now or datetime.now(UTC)
    since = at - timedelta(hours=hours)
    states = stack.alarm_states()
    rings, complete = _history(stack, "StateUpdate", since, at)
    acted, all_acted = _history(stack, "Action", since, at)

    def of(state: str) -> tuple[AlarmState, ...]:
        return tuple(sorted((live for live in states if live.state == state), key=lambda live: live.since or at))

    return Summary(
        stack=stack.name,
        at=at,
        since=since,
        ringing=of("ALARM"),
        blind=of("INSUFFICIENT_DATA"),
        missing=of("missing"),
        muted=tuple(live for live in states if live.actions_enabled is False and live.actions),
        rang=_by_tier(states, [one for one in rings if one.state == "ALARM"], stack.outputs),
        unheard=tuple(Unheard(one.name, one.at, one.says) for one in acted if one.state == "Failed"),
        complete=complete and all_acted,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the alarms' history: a state that was entered, or what became of an action."""

    name: str
    region: str
    at: datetime
    state: str
    says: str


def _history(stack: Stack, kind: str, since: datetime, until: datetime) -> tuple[list[_Entry], bool]:
    """The history of the stack's alarms, the newest first; and whether that is all of it.

    It is asked for by region and not by alarm: one call instead of a hundred.
    """
    names = {(alarm.region, alarm.name) for alarm in stack.outputs.alarms}
    found: list[_Entry] = []
    complete = True
    for region in sorted({region for region, _ in names}):
        pages = _pages(stack.clients, region, kind, since, until)
        for number, page in enumerate(pages):
            if number == MOST_PAGES:
                complete = False
                break
            found += [_entry(item, region) for item in page if (region, item["AlarmName"]) in names]
    return sorted(found, key=lambda one: one.at, reverse=True), complete


def _pages(clients: Clients, region: str, kind: str, since: datetime, until: datetime) -> Iterator[list[Any]]:
    cloudwatch = clients.client("cloudwatch", region=region)
    asked: Any = {
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
        "HistoryItemType": kind,
        "StartDate": since,
        "EndDate": until,
        "ScanBy": "TimestampDescending",
        "MaxRecords": 100,
    }
    while True:
        with aws_call(f"reading the history of alarms in {region}"):
            answer = cloudwatch.describe_alarm_history(**asked)
        yield list(answer.get("AlarmHistoryItems", ()))
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]


def _entry(item: Mapping[str, Any], region: str) -> _Entry:
    try:
        data = json.loads(item.get("HistoryData") or "{}")
    except ValueError:
        data = {}
    state = data.get("actionState") or data.get("newState", {}).get("stateValue", "")
    return _Entry(item["AlarmName"], region, item["Timestamp"], str(state), item.get("HistorySummary", ""))


def _by_tier(
    states: Sequence[AlarmState], rings: Sequence[_Entry], outputs: StackOutputs
) -> dict[Severity, tuple[Rang, ...]]:
    tiers: dict[str, Severity] = {arn: tier for tier in SEVERITIES for arn in outputs.topics.get(tier, {}).values()}
    times = Counter((one.region, one.name) for one in rings)
    last: dict[tuple[str, str], datetime] = {}
    for one in rings:
        last.setdefault((one.region, one.name), one.at)
    found: dict[Severity, list[Rang]] = {tier: [] for tier in reversed(SEVERITIES)}
    for live in states:
        key = (live.alarm.region, live.alarm.name)
        for tier in {tiers[arn] for arn in live.actions if arn in tiers} if key in times else ():
            found[tier].append(Rang(live.alarm.name, live.alarm.title, times[key], last[key]))
    return {tier: tuple(sorted(rang, key=lambda r: (-r.times, r.name))) for tier, rang in found.items()}


def _live(live: AlarmState) -> dict[str, Any]:
    return {
        "name": live.alarm.name,
        "workload": live.alarm.workload,
        "severity": live.alarm.severity,
        "title": live.alarm.title,
        "since": live.since.isoformat() if live.since else None,
    }
