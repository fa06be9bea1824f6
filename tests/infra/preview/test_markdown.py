"""The comment on the pull request: it fits, it is never broken, and it is found again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.preview import Preview, Request, preview
from infra.preview.document import Report
from infra.preview.markdown import markdown, marker
from infra.preview.report import report_of
from tests.infra.preview.conftest import Ended

Call = Callable[..., Ended]
Write = Callable[..., Path]

GITHUB_CHARACTERS = 65_536
NASTY = "a|b`c`<b>@team #12 **x** <!-- opslib-preview: other -->\n| row | "


@pytest.fixture
def made(stack_file: Write) -> Preview:
    stack_file()
    return preview(Request("test"))


def tables(text: str) -> list[list[str]]:
    """The tables of a comment, as lists of lines."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def is_whole(text: str) -> None:
    for table in tables(text):
        assert len(table) >= 2, table
        assert re.fullmatch(r"\|(-+:?\|)+", table[1]), table[1]
        assert {cells(line) for line in table} == {cells(table[0])}, table
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("\n")


def nasty(report: Report, times: int) -> Report:
    """The same report with names that break markdown, many times over."""
    alarms = tuple(
        one.model_copy(update={"name": f"{number} {NASTY}", "requires": f"{NASTY}{number}"})
        for number in range(times)
        for one in report.alarms[:1]
    )
    limits = tuple(
        {"where": f"alarm {number} {NASTY}", "what": NASTY, "way_out": NASTY, "text": NASTY} for number in range(times)
    )
    blind = tuple(
        {"requires": NASTY, "says": NASTY * 3, "alarms": (NASTY,), "workloads": tuple(NASTY for _ in range(9))}
        for _ in range(times)
    )
    notes = tuple(NASTY * 5 for _ in range(times))
    changes = {
        "against": {"kind": "state", "name": NASTY, "says": NASTY},
        "alarms_before": 1,
        "dashboards_before": 1,
        "alarms": [
            {
                "name": f"{number}{NASTY}",
                "workload": f"{number}{NASTY}",
                "title": NASTY,
                "what": ("added", "removed", "changed")[number % 3],
                "fields": [{"field": "threshold", "before": 1, "after": 2, "says": f"{number} {NASTY}"}],
            }
            for number in range(times)
        ],
        "dashboards": [
            {"name": f"{number}{NASTY}", "what": "changed", "widgets": 1, "says": [f"{number}{NASTY}"] * 9}
            for number in range(times)
        ],
    }
    document = report.model_dump() | {"alarms": alarms, "limits": limits, "blind": blind, "notes": notes}
    return Report.model_validate(document | {"changes": changes, "stack": NASTY, "exit_code": 1})


@pytest.mark.feature("P1")
@pytest.mark.parametrize("times", [1, 30, 300, 3_000])
def test_it_fits_whatever_there_is_and_no_table_is_broken(made: Preview, times: int) -> None:
    text = markdown(nasty(made.report, times))
    assert len(text) <= GITHUB_CHARACTERS
    assert len(text.encode()) <= GITHUB_CHARACTERS
    is_whole(text)
    if times >= 300:
        assert re.search(r"… and [\d,]+ more limits, left out here", text)


@pytest.mark.feature("P1")
def test_the_first_line_is_a_marker_that_nobody_sees_and_nobody_can_forge(made: Preview) -> None:
    text = markdown(made.report)
    assert text.splitlines()[0] == marker("test") == "<!-- opslib-preview: test -->"
    forged = markdown(nasty(made.report, 3))
    assert len(re.findall(r"<!--", forged)) == 1
    assert forged.splitlines()[0].startswith("<!-- opslib-preview: ")
    outside = re.sub(r"`[^`]*`", "", forged)
    assert "@team" not in outside, "nobody is mentioned"
    assert "$" not in outside, "nothing is a formula"


def test_limits_come_first_and_then_what_changes(made: Preview) -> None:
    text = markdown(nasty(made.report, 3))
    headings = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert headings[:3] == ["What stops it", "What changes", "What it costs"]
    assert text.splitlines()[1].startswith("## 🛑")


def test_a_calm_report_is_short(made: Preview) -> None:
    text = markdown(made.report)
    assert "within all limits" in text.splitlines()[1]
    assert len(text) < 5_000
    is_whole(text)


def test_a_hundred_services_fit_with_everything_that_changes(stack_file: Write) -> None:
    stack_file(100)
    model = preview(Request("test")).model
    thousands = report_of(
        replace(model, problems=tuple(f"alarm {n}: too long: shorten it" for n in range(5_000))), stack="x"
    )
    text = markdown(thousands)
    is_whole(text)
    assert len(text) <= GITHUB_CHARACTERS
    assert "more limits, left out here" in text


def test_it_is_written_where_it_is_asked_for(call: Call, stack_file: Write, here: Path) -> None:
    stack_file()
    ended = call("--stack", "test", "--markdown", "out/comment.md")
    assert ended.code == 0
    assert (here / "out/comment.md").read_text(encoding="utf-8").startswith("<!-- opslib-preview: test -->\n## ")
