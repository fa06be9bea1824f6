"""Real values, where there are any."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from opslib.monitoring import Dashboard, Expression, Graph, Insights, Line, Metric, Ref, draw
from opslib.monitoring.backtest import Column, History, MetricId
from tests.monitoring.draw.pictures import parsed, texts

pytestmark = pytest.mark.feature("P4")

START = 1_760_000_400
CPU = Metric("AWS/ECS", "CPUUtilization", (("ServiceName", Ref("api", "service")),), "Average", label="CPU")
REQUESTS = Metric("A", "Requests", (), "Sum", 300, label="Requests")
ERRORS = Metric("A", "Errors", (), "Sum", 300, label="Errors")


def column(metric: Metric, values: list[float], step: int = 60, **names: str) -> Column:
    return Column(MetricId.of(metric, lambda ref: names[ref.field]), metric.statistic, START, step, np.array(values))


def heights(svg: str, line: int = 0) -> list[float]:
    path = re.search(rf'<path class="l s{line}" d="(M[\d.]+ [^"]+)"><title>', svg)
    return [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path[1])] if path else []


def test_recorded_values_are_drawn_as_they_are() -> None:
    history = History((column(CPU, [10.0, 20.0, 40.0, 80.0], service="api-1"),))
    svg = draw.svg(Graph("CPU", (CPU,), unit="%"), history=history, bind=lambda _: "api-1", seconds=240)
    first, second, third, last = heights(svg)
    assert (first - second) == pytest.approx((third - last) / 4, abs=0.2)
    assert (second - third) == pytest.approx((third - last) / 2, abs=0.2)
    assert "history" in texts(parsed(svg))
    assert "sample data" not in texts(parsed(svg))


def test_the_axis_tells_the_time_of_the_history_in_utc() -> None:
    history = History((column(CPU, [1.0] * 60, service="api-1"),))
    said = texts(parsed(draw.svg(Graph("CPU", (CPU,)), history=history, bind=lambda _: "api-1", seconds=3_600)))
    assert "09:00" in said
    assert "10:00" in said


def test_sums_of_short_periods_are_added_and_gaps_stay_gaps() -> None:
    values = [1.0] * 5 + [math.nan] * 5 + [2.0] * 5
    history = History((column(REQUESTS, values),))
    graph = Graph("Requests", (REQUESTS,), lines=(Line("Requests: warning 5", 5.0, "#ff7f0e"),))
    svg = draw.svg(graph, history=history, seconds=900)
    path = re.search(r'<path class="l s0" d="([^"]+)"><title>', svg)
    line = re.search(r'class="d warning" d="M[\d.]+ ([\d.]+)', svg)
    assert path
    assert line
    assert path[1].count("M") == 2
    first, last = heights(svg)
    assert first == pytest.approx(float(line[1]), abs=0.1)
    assert last < first


def test_metric_math_is_computed_from_the_history() -> None:
    history = History((column(REQUESTS, [100.0, 200.0], 300), column(ERRORS, [50.0, 10.0], 300)))
    rate = Expression("100 * errors / requests", (("errors", ERRORS), ("requests", REQUESTS)), "5xx rate")
    graph = Graph("5xx rate", (rate,), lines=(Line("5xx rate: warning 50", 50.0, "#ff7f0e"),), unit="%")
    svg = draw.svg(graph, history=history, seconds=600)
    line = re.search(r'class="d warning" d="M[\d.]+ ([\d.]+)', svg)
    assert line
    first, second = heights(svg)
    assert first == pytest.approx(float(line[1]), abs=0.1)
    assert second > first


def test_what_has_no_history_is_not_made_up_beside_what_has() -> None:
    history = History((column(CPU, [10.0] * 4, service="api-1"),))
    graph = Graph("CPU", (CPU, REQUESTS, Insights("SELECT SUM(a) FROM b", "query")))
    said = texts(parsed(draw.svg(graph, history=history, bind=lambda _: "api-1", seconds=240)))
    assert "Requests: no history" in said
    assert "query: no history" in said
    assert "sample data" not in said


def test_math_that_cannot_be_computed_is_no_history() -> None:
    history = History((column(CPU, [10.0] * 4, service="a"), column(REQUESTS, [1.0], 300)))
    odd = Expression("NOSUCH(m1)", (("m1", REQUESTS),), "odd")
    said = texts(parsed(draw.svg(Graph("x", (CPU, odd)), history=history, bind=lambda _: "a", seconds=300)))
    assert "odd: no history" in said


def test_months_of_minutes_keep_their_peak() -> None:
    values = np.full(30 * 1_440, 10.0)
    values[20_000] = 95.0
    history = History((Column(MetricId.of(CPU, lambda _: "a"), "Average", START, 60, values),))
    svg = draw.svg(Graph("CPU", (CPU,), unit="%"), history=history, bind=lambda _: "a", seconds=30 * 86_400)
    assert len(heights(svg)) <= 480
    assert max(heights(svg)) - min(heights(svg)) > 100


def test_without_history_of_a_widget_it_is_sample_data_and_says_so() -> None:
    history = History((column(CPU, [10.0] * 4, service="a"),))
    page = draw.html([Dashboard("d", "d", (Graph("Requests", (REQUESTS,)),))], history=history, seconds=300)
    assert "sample data</text>" in page
