"""Widgets: where they stand on CloudWatch's grid, and the JSON they become."""

from __future__ import annotations

import itertools
import json
from typing import Any

import hypothesis
import hypothesis.strategies as st
import jsonschema
import pytest

from opslib.monitoring import AlarmStatus, Dashboard, Expression, Graph, Line, Metric, Ref, Text, Widget
from opslib.monitoring.widget import GRID_WIDTH, place, rename_ids

pytestmark = pytest.mark.feature("M1")

METRIC_OPTIONS = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z][a-zA-Z0-9_]*$"},
        "expression": {"type": "string", "minLength": 1},
        "label": {"type": "string"},
        "stat": {"type": "string", "pattern": "^(Average|Sum|Minimum|Maximum|SampleCount|p[0-9.]+)$"},
        "period": {"type": "integer", "minimum": 1},
        "yAxis": {"enum": ["left", "right"]},
        "visible": {"type": "boolean"},
        "color": {"type": "string"},
        "region": {"type": "string"},
    },
    "additionalProperties": False,
}
AXIS = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "showUnits": {"type": "boolean"},
    },
    "additionalProperties": False,
}
LINE = {
    "type": "object",
    "required": ["value"],
    "properties": {
        "value": {"type": "number"},
        "label": {"type": "string"},
        "color": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
    },
    "additionalProperties": False,
}
PROPERTIES: dict[str, dict[str, Any]] = {
    "metric": {
        "type": "object",
        "required": ["region", "metrics"],
        "properties": {
            "title": {"type": "string"},
            "region": {"type": "string"},
            "view": {"enum": ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"]},
            "stacked": {"type": "boolean"},
            "metrics": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "string"}, METRIC_OPTIONS]}},
            },
            "yAxis": {"type": "object", "properties": {"left": AXIS, "right": AXIS}, "additionalProperties": False},
            "annotations": {
                "type": "object",
                "properties": {"horizontal": {"type": "array", "items": LINE}},
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    },
    "alarm": {
        "type": "object",
        "required": ["alarms"],
        "properties": {
            "title": {"type": "string"},
            "alarms": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}},
        },
        "additionalProperties": False,
    },
    "text": {
        "type": "object",
        "required": ["markdown"],
        "properties": {"markdown": {"type": "string"}},
        "additionalProperties": False,
    },
}
BODY = {
    "type": "object",
    "required": ["widgets"],
    "properties": {
        "start": {"type": "string", "pattern": "^-P"},
        "end": {"type": "string"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "widgets": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "x", "y", "width", "height", "properties"],
                "properties": {
                    "x": {"type": "integer", "minimum": 0, "maximum": 23},
                    "y": {"type": "integer", "minimum": 0},
                    "width": {"type": "integer", "minimum": 1, "maximum": 24},
                    "height": {"type": "integer", "minimum": 1, "maximum": 1000},
                },
                "oneOf": [
                    {"properties": {"type": {"const": kind}, "properties": shape}} for kind, shape in PROPERTIES.items()
                ],
            },
        },
    },
    "additionalProperties": False,
}
"""CloudWatch's "Dashboard body structure and syntax", as far as the model uses it, and closed: what it does not know is
a mistake."""

REQUESTS = Metric("AWS/ApplicationELB", "RequestCount", (("LoadBalancer", Ref("web", "lb")),), "Sum", label="Requests")
ERRORS = Metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", (("LoadBalancer", Ref("web", "lb")),), "Sum")
RATE = Expression("100 * FILL(errors, 0) / requests", (("errors", ERRORS), ("requests", REQUESTS)), "5xx rate")


