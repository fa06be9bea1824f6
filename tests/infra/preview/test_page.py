"""The page: complete in itself, every dashboard drawn, nothing of a name taken for HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from infra.preview import Preview, Request, preview
from infra.preview.page import page
from infra.preview.report import report_of

Write = Callable[..., Path]

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Nesting(HTMLParser):
    """Refuses elements that are not closed where they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  HTMLParser's signature
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  HTMLParser's signature
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def made(stack_file: Write) -> Preview:
    stack_file()
    return preview(Request("test"))


@pytest.mark.feature("P4")
def test_every_dashboard_is_drawn_in_a_page_that_needs_nothing_else(made: Preview) -> None:
    text = page(made.report, made.model)
    nesting = Nesting()
    nesting.feed(text)
    assert nesting.open == []
    assert "script" not in nesting.seen
    assert not re.search(r"""(?:src|href)=["']?(?!#)""", re.sub(r"<a href=\"#", "", text)), "nothing is loaded"
    for board in made.model.dashboards:
        assert f"<summary>{board.name}" in text
    graphs = sum(1 for board in made.model.dashboards for widget in board.widgets if hasattr(widget, "left"))
    assert nesting.seen["svg"] >= graphs
    assert "sample data" in text


def test_it_is_for_light_and_dark_and_for_a_telephone(made: Preview) -> None:
    text = page(made.report, made.model)
    assert "prefers-color-scheme:dark" in text
    assert "width=device-width" in text
    assert re.search(r"@media \(max-width:\d+px\)", text)
    rows = re.findall(r"<td[^>]*>", text)
    assert rows
    assert all("data-is=" in row for row in rows if "class=" in row), "a cell says what it is, where it has no column"


def test_names_are_text(made: Preview) -> None:
    evil = '<script>alert(1)</script>"&'
    alarms = tuple(replace(alarm, name=evil, title=evil) for alarm in made.model.alarms[:1])
    model = replace(made.model, alarms=alarms, composites=(), source=evil, problems=(f"alarm {evil}: {evil}: {evil}",))
    text = page(report_of(model, stack=evil), model)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;" in text


def test_every_alarm_is_in_it(made: Preview) -> None:
    text = page(made.report, made.model)
    assert [alarm.name for alarm in made.report.alarms if f"<code>{alarm.name}</code>" not in text] == []


def test_the_same_input_gives_the_same_page(made: Preview) -> None:
    assert page(made.report, made.model) == page(made.report, made.model)
