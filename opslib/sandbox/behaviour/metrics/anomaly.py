"""Anomaly models: the evaluator's band, learnt from the samples that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Model, render, train
from opslib.sandbox.behaviour.metrics.queries import Queries, metric_id, single
from opslib.sandbox.behaviour.metrics.store import MetricId, Series
from opslib.sandbox.behaviour.metrics.world import World, at_seconds

__all__ = ["has_history", "train_for"]


def train_for(world: World, queries: Queries, wanted: Iterable[str | None], now: float) -> None:
    """Give queries the models for the bands that some of them want; no history, no model.

    Args:
        world: Metrics and alarms.
        queries: They keep the models.
        wanted: Ids of queries; None is passed over.
        now: The moment until which is learnt, in seconds since 1970.
    """
    for query_id in dict.fromkeys(found for name in wanted if name is not None for found in queries.banded(name)):
        model = _model(world, queries, query_id, now)
        if model is None:
            queries.models.pop(query_id, None)
        else:
            queries.models[query_id] = model


def _model(world: World, queries: Queries, query_id: str, now: float) -> Model | None:
    settings = world.settings
    period = queries.period_of(query_id)
    query = queries.by_id[query_id]
    metrics = tuple(
        (found.series.id, found.statistic, found.unit) for found in queries.inputs(query_id) if found.series
    )
    what = (metrics, period, "" if query.node is None else render(query.node))
    known = world.models.get(what)
    if known is not None and now - known[0] < settings.retrain_seconds:
        return known[1]
    if not any(has_history(world, found.series, now) for found in queries.inputs(query_id) if found.series):
        return None
    count = int(timedelta(days=settings.train_days).total_seconds() // period)
    start = now // period * period - count * period
    points = list(single(queries.results(query_id, start=start, period_seconds=period, count=count), query_id))
    for first, last in _excluded(world, metrics):
        for index in range(max(0, int((first - start) // period)), min(count, int((last - start) // period) + 1)):
            points[index] = None
    try:
        model = train(points, start=start, period_seconds=period)
    except BadRequest:  # not a single point
        return None
    world.models[what] = (now, model)
    return model


def has_history(world: World, series: Series, now: float) -> bool:
    """Whether there is enough history of a metric to learn from, until a moment in seconds since 1970."""
    return now - series.oldest() >= timedelta(hours=world.settings.train_least_hours).total_seconds()


def _excluded(world: World, metrics: tuple[Any, ...]) -> list[tuple[float, float]]:
    """The times that the detector of the one metric leaves out of its training, in seconds since 1970."""
    if len(metrics) != 1:
        return []
    metric, statistic, _ = metrics[0]
    return [
        (at_seconds(given["StartTime"]), at_seconds(given["EndTime"]))
        for (account_id, region, _), detector in world.detectors.items()
        if (account_id, region) == (metric.account_id, metric.region) and _is_of(detector, metric, statistic)
        for given in detector.get("Configuration", {}).get("ExcludedTimeRanges", ())
    ]


def _is_of(detector: Mapping[str, Any], metric: MetricId, statistic: str) -> bool:
    of = detector.get("SingleMetricAnomalyDetector")
    return of is not None and of["Stat"] == statistic and metric_id(metric.account_id, metric.region, of) == metric
