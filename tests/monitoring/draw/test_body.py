"""Dashboards as CloudWatch has them are drawn as those of the model are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.model import Monitoring
from opslib.errors import BadRequest
from opslib.monitoring import Expression, Insights, Metric, draw
from opslib.monitoring.draw.panel import Panel, panels

pytestmark = pytest.mark.feature("P4")


def metric_widget(**properties: Any) -> Panel:
    return next(draw.body_panels({"widgets": [{"type": "metric", "properties": properties}]}))


def test_the_json_of_a_model_gives_the_panels_of_the_model(model: Monitoring) -> None:
    for board in model.dashboards:
        body = board.body(region="eu-central-1", bind=str)
        for ours, read in zip(panels(board), draw.body_panels(body), strict=True):
            assert (read.box, read.view, read.title, read.text) == (ours.box, ours.view, ours.title, ours.text)
            assert [(line.label, line.value) for line in read.thresholds] == [
                (line.label, line.value) for line in ours.thresholds
            ]
            assert [len(read.left), len(read.right)] == [len(ours.left), len(ours.right)]
            assert [type(one) for one in read.left] == [type(one) for one in ours.left]
            assert read.left_axis == ours.left_axis


def test_abbreviated_rows_are_written_out() -> None:
    rows = [["AWS/EC2", "CPU", "Id", "i-1", {"stat": "p90"}], [".", ".", ".", "i-2"], ["...", "i-3"]]
    found = metric_widget(metrics=rows, period=60).left
    assert found == (
        Metric("AWS/EC2", "CPU", (("Id", "i-1"),), "p90", 60),
        Metric("AWS/EC2", "CPU", (("Id", "i-2"),), "Average", 60),
        Metric("AWS/EC2", "CPU", (("Id", "i-3"),), "Average", 60),
    )


def test_hidden_rows_are_inputs_and_math_upon_math_is_written_in() -> None:
    rows = [
        ["A", "B", {"id": "m1", "visible": False}],
        [{"expression": "m1 * 2", "id": "e1", "visible": False}],
        [{"expression": "e1 + 1", "id": "e2", "label": "more"}],
        [{"expression": "SELECT AVG(x) FROM y", "id": "q1"}],
    ]
    math, query = metric_widget(metrics=rows).left
    assert isinstance(math, Expression)
    assert math.expression == "(m1 * 2) + 1"
    assert [key for key, _ in math.inputs] == ["m1"]
    assert isinstance(query, Insights)


def test_math_in_a_circle_comes_to_an_end() -> None:
    rows = [[{"expression": "e2+e2", "id": "e1"}], [{"expression": "e1+e1", "id": "e2"}]]
    assert len(metric_widget(metrics=rows).left) == 2


def test_annotations_say_their_side_and_their_axis() -> None:
    line = {"value": 5, "fill": "below", "yAxis": "right", "color": "#d62728", "label": "low"}
    (found,) = metric_widget(metrics=[["A", "B"]], annotations={"horizontal": [line]}).thresholds
    assert (found.value, found.side, found.right) == (5.0, "below", True)


def test_what_cannot_be_drawn_is_said() -> None:
    body = {"widgets": [{"type": "log", "properties": {"title": "Errors", "query": "fields @message"}}]}
    page = draw.html([draw.Body("logs", body)])
    assert "not drawn" in page
    assert "fields @message" in page


def test_a_body_that_is_none_is_refused() -> None:
    with pytest.raises(BadRequest, match="without a list of widgets"):
        draw.html([draw.Body("x", {"widget": []})])


def test_the_time_that_is_shown_is_the_dashboards_own() -> None:
    body = {"start": "-P1D", "widgets": [{"type": "metric", "properties": {"metrics": [["A", "B"]]}}]}
    clocks = re.findall(r">(\d\d:\d\d)<", draw.html([draw.Body("day", body)]))
    assert clocks[0] == clocks[-1] == "12:00"
    assert len(set(clocks)) > 1


@pytest.mark.parametrize("seconds", [0, -1, 10**10])
def test_no_time_at_all_is_refused(seconds: int) -> None:
    with pytest.raises(BadRequest, match="CloudWatch keeps"):
        draw.html([draw.Body("x", {"widgets": []})], seconds=seconds)
