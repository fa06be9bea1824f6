"""From samples to points."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Sample, StatisticSet, align, fewest_samples, points, sample_counts, statistic

RAW = (Sample(0, 1.0), Sample(1, 4.0, 3.0), Sample(2, 2.0))
SET = StatisticSet(3, sample_count=4, sum=10.0, minimum=0.5, maximum=6.0)

BASIC = {"Average": 25 / 9, "Sum": 25.0, "Minimum": 0.5, "Maximum": 6.0, "SampleCount": 9.0}


@pytest.mark.parametrize(("name", "expected"), BASIC.items())
def test_raw_values_and_statistic_sets_add_up(name: str, expected: float) -> None:
    assert statistic((*RAW, SET), name) == pytest.approx(expected)


def test_a_period_without_samples_has_no_point() -> None:
    assert statistic((), "Sum") is None
    assert statistic((), "p50") is None


PERCENTILES = {"p0": 1.0, "p25": 2.0, "p50": 4.0, "p12.5": 1.0, "p100": 4.0}


@pytest.mark.parametrize(("name", "expected"), PERCENTILES.items())
def test_percentiles_count_each_value_as_often_as_it_occurred(name: str, expected: float) -> None:
    """The values are 1, 2, 4, 4, 4."""
    assert statistic(RAW, name) == pytest.approx(expected)


def test_percentiles_of_one_to_a_hundred() -> None:
    samples = [Sample(0, float(value)) for value in range(1, 101)]
    assert [statistic(samples, name) for name in ("p50", "p90", "p99")] == [50.0, 90.0, 99.0]


def test_a_percentile_of_a_statistic_set_needs_all_its_values_to_be_one() -> None:
    same = StatisticSet(0, sample_count=3, sum=6.0, minimum=2.0, maximum=2.0)
    assert statistic((same, Sample(0, 10.0)), "p50") == 2.0
    assert statistic((SET,), "p50") is None


def test_there_is_no_percentile_of_negative_values() -> None:
    assert statistic((Sample(0, -1.0), Sample(0, 1.0)), "p50") is None


@pytest.mark.parametrize("name", ["tm90", "TM(10%:90%)", "p101", "p", "average", "IQM", "p99.12345678901"])
def test_other_statistics_are_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="not modelled"):
        statistic(RAW, name)


def test_samples_fall_into_their_periods() -> None:
    samples = [Sample(119.9, 1.0), Sample(120, 2.0), Sample(179, 3.0), Sample(240, 4.0), Sample(300, 5.0)]
    assert points(samples, "Sum", start=120, period_seconds=60, count=3) == (5.0, None, 4.0)
    assert sample_counts(samples, start=120, period_seconds=60, count=3) == (2.0, 0, 1.0)


def test_periods_are_aligned_to_their_multiples() -> None:
    assert [align(at, 300) for at in (0, 299.9, 300, 601)] == [0, 0, 300, 600]


FEWEST = {"p99": 1_000.0, "p90": 100.0, "p50": 20.0, "p99.9": 10_000.0, "p10": 100.0, "p100": 0.0, "Average": 0.0}


@pytest.mark.parametrize(("name", "expected"), FEWEST.items())
def test_how_many_samples_a_percentile_needs(name: str, expected: float) -> None:
    """AWS, "Percentile-based alarms and low data samples"; exactly, so that 1,000 are enough for p99."""
    assert fewest_samples(name) == expected


counted = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), min_size=1, max_size=8)


@given(counted, st.integers(0, 100), st.integers(0, 100))
def test_percentiles_rise_from_the_least_to_the_greatest(values: Any, one: int, other: int) -> None:
    samples = [Sample(0, value, count) for value, count in values]
    low, high = sorted((one, other))
    found = [statistic(samples, name) for name in ("Minimum", f"p{low}", f"p{high}", "Maximum")]
    assert all(left <= right + 1e-9 for left, right in pairwise(found))  # type: ignore[operator]


@given(counted, st.integers(0, 100))
def test_a_count_is_that_many_samples(values: Any, percent: int) -> None:
    weighted = [Sample(0, value, count) for value, count in values]
    single = [Sample(0, value) for value, count in values for _ in range(count)]
    for name in ("Average", f"p{percent}"):
        assert statistic(weighted, name) == pytest.approx(statistic(single, name))
