"""A history from CloudWatch: what has to be read, what it costs, and what is kept so that it is read once.

Nothing here calls AWS. A `Reader` does; `opslib.stack.metric_history` has the one over GetMetricData.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.backtest.history import Bind, Column, History, MetricId, seconds
from opslib.monitoring.backtest.watching import inputs_of

__all__ = ["Cost", "Query", "Reader", "estimate_cost", "finest_period", "queries_of", "read_history"]

DAY_SECONDS: Final = 86_400

RETENTION: Final = ((60, 15), (300, 63), (3_600, 455))
"""For how many days CloudWatch keeps points of a period (AWS, GetMetricData, read 2026-11). Shorter ones it keeps for
three hours, which is no history."""

USD_PER_METRIC: Final = 0.01 / 1_000
PRICED_AT: Final = "2026-11, us-east-1"
"""AWS: 0.01 USD for 1,000 metrics requested by GetMetricData, with no free tier. Every statistic of a metric is counted
as one here; AWS may count several of one metric as one, so this is the most that it costs."""

MOST_METRICS: Final = 500
MOST_POINTS: Final = 100_800
"""Of one call of GetMetricData. A call is made so small that it has one page."""

_SURE_SECONDS: Final = 3_600
"""Points may still change for a while after their period; what is younger than this is not kept."""

_ADDS_UP: Final = frozenset({"Sum", "SampleCount", "Minimum", "Maximum"})


@dataclass(frozen=True, slots=True)
class Query:
    """One statistic of one metric over a span.

    Attributes:
        id: The metric; without references.
        statistic: The statistic.
        period_seconds: Length of a point.
        start: From when, in seconds since 1970; a multiple of the period.
        end: Until when, outside; a multiple of the period.
        region: Where the metric is; None: where the stack is.
    """

    id: MetricId
    statistic: str
    period_seconds: int
    start: int
    end: int
    region: str | None = None

    @property
    def points(self) -> int:
        """How many points there may be."""
        return max(self.end - self.start, 0) // self.period_seconds


class Reader(Protocol):
    """Reads from CloudWatch."""

    def __call__(self, queries: Sequence[Query]) -> Iterable[Column]:
        """A column for each query, in their order: all its points, NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading costs, before it is done.

    Attributes:
        metrics: How many metrics are requested.
        calls: In how many calls.
        points: How many points there may be.
        usd: What AWS asks for it, in US dollars.
        priced_at: When and where that was the price.
    """

    metrics: int
    calls: int
    points: int
    usd: float
    priced_at: str = PRICED_AT

    def __str__(self) -> str:
        return f"{self.metrics} metrics in {self.calls} calls of GetMetricData, {self.usd:.4f} USD ({self.priced_at})"

    def document(self) -> dict[str, Any]:
        """The cost in JSON types."""
        return {
            "metrics": self.metrics,
            "calls": self.calls,
            "points": self.points,
            "usd": round(self.usd, 6),
            "pricedAt": self.priced_at,
        }


def finest_period(since: datetime, now: datetime) -> int:
    """The shortest period of which CloudWatch still has points from a moment on, in seconds.

    Raises:
        BadRequest: It has none from so long ago.
    """
    age_days = (seconds(now) - seconds(since)) / DAY_SECONDS
    for period, days in RETENTION:
        if age_days <= days:
            return period
    most = RETENTION[-1][1]
    raise BadRequest(f"history from {since:%Y-%m-%d}", f"CloudWatch keeps {most} days: begin later, or read a file")


def queries_of(
    alarms: Iterable[Alarm | CompositeAlarm],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    bind: Bind | None = None,
) -> tuple[Query, ...]:
    """What has to be read to replay alarms, each metric, statistic and period once.

    All is read in the shortest period that CloudWatch still has for the whole span, so that windows slide as they do
    there; percentiles, which do not add up, in the alarm's own.

    Args:
        alarms: The alarms; composites need nothing.
        since: From when they are to be replayed. As much as they look back is read besides, where CloudWatch has it.
        until: Until when.
        now: The present.
        bind: Says what stands behind references in dimensions.

    Raises:
        BadRequest: CloudWatch keeps nothing from so long ago, or the span is empty.
    """
    if seconds(since) >= seconds(until):
        raise BadRequest(f"history from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}", "give a span")
    finest = finest_period(since, now)
    kept = dict(RETENTION)[finest] * DAY_SECONDS
    found: dict[tuple[MetricId, str, int, str | None], Query] = {}
    for alarm in alarms:
        if not isinstance(alarm, Alarm):
            continue
        for metric in inputs_of(alarm).values():
            own = metric.period_seconds
            adds_up = metric.statistic in _ADDS_UP or metric.statistic == "Average"
            period = finest if adds_up and own % finest == 0 else math.lcm(own, finest) if own > finest else finest
            earliest = max(seconds(since) - (alarm.evaluation_periods + 2) * own, seconds(now) - kept)
            start, end = -(-earliest // period) * period, seconds(until) // period * period
            name = MetricId.of(metric, bind)
            few = metric.statistic not in _ADDS_UP and (own > period or alarm.low_samples == "ignore")
            for statistic in (metric.statistic, "SampleCount") if few else (metric.statistic,):
                key = (name, statistic, period, alarm.region)
                other = found.get(key)
                first = start if other is None else min(start, other.start)
                found[key] = Query(name, statistic, period, first, end, alarm.region)
    return tuple(found.values())


def estimate_cost(queries: Iterable[Query], *, cache: Path | None = None) -> Cost:
    """What reading would cost.

    Args:
        queries: What is to be read.
        cache: Where earlier readings are kept; what is there costs nothing.
    """
    wanted = [part for query in queries for part in _lacking(query, cache)]
    return Cost(
        metrics=len(wanted),
        calls=sum(1 for _ in batches(wanted)),
        points=sum(query.points for query in wanted),
        usd=len(wanted) * USD_PER_METRIC,
    )


def batches(queries: Sequence[Query]) -> Iterator[tuple[Query, ...]]:
    """Queries as calls take them: of one region and span, at most 500 metrics and 100,800 points."""
    waiting: dict[tuple[str | None, int, int], list[Query]] = {}
    for query in queries:
        batch = waiting.setdefault((query.region, query.start, query.end), [])
        full = sum(one.points for one in batch) + query.points > MOST_POINTS
        if batch and (full or len(batch) == MOST_METRICS):
            yield tuple(batch)
            batch.clear()
        batch.append(query)
    yield from (tuple(batch) for batch in waiting.values() if batch)


def read_history(reader: Reader, queries: Iterable[Query], *, now: datetime, cache: Path | None = None) -> History:
    """Read what is not kept yet, and keep it.

    Args:
        reader: Reads from CloudWatch.
        queries: What is wanted.
        now: The present; points of the last hour are not kept, since they may still change.
        cache: A directory of our own; None: nothing is kept.

    Raises:
        BadRequest: The cache cannot be written; nothing was read then.
        OpslibError: The reader's.
    """
    wanted = tuple(dict.fromkeys(queries))
    if cache is not None:
        _refuse_unwritable(cache)
    lacking = [(query, part) for query in wanted for part in _lacking(query, cache)]
    read: dict[Query, list[Column]] = {}
    for (query, _), column in zip(lacking, reader([part for _, part in lacking]) if lacking else (), strict=True):
        read.setdefault(query, []).append(column)
    found = []
    for query in wanted:
        kept = _kept(query, cache)
        parts = [*([] if kept is None else [kept]), *read.get(query, [])]
        column = _joined(query, parts)
        if cache is not None and read.get(query):
            _keep(query, column, cache, sure=seconds(now) - _SURE_SECONDS)
        start, end = ((at - column.start) // column.step_seconds for at in (query.start, query.end))
        found.append(replace(column, start=query.start, values=column.values[start:end]))
    return History(tuple(found))


def _refuse_unwritable(cache: Path) -> None:
    """Before anything is spent on what could not be kept then."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as problem:
        what = f"the cache {cache} cannot be written: {problem.strerror or problem}"
        raise BadRequest(what, "name a directory of our own") from None


