"""One metric alarm over a history: which columns it needs, how its points are made, and the states that follow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm
from opslib.monitoring.backtest.bands import band_of
from opslib.monitoring.backtest.grid import Grid, pooled, sample_counts
from opslib.monitoring.backtest.history import Bind, Column, Floats, History, MetricId
from opslib.monitoring.backtest.plain import plain_states, whole
from opslib.monitoring.backtest.states import counted, counted_in_windows, joined, states
from opslib.monitoring.backtest.timeline import Codes, Moments, Timeline
from opslib.monitoring.backtest.vector_math import Arrays, Way, way, worked_out
from opslib.monitoring.evaluate import Settings, WarmUp, check, parse
from opslib.monitoring.evaluate.expression import Node
from opslib.monitoring.metric import Expression, Insights, Metric

__all__ = ["How", "Span", "Watched", "inputs_of", "watched", "watched_values"]

How = Literal["vectorised", "plain", "rule", "not replayed"]
"""How the states of an alarm were found: at once, one evaluation after the other, from its children, or not at all."""

_ROWS_AT_ONCE: Final = 16_384
_ONLY: Final = "metric"
_FAR_OFF: Final = 100
"""Between a share and a percentage; between seconds and milliseconds it is more."""
_AS_GOOD: Final = 0.99
"""Of several steps, those that cover this much of what the best one covers are as good as it."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is replayed, in seconds since 1970: after `since` and up to `until`."""

    since: int
    until: int


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What came of an alarm.

    Attributes:
        timeline: Its states; None where it could not be replayed.
        how: How they were found.
        notes: What is to be known about them, one line each.
    """

    timeline: Timeline | None
    how: How
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Input:
    metric: Metric
    column: Column | None
    counts: Column | None


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What an alarm sees of a history, and how it is to be evaluated."""

    settings: Settings
    node: Node | None
    way: Way
    grid: Grid
    inputs: Mapping[str, _Input]
    points: Mapping[str, Floats]


def inputs_of(alarm: Alarm) -> Mapping[str, Metric]:
    """The metrics that an alarm needs, by id; none for a Metrics Insights query."""
    series = alarm.series
    return {_ONLY: series} if isinstance(series, Metric) else dict(series.inputs)


def watched(alarm: Alarm, history: History, span: Span, bind: Bind | None = None) -> Watched:
    """Replay a metric alarm, as if it had been created when the span begins.

    Args:
        alarm: The alarm.
        history: What its metrics were.
        span: From when to when. What the history holds before it is seen by the first evaluations.
        bind: Says what stands behind the references in its dimensions.

    Returns:
        Its states, or why there are none: an alarm that cannot be replayed is no error.
    """
    try:
        seen = _seen(alarm, history, span, bind)
        codes = _states(alarm, seen, span.since)
    except BadRequest as problem:
        return Watched(None, "not replayed", (str(problem),))
    timeline = Timeline.of(seen.grid.times, codes, since=span.since, end=span.until)
    return Watched(timeline, "plain" if seen.way is Way.PLAIN else "vectorised", tuple(_notes(alarm, seen)))


def watched_values(alarm: Alarm, history: History, span: Span, bind: Bind | None = None) -> Floats:
    """The newest point of each evaluation of an alarm; none where it cannot be replayed."""
    try:
        seen = _seen(alarm, history, span, bind)
    except BadRequest:
        return np.empty(0)
    if seen.node is None:
        return seen.points[_ONLY][seen.grid.lead :]
    if seen.way is Way.POINTS or seen.way is Way.WHOLE:
        return _series(seen)[seen.grid.lead :]
    if seen.way is Way.WINDOWS:
        return np.concatenate([windows[:, -1] for windows in _window_series(seen)])
    return np.empty(0)


def _seen(alarm: Alarm, history: History, span: Span, bind: Bind | None) -> _Seen:
    if isinstance(alarm.series, Insights):
        raise BadRequest("a Metrics Insights query has no history: it sees the last three hours")
    settings = Settings.of(alarm, warm_up=WarmUp(alarm.warm_up_minutes) if alarm.warm_up_minutes else None)
    node = _node(alarm)
    inputs = _found(alarm, history, span, bind)
    columns = [one.column for one in inputs.values() if one.column is not None]
    if not columns:
        lacking = ", ".join(str(MetricId.of(one.metric, bind)) for one in inputs.values())
        raise BadRequest(f"there is no history of {lacking}")
    if node is not None and alarm.deviations is not None:
        raise BadRequest("an anomaly band around metric math is not modelled")
    grid = Grid.of(
        since=span.since,
        until=span.until,
        period_seconds=settings.period_seconds,
        considered=settings.points_considered,
        units=[math.gcd(settings.period_seconds, column.step_seconds) for column in columns],
    )
    if not grid.count:
        raise BadRequest("the span is shorter than the time between two evaluations")
    points = {key: _points(one, grid) for key, one in inputs.items()}
    return _Seen(settings, node, Way.POINTS if node is None else way(node), grid, inputs, points)


