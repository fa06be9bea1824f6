"""What a replay found, alarm by alarm and tier by tier."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from opslib.contract import Severity
from opslib.monitoring.backtest.acts import Acts
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.judgement import Judgement
from opslib.monitoring.backtest.timeline import Timeline
from opslib.monitoring.backtest.watching import How

__all__ = ["SCHEMA_VERSION", "WEEK_SECONDS", "AlarmReplay", "Report", "TierReplay"]

SCHEMA_VERSION: Final = 1
WEEK_SECONDS: Final = 604_800

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class AlarmReplay:
    """What one alarm would have done.

    Attributes:
        name: Its name in AWS.
        kind: ``metric`` or ``composite``.
        workload: What it watches.
        severity: How bad it is.
        tier: The tier it tells; None: it acts through a composite, or not at all.
        condition: What it waits for, in words.
        how: How its states were found.
        pages: How often it would have told its tier that it is in ALARM; 0 without a tier.
        pages_a_week: The same, a week.
        episodes: How often it went into ALARM.
        flaps: How many of them began shortly after the last one had ended.
        alarm_seconds: How long it was in ALARM.
        insufficient_seconds: How long it had too little data to say.
        longest_seconds: The longest that it was in ALARM without a break.
        judgement: Held against the incidents that concern it; None where none were given, or it was not replayed.
        notes: What is to be known about all this, one line each.
        timeline: Its states; None where it was not replayed.
        acts: When it acted.
    """

    name: str
    kind: str
    workload: str
    severity: Severity
    tier: Severity | None
    condition: str
    how: How
    pages: int = 0
    pages_a_week: float = 0.0
    episodes: int = 0
    flaps: int = 0
    alarm_seconds: int = 0
    insufficient_seconds: int = 0
    longest_seconds: int = 0
    judgement: Judgement | None = None
    notes: tuple[str, ...] = ()
    timeline: Timeline | None = field(default=None, repr=False, compare=False)
    acts: Acts | None = field(default=None, repr=False, compare=False)

    def document(self) -> dict[str, Any]:
        """The replay in JSON types."""
        return {
            "name": self.name,
            "kind": self.kind,
            "workload": self.workload,
            "severity": self.severity,
            "tier": self.tier,
            "condition": self.condition,
            "how": self.how,
            "pages": self.pages,
            "pagesAWeek": round(self.pages_a_week, _DIGITS),
            "episodes": self.episodes,
            "flaps": self.flaps,
            "alarmSeconds": self.alarm_seconds,
            "insufficientSeconds": self.insufficient_seconds,
            "longestSeconds": self.longest_seconds,
            "judgement": self.judgement.document() if self.judgement else None,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class TierReplay:
    """What a tier would have been told.

    Attributes:
        tier: The tier.
        alarms: How many alarms tell it.
        pages: How often it would have been told of an ALARM.
        pages_a_week: The same, a week.
        judgement: All that it was told, held against all incidents; None where none were given.
    """

    tier: Severity
    alarms: int
    pages: int
    pages_a_week: float
    judgement: Judgement | None = None

    def document(self) -> dict[str, Any]:
        """The tier in JSON types."""
        return {
            "tier": self.tier,
            "alarms": self.alarms,
            "pages": self.pages,
            "pagesAWeek": round(self.pages_a_week, _DIGITS),
            "judgement": self.judgement.document() if self.judgement else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A replay of alarms over a history.

    Attributes:
        since: From when, in UTC.
        until: Until when.
        alarms: What each alarm would have done, in the order in which they were given.
        tiers: What each tier would have been told, the mildest first; those that an alarm tells.
        incidents: The incidents that began within the span and are judged by.
        notes: What is to be known about the whole, one line each.
    """

    since: datetime
    until: datetime
    alarms: tuple[AlarmReplay, ...]
    tiers: tuple[TierReplay, ...]
    incidents: tuple[Incident, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def weeks(self) -> float:
        """How long the span is."""
        return (self.until - self.since).total_seconds() / WEEK_SECONDS

    @property
    def not_replayed(self) -> tuple[AlarmReplay, ...]:
        """The alarms of which nothing can be said; their notes say why."""
        return tuple(alarm for alarm in self.alarms if alarm.how == "not replayed")

    def __getitem__(self, name: str) -> AlarmReplay:
        """The replay of an alarm by its name.

        Raises:
            KeyError: There is no alarm of that name.
        """
        for alarm in self.alarms:
            if alarm.name == name:
                return alarm
        raise KeyError(name)

    def document(self) -> dict[str, Any]:
        """The report in JSON types. Its shape is stable; fields may be added.

        ::

            schemaVersion   of this document
            since, until    ISO 8601
            weeks           length of the span
            alarms          [{name, kind, workload, severity, tier, condition, how, pages, pagesAWeek, episodes, flaps,
                              alarmSeconds, insufficientSeconds, longestSeconds, judgement, notes}]
            tiers           [{tier, alarms, pages, pagesAWeek, judgement}]
            incidents       [{start, end, workload, name}]
            notes           [text]

            judgement       null, or {precision, recall, delaySeconds, trueCalls, falseCalls, detected, missed}
        """
        return {
            "schemaVersion": SCHEMA_VERSION,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "weeks": round(self.weeks, _DIGITS),
            "alarms": [alarm.document() for alarm in self.alarms],
            "tiers": [tier.document() for tier in self.tiers],
            "incidents": [incident.document() for incident in self.incidents],
            "notes": list(self.notes),
        }
