"""The values of a panel's series: from a history where one is given, else sample data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, Protocol

from opslib.errors import BadRequest
from opslib.monitoring.draw.panel import Panel, described
from opslib.monitoring.draw.samples import END_HOUR, groups, sample
from opslib.monitoring.draw.scale import finite
from opslib.monitoring.evaluate import compute_all
from opslib.monitoring.metric import Expression, Insights, Metric, Ref, Series

__all__ = ["Column", "Origin", "Recorded", "Source", "Trace", "Window", "recorded", "thinned", "traces"]

SAMPLE_POINTS = 72
MOST_POINTS = 480
"""More than a picture has pixels for: beyond, the extremes of several points are drawn."""

_ADDED = frozenset({"Sum", "SampleCount"})

Origin = Literal["sample", "history", "none"]


class Column(Protocol):
    """One statistic of one metric over consecutive periods, as `opslib.monitoring.backtest.Column` is."""

    @property
    def step_seconds(self) -> int:
        """Length of a period."""

    @property
    def end(self) -> int:
        """Where the last period ends, in seconds since 1970."""

    def over(self, start: int, end: int, /) -> Any:
        """The values from one multiple of the step to another, NaN where there is none."""


class Recorded(Protocol):
    """A history of metrics, as `opslib.monitoring.backtest.History` is."""

    def of(self, metric: Any, statistic: str, /) -> Sequence[Column]:
        """The columns of a metric and statistic, the finest first; none where there is no history."""

    @property
    def end(self) -> datetime:
        """When the latest column ends."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a picture shows.

    Attributes:
        seconds: How long it is.
        end: When it ends, in seconds since 1970, UTC; None: at no date, for sample data.
    """

    seconds: int
    end: int | None = None

    def hours(self) -> tuple[float, ...]:
        """The times of day of sample points."""
        return _hours(self.seconds)

    def clock(self, share: float) -> str:
        """What an axis says at a share of the way."""
        if self.end is None:
            hour = (END_HOUR - self.seconds / 3_600 * (1 - share)) % 24
            minutes = round(hour * 60) % 1_440
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        at = datetime.fromtimestamp(self.end - self.seconds * (1 - share), UTC)
        return f"{at:%H:%M}" if self.seconds <= 2 * 86_400 else f"{at.day} {at:%b}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from.

    Attributes:
        window: The time that is shown.
        history: What is known; None: nothing, and sample data are made up.
        bind: Which name stands behind a reference; None: references stay as they are.
    """

    window: Window
    history: Recorded | None = None
    bind: Callable[[Ref], str] | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a picture.

    Attributes:
        label: For the legend.
        says: What it is, for who looks closer.
        points: At even distances; None where there is no data.
        origin: Whether they are made up, recorded, or not there.
        right: Whether it is drawn against the right axis.
    """

    label: str
    says: str
    points: tuple[float | None, ...]
    origin: Origin
    right: bool = False


def traces(panel: Panel, source: Source) -> tuple[Trace, ...]:
    """The lines of a panel. Where there is history of one of them, nothing is made up for the others."""
    series = [(one, False) for one in panel.left] + [(one, True) for one in panel.right]
    if source.history is not None:
        known = [(one, right, _recorded(one, source)) for one, right in series]
        if any(points is not None for _, _, points in known):
            return tuple(_known(one, right, points) for one, right, points in known)
    hours = source.window.hours()
    return tuple(trace for one, right in series for trace in _made_up(one, panel, right=right, hours=hours))


def _known(series: Series, right: bool, points: list[float | None] | None) -> Trace:
    origin: Origin = "none" if points is None else "history"
    return Trace(_label(series), described(series), tuple(points or ()), origin, right)


def _made_up(series: Series, panel: Panel, *, right: bool, hours: tuple[float, ...]) -> Iterator[Trace]:
    labels = groups(series) if isinstance(series, Insights) else [_label(series)]
    says = described(series)
    for variant, label in enumerate(labels):
        points = sample(series, panel, right=right, hours=hours, variant=variant)
        yield Trace(label, says, tuple(points), "sample", right)


def _label(series: Series) -> str:
    if series.label:
        return series.label
    if isinstance(series, Metric):
        values = " ".join(str(value) for _, value in series.dimensions)
        return f"{values} {series.name}" if values else series.name
    return series.expression if isinstance(series, Expression) else series.sql


def _recorded(series: Series, source: Source) -> list[float | None] | None:
    """The points of a series in the window; None where there are none."""
    if isinstance(series, Insights):
        return None
    period = max(series.period_seconds, 1)
    end = (source.window.end or 0) // period * period
    count = max(source.window.seconds // period, 1)
    if isinstance(series, Metric):
        return thinned(recorded(series, source, end=end, count=count))
    inputs = {key: recorded(metric, source, end=end, count=count) for key, metric in series.inputs}
    if not inputs or all(points is None for points in inputs.values()):
        return None
    start = end - count * period
    metrics = {key: points or [None] * count for key, points in inputs.items()}
    try:
        found = compute_all(series.expression, metrics, start=start, period_seconds=period)
    except BadRequest:
        return None
    return thinned(list(found[0])) if found else None


def recorded(metric: Metric, source: Source, *, end: int, count: int) -> list[float | None] | None:
    """The points of a metric over so many of its periods, pooled from what was recorded; None where there is none."""
    from opslib.monitoring.backtest.history import MetricId  # numpy comes with a history, and costs without one

    period = metric.period_seconds
    columns = source.history.of(MetricId.of(metric, source.bind), metric.statistic) if source.history else ()
    if not columns:
        return None
    column = next((one for one in reversed(columns) if period % one.step_seconds == 0), columns[0])
    step, start = column.step_seconds, end - count * period
    values = [float(value) for value in column.over(start // step * step, -(-end // step) * step)]
    found = [
        _pooled(values, place * len(values) // count, (place + 1) * len(values) // count, metric.statistic)
        for place in range(count)
    ]
    return found if any(point is not None for point in found) else None


def _pooled(values: list[float], first: int, last: int, statistic: str) -> float | None:
    there = [value for value in values[first : max(last, first + 1)] if math.isfinite(value)]
    if not there:
        return None
    if statistic in _ADDED:
        return finite(sum(there))
    if statistic in ("Minimum", "Maximum"):
        return finite(min(there) if statistic == "Minimum" else max(there))
    return finite(sum(there) / len(there))


def thinned(points: list[float | None] | None) -> list[float | None] | None:
    """So many points that a picture can show them: of several the lowest and the highest, so that no peak is lost."""
    if points is None or len(points) <= MOST_POINTS:
        return points
    pairs = MOST_POINTS // 2
    found: list[float | None] = []
    for place in range(pairs):
        part = points[place * len(points) // pairs : (place + 1) * len(points) // pairs]
        there = [point for point in part if point is not None]
        low, high = (min(there), max(there)) if there else (None, None)
        found += [low, high] if there and part.index(low) <= part.index(high) else [high, low]
    return found


@lru_cache(maxsize=32)
def _hours(seconds: int) -> tuple[float, ...]:
    start = END_HOUR - seconds / 3_600
    return tuple(start + place * seconds / 3_600 / (SAMPLE_POINTS - 1) for place in range(SAMPLE_POINTS))
