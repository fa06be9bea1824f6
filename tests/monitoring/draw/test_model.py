"""The shipped stacks' dashboards as pictures: every widget in its place, every alarm a line, nothing beyond an edge."""

from __future__ import annotations

import re

import pytest

from infra.model import Monitoring
from opslib.monitoring import Alarm, Graph, Text, draw
from opslib.monitoring.draw.look import COLUMN, GAP, ROW
from tests.monitoring.draw.pictures import outside, pictures, texts, titles

pytestmark = pytest.mark.feature("P4")


@pytest.fixture(scope="module")
def page(model: Monitoring, alarms: list[Alarm]) -> str:
    return draw.html(model.dashboards, alarms=alarms, title="parcel")


def test_every_widget_stands_where_its_json_puts_it(model: Monitoring, page: str) -> None:
    wanted = [
        (widget["y"], widget["x"], widget["height"], widget["width"])
        for board in model.dashboards
        for widget in board.body(region="eu-central-1", bind=str)["widgets"]
    ]
    drawn = re.findall(r"grid-area:(\d+)/(\d+)/span (\d+)/span (\d+)", page)
    assert [(int(y) - 1, int(x) - 1, int(high), int(wide)) for y, x, high, wide in drawn] == wanted


def test_no_picture_draws_beyond_its_box(page: str) -> None:
    found = pictures(page)
    assert len(found) > 100
    assert [(svg.attrib["aria-label"], place) for svg in found for place in outside(svg)] == []


def test_a_graph_has_the_shape_of_its_place(model: Monitoring) -> None:
    graph = next(w for board in model.dashboards for w in board.widgets if isinstance(w, Graph))
    wide, high = graph.width * COLUMN - GAP, graph.height * ROW - GAP
    assert f'viewBox="0 0 {wide} {high}"' in draw.svg(graph)


def test_every_alarm_is_a_line_with_its_threshold_and_breaching_side(
    model: Monitoring, alarms: list[Alarm], page: str
) -> None:
    lines = {(line.label, line.value) for b in model.dashboards for w in b.widgets for line in getattr(w, "lines", ())}
    said = {title for svg in pictures(page) for title in titles(svg)}
    checked = 0
    for alarm in alarms:
        label = f"{alarm.series.label}: {alarm.severity} {alarm.threshold:g}" if alarm.threshold is not None else ""
        if alarm.role == "silence" or alarm.threshold is None:
            continue
        assert (label, alarm.threshold) in lines, alarm.name
        side = "above" if alarm.comparison.startswith("Greater") else "below"
        assert f"{label}, breaching {side}" in said, alarm.name
        checked += 1
    assert checked > 80


def test_no_two_labels_stand_upon_one_another(page: str) -> None:
    for svg in pictures(page):
        labels = [e for e in svg.iter() if "y" in e.attrib.get("class", "").split() and e.text]
        spots = [(e.attrib["x"], float(e.attrib["y"])) for e in labels]
        for place, (x, y) in enumerate(spots):
            assert not [other for other in spots[place + 1 :] if other[0] == x and abs(other[1] - y) < 10], texts(svg)


def test_the_page_is_complete_in_itself(page: str) -> None:
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme:dark" in page
    assert not re.search(r"\b(nan|NaN|inf)\b", re.sub(r"<(title|desc|text)[ >].*?</\1>", "", page))


def test_what_is_made_up_says_so_on_every_picture(page: str) -> None:
    graphs = [
        svg
        for svg in pictures(page)
        if any("path" in e.tag and "l " in e.attrib["class"] for e in svg.iter() if "class" in e.attrib)
    ]
    assert graphs
    assert all("sample data" in texts(svg) for svg in graphs)


def test_references_are_printed_as_such(page: str) -> None:
    assert "ClusterName=${api.cluster}" in page


def test_every_picture_has_a_name_and_a_description(page: str) -> None:
    for svg in pictures(page):
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-label"] == titles(svg)[0]
        assert svg.find("{http://www.w3.org/2000/svg}desc").text  # type: ignore[union-attr] # there is one


def test_the_same_program_gives_the_same_page(model: Monitoring, alarms: list[Alarm], page: str) -> None:
    assert draw.html(model.dashboards, alarms=alarms, title="parcel") == page


def test_a_metric_has_the_same_sample_data_whatever_else_there_is(model: Monitoring) -> None:
    graph = next(w for board in model.dashboards for w in board.widgets if isinstance(w, Graph) and len(w.left) > 1)
    alone = Graph(graph.title, graph.left, (), graph.lines, unit=graph.unit)
    after = draw.html([model.dashboards[-1], model.dashboards[0]])
    path = re.search(r'<path class="l s0" d="(M[^"]+)"', draw.svg(alone))
    assert path
    if not graph.right:
        assert path[1] in after


def test_headings_are_headings(model: Monitoring, page: str) -> None:
    text = next(w for board in model.dashboards for w in board.widgets if isinstance(w, Text))
    assert f'class="h2">{text.markdown.removeprefix("## ")}</h4>' in page