def bound(ref: Ref) -> str:
    return {"lb": "app/web/1"}.get(ref.field, f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{ref.field}")


def properties(graph: Graph) -> dict[str, Any]:
    return graph.properties(region="eu-west-1", bind=bound)


SIZES = st.builds(
    lambda width, height: Text("x", width=width, height=height), st.integers(1, GRID_WIDTH), st.integers(1, 12)
)


def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    columns = range(widget["x"], widget["x"] + widget["width"])
    rows = range(widget["y"], widget["y"] + widget["height"])
    return set(itertools.product(columns, rows))


@hypothesis.given(st.lists(SIZES, max_size=30))
@hypothesis.settings(deadline=None)
def test_widgets_stay_on_the_grid_and_never_overlap(widgets: list[Widget]) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in place(widgets, region="eu-west-1", bind=bound):
        own = cells(widget)
        assert not own & taken
        assert max(x for x, _ in own) < GRID_WIDTH
        taken |= own


def test_widgets_are_set_from_left_to_right_and_then_below() -> None:
    sizes = [(24, 1), (8, 6), (8, 6), (8, 4), (12, 2), (24, 1)]
    placed = list(place([Text("x", width=w, height=h) for w, h in sizes], region="eu-west-1", bind=bound))
    assert [(w["x"], w["y"]) for w in placed] == [(0, 0), (0, 1), (8, 1), (16, 1), (0, 7), (0, 9)]


def test_a_metric_is_drawn_with_its_references_bound() -> None:
    assert properties(Graph("requests", (REQUESTS.with_period(300),)))["metrics"] == [
        [
            "AWS/ApplicationELB",
            "RequestCount",
            "LoadBalancer",
            "app/web/1",
            {"stat": "Sum", "period": 300, "yAxis": "left", "label": "Requests"},
        ]
    ]


def test_a_metric_without_a_label_is_drawn_under_its_name() -> None:
    assert properties(Graph("errors", (ERRORS,)))["metrics"][0][-1]["label"] == "HTTPCode_ELB_5XX_Count"


def test_each_series_stands_at_its_axis() -> None:
    rows = properties(Graph("both", (REQUESTS,), right=(ERRORS,)))["metrics"]
    assert [(row[1], row[-1]["yAxis"]) for row in rows] == [
        ("RequestCount", "left"),
        ("HTTPCode_ELB_5XX_Count", "right"),
    ]


def test_math_is_drawn_and_its_inputs_are_hidden() -> None:
    expression, *inputs = properties(Graph("rate", (RATE,)))["metrics"]
    assert expression == [
        {
            "expression": "100 * FILL(e0errors, 0) / e0requests",
            "id": "e0",
            "label": "5xx rate",
            "yAxis": "left",
            "period": 60,
        }
    ]
    assert [(row[1], row[-1]["id"], row[-1]["visible"]) for row in inputs] == [
        ("HTTPCode_ELB_5XX_Count", "e0errors", False),
        ("RequestCount", "e0requests", False),
    ]


def test_two_expressions_over_the_same_names_do_not_meet() -> None:
    rows = properties(Graph("rates", (RATE,), right=(RATE,)))["metrics"]
    ids = [row[-1]["id"] for row in rows]
    assert len(set(ids)) == len(ids) == 6
    for expression in ("100 * FILL(e0errors, 0) / e0requests", "100 * FILL(e1errors, 0) / e1requests"):
        assert any(row[-1].get("expression") == expression for row in rows)


RENAMED = {
    "a + b": "b + a",  # one pass: what was renamed is not renamed again
    "a + ab": "b + ab",  # a whole word, not a part of one
    "a_b + b1": "a_b + b1",
    "FILL(a, 0)": "FILL(b, 0)",
    "IF(a > 1e6, b, 0)": "IF(b > 1e6, a, 0)",
    "A + a": "A + b",
}


@pytest.mark.parametrize(("before", "after"), RENAMED.items())
def test_ids_are_renamed_without_clobbering(before: str, after: str) -> None:
    assert rename_ids(before, {"a": "b", "b": "a"}) == after


def test_thresholds_are_drawn_as_lines() -> None:
    graph = Graph("requests", (REQUESTS,), lines=(Line("warning 70", 70.0, "#ff7f0e"),), unit="requests/min")
    assert properties(graph)["annotations"] == {
        "horizontal": [{"label": "warning 70", "value": 70.0, "color": "#ff7f0e"}]
    }
    assert properties(graph)["yAxis"] == {"left": {"label": "requests/min", "showUnits": False, "min": 0.0}}


def test_a_graph_counts_what_awss_limits_count() -> None:
    assert Graph("both", (REQUESTS, RATE), right=(ERRORS,)).metric_count == 1 + 3 + 1
    assert (Text("x").metric_count, AlarmStatus("x", ()).metric_count) == (0, 0)


def test_the_body_has_the_shape_of_awss_dashboards() -> None:
    dashboard = Dashboard(
        "shop-prod-overview-eu-west-1",
        "overview",
        (
            AlarmStatus("What would page", (Ref("alarm", "shop-prod-down"),)),
            Text("## web"),
            Graph("requests", (REQUESTS, REQUESTS.with_statistic("p99")), lines=(Line("warning 1", 1.0, "#ff7f0e"),)),
            Graph("rate", (RATE,), right=(ERRORS,), unit="%", minimum=None),
        ),
    )
    body = dashboard.body(region="eu-west-1", bind=bound)
    jsonschema.validate(json.loads(json.dumps(body)), BODY)
    assert body["widgets"][0]["properties"]["alarms"] == [
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-down"
    ]
    assert dashboard.metric_count == 2 + 3 + 1
