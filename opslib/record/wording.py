"""How a record's values read: times, durations, states. The same on every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from opslib.record.incident import IncidentRecord, StepState
from opslib.record.severity import SCHEMES, grade_in

__all__ = [
    "APPROVALS",
    "SAID",
    "SAYINGS",
    "STATES",
    "clock",
    "day_and_time",
    "head",
    "lasted",
    "outcome_sentence",
    "sentence",
    "shown",
    "times",
]

STATES: Mapping[StepState, str] = {
    "not_begun": "not begun",
    "under_way": "under way",
    "done": "done",
    "failed": "failed",
    "overtaken": "changed by somebody else",
    "undone": "undone",
    "no_way_back": "done, and has no way back",
}

SAID: Mapping[str, str] = {
    "waiting": "no answer yet",
    "approved": "said yes",
    "refused": "said no",
    "expired": "the yes grew old",
    "glass_broken": "nobody was asked",
}
"""What became of asking a second person, in a word or two."""

SAYINGS: Mapping[str, str] = {
    "asked": "asked",
    "approved": "yes",
    "refused": "no",
    "not_allowed": "does not count",
    "expired": "grew old",
}
"""What was said to a plan, in a word or two."""

APPROVALS: Mapping[str, str] = {
    "waiting": "nobody has said yes yet",
    "approved": "{actor} said yes",
    "refused": "{actor} said no",
    "expired": "{actor} said yes, which grew old before it began",
    "glass_broken": "nobody was asked, by {actor}",
}

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def lasted(seconds: float) -> str:
    """A duration in at most two units: `0.4 s`, `42 s`, `4 min 12 s`, `1 h 30 min`, `2 d 3 h`."""
    if seconds < _MINUTE:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    for size, unit, smaller, smaller_unit in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    rest = whole % _MINUTE
    return f"{whole // _MINUTE} min" + (f" {rest} s" if rest else "")


def day_and_time(at: datetime) -> str:
    """A moment in full: `2026-01-01 03:00:05 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime) -> str:
    """A moment where the day is clear: `03:00:05`."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def sentence(text: str) -> str:
    """A clause as a sentence."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def outcome_sentence(record: IncidentRecord) -> str:
    """How it ended."""
    if record.outcome.exit_code == 0:
        return f"All {len(record.steps)} steps were done, and seen to be so."
    return sentence(record.outcome.says)


def shown(value: Any) -> str:
    """Any JSON value as text: words as they are, the rest as JSON with sorted keys."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def head(record: IncidentRecord) -> dict[str, str]:
    """Who, what, where, why and when, by name, in order; only what there is."""
    ended_at = record.outcome.at
    severity = record.severity
    names = " · ".join(grade_in(scheme, severity).name for scheme in SCHEMES) if severity else ""
    rows = {
        "Who": record.actor,
        "Why": record.reason,
        "Target": record.target,
        "Environment": record.environment,
        "Severity": f"{severity} ({names})" if severity else "",
        "Plan": record.plan_id,
        "Planned": day_and_time(record.planned_at),
        "Ended": day_and_time(ended_at) if ended_at else "",
        "Second person": _second_person(record),
        "Hold": f"{record.hold.target}, against {record.hold.scope}: {record.hold.reason}" if record.hold else "",
    }
    return {name: value for name, value in rows.items() if value}


def _second_person(record: IncidentRecord) -> str:
    account = record.approval
    if account is None:
        return ""
    said = APPROVALS[account.state].format(actor=account.actor)
    if account.at:
        said += f", {day_and_time(account.at)}"
    if account.until:
        said += f"; it counted until {day_and_time(account.until)}"
    return f"{said}: {account.reason}" if account.reason else said


def times(record: IncidentRecord) -> dict[str, str]:
    """How long it took to see, to respond, to mitigate and to carry out, by name; only what is known."""
    durations = record.durations
    rows = {
        "Detected after": durations.detection_seconds,
        "Responded after": durations.response_seconds,
        "Mitigated after": durations.mitigation_seconds,
        "Carried out in": durations.execution_seconds,
    }
    return {name: lasted(seconds) for name, seconds in rows.items() if seconds is not None}
