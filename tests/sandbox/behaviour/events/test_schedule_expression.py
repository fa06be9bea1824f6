"""When schedules are due: each expression, a time, and the next time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opslib.errors import BadRequest
from opslib.sandbox.behaviour.schedule_expression import next_after


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-01-30T10:07:30")  # a Friday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(15 10 * * ? *)", "2026-01-30T10:15"),
        ("cron(0 10 * * ? *)", "2026-01-31T10:00"),
        ("cron(0/15 * * * ? *)", "2026-01-30T10:15"),
        ("cron(5,50 * * * ? *)", "2026-01-30T10:50"),
        ("cron(0 8 ? * MON-FRI *)", "2026-02-02T08:00"),
        ("cron(0 8 ? * 1 *)", "2026-02-01T08:00"),
        ("cron(0 8 ? * FRI-MON *)", "2026-01-31T08:00"),
        ("cron(0 8 1 * ? *)", "2026-02-01T08:00"),
        ("cron(0 8 L * ? *)", "2026-01-31T08:00"),
        ("cron(0 8 1W * ? *)", "2026-02-02T08:00"),
        ("cron(0 8 ? * 6L *)", "2026-02-27T08:00"),
        ("cron(0 11 ? * 6L *)", "2026-01-30T11:00"),
        ("cron(0 8 ? * TUE#2 *)", "2026-02-10T08:00"),
        ("cron(0 8 29 2 ? *)", "2028-02-29T08:00"),
        ("cron(0 8 1 1 ? 2030)", "2030-01-01T08:00"),
        ("cron(0 8 1 1 ? 2020)", None),
        ("at(2026-02-01T00:00:00)", "2026-02-01T00:00"),
        ("at(2026-01-01T00:00:00)", None),
    ],
)
def test_it_is_next_due(expression, expected):
    assert next_after(expression, NOW, began=NOW) == (None if expected is None else at(expected))


def test_a_rate_counts_from_its_beginning():
    began = at("2026-01-30T10:00:10")
    assert next_after("rate(5 minutes)", began, began=began) == at("2026-01-30T10:05:10")
    assert next_after("rate(5 minutes)", NOW, began=began) == at("2026-01-30T10:10:10")
    assert next_after("rate(1 day)", NOW, began=began) == at("2026-01-31T10:00:10")


def test_a_time_zone_is_that_of_the_clocks_on_the_wall():
    """Berlin is an hour ahead in January, two in July."""
    assert next_after("cron(0 8 * * ? *)", NOW, began=NOW, zone="Europe/Berlin") == at("2026-01-31T07:00")
    july = at("2026-07-01T10:00")
    assert next_after("cron(0 8 * * ? *)", july, began=july, zone="Europe/Berlin") == at("2026-07-02T06:00")


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 weeks)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(0 8 * * ?)",
        "cron(60 8 * * ? *)",
        "cron(0/0 8 * * ? *)",
        "cron(0 8 ? * NIX *)",
        "every day",
    ],
)
def test_what_makes_no_sense_is_refused(expression):
    with pytest.raises(BadRequest):
        next_after(expression, NOW, began=NOW)


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(BadRequest, match="time zone"):
        next_after("rate(5 minutes)", NOW, began=NOW, zone="Mars/Olympus")
