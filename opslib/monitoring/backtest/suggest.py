"""A threshold or M of N that would have done better, where there is evidence for it.

The history is cut in two. A setting is chosen by the first part alone and has to prove itself on the second, which the
choice has not seen. Nothing is suggested without incidents, nor where the second part does not confirm it.

What is counted is what people feel: each incident that was told counts once, however often an alarm went on and off
in it, and each call outside of incidents counts in full. The best setting is that with the highest F1 of the two; of
many as good, one from the middle of the widest range of thresholds that are, since there an error does the least.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.backtest.history import Bind, Floats, History, moment, seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.judgement import Calls, Judgement, judged
from opslib.monitoring.backtest.replaying import span_of, window_seconds
from opslib.monitoring.backtest.report import WEEK_SECONDS
from opslib.monitoring.backtest.timeline import ALARM, Timeline
from opslib.monitoring.backtest.watching import Span, watched, watched_values

__all__ = ["Evidence", "Suggestion", "suggest"]

THRESHOLDS: Final = 48
"""How many are tried: their tails hold from half of the points down to a single one, in equal ratios."""

POINTS: Final = ((1, 1), (2, 2), (3, 3), (5, 5), (2, 3), (3, 5), (5, 10), (10, 15))
"""The M of N that are tried, besides the alarm's own."""

FALSE_CALLS_A_WEEK: Final = 1.0
"""So many, in each week that has begun, may be the price of telling more incidents; otherwise not one more than now."""

_HOUR: Final = 3_600
_DAY: Final = 86_400
_LONGEST_WEEK: Final = 7 * _DAY


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
    def score(self) -> float | None:
        """F1 of incidents told and calls for nothing, 0 to 1; None without incidents."""
        told, missed = len(self.judgement.detected), len(self.judgement.missed)
        return 2 * told / (2 * told + missed + self.judgement.false_calls) if told + missed else None

    def document(self) -> dict[str, Any]:
        """The evidence in JSON types."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "callsAWeek": round(self.calls_a_week, 4),
            "score": self.score,
            **self.judgement.document(),
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another setting for an alarm.

    Attributes:
        alarm: The alarm as it is.
        suggested: The alarm as it would do better.
        chosen_on: How both did where the setting was chosen: as it is, as suggested.
        proven_on: How both did in the part that the choice had not seen.
    """

    alarm: Alarm
    suggested: Alarm
    chosen_on: tuple[Evidence, Evidence]
    proven_on: tuple[Evidence, Evidence]

    @property
    def why(self) -> str:
        """The evidence in one line."""
        now, then = (one.judgement for one in self.proven_on)
        of = len(now.detected) + len(now.missed)
        return (
            f"{self.alarm.name}: {self.suggested.condition} instead of {self.alarm.condition}; after "
            f"{self.proven_on[0].since:%Y-%m-%d}, which the choice had not seen, it tells {len(then.detected)} of {of} "
            f"incidents instead of {len(now.detected)}, with {then.false_calls} false calls instead of "
            f"{now.false_calls}"
        )

    def document(self) -> dict[str, Any]:
        """The suggestion in JSON types."""
        return {
            "alarm": self.alarm.name,
            "condition": self.alarm.condition,
            "suggested": {
                "threshold": self.suggested.threshold,
                "datapointsToAlarm": self.suggested.datapoints_to_alarm,
                "evaluationPeriods": self.suggested.evaluation_periods,
                "condition": self.suggested.condition,
            },
            "why": self.why,
            "chosenOn": [evidence.document() for evidence in self.chosen_on],
            "provenOn": [evidence.document() for evidence in self.proven_on],
        }


def suggest(
    alarms: Iterable[Alarm | CompositeAlarm],
    history: History,
    incidents: Iterable[Incident],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    split: datetime | None = None,
    bind: Bind | None = None,
) -> tuple[Suggestion, ...]:
    """Look for settings that clearly do better; most often there is none, and nothing is said.

    Args:
        alarms: The alarms; composites and alarms with a band are passed over.
        history: What their metrics were.
        incidents: What was really wrong. An alarm is judged by those that concern its workload.
        since: From when; None: where the history begins.
        until: Until when; None: where it ends.
        split: Where the history is cut; None: between incidents, so that about half of them are in each part.
        bind: Says what stands behind references in dimensions.

    Raises:
        BadRequest: The span is empty.
    """
    span = span_of(history, since, until)
    inside = sorted(one for one in incidents if span.since <= seconds(one.start) < span.until)
    found = []
    for alarm in alarms:
        if isinstance(alarm, Alarm) and alarm.threshold is not None:
            of_alarm = [one for one in inside if one.concerns(alarm.workload)]
            if of_alarm:
                cut = seconds(split) if split else _cut(of_alarm, span)
                found.append(_suggestion(alarm, _Trial(history, of_alarm, span, cut, bind)))
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """What settings of one alarm are tried on."""

    history: History
    incidents: Sequence[Incident]
    span: Span
    cut: int
    bind: Bind | None

    def of(self, setting: Alarm) -> tuple[Evidence, Evidence] | None:
        """How a setting does before the cut and after it; None where it cannot be replayed."""
        timeline = watched(setting, self.history, self.span, self.bind).timeline
        if timeline is None:
            return None
        return (
            self._part(setting, timeline, self.span.since, self.cut),
            self._part(setting, timeline, self.cut, self.span.until),
        )

    def _part(self, setting: Alarm, timeline: Timeline, since: int, until: int) -> Evidence:
        starts, _ = timeline.runs(ALARM)
        times = starts[(starts > since) & (starts <= until)]
        incidents = [one for one in self.incidents if since <= seconds(one.start) < until]
        judgement = judged([Calls(setting.workload, times, window_seconds(setting))], incidents)
        return Evidence(moment(since), moment(until), judgement, len(times) * WEEK_SECONDS / (until - since))


