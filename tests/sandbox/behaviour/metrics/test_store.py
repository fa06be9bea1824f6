"""The store's points are those that the evaluator computes from the raw samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.monitoring.evaluate import Sample, StatisticSet, points, sample_counts
from opslib.sandbox.behaviour.metrics.store import MetricId, MetricStore

METRIC = MetricId("123456789012", "eu-west-1", "Shop", "Orders", ())
STATISTICS = ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p0", "p50", "p99.9", "p100"]

numbers = st.integers(-50, 1000).map(float)
moments = st.integers(0, 30 * 60 - 1).map(float)
raw = st.builds(Sample, moments, numbers, st.integers(1, 9).map(float))
sets = st.builds(
    lambda at, least, more, count: StatisticSet(at, float(count), least * count + more, least, least + more),
    moments,
    numbers,
    st.integers(0, 9).map(float),
    st.integers(1, 5),
)


def filled(samples: list[Sample | StatisticSet], *, fine: bool = False) -> MetricStore:
    store = MetricStore(lambda: None)
    for sample in samples:
        if isinstance(sample, Sample):
            store.add(METRIC, {sample.value: sample.count}, "None", sample.at, fine=fine)
        else:
            store.add_set(METRIC, sample, "None", fine=fine)
    return store


@given(
    samples=st.lists(raw | sets, max_size=40),
    statistic=st.sampled_from(STATISTICS),
    minutes=st.sampled_from([1, 2, 5, 15]),
    start=st.integers(0, 20),
)
def test_its_points_are_the_evaluators(samples, statistic, minutes, start):
    where = {"start": start * 60, "period_seconds": minutes * 60, "count": 6}
    found = filled(samples).series(METRIC)
    assert found.points(statistic, **where) == pytest.approx(points(samples, statistic, **where))
    counted = found.sample_count(start=where["start"], end=where["start"] + 6 * minutes * 60, period_seconds=60)
    assert counted == sum(sample_counts(samples, **where))


@given(
    story=st.lists(st.one_of(raw, sets, st.tuples(st.sampled_from(STATISTICS), st.integers(0, 20))), max_size=40),
    minutes=st.sampled_from([2, 5]),
)
def test_points_that_were_looked_at_before_know_of_every_sample_that_came_since(story, minutes):
    store, known = filled([]), []
    for one in story:
        if isinstance(one, tuple):
            statistic, start = one
            where = {"start": start * 60, "period_seconds": minutes * 60, "count": 6}
            assert store.series(METRIC).points(statistic, **where) == pytest.approx(points(known, statistic, **where))
        elif isinstance(one, Sample):
            known.append(one)
            store.add(METRIC, {one.value: one.count}, "None", one.at)
        else:
            known.append(one)
            store.add_set(METRIC, one, "None")


@given(samples=st.lists(raw, max_size=30), period=st.sampled_from([1, 10, 30]))
def test_so_are_those_of_high_resolution(samples, period):
    where = {"start": 300, "period_seconds": period, "count": 60}
    found = filled(samples, fine=True).series(METRIC)
    assert found.points("Sum", **where) == pytest.approx(points(samples, "Sum", **where))


def test_old_samples_are_dropped_and_metrics_without_any_with_them():
    store = filled([Sample(0, 1), Sample(600, 2)], fine=True)
    store.drop_before(300, 700)
    assert store.series(METRIC).points("Sum", start=0, period_seconds=60, count=11) == (*[None] * 10, 2)
    assert store.series(METRIC).points("Sum", start=600, period_seconds=1, count=1) == (None,)
    store.drop_before(900, 900)
    assert store.all(METRIC.account_id, METRIC.region) == []
