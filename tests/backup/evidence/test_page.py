"""The page of a report: what a backup holds is text in it, and it needs nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from opslib.backup import evidence
from opslib.backup.verdict import Finding, Phase
from opslib.backup.words import duration

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def page(*findings: Finding, **more: object) -> str:
    fields = {
        "action": "verify",
        "source": "orders",
        "kind": "postgres",
        "environment": "prod",
        "began_at": NOW,
        "ended_at": NOW + timedelta(seconds=10),
        "by": "a test",
    } | more
    draft = evidence.Draft.of(findings, (Phase("restore", 8), Phase("content", 2)), **fields)
    report = evidence.Report.model_validate(draft.model_dump() | {"sequence": 3, "previous": "0" * 64})
    return evidence.render(report).decode()


@pytest.mark.feature("B6")
def test_it_shows_the_verdict_in_words_and_each_check_worst_first() -> None:
    text = page(Finding("load", "proven", "fine"), Finding("content", "disproven", "orders has 3 rows, had 4"))
    assert re.search(r"<strong>disproven</strong>", text)
    assert text.index("orders has 3 rows, had 4") < text.index("fine")
    assert "restore 8 s" in text


def test_names_from_a_backup_are_text_and_nothing_is_loaded() -> None:
    text = page(Finding("content", "disproven", "<script>alert(1)</script>", on="<img src=x>", facts={"<b>": "</pre>"}))
    assert "<script" not in text
    assert "<img" not in text
    assert "</pre></pre>" not in text
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize(("restored", "said"), [(10.0, False), (120.0, True)])
def test_over_rto_is_said_in_words(restored: float, said: bool) -> None:
    text = page(Finding("rto", "proven", "x"), restored_seconds=restored, rto_seconds=60)
    assert ("over RTO</strong>" in text) is said


def test_what_was_skipped_is_said_first() -> None:
    skipped = {"sequence": 2, "sha256": "a" * 64, "proven_at": NOW}
    assert "Nothing was run this time" in page(Finding("load", "proven", "x"), skipped=skipped)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.1234, "0.123 s"),
        (9.96, "9.96 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_are_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
