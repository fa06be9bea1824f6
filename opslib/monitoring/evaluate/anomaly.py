"""Anomaly detection bands: an approximation.

CloudWatch's model is not published. This one is not it: for every hour of the week the median of the training
history, and around it a band of so many robust standard deviations of what the history leaves unexplained. It is there
to say what such an alarm would roughly have done, in the sandbox and in a backtest; where it decides, the verdict's
reason says that it is an approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from opslib.errors import BadRequest

__all__ = ["Model", "train"]

DEFAULT_WIDTH = 2.0
"""AWS's default for the second argument of ANOMALY_DETECTION_BAND."""

HOUR_SECONDS = 3_600
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
THURSDAY_HOURS = 72  # 1970 began on a Thursday; the week here begins on a Monday

MAD_TO_DEVIATION = 1.4826
"""For normally distributed values the standard deviation is this many times the median absolute deviation."""

FEWEST_POINTS = 3
"""An hour with fewer points than this is said by a wider one: the same hour of every day, then everything."""

LEAST_RELATIVE_DEVIATION = 1e-3
"""A metric that never varied still has a band, of a thousandth of its level for each width."""


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt from a history.

    Attributes:
        centres: Expected value for each of the 168 hours of a week, from Monday 00:00 UTC.
        deviations: Robust standard deviation for each of them.
    """

    centres: tuple[float, ...]
    deviations: tuple[float, ...]

    def band(self, at: float, width: float = DEFAULT_WIDTH) -> tuple[float, float]:
        """Lower and upper edge at a moment, given in seconds since 1970."""
        hour = _hour_of_week(at)
        reach = width * self.deviations[hour]
        return self.centres[hour] - reach, self.centres[hour] + reach

    def bands(
        self, *, start: float, count: int, period_seconds: int, width: float = DEFAULT_WIDTH
    ) -> tuple[tuple[float, float] | None, ...]:
        """Lower and upper edge for each of consecutive periods, as `evaluate` takes them."""
        return tuple(self.band(start + index * period_seconds, width) for index in range(count))


def train(history: Sequence[float | None], *, start: float, period_seconds: int) -> Model:
    """Learn from points over consecutive periods; CloudWatch looks at up to two weeks of them.

    Args:
        history: The newest last; None where there is no point.
        start: Where the first period starts, in seconds since 1970.
        period_seconds: Length of a period.

    Raises:
        BadRequest: There is not a single point.
    """
    by_hour: dict[int, list[float]] = {}
    for index, point in enumerate(history):
        if point is not None:
            by_hour.setdefault(_hour_of_week(start + index * period_seconds), []).append(point)
    if not by_hour:
        raise BadRequest("an anomaly model without a single point of history", "give up to two weeks of points")
    centres = _widening(by_hour, median)
    residuals = {hour: [abs(point - centres[hour]) for point in points] for hour, points in by_hour.items()}
    spreads = _widening(residuals, median)
    return Model(
        centres,
        tuple(
            max(MAD_TO_DEVIATION * spread, LEAST_RELATIVE_DEVIATION * abs(centre))
            for spread, centre in zip(spreads, centres, strict=True)
        ),
    )


def _widening(by_hour: Mapping[int, Sequence[float]], reduce: Callable[[Iterable[float]], float]) -> tuple[float, ...]:
    """A number for every hour of the week: of its own points, else of its hour of the day, else of all."""
    of_day: dict[int, list[float]] = {}
    for hour, points in by_hour.items():
        of_day.setdefault(hour % HOURS_PER_DAY, []).extend(points)
    everything = reduce([point for points in by_hour.values() for point in points])
    daily = {hour: reduce(points) for hour, points in of_day.items() if len(points) >= FEWEST_POINTS}
    weekly = {hour: reduce(points) for hour, points in by_hour.items() if len(points) >= FEWEST_POINTS}
    return tuple(weekly.get(hour, daily.get(hour % HOURS_PER_DAY, everything)) for hour in range(HOURS_PER_WEEK))


def _hour_of_week(at: float) -> int:
    return (int(at // HOUR_SECONDS) + THURSDAY_HOURS) % HOURS_PER_WEEK