def _states(alarm: Alarm, seen: _Seen, since: int) -> Codes:
    settings, grid = seen.settings, seen.grid
    if seen.way is Way.PLAIN:
        return plain_states(seen.points, seen.node, settings, grid, since=since)
    band = samples = None
    only = seen.inputs.get(_ONLY)
    if only is not None and only.column is not None:
        if alarm.deviations is not None:
            band = band_of(only.column, only.counts, grid, alarm.deviations)
        if settings.fewest_samples and only.counts is not None:
            samples = sample_counts(only.counts, settings.evaluation_periods, grid)
    if seen.way is Way.WINDOWS:
        found = joined([counted_in_windows(windows, settings) for windows in _window_series(seen)])
    else:
        found = counted(seen.points[_ONLY] if seen.node is None else _series(seen), grid, settings, band)
    return states(found, settings, grid, since=since, sample_count=samples)


def _node(alarm: Alarm) -> Node | None:
    if not isinstance(alarm.series, Expression):
        return None
    check(alarm.series.expression, [key for key, _ in alarm.series.inputs])
    return parse(alarm.series.expression)


def _found(alarm: Alarm, history: History, span: Span, bind: Bind | None) -> Mapping[str, _Input]:
    found = {}
    for key, metric in inputs_of(alarm).items():
        name = MetricId.of(metric, bind)
        column = _best(history.of(name, metric.statistic), metric, span)
        counts = None
        if column is not None and metric.statistic not in ("Sum", "SampleCount", "Minimum", "Maximum"):
            step = column.step_seconds
            counts = next((one for one in history.of(name, "SampleCount") if one.step_seconds == step), None)
        found[key] = _Input(metric, column, counts)
    return found


def _best(columns: tuple[Column, ...], metric: Metric, span: Span) -> Column | None:
    """The column that covers most of the span; of those as good, the finest that fits, or the coarser that is nearest.

    A percentile of short periods does not give that of a longer one: there the longest that fits is the best.
    """
    if not columns:
        return None

    def covers(column: Column) -> int:
        return min(column.end, span.until) - max(column.start, span.since)

    most = max(map(covers, columns))
    good = [column for column in columns if covers(column) >= _AS_GOOD * most] or list(columns)
    fitting = [column for column in good if metric.period_seconds % column.step_seconds == 0]
    if fitting:
        return fitting[-1] if metric.statistic.startswith("p") else fitting[0]
    return good[0]


def _points(one: _Input, grid: Grid) -> Floats:
    return np.full(grid.length, np.nan) if one.column is None else pooled(one.column, one.counts, grid)


def _series(seen: _Seen) -> Floats:
    """The series of metric math whose points depend on their own periods alone."""
    node, grid = seen.node, seen.grid
    if node is None or seen.way is Way.WHOLE:
        return seen.points[_ONLY] if node is None else whole(seen.points, node, grid)
    return _single(node, Arrays(seen.points, _starts(grid), grid.period_seconds))


def _window_series(seen: _Seen) -> Iterator[Floats]:
    """For each evaluation the series that it sees, some thousands at once."""
    node, grid = seen.node, seen.grid
    if node is None:
        return
    starts = _starts(grid)
    for first in range(0, grid.count, _ROWS_AT_ONCE):
        part = slice(first, min(first + _ROWS_AT_ONCE, grid.count) + grid.lead)
        windows = {key: _windows(series[part], grid) for key, series in seen.points.items()}
        yield _single(node, Arrays(windows, _windows(starts[part], grid), grid.period_seconds))


def _starts(grid: Grid) -> Moments:
    found: Moments = grid.start + grid.tick_seconds * np.arange(grid.length, dtype=np.int64)
    return found


def _single(node: Node, arrays: Arrays) -> Floats:
    found = worked_out(node, arrays)
    if found is None:
        raise BadRequest("its metric math does not give one time series", "sum them up or choose one")
    return found


def _windows(series: NDArray[Any], grid: Grid) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(series, grid.lead + 1)[:, :: grid.stride]


def _notes(alarm: Alarm, seen: _Seen) -> Iterator[str]:
    """Where the points are not what CloudWatch would have seen, and what else is to be known."""
    for one in seen.inputs.values():
        yield from _input_notes(one, seen.settings)
    if alarm.deviations is not None:
        yield "the anomaly band is an approximation of CloudWatch's"
    if seen.way is Way.PLAIN:
        yield "evaluated one time after the other: its metric math is not vectorised"
    if seen.node is None and alarm.threshold and alarm.comparison.startswith("Greater"):
        most = np.nanmax(seen.points[_ONLY], initial=0.0)
        if 0 < most * _FAR_OFF < alarm.threshold:
            yield f"no value is above {most:g} and the threshold is {alarm.threshold:g}: are they in the same unit?"


def _input_notes(one: _Input, settings: Settings) -> Iterator[str]:
    period, statistic = settings.period_seconds, one.metric.statistic
    if one.column is None:
        yield f"there is no history of {MetricId.of(one.metric)}: taken for no data"
        return
    name, step = f"{one.metric.name} {statistic}", one.column.step_seconds
    if period % step:
        yield f"{name}: its history is in points of {step} s, each stands for all of its periods of {period} s"
    elif step < period and statistic.startswith("p"):
        yield f"{name}: made of percentiles of {step} s, an approximation"
    elif step < period and statistic == "Average" and one.counts is None:
        yield f"{name}: averages of {step} s were taken as equally heavy, there is no SampleCount"
    if settings.fewest_samples and one.counts is None:
        yield f"{name}: there is no SampleCount, so every period was taken to have enough samples"
