"""From samples to data points: the product's statistics against samples that are written out one by one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.monitoring.evaluate import Sample, StatisticSet, points, sample_counts, statistic
from tests.monitoring.reference import reference_statistics as reference
from tests.monitoring.reference.comparing import compared

SMALL = st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6, allow_subnormal=False))
SIGNED = st.one_of(SMALL, SMALL.map(lambda value: -value))
PERCENTS = st.one_of(
    st.sampled_from(["0", "50", "90", "95", "99", "99.9", "100"]),
    st.integers(0, 10_000).map(lambda hundredths: f"{hundredths / 100:g}"),
)


def counted(values):
    return st.lists(st.tuples(values, st.integers(1, 6)), min_size=1, max_size=12)


def close(expected):
    return pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@compared
@given(counted(SIGNED), st.sampled_from(list(reference.SIMPLE)))
def test_any_samples_have_the_statistic_of_the_reference(values_and_counts, name):
    samples = [Sample(at=0, value=value, count=count) for value, count in values_and_counts]
    expected = reference.SIMPLE[name](reference.written_out(values_and_counts))
    assert statistic(samples, name) == close(expected)


@compared
@given(counted(SIGNED), counted(SIGNED), st.sampled_from(list(reference.SIMPLE)))
def test_samples_summed_up_before_they_are_sent_give_the_same(single, summed, name):
    written = reference.written_out(summed)
    summary = StatisticSet(
        at=0,
        sample_count=len(written),
        sum=float(sum(written)),
        minimum=float(min(written)),
        maximum=float(max(written)),
    )
    samples = [summary, *(Sample(at=0, value=value, count=count) for value, count in single)]
    expected = reference.SIMPLE[name](reference.written_out(single + summed))
    assert statistic(samples, name) == pytest.approx(float(expected), rel=1e-9, abs=1e-6)


@compared
@given(counted(SMALL), PERCENTS)
def test_any_percentile_is_what_the_words_say(values_and_counts, percent):
    samples = [Sample(at=0, value=value, count=count) for value, count in values_and_counts]
    written = reference.written_out(values_and_counts)
    assert statistic(samples, f"p{percent}") == close(reference.percentile_in_words(written, percent))


@compared
@given(SMALL, st.integers(1, 50), PERCENTS)
def test_percentiles_of_equal_samples_need_no_assumption(value, count, percent):
    written = [Fraction(value)] * count
    summary = StatisticSet(at=0, sample_count=count, sum=value * count, minimum=value, maximum=value)
    assert statistic([Sample(at=0, value=value, count=count)], f"p{percent}") == close(
        reference.percentile_in_words(written, percent)
    )
    # "The Min and Max are equal, and Sum is equal to Min multiplied by SampleCount."
    assert statistic([summary], f"p{percent}") == close(reference.percentile_in_words(written, percent))


@pytest.mark.parametrize(
    ("values_and_counts", "percent", "words"),
    [([(1, 99), (1000, 1)], "99", 1), ([(1, 9), (1000, 1)], "90", 1), ([(1, 1), (3, 1)], "50", 1)],
)
def test_a_percentile_is_the_highest_sample_that_is_left_without_the_outliers(values_and_counts, percent, words):
    assert reference.percentile_in_words(reference.written_out(values_and_counts), percent) == words
    samples = [Sample(at=0, value=value, count=count) for value, count in values_and_counts]
    assert statistic(samples, f"p{percent}") == words


@pytest.mark.parametrize("percent", ["50", "99"])
def test_there_are_no_percentiles_of_negative_values_or_of_different_values_summed_up(percent):
    # "not available for metrics when any of the metric values are negative numbers"; nor of statistic sets, unless
    # "Min and Max are equal".
    assert statistic([Sample(at=0, value=-1.0), Sample(at=0, value=2.0)], f"p{percent}") is None
    assert statistic([StatisticSet(at=0, sample_count=2, sum=3, minimum=1, maximum=2)], f"p{percent}") is None


@compared
@given(
    st.lists(st.tuples(st.one_of(st.integers(-30, 400).map(float), st.floats(-30, 400)), SIGNED), max_size=20),
    st.sampled_from([0, 7, 60]),
    st.sampled_from([10, 60]),
    st.integers(1, 6),
    st.sampled_from(list(reference.SIMPLE)),
)
def test_any_sample_is_in_the_period_of_the_reference(times_and_values, start, period_seconds, count, name):
    samples = [Sample(at=time, value=value) for time, value in times_and_values]
    periods = reference.in_periods(times_and_values, start, period_seconds, count)
    made = points(samples, name, start=start, period_seconds=period_seconds, count=count)
    assert len(made) == count
    for point, values in zip(made, periods, strict=True):
        if values:
            assert point == close(reference.SIMPLE[name](reference.written_out((value, 1) for value in values)))
        else:
            assert point is None
    assert sample_counts(samples, start=start, period_seconds=period_seconds, count=count) == tuple(map(len, periods))
