"""From rows of times and values, as files have them, to a column of consecutive periods."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from opslib.errors import BadRequest
from opslib.monitoring.backtest.history import Column, Floats, MetricId, moment
from opslib.monitoring.backtest.timeline import Moments

__all__ = ["Rows", "Source", "column_of", "usual_step"]

Source = Callable[[int], str]
"""Says where the row of a number is, such as ``history cpu.csv, line 12``."""

MOST_SECONDS: Final = 10 * 366 * 86_400
"""Ten years; CloudWatch keeps fifteen months. More in one column is a time that was written wrongly."""

MOST_POINTS: Final = MOST_SECONDS // 60
"""Ten years of minutes; shorter periods are kept for hours. More would be memory for what is a time written wrongly."""

PERIODS: Final = (86_400, 21_600, 3_600, 900, 300, 60, 30, 20, 10, 5, 1)
"""What the distances of a file's points are taken to be, the longest first."""

_MINUTE: Final = 60
_LEAST_SHARE: Final = 0.8
"""Where this share of the distances is one and the same, it is the period, and the others are gaps or jitter."""
_MOST_COLLISIONS: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a file says of one statistic of one metric, in the file's order.

    Attributes:
        id: The metric.
        statistic: The statistic.
        times: When each point starts, in seconds since 1970.
        values: The points; NaN for no data.
        places: The number of each in the file, from 0, for messages.
        period_seconds: The length of the periods, if the file says it.
    """

    id: MetricId
    statistic: str
    times: Moments
    values: Floats
    places: Moments
    period_seconds: int | None = None


def usual_step(series: list[Rows]) -> int | None:
    """The most common distance between neighbouring points of a file, if it may be a period."""
    found: dict[int, int] = {}
    for rows in series:
        distances, counts = _counted_distances(rows.times)
        for distance, count in zip(distances.tolist(), counts.tolist(), strict=True):
            found[distance] = found.get(distance, 0) + count
    most = max(found, key=lambda distance: found[distance], default=0)
    return most if _is_period(most) else None


def column_of(rows: Rows, usual: int | None, source: Source) -> tuple[Column, str | None]:
    """The column, and what there is to say about how it was made.

    Rows may be in any order, repeat each other and leave gaps. Times that are not at multiples of the period are moved
    to the start of the period that they stand for; where several rows fall into one, its statistic is made of them.

    Args:
        rows: The rows.
        usual: The usual distance of the file's points.
        source: Gives a place in the file its name.

    Raises:
        BadRequest: Two rows contradict each other, the times show no period, or they span more than can be true.
    """
    order = np.argsort(rows.times, kind="stable")
    times, values, places = rows.times[order], rows.values[order], rows.places[order]
    same = np.flatnonzero(times[1:] == times[:-1])
    both = same[~np.isnan(values[same]) & ~np.isnan(values[same + 1]) & (values[same] != values[same + 1])]
    if len(both):
        first = int(both[0])
        one, other = sorted((int(places[first]), int(places[first + 1])))
        what = f"{source(other)}: {rows.id} {rows.statistic} at {moment(times[first]):%Y-%m-%dT%H:%M:%SZ} has"
        what += f" another value than in {source(one).rpartition(', ')[2]}"
        raise BadRequest(what, "keep one of them, or tell them apart by dimensions or statistic")
    if len(same):  # of equal times the row that has a value
        keep = np.ones(len(times), np.bool_)
        empty = np.isnan(values)
        keep[same + 1] = False
        for place in same[empty[same]]:
            keep[place], keep[place + 1] = False, True
        times, values = times[keep], values[keep]
    step = rows.period_seconds or _step(times, usual, rows, source)
    return _binned(rows, times, values, step, source)


def _counted_distances(times: Moments) -> tuple[Moments, Moments]:
    """The distances between neighbouring moments, and how often there is each."""
    distances = np.diff(times)
    if (distances <= 0).any():
        distances = np.diff(np.unique(times))
    if len(distances) and (distances == distances[0]).all():
        return distances[:1], np.array([len(distances)], np.int64)
    each, counts = np.unique(distances, return_counts=True)
    return each, counts.astype(np.int64)


def _step(times: Moments, usual: int | None, rows: Rows, source: Source) -> int:
    each, counts = _counted_distances(times)
    if usual is not None and not (each % usual).any():
        return usual
    if not len(each):
        return _MINUTE
    most = int(each[counts.argmax()])
    common = math.gcd(*each.tolist())
    if counts.max() >= _LEAST_SHARE * counts.sum() and _is_period(most) and _fits(times, most):
        return most
    # Else the longest of the usual periods that all distances are multiples of, or that most nearly are.
    middle = float(np.median(np.diff(times)))
    for period in PERIODS:
        if common % period == 0 and period >= _MINUTE:
            return period
    for period in PERIODS:
        if period <= 1.5 * middle and _fits(times, period):
            return period
    what = f"{source(int(rows.places[0]))}: the times of {rows.id} {rows.statistic} show no period"
    raise BadRequest(what, "give it in a column called period, in seconds")


def _is_period(step: int) -> bool:
    return step in PERIODS or (step > 0 and step % _MINUTE == 0 and PERIODS[0] % step == 0)


def _bins(times: Moments, step: int) -> Moments:
    """The number of each time's period: the nearest one, by where most times lie within theirs."""
    residues, counts = np.unique(times % step, return_counts=True)
    phase = int(residues[counts.argmax()])
    found: Moments = (times - phase + step // 2) // step
    return found


def _fits(times: Moments, step: int) -> bool:
    bins = _bins(times, step)
    return bool((np.diff(bins) <= 0).mean() <= _MOST_COLLISIONS)


def _binned(rows: Rows, times: Moments, values: Floats, step: int, source: Source) -> tuple[Column, str | None]:
    bins = _bins(times, step)
    if not len(bins):
        return Column(rows.id, rows.statistic, 0, step, np.empty(0)), None
    length = int(bins[-1] - bins[0]) + 1
    if length > MOST_POINTS or int(times[-1] - times[0]) > MOST_SECONDS:
        what = f"{source(int(rows.places[0]))}: {rows.id} spans {moment(times[0]):%Y-%m-%d} to"
        what += f" {moment(times[-1]):%Y-%m-%d} in periods of {step} s"
        raise BadRequest(what, "one of the times is wrong, or the period")
    places = bins - bins[0]
    found = np.full(length, np.nan)
    start = int(bins[0]) * step
    is_new = np.concatenate(([True], np.diff(places) > 0))
    if rows.statistic == "SampleCount" and (values < 0).any():
        what = f"{source(int(rows.places[0]))}: {rows.id} has a SampleCount below 0"
        raise BadRequest(what, "a number of samples is 0 or more")
    if is_new.all():
        found[places] = values
        return Column(rows.id, rows.statistic, start, step, found), _gaps(rows, found, step)
    there = ~np.isnan(values)
    places, values = places[there], values[there]
    if rows.statistic == "Maximum":
        np.fmax.at(found, places, values)
    elif rows.statistic == "Minimum":
        np.fmin.at(found, places, values)
    else:
        totals = np.bincount(places, values, length)
        counts = np.bincount(places, minlength=length)
        added = rows.statistic in ("Sum", "SampleCount")
        found[counts > 0] = (totals if added else totals / np.maximum(counts, 1))[counts > 0]
    several = int(len(is_new) - is_new.sum())
    note = f"{rows.id} {rows.statistic}: {several} rows share a period of {step} s with others"
    if gaps := _gaps(rows, found, step):
        note += f"; {gaps}"
    return Column(rows.id, rows.statistic, start, step, found), note


def _gaps(rows: Rows, values: Floats, step: int) -> str | None:
    """What there is to say where most periods have no data: a hole, or points of a longer period than was thought.

    Sums are left out: AWS publishes counts of errors only when there are some.
    """
    if rows.statistic in ("Sum", "SampleCount"):
        return None
    lacking = int(np.isnan(values).sum())
    if 2 * lacking <= len(values):
        return None
    return f"{rows.id} {rows.statistic}: {lacking} of {len(values)} periods of {step} s have no data"
