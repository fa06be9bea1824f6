"""CloudWatch's statistics over one period, from every single sample written out and sorted.

A PutMetricData call may send a value with a count; here it becomes that many samples, and each statistic is counted off
on the sorted list, in exact fractions. Source: AWS's page "CloudWatch statistics definitions".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction


def written_out(values_and_counts: Iterable[tuple[float, int]]) -> list[Fraction]:
    """Every sample, smallest first."""
    return sorted(Fraction(value) for value, count in values_and_counts for _ in range(count))


def percentile_in_words(samples: Sequence[Fraction], percent: str) -> Fraction:
    """The only thing that AWS's page says about how a percentile is found.

    "Both p99 and tm99 ignore the 1% of the data points with the highest values, which are considered outliers. After
    that, p99 is the maximum value of the remaining 99%". Of 10 samples one cannot ignore 1 %, so all remain.
    """
    remaining = max(1, math.ceil(Fraction(percent) / 100 * len(samples)))
    return samples[remaining - 1]


SIMPLE: Mapping[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "SampleCount": lambda samples: Fraction(len(samples)),  # "the number of data points during the period"
    "Sum": lambda samples: sum(samples, Fraction(0)),
    "Average": lambda samples: sum(samples, Fraction(0)) / len(samples),  # "the value of Sum/SampleCount"
    "Minimum": min,
    "Maximum": max,
}


def in_periods(
    times_and_values: Iterable[tuple[float, float]], start: float, period_seconds: int, count: int
) -> list[list[float]]:
    """The values of each period. A period holds its first moment and not its last."""
    moments = list(times_and_values)
    starts = [start + index * period_seconds for index in range(count)]
    return [[value for time, value in moments if first <= time < first + period_seconds] for first in starts]
