"""Metric math against results that were worked out by hand, many of them by AWS."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kinds import KINDS
from infra.kinds.table import MathRow
from opslib.errors import BadRequest
from opslib.monitoring.evaluate import check, compute, compute_all, parse, train

N = None
METRICS: dict[str, tuple[float | None, ...]] = {
    "metric1": (30, 20, 0, 0),
    "metric2": (20, N, 20, N),
    "gappy": (N, 2, N, 8),
    "none": (N, N, N, N),
    "squares": (1, 4, 9, 16),
}

# The first three are AWS's, in "Using math expressions with CloudWatch metrics", comparison and logical operators.
COMPUTED: dict[str, tuple[float | None, ...]] = {
    "metric1 < metric2": (0, 0, 1, 0),
    "metric1 >= 30": (1, 0, 0, 0),
    "metric1 > 15 AND metric2 > 15": (1, 0, 0, 0),
    "metric1 > 15 OR metric2 > 15": (1, 1, 1, 0),
    "metric1 == 20": (0, 1, 0, 0),
    "metric1 != 20": (1, 0, 1, 1),
    # A missing point is 0 to arithmetic where the other series has one; where none has one, there is none.
    "metric1 + metric2": (50, 20, 20, 0),
    "metric1 - metric2": (10, 20, -20, 0),
    "metric2 + gappy": (20, 2, 20, 8),
    "metric2 + none": (20, N, 20, N),
    "none + none": (N, N, N, N),
    "metric2 + 1": (21, N, 21, N),
    "1 - metric2": (-19, N, -19, N),
    "-metric2": (-20, N, -20, N),
    # A division by zero, and so by a missing point, gives none.
    "metric1 / metric2": (1.5, N, 0, N),
    "100 / metric1": (100 / 30, 5, N, N),
    "metric1 / 0": (N, N, N, N),
    "squares ^ 0.5": (1, 2, 3, 4),
    "(0 - squares) ^ 0.5": (N, N, N, N),
    "squares ^ 1000": (1, N, N, N),
    "squares * AVG(none)": (N, N, N, N),
    "FILL(gappy, 0)": (0, 2, 0, 8),
    "FILL(gappy, metric1)": (30, 2, 0, 8),
    "FILL(gappy, metric2)": (20, 2, 20, 8),
    "FILL(gappy, REPEAT)": (N, 2, 2, 8),
    "FILL(gappy, LINEAR)": (N, 2, 5, 8),
    "FILL(none, 7)": (7, 7, 7, 7),
    "FILL(gappy, AVG(none))": (N, 2, N, 8),
    "ABS(metric2 - 25)": (5, N, 5, N),
    "CEIL(squares / 2)": (1, 2, 5, 8),
    "FLOOR(squares / 2)": (0, 2, 4, 8),
    "LOG10(squares * 10 - 10)": (N, math.log10(30), math.log10(80), math.log10(150)),
    "LOG(squares) / LOG(squares)": (N, 1, 1, 1),
    "RUNNING_SUM(gappy)": (N, 2, N, 10),
    "DIFF(squares)": (N, 3, 5, 7),
    "DIFF(gappy)": (N, N, N, 6),
    "DIFF_TIME(gappy)": (N, N, N, 600),
    "RATE(gappy)": (N, N, N, 0.01),
    "squares / PERIOD(squares)": (1 / 300, 4 / 300, 9 / 300, 16 / 300),
    # One series makes a number, of its points; an array makes a series.
    "squares - AVG(gappy)": (-4, -1, 4, 11),
    "squares - SUM(gappy)": (-9, -6, -1, 6),
    "squares - MIN(gappy)": (-1, 2, 7, 14),
    "squares - MAX(gappy)": (-7, -4, 1, 8),
    "squares * STDDEV(gappy)": (3, 12, 27, 48),
    "squares + DATAPOINT_COUNT(gappy)": (3, 6, 11, 18),
    "squares + SUM(none)": (1, 4, 9, 16),
    "SUM([metric1, gappy])": (30, 22, 0, 8),
    "SUM([gappy, none])": (N, 2, N, 8),
    "AVG([metric1, gappy])": (15, 11, 0, 4),
    "MIN([metric1, gappy])": (30, 2, 0, 0),
    "MAX([metric1, gappy])": (30, 20, 0, 8),
    "STDDEV([metric1, gappy])": (0, 9, 0, 4),
    "SUM(-[metric1, gappy])": (-30, -22, 0, -8),
    "SUM([metric1, gappy] * 2)": (60, 44, 0, 16),
    "SUM(100 / [squares, metric1])": (100 + 100 / 30, 30, 100 / 9, 6.25),
    "squares / METRIC_COUNT(METRICS())": (0.2, 0.8, 1.8, 3.2),
    'SUM(METRICS("metric"))': (50, 20, 20, 0),
    'SUM(METRICS("nothing of the kind"))': (N, N, N, N),
    "LAST([metric1, gappy])": (N, 2, N, 8),
    "FIRST([metric1, gappy])": (30, 20, 0, 0),
    "TIME_SERIES(MAX(squares))": (16, 16, 16, 16),
    "TIME_SERIES(1 / SUM(none))": (N, N, N, N),
    "IF(metric1 > 15, metric1)": (30, 20, N, N),
    "IF(metric1 > 15, 10, 2)": (10, 10, 2, 2),
    "IF(MAX(metric1) > 15, gappy, squares)": (N, 2, N, 8),
    "IF(MAX(metric1) > 99, gappy, squares)": (1, 4, 9, 16),
    "IF(MAX(metric1) > 99, gappy)": (N, N, N, N),
    "IF(MAX(metric1) > 15, 1, squares)": (1, 1, 1, 1),
    "MINUTE(none)": (55, 0, 5, 10),
    "HOUR(none)": (23, 0, 0, 0),
    "DAY(none)": (6, 7, 7, 7),
    "DATE(none) * 100 + MONTH(none)": (2802, 103, 103, 103),
    "YEAR(none)": (2026, 2026, 2026, 2026),
    "EPOCH(none) - 1772323200": (-300, 0, 300, 600),
}
SATURDAY = 1_772_322_900  # 28 February 2026, 23:55 UTC


@pytest.mark.parametrize(("expression", "expected"), COMPUTED.items())
def test_results_worked_out_by_hand(expression: str, expected: tuple[float | None, ...]) -> None:
    assert compute(expression, METRICS, start=SATURDAY, period_seconds=300) == pytest.approx(expected)


# AWS, "Using IF expressions".
CONDITION = {"metric1": (1, 1, 0, 0, N), "metric2": (30, N, 0, 0, 30), "metric3": (0, 0, 20, N, 20)}
CHOSEN = {
    "IF(metric1, metric2, metric3)": (30, 0, 20, N, N),
    "IF(metric1, 5, metric3)": (5, 5, 20, N, N),
    "IF(metric1, metric2, 5)": (30, 0, 5, 5, N),
}


@pytest.mark.parametrize(("expression", "expected"), CHOSEN.items())
def test_awss_examples_of_if(expression: str, expected: tuple[float | None, ...]) -> None:
    assert compute(expression, CONDITION) == expected


def test_an_error_rate_as_the_kinds_write_it() -> None:
    rate = "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"
    metrics = {"requests": (100, 100, 10, N, 40), "errors": (5, N, 10, 3, 40)}
    assert compute(rate, metrics) == (5, 0, 0, 0, 100)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_expression_of_every_kind_could_be_watched(kind: Any) -> None:
    for row in kind.metrics.values():
        if isinstance(row, MathRow) and row.inputs:  # without, it is a query of another language
            check(row.expression.format_map(defaultdict(lambda: 20)), row.inputs)


WRONG = {
    "metric1 + nothing": "there is no metric nothing, at character 11",
    "SEARCH(metric1)": "the function SEARCH is not modelled, at character 1",
    "AVG(metric1)": "it gives a number and has to give a time series, at character 1",
    "5": "it gives a number and has to give a time series",
    "METRICS()": "gives 5 time series",
    "FILL(metric1)": "got 1 arguments, at character 1",
    "1 + FILL(metric1, SOMEHOW)": "and not SOMEHOW, at character 19",
    "FILL(3, 0)": "and not a number, at character 6",
    "SUM(5)": "and not a number, at character 5",
    "PERIOD(metric1 + 1)": "and not the result of an expression, at character 16",
    "METRICS(metric1)": "and not what is not in quotes, at character 9",
    "[metric1, 5]": "a number within an array of time series, at character 11",
    "[metric1] + [metric2]": "+ between two arrays, at character 11",
    "IF(1, 2, 3)": "and not a number where nothing is a time series",
    "IF([metric1], 2)": "and not an array, at character 4",
    "REPEAT": "REPEAT has no value here, at character 1",
    "LAST([])": "and not an empty array, at character 6",
    "METRIC_COUNT(metric1)": "and not a time series, at character 14",
}


@pytest.mark.parametrize(("expression", "said"), WRONG.items())
def test_what_is_wrong_is_named_with_its_place(expression: str, said: str) -> None:
    with pytest.raises(BadRequest) as wrong:
        compute(expression, METRICS)
    assert said in str(wrong.value)


def test_metrics_over_different_periods_are_refused() -> None:
    with pytest.raises(BadRequest, match=r"of \[1, 2\] points"):
        compute("a + b", {"a": (1.0,), "b": (1.0, 2.0)})


def test_a_graph_may_have_several_series() -> None:
    assert compute_all("[squares, gappy] + 1", METRICS) == ((2, 5, 10, 17), (N, 3, N, 9))


def test_an_expression_is_checked_without_points() -> None:
    check("IF(FILL(a, 0) > 20, 100 * FILL(b, 0) / a, 0) + TIME_SERIES(1 / SUM(b))", ["a", "b"])
    for wrong, said in {"a +": "the end", "a / c": "names c", "SUM(a)": "gives a number"}.items():
        with pytest.raises(BadRequest, match=said):
            check(wrong, ["a", "b"])


def test_the_upper_edge_of_a_band_is_the_first() -> None:
    model = train([10.0, 12.0, 11.0, 13.0, 10.0, 12.0], start=0, period_seconds=60)
    band = {"metrics": {"m1": (11.0,)}, "models": {"m1": model}}
    lower, upper = model.band(0, 3)
    assert compute("FIRST(ANOMALY_DETECTION_BAND(m1, 3))", **band) == (upper,)
    assert compute("LAST(ANOMALY_DETECTION_BAND(m1, 3))", **band) == (lower,)
    assert compute("LAST(ANOMALY_DETECTION_BAND(m1))", **band) == (model.band(0, 2)[0],)


def test_there_is_no_band_before_a_model_is_trained() -> None:
    assert compute("LAST(ANOMALY_DETECTION_BAND(squares))", METRICS) == (N, N, N, N)


series = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=4, max_size=4).map(tuple)


@given(series, series)
def test_a_sum_does_not_depend_on_the_order_nor_on_how_it_is_written(one: Any, other: Any) -> None:
    metrics = {"a": one, "b": other}
    assert compute("a + b", metrics) == compute("b + a", metrics) == compute("SUM([a, b])", metrics)


@given(series)
def test_a_filled_series_has_all_its_points_and_keeps_those_it_had(points: Any) -> None:
    filled = compute("FILL(a, 1)", {"a": points})
    assert [new for new, old in zip(filled, points, strict=True) if old is not None] == [
        point for point in points if point is not None
    ]
    assert None not in filled


@given(series)
def test_the_rate_is_the_difference_over_the_time_since_the_point_before(points: Any) -> None:
    metrics = {"a": points}
    assert compute("RATE(a) * DIFF_TIME(a)", metrics) == pytest.approx(compute("DIFF(a)", metrics))


def test_a_parsed_expression_can_be_used_again_and_again() -> None:
    node = parse("a * 2")
    assert [compute(node, {"a": (float(value),)}) for value in range(3)] == [(0,), (2,), (4,)]
