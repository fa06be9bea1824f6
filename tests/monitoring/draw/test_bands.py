"""Where a metric is expected: in the dashboard's JSON, in what is read back of it, and in the picture."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from infra.model import Monitoring
from opslib.monitoring import Alarm, Dashboard, Expected, Graph, Metric, Ref, draw
from opslib.monitoring.backtest import Column, History, MetricId
from opslib.monitoring.draw.panel import panels
from tests.monitoring.draw.pictures import outside, parsed, texts, titles

pytestmark = pytest.mark.feature("P4")

REQUESTS = Metric("A", "Requests", (("LoadBalancer", Ref("public", "arn_suffix")),), "Sum", 300, label="Requests")
EXPECTED = Expected(REQUESTS, 3, "Requests: expected, 3 deviations")
GRAPH = Graph("Requests", (REQUESTS,), bands=(EXPECTED,))
HOUR = 3_600
MONDAY = 1_760_313_600  # 2025-10-13 00:00 UTC


def edges(svg: str) -> tuple[list[float], list[float]]:
    """The heights of the shade's upper and lower edge, from left to right."""
    path = re.search(r'<path class="x" d="M([^"]+)Z">', svg)
    assert path
    heights = [float(point.split()[1]) for point in path[1].split("L")]
    half = len(heights) // 2
    return heights[:half], heights[half:][::-1]


def line(svg: str) -> list[float]:
    path = re.search(r'<path class="l s0" d="M([^"]+)"><title>', svg)
    assert path
    return [float(point.split()[1]) for point in path[1].split("L")]


def test_the_dashboards_json_has_the_function_and_its_metric_hidden() -> None:
    rows = GRAPH.properties(region="eu-west-1", bind=lambda _: "app/public/1")["metrics"]
    assert rows[1:] == [
        [
            {
                "expression": "ANOMALY_DETECTION_BAND(b0m, 3)",
                "id": "b0",
                "label": "Requests: expected, 3 deviations",
                "yAxis": "left",
                "period": 300,
            }
        ],
        [
            "A",
            "Requests",
            "LoadBalancer",
            "app/public/1",
            {"stat": "Sum", "period": 300, "id": "b0m", "visible": False},
        ],
    ]
    assert GRAPH.metric_count == len(rows)


def test_what_is_read_back_is_the_band() -> None:
    board = Dashboard("shop", "shop", (GRAPH,))
    (ours,) = panels(board)
    (read,) = draw.body_panels(board.body(region="eu-west-1", bind=lambda _: "app/public/1"))
    ((band,), (drawn,)) = read.bands, read.left
    assert (band.deviations, band.label, band.metric.statistic) == (3, ours.bands[0].label, "Sum")
    assert band.metric.dimensions == (("LoadBalancer", "app/public/1"),)
    assert drawn.label == "Requests"


def test_a_band_of_somebody_elses_without_a_width_is_two_deviations_wide() -> None:
    rows = [["A", "Requests", {"id": "m1"}], [{"expression": "anomaly_detection_band(m1)", "label": "usual"}]]
    (read,) = draw.body_panels({"widgets": [{"type": "metric", "properties": {"metrics": rows}}]})
    assert [(band.deviations, band.label) for band in read.bands] == [(2.0, "usual")]
    assert len(read.left) == 1


def test_sample_data_keep_within_their_sample_band() -> None:
    svg = draw.svg(GRAPH)
    roof, floor = edges(svg)
    assert all(high < low for high, low in zip(roof, floor, strict=True)), "heights are counted from above"
    assert all(high <= at <= low for high, at, low in zip(roof, line(svg), floor, strict=True))
    assert "Requests: expected, 3 deviations" in texts(parsed(svg))
    assert outside(parsed(svg)) == []


def test_a_band_is_learnt_from_two_weeks_and_what_is_unusual_leaves_it() -> None:
    of_day = [100.0 + 50.0 * (hour in range(8, 20)) for hour in range(24)]
    wobble = itertools.cycle((-2.0, 0.0, 2.0, 1.0, -1.0))
    values = [of_day[place // 12 % 24] + next(wobble) for place in range(15 * 24 * 12)]
    values[-6:] = [400.0] * 6
    column = Column(MetricId.of(REQUESTS, lambda _: "app/public/1"), "Sum", MONDAY, 300, np.array(values))
    svg = draw.svg(GRAPH, history=History((column,)), bind=lambda _: "app/public/1", seconds=24 * HOUR)
    roof, floor = edges(svg)
    drawn = line(svg)
    within = [high <= at <= low for high, at, low in zip(roof, drawn, floor, strict=True)]
    assert all(within[:-6])
    assert not any(within[-6:])
    night, noon = roof[12], roof[12 * 12]
    assert noon < night, "more is expected by day"
    assert any("an approximation" in title for title in titles(parsed(svg)))


def test_no_history_of_the_metric_is_no_band() -> None:
    other = Metric("A", "Errors", (), "Sum", 300, label="Errors")
    column = Column(MetricId.of(other, str), "Sum", MONDAY, 300, np.ones(12))
    svg = draw.svg(Graph("Requests", (REQUESTS, other), bands=(EXPECTED,)), history=History((column,)), bind=str)
    said = texts(parsed(svg))
    assert "history" in said
    assert not any("expected" in text for text in said)
    assert 'class="x"' not in svg


def test_what_an_anomaly_alarm_watches_is_drawn_with_its_band(model: Monitoring, alarms: list[Alarm]) -> None:
    """Every one whose metric stands on a dashboard as a line."""
    bands = {
        (band.metric, band.deviations)
        for board in model.dashboards
        for widget in board.widgets
        if isinstance(widget, Graph)
        for band in widget.bands
    }
    wanted = {(alarm.series, alarm.deviations) for alarm in alarms if alarm.deviations is not None}
    assert bands <= wanted
    assert any(metric.name == "RequestCount" for metric, _ in bands)
    page = draw.html(model.dashboards, alarms=alarms)
    assert page.count('<path class="x"') == sum(
        len(widget.bands) for board in model.dashboards for widget in board.widgets if isinstance(widget, Graph)
    )
