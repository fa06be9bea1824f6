"""From samples to points: CloudWatch's statistics over periods."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil

from opslib.errors import BadRequest

__all__ = ["Sample", "StatisticSet", "align", "fewest_samples", "points", "sample_counts", "statistic"]

BASIC = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")

_PERCENTILE = re.compile(r"p(100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)")
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Sample:
    """A raw value, as PutMetricData's `Value`, or one of its `Values` with its `Counts`.

    Attributes:
        at: When, in seconds since 1970.
        value: In the metric's unit.
        count: How many times it occurred, more than 0.
    """

    at: float
    value: float
    count: float = 1.0


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """Values summed up before they were sent, as PutMetricData's `StatisticValues`.

    Attributes:
        at: When, in seconds since 1970.
        sample_count: How many values, more than 0.
        sum: Their sum.
        minimum: The least of them.
        maximum: The greatest of them.
    """

    at: float
    sample_count: float
    sum: float
    minimum: float
    maximum: float


def align(at: float, period_seconds: int) -> int:
    """The start of the period that a moment is in, in seconds since 1970.

    CloudWatch's stored points start at multiples of their period. An alarm's points need not: its window slides, so
    that with a period of 5 minutes an evaluation at 12:01 is of 11:56 to 12:01.
    """
    return int(at // period_seconds) * period_seconds


def points(
    samples: Iterable[Sample | StatisticSet], name: str, *, start: float, period_seconds: int, count: int
) -> tuple[float | None, ...]:
    """The points of consecutive periods, the newest last; None where a period has no samples.

    Args:
        samples: In any order; those outside the periods are left out.
        name: The statistic, as CloudWatch calls it.
        start: Where the first period starts, in seconds since 1970.
        period_seconds: Length of a period.
        count: How many periods.

    Raises:
        BadRequest: The statistic is not modelled.
    """
    percent = _percent(name)
    periods = _periods(samples, start, period_seconds, count)
    return tuple(_of(period, name, percent) for period in periods)


def sample_counts(
    samples: Iterable[Sample | StatisticSet], *, start: float, period_seconds: int, count: int
) -> tuple[float, ...]:
    """How many samples each of consecutive periods has; the arguments are those of `points`."""
    return tuple(sum(map(_count, period)) for period in _periods(samples, start, period_seconds, count))


def statistic(samples: Sequence[Sample | StatisticSet], name: str) -> float | None:
    """One statistic over samples of one period; None where there is nothing to say.

    A percentile takes each value as often as it was counted, puts them in order, and is the highest of the lowest p per
    cent, rounded up to whole values: AWS ("CloudWatch statistics definitions") says that p99 leaves out the 1% with the
    highest values and "is the maximum value of the remaining 99%". It documents two cases without a percentile: a value
    is negative, or a statistic set holds values that differ.

    Raises:
        BadRequest: The statistic is not modelled.
    """
    return _of(samples, name, _percent(name))


def fewest_samples(name: str) -> float:
    """With fewer samples than this a percentile says little; 0 for every other statistic.

    AWS, "Percentile-based alarms and low data samples": fewer than 10/(1-percentile) from p50 on (1,000 for p99), fewer
    than 10/percentile below; p0 and p100 are outside both ranges.

    Raises:
        BadRequest: The statistic is not modelled.
    """
    percent = _percent(name)
    if percent is None or percent in (0, 100):
        return 0.0
    share = percent / 100
    return float(10 / (1 - share if share >= _HALF else share))


def _percent(name: str) -> Fraction | None:
    """The number of a percentile; None for the five basic statistics."""
    if name in BASIC:
        return None
    match = _PERCENTILE.fullmatch(name)
    if match is None:
        raise BadRequest(f"statistic {name!r} is not modelled", f"use {', '.join(BASIC)} or a percentile such as p95")
    return Fraction(match[1])


def _periods(
    samples: Iterable[Sample | StatisticSet], start: float, period_seconds: int, count: int
) -> list[list[Sample | StatisticSet]]:
    periods: list[list[Sample | StatisticSet]] = [[] for _ in range(count)]
    for sample in samples:
        index = int((sample.at - start) // period_seconds)
        if 0 <= index < count:
            periods[index].append(sample)
    return periods


def _of(samples: Sequence[Sample | StatisticSet], name: str, percent: Fraction | None) -> float | None:
    if not samples:
        return None
    if percent is not None:
        return _percentile(samples, percent / 100)
    if name == "Minimum":
        return min(sample.value if isinstance(sample, Sample) else sample.minimum for sample in samples)
    if name == "Maximum":
        return max(sample.value if isinstance(sample, Sample) else sample.maximum for sample in samples)
    count = sum(map(_count, samples))
    if name == "SampleCount":
        return count
    total = sum(s.value * s.count if isinstance(s, Sample) else s.sum for s in samples)
    return total if name == "Sum" else total / count


def _count(sample: Sample | StatisticSet) -> float:
    return sample.count if isinstance(sample, Sample) else sample.sample_count


def _percentile(samples: Sequence[Sample | StatisticSet], share: Fraction) -> float | None:
    weighted: list[tuple[float, float]] = []
    for sample in samples:
        if isinstance(sample, Sample):
            weighted.append((sample.value, sample.count))
        elif sample.minimum == sample.maximum:
            weighted.append((sample.minimum, sample.sample_count))
        else:
            return None
    weighted.sort()
    values = [value for value, _ in weighted]
    if values[0] < 0:
        return None
    ends = list(accumulate(count for _, count in weighted))
    # Exact: p95 of 20 values is the 19th, and 0.95 * 20 in floating point is a little more than 19.
    rank = max(ceil(share * Fraction(ends[-1])), 1)
    return values[min(bisect_left(ends, rank), len(values) - 1)]
