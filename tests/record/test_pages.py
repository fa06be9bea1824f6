"""The record as Markdown and as a page: all that is known is there, and nothing in it does anything."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from opslib.procedure import Journal
from opslib.record import IncidentRecord, incident, render_html, render_markdown
from opslib.record.wording import lasted
from tests.procedure.toy import START, Killed, Never, Until, World, set_value
from tests.record.conftest import EVIDENCE, Play, incident_plan

pytestmark = [pytest.mark.feature("R19"), pytest.mark.feature("O2")]

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</title></style>${title}$tone"
    "[click](javascript:alert(3)) ![pixel](https://evil.example/p.png) `code` | cell |\n# heading\n- list\n```\nfence"
)


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} is closed and was not the last to be opened"
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "h1", "h2", "p", "span"),
    *("div", "dl", "dt", "dd", "b", "em", "ol", "li", "pre", "svg", "line", "circle", "text", "foreignobject"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "class", "width", "height", "role", "aria-label"),
    *("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "text-anchor"),
}


@pytest.fixture
def hostile(play: Play, journal: Journal) -> IncidentRecord:
    """A record of whose every text somebody has made the worst."""
    steps = (
        set_value("writers", HOSTILE, "first").model_copy(update={"title": HOSTILE}),
        Never(id="never", title=HOSTILE),
    )
    context: dict[str, Any] = {
        "environment": HOSTILE,
        HOSTILE: {HOSTILE: [HOSTILE]},
        "alarms": [{"name": HOSTILE, "alarm_at": (START - timedelta(minutes=1)).isoformat()}],
    }
    the_plan = incident_plan(*steps, context=context).model_copy(
        update={"reason": HOSTILE, "actor": HOSTILE, "procedure": HOSTILE, "target": HOSTILE}
    )
    play(the_plan)
    return incident(journal, "plan-one")


def test_hostile_text_is_only_text_on_the_page(hostile: IncidentRecord) -> None:
    page = Page(render_html(hostile))
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    assert {name for _, attributes in page.elements for name in attributes} <= ATTRIBUTES
    assert page.text.count("<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;") > 10
    assert "${title}$tone" in page.text, "it is no placeholder of ours"
    for _, attributes in page.elements:
        assert not any(re.search(r"javascript:|evil|url\(", str(value)) for value in attributes.values())


def test_hostile_text_is_only_text_in_markdown(hostile: IncidentRecord) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(render_markdown(hostile))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"h1", "h2", "p", "em", "strong", "code", "pre", "ul", "li",
                    "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    assert "javascript:" in html, "as text"
    assert not re.search(r"\b(href|src|onerror)=\"", html)
    headings = re.findall(r"<h2>(.*?)</h2>", html)
    assert headings == [
        "What happened",
        "Impact",
        "Timeline",
        "Steps",
        "Before and after",
        "Evidence",
        "What went well",
        "What went badly",
        "Actions",
    ]


def test_no_cell_of_a_table_is_broken_by_what_is_in_it(play: Play, journal: Journal) -> None:
    odd = "a | b `c` | \\| d"
    play(incident_plan(set_value("writers", odd).model_copy(update={"title": odd})))
    html = MarkdownIt("commonmark").enable("table").render(render_markdown(incident(journal, "plan-one")))
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]
    assert ["1", odd, "done"] in [row[:3] for row in rows]
    (after,) = [row[2] for row in rows if row[:2] == [odd, "<code>{&quot;value&quot;: 3}</code>"]]
    assert after.endswith("d&quot;}</code>")
    assert (after.count("|"), after.count("<code>")) == (3, 1)


def test_the_page_needs_nothing_else(hostile: IncidentRecord) -> None:
    page = render_html(hostile)
    elements = Page(page).elements
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in elements
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    assert ("meta", policy) in elements
    style = page[page.index("<style>") : page.index("</style>")]
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert not re.search(r"url\(|@import|https?:", style)


@pytest.fixture
def good(play: Play, world: World, journal: Journal) -> IncidentRecord:
    world.clock.on_sleep = lambda: world.values.update(rule="green") if world.clock.seconds > 45 else None
    until = Until(id="until", title="the rule is green", name="rule", becomes="green", part="validate")
    play(incident_plan(set_value("writers", 0), until, set_value("endpoint", "new")))
    return incident(journal, "plan-one")


def test_the_page_tells_all_that_is_known(good: IncidentRecord) -> None:
    text = " ".join(Page(render_html(good)).text.split())
    for said in (
        "toy of toy:shop: done",
        "All 3 steps were done, and seen to be so.",
        "Who ada",
        "Why a test",
        "Environment prod",
        "Severity critical (SEV-2 · P2 · Level 2)",
        "Planned 2026-01-01 03:00:00 UTC",
        "2 min Detected after",
        "1 min 10 s Responded after",
        "1. writers is 0",
        "execute · began 03:00:00 · sent 03:00:00 · took 7 s",
        "toy:Set(name=writers, value=0)",
        "2. the rule is green",
        '{ "value": 3 }',
        '"to": "api:41"',
        "plan plan-one, planned 2026-01-01 03:00:00 UTC, ended 2026-01-01",
        "exit code 0; record version 1",
    ):
        assert said in text, said


def bars(record: IncidentRecord) -> list[tuple[str, float, float]]:
    """The bars of the timeline: what each is, and from where to where it reaches, in percent."""
    found = []
    for tag, attributes in Page(render_html(record)).elements:
        css = (attributes.get("class") or "").split()
        if tag == "line" and css[:1] == ["bar"]:
            found.append((css[1], *(float(str(attributes[end]).rstrip("%")) for end in ("x1", "x2"))))
    return found


def test_the_picture_shows_what_lasted_how_long(good: IncidentRecord) -> None:
    drawn = bars(good)
    assert [css for css, _, _ in drawn] == ["unseen", "alarm", "alarm", "done", "done", "done"]
    unseen, alarm, _, first, wait, last = drawn
    assert unseen[1] == 0, "the picture begins where it began"
    assert unseen[2] == alarm[1]
    assert alarm[2] == last[2] == 100, "and ends with the plan"
    assert first[2] == wait[1] < wait[2] == last[1]
    assert wait[2] - wait[1] > 4 * (first[2] - first[1])
    calls = [attributes for tag, attributes in Page(render_html(good)).elements if tag == "circle"]
    assert len(calls) == 2


def test_the_picture_of_what_was_undone(play: Play, journal: Journal) -> None:
    play(incident_plan(set_value("writers", 0), Never(id="never", title="no"), context={}))
    drawn = bars(incident(journal, "plan-one"))
    assert [css for css, _, _ in drawn] == ["done", "undone", "failed"]
    assert drawn[0][1:] == (0.0, 50.0)
    assert drawn[1][1:] == (50.0, 100.0)
    assert drawn[2][1:] == (50.0, 50.0), "it was left when the undoing began"


def test_plans_of_every_ending_can_be_drawn(play: Play, world: World, journal: Journal) -> None:
    play(incident_plan(Never(id="never", title="no"), context={}, plan_id="plan-at-once"))
    assert bars(incident(journal, "plan-at-once")) == [("failed", 0.0, 0.0)], "all of it in one moment"
    world.fault = (world.interactions + 2, "kill after")
    with pytest.raises(Killed):
        play(incident_plan(set_value("writers", 0), set_value("rule", "red"), context={}, plan_id="plan-killed"))
    killed = incident(journal, "plan-killed")
    assert [css for css, _, _ in bars(killed)] == ["under_way"]
    text = " ".join(Page(render_html(killed)).text.split())
    assert "unfinished" in text
    assert "not ended" in text
    assert "continue with `opslib resume plan-killed`." in text
    assert "unfinished" in render_markdown(killed)


def test_markdown_is_a_post_mortem_to_go_on_with(good: IncidentRecord) -> None:
    text = render_markdown(good)
    for line in (
        "# toy of toy:shop: done",
        "| **Why** | a test |",
        "| **Detected after** | 2 min |",
        "| 02:58:50 | alarm | api-5xx went to ALARM |",
        "| 03:00:00 | called | toy:Set(name=writers, value=0) |",
        "| 1 | writers is 0 | done | `toy:Set(name=writers, value=0)` |",
        '| writers is 0 | `{"value": 3}` | `{"value": 0}` |',
        "- Detected after 2 min.",
        "- _To be filled in._",
        "| Action | Owner | Due |",
    ):
        assert line in text.splitlines(), line
    assert str(EVIDENCE["revision"]["to"]) in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (7.25, "7.25 s"),
        (59.99, "60 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3_599.9, "1 h"),
        (5_400, "1 h 30 min"),
        (86_400 * 2 + 3 * 3_600, "2 d 3 h"),
    ],
)
def test_durations_read_well(seconds: float, said: str) -> None:
    assert lasted(seconds) == said
