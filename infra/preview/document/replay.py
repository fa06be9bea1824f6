"""What the alarms would have done, in the report: the backtest's own figures, in this document's names."""

from __future__ import annotations

from typing import Literal

from infra.preview.document.part import Part
from opslib.contract import Severity

__all__ = [
    "AlarmReplayPart",
    "IncidentPart",
    "JudgementPart",
    "ReplayFigures",
    "ReplayPart",
    "SuggestionPart",
    "TierFigures",
    "TierReplayPart",
]


class IncidentPart(Part):
    """A recorded incident.

    Attributes:
        start: From when, ISO 8601.
        end: Until when.
        workload: What it was about; `*` for everything.
        name: What it is called.
    """

    start: str
    end: str
    workload: str
    name: str


class JudgementPart(Part):
    """Calls held against incidents.

    Attributes:
        precision: The share of calls that belong to an incident; null without calls.
        recall: The share of incidents that were told; null without incidents.
        delay_seconds: The median from an incident's start to the first call.
        true_calls: Calls that belong to an incident.
        false_calls: Calls that belong to none.
        detected: The incidents that were told.
        missed: The others.
    """

    precision: float | None
    recall: float | None
    delay_seconds: float | None
    true_calls: int
    false_calls: int
    detected: tuple[IncidentPart, ...] = ()
    missed: tuple[IncidentPart, ...] = ()


class ReplayFigures(Part):
    """What one alarm would have done.

    Attributes:
        condition: What it waits for.
        how: How its states were found; `not replayed` where nothing can be said.
        pages: How often it would have told its tier.
        pages_a_week: The same, a week.
        episodes: How often it went into ALARM.
        flaps: How many of these began shortly after the last one had ended.
        alarm_seconds: How long it was in ALARM.
        insufficient_seconds: How long it had too little data to say.
        longest_seconds: The longest without a break.
        judgement: Held against the incidents; null where there were none.
        notes: What is to be known about it.
    """

    condition: str
    how: Literal["vectorised", "plain", "rule", "not replayed"]
    pages: int
    pages_a_week: float
    episodes: int
    flaps: int
    alarm_seconds: int
    insufficient_seconds: int
    longest_seconds: int
    judgement: JudgementPart | None = None
    notes: tuple[str, ...] = ()


class AlarmReplayPart(ReplayFigures):
    """What one alarm would have done, and what it did before the change.

    Attributes:
        name: Its name in AWS.
        kind: Metric or composite.
        workload: Whose it is.
        severity: How bad it is.
        tier: The tier it tells; null: it acts through a composite, or not at all.
        change: Whether it is new, gone, defined otherwise, or behaves otherwise because another alarm is; null: none.
        before: What it would have done as it was; null where it is new or nothing was compared.
    """

    name: str
    kind: Literal["metric", "composite"]
    workload: str
    severity: Severity
    tier: Severity | None
    change: Literal["added", "removed", "changed", "affected"] | None = None
    before: ReplayFigures | None = None


class TierFigures(Part):
    """What a tier would have been told.

    Attributes:
        alarms: How many alarms tell it.
        pages: How often.
        pages_a_week: The same, a week.
        judgement: All of it held against the incidents.
    """

    alarms: int
    pages: int
    pages_a_week: float
    judgement: JudgementPart | None = None


class TierReplayPart(Part):
    """A tier, after the change and before it.

    Attributes:
        tier: The tier.
        after: What it would be told; null where nothing tells it.
        before: What it was told; null where nothing did, or nothing was compared.
    """

    tier: Severity
    after: TierFigures | None
    before: TierFigures | None = None


class SuggestionPart(Part):
    """A setting that would have done clearly better.

    Attributes:
        alarm: Of which alarm.
        condition: As it is.
        suggested: As it would do better.
        why: The evidence, in one line.
    """

    alarm: str
    condition: str
    suggested: str
    why: str


class ReplayPart(Part):
    """The history that was replayed.

    Attributes:
        since: From when, ISO 8601.
        until: Until when.
        weeks: How long that is.
        alarms: How many alarms there are.
        replayed: Of how many of them something can be said.
        incidents: The incidents by which they are judged.
        tiers: What each tier would have been told, the mildest first.
        suggestions: Settings that would have done better.
        notes: What is to be known about it.
    """

    since: str
    until: str
    weeks: float
    alarms: int
    replayed: int
    incidents: tuple[IncidentPart, ...]
    tiers: tuple[TierReplayPart, ...]
    suggestions: tuple[SuggestionPart, ...] = ()
    notes: tuple[str, ...] = ()