def _joined(query: Query, parts: Sequence[Column]) -> Column:
    start, end = (
        choose(*ends)
        for choose, ends in (
            (min, [query.start, *(part.start for part in parts)]),
            (max, [query.end, *(part.end for part in parts)]),
        )
    )
    values = np.full((end - start) // query.period_seconds, np.nan)
    for part in parts:
        first = (part.start - start) // query.period_seconds
        values[first : first + len(part.values)] = part.values
    return Column(query.id, query.statistic, start, query.period_seconds, values)


def _file(query: Query, cache: Path) -> Path:
    name = repr((query.id, query.statistic, query.period_seconds, query.region))
    return cache / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.npz"


def _kept(query: Query, cache: Path | None) -> Column | None:
    if cache is None or not (file := _file(query, cache)).exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as content:
            start, values = int(content["start"]), content["values"].astype(np.float64)
        return Column(query.id, query.statistic, start, query.period_seconds, values)
    except (OSError, ValueError, KeyError, BadRequest):  # half written, or not ours: read it again
        return None


def _keep(query: Query, column: Column, cache: Path, *, sure: int) -> None:
    length = max(min(len(column.values), (sure - column.start) // column.step_seconds), 0)
    cache.mkdir(parents=True, exist_ok=True)
    file = _file(query, cache)
    half = file.with_suffix(".half.npz")
    np.savez(half, start=np.int64(column.start), values=column.values[:length])
    half.replace(file)


def _lacking(query: Query, cache: Path | None) -> Iterator[Query]:
    """The parts of a span that are not kept: what is before, and what is after. What is kept stays in one piece."""
    kept = _kept(query, cache)
    if kept is None or not len(kept.values):
        if query.points:
            yield query
        return
    if query.start < kept.start:
        yield replace(query, end=kept.start)
    if query.end > kept.end:
        yield replace(query, start=kept.end)
