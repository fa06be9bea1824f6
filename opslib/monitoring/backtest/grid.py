"""When an alarm is evaluated, and the points it sees then.

CloudWatch evaluates an alarm once a minute (once in ten seconds where its period is shorter than a minute, once an hour
where it is longer than a day), over periods that end at that moment: windows slide. A history that is coarser than that
is evaluated once for each of its own periods.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from opslib.monitoring.backtest.history import Column, Floats
from opslib.monitoring.backtest.timeline import Moments

__all__ = ["Grid", "pooled", "sample_counts", "windowed"]

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_SHORTEST: Final = 10

_ADDED: Final = frozenset({"Sum", "SampleCount"})
_EXTREMES: Final[dict[str, np.ufunc]] = {"Minimum": np.fmin, "Maximum": np.fmax}


@dataclass(frozen=True, slots=True)
class Grid:
    """The evaluations of one alarm.

    A series of points on it has one for the period that ends at each tick, from `lead` ticks before the first
    evaluation on, so that each evaluation finds its older points `stride` places apart.

    Attributes:
        first: The first evaluation, in seconds since 1970.
        count: How many evaluations there are.
        tick_seconds: From one to the next.
        period_seconds: The alarm's.
        considered: How many points each evaluation looks at.
    """

    first: int
    count: int
    tick_seconds: int
    period_seconds: int
    considered: int

    @classmethod
    def of(cls, *, since: int, until: int, period_seconds: int, considered: int, units: Iterable[int]) -> Grid:
        """The evaluations after one moment and up to another.

        Args:
            since: From when, outside, in seconds since 1970.
            until: Until when, inside.
            period_seconds: The alarm's period.
            considered: How many points each evaluation looks at.
            units: The steps of the series that it watches, each a divisor of the period.
        """
        if period_seconds > _DAY:
            often = math.gcd(_HOUR, period_seconds)
        else:
            often = _MINUTE if period_seconds % _MINUTE == 0 else math.gcd(_SHORTEST, period_seconds)
        tick = math.lcm(often, *units)
        first = (since // tick + 1) * tick
        return cls(first, max(until // tick - first // tick + 1, 0), tick, period_seconds, considered)

    @property
    def stride(self) -> int:
        """How many ticks a period is."""
        return self.period_seconds // self.tick_seconds

    @property
    def lead(self) -> int:
        """How many ticks before the first evaluation its oldest point ends."""
        return (self.considered - 1) * self.stride

    @property
    def length(self) -> int:
        """How many points a series on it has."""
        return self.lead + self.count

    @property
    def start(self) -> int:
        """Where the first point of a series on it starts, in seconds since 1970."""
        return self.first - self.lead * self.tick_seconds - self.period_seconds

    @property
    def end(self) -> int:
        """Where the last one ends."""
        return self.start + self.period_seconds + (self.length - 1) * self.tick_seconds

    @property
    def times(self) -> Moments:
        """When it is evaluated, in seconds since 1970."""
        return _times(self.first, self.count, self.tick_seconds)

    def unit(self, step_seconds: int) -> int:
        """The length of the pieces into which a history of a step has to be cut for the alarm's period."""
        return math.gcd(self.period_seconds, step_seconds)


@lru_cache(maxsize=8)
def _times(first: int, count: int, tick_seconds: int) -> Moments:
    """Alarms of one period have the same."""
    found = first + tick_seconds * np.arange(count, dtype=np.int64)
    found.flags.writeable = False
    return found


def windowed(values: NDArray[Any], size: int, combine: Callable[[Any, Any], Any], stride: int = 1) -> NDArray[Any]:
    """Combine each value with those that follow it, `size` in all and `stride` apart.

    By doubling, so that a sum is of few, balanced terms: differences of a running sum would leave residues where there
    is nothing, and an alarm on "more than 0" would fire on them.

    Args:
        values: The values.
        size: How many belong together, at least 1.
        combine: Of two arrays, place by place.
        stride: How far apart they are.

    Returns:
        One for each window that lies within the values.
    """
    length = len(values) - (size - 1) * stride
    if length <= 0:
        return values[:0]
    found, covered, power, width = None, 0, values, 1
    while True:
        if size & width:
            reach = len(values) - (covered + width - 1) * stride
            part = power[covered * stride : covered * stride + reach]
            found = part if found is None else combine(found[:reach], part)
            covered += width
        if covered == size:
            return found if found is not None else values[:0]
        power = combine(power[: -width * stride], power[width * stride :])
        width *= 2


def pooled(column: Column, counts: Column | None, grid: Grid) -> Floats:
    """A column's points on a grid.

    Sums and extremes of shorter periods give those of longer ones exactly. An average is weighted by how many samples
    each has, where that is known, and so, for want of something better, is a percentile. Where the history is coarser
    than the alarm's period, each of its points stands for all of the shorter ones, a sum in equal parts.

    Args:
        column: The history.
        counts: The SampleCount of the same metric in the same step.
        grid: When it is looked at.
    """
    pieces, size = _pieces(column, grid, grid.start, grid.end), grid.period_seconds // grid.unit(column.step_seconds)
    every = grid.tick_seconds // grid.unit(column.step_seconds)
    if size == 1:
        return pieces[::every]
    if column.statistic in _EXTREMES:
        extremes: Floats = windowed(pieces, size, _EXTREMES[column.statistic])[::every]
        return extremes
    weights = (~np.isnan(pieces)).astype(np.float64)
    if counts is not None and column.statistic not in _ADDED:
        known = _pieces(counts, grid, grid.start, grid.end)
        weights *= np.where(known > 0, known, 1.0)
    totals = windowed(np.where(weights > 0, pieces, 0.0) * weights, size, np.add)[::every]
    weighed = windowed(weights, size, np.add)[::every]
    found: Floats = np.full(len(totals), np.nan)
    there = weighed > 0
    found[there] = totals[there] if column.statistic in _ADDED else totals[there] / weighed[there]
    return found


def sample_counts(counts: Column, periods: int, grid: Grid) -> Floats:
    """How many samples the newest periods have together, for each evaluation.

    Args:
        counts: The metric's SampleCount.
        periods: How many periods.
        grid: When it is looked at.
    """
    unit, reach = grid.unit(counts.step_seconds), periods * grid.period_seconds
    pieces = np.nan_to_num(_pieces(counts, grid, grid.first - reach, grid.end), copy=True)
    found: Floats = windowed(pieces, reach // unit, np.add)[:: grid.tick_seconds // unit]
    return found


def _pieces(column: Column, grid: Grid, start: int, end: int) -> Floats:
    step, unit = column.step_seconds, grid.unit(column.step_seconds)
    if unit == step:
        return column.over(start, end)
    first, last = start // step * step, -(-end // step) * step
    values = column.over(first, last)
    held: Floats = np.repeat(values / (step // unit) if column.statistic in _ADDED else values, step // unit)
    return held[(start - first) // unit : (end - first) // unit]
