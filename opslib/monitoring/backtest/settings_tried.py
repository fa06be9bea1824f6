"""Which settings of an alarm are tried on a history, and which of them is chosen by one part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from opslib.monitoring.alarm import Alarm
from opslib.monitoring.backtest.history import Bind, Floats, History
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.judgement import Calls
from opslib.monitoring.backtest.replaying import window_seconds
from opslib.monitoring.backtest.timeline import ALARM
from opslib.monitoring.backtest.watching import Span, watched, watched_values
from opslib.monitoring.backtest.weighing import Evidence, evidence

__all__ = ["Choice", "Trial", "choice"]

THRESHOLDS: Final = 48
"""How many are tried: their tails hold from half of the points down to a single one, in equal ratios."""

POINTS: Final = ((1, 1), (2, 2), (3, 3), (5, 5), (2, 3), (3, 5), (5, 10), (10, 15))
"""The M of N that are tried, besides the alarm's own."""

_HOUR: Final = 3_600
_DAY: Final = 86_400
_LONGEST_WEEK: Final = 7 * _DAY


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What settings of one alarm are tried on.

    Attributes:
        history: What its metrics were.
        incidents: What it should have told.
        span: From when to when.
        bind: Says what stands behind references in dimensions.
    """

    history: History
    incidents: Sequence[Incident]
    span: Span
    bind: Bind | None

    def calls(self, setting: Alarm) -> Calls | None:
        """When a setting would have called; None where it cannot be replayed."""
        timeline = watched(setting, self.history, self.span, self.bind).timeline
        if timeline is None:
            return None
        return Calls(setting.workload, timeline.runs(ALARM)[0], window_seconds(setting))

    def values(self, alarm: Alarm, part: Span) -> Floats:
        """The points that an alarm sees in a part."""
        values = watched_values(alarm, self.history, part, self.bind)
        return values[~np.isnan(values)]


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting, and a range of thresholds around its own that all tell the same incidents with as many false calls.

    Attributes:
        setting: The alarm with M of N, and with its own threshold where that is in the range, else with the middle.
        nearest: The same with the threshold of the range that is nearest to the alarm's own.
        score: The mean of the range.
        told: How many incidents each tells.
        false_calls: How often each calls for nothing.
        waited: How much of the incidents was over, in the mean.
        width: How many of the thresholds that were tried are in the range.
    """

    setting: Alarm
    nearest: Alarm
    score: float
    told: int
    false_calls: int
    waited: float
    width: int


def choice(alarm: Alarm, trial: Trial, part: Span) -> Choice | None:
    """The best setting by one part alone; None where none tells anything.

    The score decides, and among ranges of as high a score the widest: in its middle an error does the least. What is
    changed without need was chosen by chance: the alarm keeps its own M of N where another would tell as many incidents
    with as many false calls, unless it halves the waiting, and its own threshold where that is in the range.

    Args:
        alarm: The alarm as it is.
        trial: What its settings are tried on.
        part: The part; nothing outside of it is looked at.
    """
    values = trial.values(alarm, part)
    if not len(values):
        return None
    own = (alarm.datapoints_to_alarm, alarm.evaluation_periods)
    tried = dict.fromkeys((own, *_points(alarm)))
    settings = (replace(alarm, datapoints_to_alarm=needed, evaluation_periods=size) for needed, size in tried)
    thresholds = _thresholds(alarm, values)
    ranges = [_best_range(setting, thresholds, trial, part) for setting in settings]
    best = max((one for one in ranges if one is not None), key=_rank, default=None)
    kept = ranges[0]
    if best is None or kept is None:
        return best
    as_good = (best.told, best.false_calls) == (kept.told, kept.false_calls)
    return kept if as_good and not 2 * best.waited < kept.waited else best


def _rank(one: Choice) -> tuple[float, int, int]:
    return one.score, one.width, -one.setting.evaluation_periods


def _best_range(setting: Alarm, thresholds: Sequence[tuple[float, float]], trial: Trial, part: Span) -> Choice | None:
    """The best run of thresholds that tell as many incidents with as many false calls."""
    found: list[tuple[tuple[float, float], Evidence]] = []
    for low, high in thresholds:
        calls = trial.calls(replace(setting, threshold=(low + high) / 2))
        if calls is None:
            return None
        found.append(((low, high), evidence(calls, trial.incidents, part)))

    def outcome(one: tuple[tuple[float, float], Evidence]) -> tuple[int, int]:
        return len(one[1].judgement.detected), one[1].judgement.false_calls

    ranges = []
    for (told, false_calls), run in groupby(found, key=outcome):
        inside = list(run)
        if told:
            whole = (inside[0][0][0], inside[-1][0][1])
            ranges.append(
                Choice(
                    setting=replace(setting, threshold=_within(setting.threshold, whole)),
                    nearest=replace(setting, threshold=_nearest(setting.threshold, [edges for edges, _ in inside])),
                    score=float(np.mean([one.score or 0.0 for _, one in inside])),
                    told=told,
                    false_calls=false_calls,
                    waited=float(np.mean([one.waited for _, one in inside])),
                    width=len(inside),
                )
            )
    return max(ranges, key=_rank, default=None)


def _thresholds(alarm: Alarm, values: Floats) -> list[tuple[float, float]]:
    """The points between which thresholds are tried, further and further out on the side where the alarm looks."""
    upward = alarm.comparison.startswith("Greater")
    ordered = np.unique(values if upward else -values)
    if len(ordered) == 1:
        return []
    every = np.sort(values if upward else -values)
    shares = np.geomspace(0.5, 1 / len(every), THRESHOLDS)
    tried = every[np.clip(((1 - shares) * len(every)).astype(np.int64), 0, len(every) - 1)]
    places = np.unique(np.clip(np.searchsorted(ordered, tried), 1, len(ordered) - 1))
    pairs = zip(ordered[places - 1].tolist(), ordered[places].tolist(), strict=True)
    return [(one, other) if upward else (-one, -other) for one, other in pairs]


def _points(alarm: Alarm) -> Iterator[tuple[int, int]]:
    period = alarm.series.period_seconds
    longest = _LONGEST_WEEK if period >= _HOUR else _DAY
    return ((needed, size) for needed, size in POINTS if size * period <= longest)


def _within(own: float | None, whole: tuple[float, float]) -> float:
    """A threshold itself where it is in a range, else the middle, where an error does the least."""
    return own if own is not None and min(whole) < own < max(whole) else _rounded_middle(*whole)


def _nearest(own: float | None, inside: Sequence[tuple[float, float]]) -> float:
    """A threshold itself where it is between the first and the last of a range, else a threshold at the end."""
    middles = [_rounded_middle(*edges) for edges in inside]
    if own is not None and min(middles) <= own <= max(middles):
        return own
    return min(middles, key=lambda one: abs(one - (own or 0.0)))


def _rounded_middle(one: float, other: float) -> float:
    """The middle of two numbers, with as few digits as leave it in the middle half between them."""
    middle, quarter = (one + other) / 2, abs(other - one) / 4
    for digits in range(2, 17):
        rounded = float(f"{middle:.{digits}g}")
        if abs(rounded - middle) < quarter:
            return rounded
    return middle