def _suggestion(alarm: Alarm, trial: _Trial) -> Suggestion | None:
    span, cut = trial.span, trial.cut
    if not any(seconds(one.start) < cut for one in trial.incidents) or not span.since < cut < span.until:
        return None
    now = trial.of(alarm)
    values = watched_values(alarm, trial.history, Span(span.since, cut), trial.bind)
    values = values[~np.isnan(values)]
    if now is None or not len(values):
        return None
    best = _best(alarm, values, trial)
    then = None if best is None else trial.of(best)
    if best is None or then is None:
        return None
    if not all(_is_clearly_better(before, after) for before, after in zip(now, then, strict=True)):
        return None
    return Suggestion(alarm, best, (now[0], then[0]), (now[1], then[1]))


def _best(alarm: Alarm, values: Floats, trial: _Trial) -> Alarm | None:
    """By the first part alone: the middle of the widest range of thresholds with the highest score."""
    thresholds = _thresholds(alarm, values)
    best: tuple[float, int, float] | None = None
    found = None
    for needed, size in dict.fromkeys(((alarm.datapoints_to_alarm, alarm.evaluation_periods), *_points(alarm))):
        setting = replace(alarm, datapoints_to_alarm=needed, evaluation_periods=size)
        scores = []
        for threshold in thresholds:
            evidence = trial.of(replace(setting, threshold=threshold))
            scores.append(-1.0 if evidence is None or evidence[0].score is None else evidence[0].score)
        highest = max(scores, default=-1.0)
        first, last = _widest(scores, highest)
        rank = (highest, last - first, -float(size))
        if highest > 0 and (best is None or rank > best):
            best = rank
            found = replace(setting, threshold=_round_between(thresholds[first], thresholds[last]))
    return found


def _thresholds(alarm: Alarm, values: Floats) -> list[float]:
    """Between the points, further and further out on the side where the alarm looks, in order."""
    upward = alarm.comparison.startswith("Greater")
    ordered = np.sort(values if upward else -values)
    shares = np.geomspace(0.5, 1 / len(ordered), THRESHOLDS)
    places = np.unique(np.clip(((1 - shares) * len(ordered)).astype(np.int64), 1, len(ordered) - 1))
    between = np.unique((ordered[places - 1] + ordered[places]) / 2) if len(ordered) > 1 else ordered
    return [float(one) if upward else -float(one) for one in between]


def _points(alarm: Alarm) -> Iterator[tuple[int, int]]:
    period = alarm.series.period_seconds
    longest = _LONGEST_WEEK if period >= _HOUR else _DAY
    return ((needed, size) for needed, size in POINTS if size * period <= longest)


def _widest(scores: Sequence[float], highest: float) -> tuple[int, int]:
    """The first and last of the longest run of the highest score."""
    best, start = (0, -1), None
    for place, score in enumerate([*scores, -2.0]):
        if score == highest:
            start = place if start is None else start
        elif start is not None:
            if place - 1 - start > best[1] - best[0]:
                best = start, place - 1
            start = None
    return best


def _round_between(one: float, other: float) -> float:
    """The middle of two numbers with as few digits as keep it between them."""
    middle, low, high = (one + other) / 2, min(one, other), max(one, other)
    for digits in range(2, 17):
        rounded = float(f"{middle:.{digits}g}")
        if low <= rounded <= high:
            return rounded
    return middle


def _cut(incidents: Sequence[Incident], span: Span) -> int:
    """Between two incidents, so that about half of them are before it; with only one, in the middle of the span."""
    middle = (span.since + span.until) // 2
    if len(incidents) == 1:
        return middle
    gaps = []
    for place in range(1, len(incidents)):
        end = max(seconds(one.end) for one in incidents[:place])
        start = seconds(incidents[place].start)
        if end < start:
            cut = (end + start) // 2
            gaps.append((abs(2 * place - len(incidents)), abs(cut - middle), cut))
    return min(gaps)[2] if gaps else middle


def _is_clearly_better(before: Evidence, after: Evidence) -> bool:
    """More incidents told, or half as many false calls, and nothing lost for it."""
    if len(after.judgement.detected) < len(before.judgement.detected):
        return False
    if before.score is None or after.score is None:
        return before.judgement.false_calls > 1 and 2 * after.judgement.false_calls <= before.judgement.false_calls
    weeks = (after.until - after.since).total_seconds() / WEEK_SECONDS
    affordable = max(before.judgement.false_calls, math.ceil(FALSE_CALLS_A_WEEK * weeks))
    return after.score > before.score and after.judgement.false_calls <= affordable
