"""What a setting of an alarm was worth in one part of a history, and when another one is clearly better.

An incident that is told at once is worth one, one that is told at its very end half, and one that is missed nothing;
between its start and its end the worth falls evenly. So delay is measured by the incident itself: ten minutes are much
of half an hour and little of a night, and no unit of time has to be chosen. That it is told at all stays the greater
half, since a call that comes late still ends what would have gone on.

*Clearly* means by half, of whatever it is: half the false calls, or half the waiting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from opslib.monitoring.backtest.history import moment, seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.judgement import Calls, Judgement, judged
from opslib.monitoring.backtest.report import WEEK_SECONDS
from opslib.monitoring.backtest.timeline import Moments
from opslib.monitoring.backtest.watching import Span

__all__ = ["Evidence", "Gain", "affordable", "chance", "evidence", "gain"]

FALSE_CALLS_A_WEEK: Final = 1.0
"""So many, in each week that has begun, may be the price of telling more incidents; otherwise not one more than now."""

SHIFTS: Final = 200
"""At how many other times the incidents are supposed to have been: enough to tell one in ten from one in twenty."""

Gain = Literal["more told", "fewer false calls", "told sooner"]
"""What a setting is clearly better by."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one setting did in one part of the history.

    Attributes:
        since: Where the part begins.
        until: Where it ends.
        judgement: Its calls held against the incidents of the part.
        calls_a_week: How often it would have called, a week.
    """

    since: datetime
    until: datetime
    judgement: Judgement
    calls_a_week: float

    @property
    def incidents(self) -> int:
        """How many incidents the part has."""
        return len(self.judgement.detected) + len(self.judgement.missed)

    @property
    def waited(self) -> float:
        """How much of the incidents was over when they were told: their shares, 0 to 1 each, added up."""
        return sum(
            min(delay / max(seconds(one.end) - seconds(one.start), 1), 1.0)
            for one, delay in zip(self.judgement.detected, self.judgement.delays_seconds, strict=True)
        )

    @property
    def score(self) -> float | None:
        """F1 of incidents told, late ones for less, and calls for nothing: 0 to 1; None without incidents."""
        worth = len(self.judgement.detected) - self.waited / 2
        return 2 * worth / (worth + self.incidents + self.judgement.false_calls) if self.incidents else None

    @property
    def weeks(self) -> float:
        """How long the part is."""
        return (self.until - self.since).total_seconds() / WEEK_SECONDS

    def document(self) -> dict[str, Any]:
        """The evidence in JSON types."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "callsAWeek": round(self.calls_a_week, 4),
            "score": self.score,
            **self.judgement.document(),
        }


def evidence(calls: Calls, incidents: Sequence[Incident], part: Span) -> Evidence:
    """How calls did in a part of a history.

    Args:
        calls: The calls in the whole history.
        incidents: All incidents that they should have told.
        part: The part: what begins in it is judged.
    """
    times = calls.times[(calls.times > part.since) & (calls.times <= part.until)]
    own = [one for one in incidents if part.since <= seconds(one.start) < part.until]
    judgement = judged([Calls(calls.workload, times, calls.late_seconds)], own)
    a_week = len(times) * WEEK_SECONDS / (part.until - part.since)
    return Evidence(moment(part.since), moment(part.until), judgement, a_week)


def gain(before: Evidence, after: Evidence, *, window_seconds: int) -> Gain | None:
    """By what a setting is clearly better in a part with incidents; None where it is not, or something is lost for it.

    Args:
        before: How the alarm did as it is.
        after: How it would have done.
        window_seconds: How long the new setting's window is: no delay is known more exactly.
    """
    was, would = before.judgement, after.judgement
    if len(would.detected) < len(was.detected) or (after.score or 0) <= (before.score or 0):
        return None
    if would.false_calls > affordable(was.false_calls, after.weeks):
        return None
    if len(would.detected) > len(was.detected):
        return "more told"
    if was.false_calls > 1 and 2 * would.false_calls <= was.false_calls:
        return "fewer false calls"
    sooner_seconds = sum(was.delays_seconds) - sum(would.delays_seconds)
    if (
        would.false_calls <= was.false_calls
        and 2 * after.waited < before.waited
        and sooner_seconds >= window_seconds * len(was.detected) > 0
    ):
        return "told sooner"
    return None


def affordable(false_calls: int, weeks: float) -> int:
    """How many false calls another setting may have.

    Args:
        false_calls: How many there are now.
        weeks: How long the part is.
    """
    return max(false_calls, math.ceil(FALSE_CALLS_A_WEEK * weeks))


def chance(calls: Calls, incidents: Sequence[Incident], span: Span) -> float:
    """How likely the same calls would have done as well had the incidents been at any other time: 0 to 1.

    The calls are turned around the span like the hands of a clock, so that incidents and calls keep their distances
    among themselves. An alarm that hits a long incident by calling now and then is found out by this.

    Args:
        calls: The calls in the span.
        incidents: The incidents.
        span: The span.
    """
    inside: Moments = calls.times[(calls.times > span.since) & (calls.times <= span.until)] - span.since
    length = span.until - span.since
    found = evidence(calls, incidents, span).score or 0.0
    as_good = 0
    for place in range(SHIFTS):
        turned = np.sort((inside + int(length * (place + 0.5) / SHIFTS)) % length) + span.since
        shifted = evidence(Calls(calls.workload, turned, calls.late_seconds), incidents, span)
        as_good += (shifted.score or 0.0) >= found
    return as_good / SHIFTS
