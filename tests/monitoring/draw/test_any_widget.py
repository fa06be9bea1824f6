"""Whatever a dashboard holds, its pictures are well-formed, and nothing stands beyond their edge."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from opslib.monitoring import AlarmStatus, Expected, Expression, Graph, Insights, Line, Metric, Ref, Text, Widget, draw
from opslib.monitoring.draw import Body
from tests.monitoring.draw.pictures import outside, parsed, pictures, texts

pytestmark = pytest.mark.feature("P4")

HOSTILE = "</title></svg><script>alert(\"1\")</script><svg onload='x'>&amp;\x00\x1b\ud800]]>--><style>"
words = st.text(st.characters(), max_size=60) | st.just(HOSTILE) | st.just("W" * 300)
numbers = st.floats() | st.integers(-100, 10_000).map(float) | st.sampled_from([0.0, 1e308, -1e308, 5e-324, 99.999])
colors = st.sampled_from(["#ff7f0e", "#d62728", "#7f1d1d", "#abc", "", 'red"/><script>', "#12345"])
units = st.sampled_from(["%", "s", "ms", "bytes", "bytes/s", "", "requests/min", "tasks", "USD"]) | words
metrics = st.builds(
    Metric,
    words,
    words,
    st.lists(st.tuples(words, words | st.builds(Ref, words, words)), max_size=2).map(tuple),
    st.sampled_from(["Average", "Sum", "p99"]),
    st.sampled_from([10, 60, 300, 86_400]),
    words,
)
series = metrics | st.builds(Expression, words, st.tuples(st.tuples(st.just("m1"), metrics)), words)
series |= st.builds(Insights, words | st.just("SELECT AVG(a) FROM b GROUP BY c"), words)
sizes = {"width": st.integers(1, 24), "height": st.integers(1, 12)}
graphs = st.builds(
    Graph,
    words,
    st.lists(series, max_size=6).map(tuple),
    st.lists(series, max_size=2).map(tuple),
    st.lists(st.builds(Line, words, numbers, colors), max_size=6).map(tuple),
    st.lists(st.builds(Expected, metrics, st.floats(0.1, 10), words), max_size=2).map(tuple),
    unit=units,
    minimum=st.none() | numbers,
    **sizes,
)
refs = st.builds(Ref, st.just("alarm") | words, words)
widgets = graphs | st.builds(AlarmStatus, words, st.lists(refs, max_size=30).map(tuple), **sizes)
widgets |= st.builds(Text, words | st.just("# a\n- b\n|c|d|\n```\ne\n```\n[x](javascript:alert(1))"), **sizes)


@hypothesis.settings(deadline=None, max_examples=150)
@hypothesis.example(
    Graph("a", (Metric("a", "b", (), "Sum"),), (), (Line("a", -1.5e308, "#abc"),), unit="%", width=3, height=3)
)
@hypothesis.given(widgets)
def test_a_widget_is_well_formed_and_within_its_edge(widget: Widget) -> None:
    svg = parsed(draw.svg(widget))
    assert outside(svg) == []
    assert not [element for element in svg.iter() if element.tag.endswith("script")]
    assert not [name for element in svg.iter() for name in element.attrib if name.startswith("on")]


json_numbers = st.floats(allow_nan=False) | st.integers(-(10**12), 10**12) | words
rows = st.lists(words | st.sampled_from([".", "..."]), min_size=1, max_size=6)
options = st.fixed_dictionaries(
    {},
    optional={
        "label": words,
        "id": st.sampled_from(["m1", "m2", "e1"]),
        "expression": st.sampled_from(
            ["m1+m2", "e1*2", "e1", "SELECT x", "((", "m1/0", "ANOMALY_DETECTION_BAND(m1, 3)"]
        )
        | words,
        "visible": st.booleans(),
        "yAxis": st.sampled_from(["left", "right"]),
        "period": json_numbers,
    },
)
axes = st.fixed_dictionaries({}, optional={"min": json_numbers, "max": json_numbers, "label": units})
properties = st.fixed_dictionaries(
    {},
    optional={
        "title": words,
        "view": st.sampled_from(["timeSeries", "singleValue", "gauge", "bar", "pie", "table", "other"]),
        "stacked": st.booleans(),
        "metrics": st.lists(st.tuples(rows, options).map(lambda pair: [*pair[0], pair[1]]), max_size=8),
        "yAxis": st.fixed_dictionaries({}, optional={"left": axes, "right": axes}) | st.none(),
        "annotations": st.fixed_dictionaries(
            {"horizontal": st.lists(st.fixed_dictionaries({"value": json_numbers, "label": words, "color": colors}))}
        ),
        "markdown": words,
        "alarms": st.lists(words, max_size=5),
        "query": words,
    },
)
json_widgets = st.fixed_dictionaries(
    {"type": st.sampled_from(["metric", "text", "alarm", "log", "explorer"]), "properties": properties | st.none()},
    optional={"x": json_numbers, "y": json_numbers, "width": json_numbers, "height": st.integers(-2, 30)},
)


@hypothesis.settings(deadline=None, max_examples=150)
@hypothesis.given(st.lists(json_widgets, max_size=5), st.none() | st.sampled_from(["-PT3H", "-P7D", "2026-01-01", ""]))
def test_any_json_is_drawn_within_its_edges(found: list[dict[str, Any]], start: str | None) -> None:
    page = draw.html([Body("any", {"widgets": found, "start": start})])
    assert [place for svg in pictures(page) for place in outside(svg)] == []
    assert "<script" not in page.lower()


def test_hostile_text_stays_text() -> None:
    metric = Metric("A", "B", (("C", HOSTILE),), "Sum", label=HOSTILE)
    widget = Graph(HOSTILE, (metric,), lines=(Line(HOSTILE, 1.0, HOSTILE),), unit=HOSTILE, width=24)
    svg = parsed(draw.svg(widget))
    assert any(text.startswith("</title></svg><script>") for text in texts(svg))
    page = draw.html(
        [Body(HOSTILE, {"widgets": [{"type": "text", "properties": {"markdown": HOSTILE}}]})], title=HOSTILE
    )
    assert "<script" not in page
    assert "onload='" not in page


@pytest.mark.parametrize("target", ["javascript:alert(1)", "//evil.example", "data:text/html,x", " java\tscript:x"])
def test_links_lead_nowhere_dangerous(target: str) -> None:
    body = {"widgets": [{"type": "text", "properties": {"markdown": f"[click]({target})"}}]}
    assert "<a href=" not in draw.html([Body("a", body)]).partition("<section")[2]
