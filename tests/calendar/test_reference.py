"""The calendar against a plain reference that walks through time minute by minute.

The reference knows only how to read a clock on the wall: it converts UTC to local time and never the other way, so that
it shares no step with the calendar where the clocks are changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opslib.calendar import Calendar

pytestmark = pytest.mark.feature("M17")

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEHIND, AHEAD = timedelta(hours=50), timedelta(days=3)
MOST_MINUTES = 2 * 24 * 60
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")

# By how they change their clocks: by an hour at night, by an hour at midnight, by half an hour. 2026.
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
)
ZONES = ("UTC", "Asia/Kolkata", "Asia/Beirut", *dict(CHANGES))


def minutes_of(start: datetime, end: datetime, zone: str) -> Iterator[tuple[datetime, list[datetime]]]:
    """Each minute, and what a stubborn clock on the wall shows then.

    It shows each minute of the day once: what comes a second time it leaves out, and what is left out it shows as if
    nobody had changed it, minute by minute, beside the new time.
    """
    local, shown = ZoneInfo(zone), []
    at = start - MINUTE
    before = at.astimezone(local).replace(tzinfo=None)
    late: list[tuple[datetime, datetime]] = []
    while at < end:
        at += MINUTE
        now = at.astimezone(local)
        wall = now.replace(tzinfo=None)
        shown = [] if now.fold else [wall]
        skipped = before + MINUTE
        while skipped < wall:
            late.append((at + (skipped - before - MINUTE), skipped))
            skipped += MINUTE
        shown += [wall_then for when, wall_then in late if when == at]
        yield at, shown
        before = wall


def starts_on(window: dict[str, Any], day: date) -> bool:
    name = NAMES[day.weekday()]
    if "days" in window:
        return name in window["days"]
    same = [
        day.replace(day=n) for n in range(1, 32) if _is_day(day, n) and day.replace(day=n).weekday() == day.weekday()
    ]
    spoken = [ORDINALS[same.index(day)]] + (["last"] if day == same[-1] else [])
    return any(f"{ordinal} {name}" in window["on"] for ordinal in spoken)


def _is_day(day: date, number: int) -> bool:
    try:
        day.replace(day=number)
    except ValueError:
        return False
    return True


def open_minutes(window: dict[str, Any], start: datetime, end: datetime) -> set[datetime]:
    """Every minute of a span in which a window is open."""
    if "from" in window:
        return {at for at, _ in minutes_of(start, end, "UTC") if window["from"] <= at < window["to"]}
    found: set[datetime] = set()
    for at, shown in minutes_of(start, end, window["zone"]):
        if any(wall.time() == time.fromisoformat(window["start"]) and starts_on(window, wall.date()) for wall in shown):
            found |= {at + MINUTE * n for n in range(window["minutes"])}
    return found


HALF_HOURS = st.integers(0, 8).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
TIMES = HALF_HOURS | st.times().map(lambda one: f"{one:%H:%M}")
KINDS = st.sampled_from(["maintenance", "freeze"])
LENGTHS = st.integers(600, MOST_MINUTES) | st.integers(1, 300)


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[datetime, list[dict[str, Any]]]:
    """A window about when the clocks of its zone are changed, and a moment not long before or after."""
    zone, day = draw(st.sampled_from(CHANGES))
    name = NAMES[day.weekday()]
    start, minutes = draw(HALF_HOURS), draw(st.integers(1, 300))
    window = {"name": "a", "kind": draw(KINDS), "days": [name], "start": start, "minutes": minutes, "zone": zone}
    return datetime.combine(day, time(), UTC) + MINUTE * draw(st.integers(-1_000, 1_000)), [window]


@st.composite
def anywhere(draw: st.DrawFn) -> tuple[datetime, list[dict[str, Any]]]:
    """Up to three windows of any form, and a moment."""
    day = draw(st.dates(date(2024, 1, 10), date(2030, 12, 1)))
    now = datetime.combine(day, time(), UTC) + MINUTE * draw(st.integers(0, 1_439))
    return now, [draw(windows(name, now)) for name in "abc"[: draw(st.integers(1, 3))]]


@st.composite
def windows(draw: st.DrawFn, name: str, near: datetime) -> dict[str, Any]:
    window: dict[str, Any] = {"name": name, "kind": draw(KINDS)}
    if draw(st.integers(0, 3)) == 0:
        starts_at = near + MINUTE * draw(st.integers(-3_000, 6_000))
        return window | {"from": starts_at, "to": starts_at + MINUTE * draw(st.integers(1, 4_000))}
    days = [(near + DAY * n).date() for n in (-1, 0, -2, 1)]
    names = [NAMES[day.weekday()] for day in days]
    if draw(st.booleans()):
        window["days"] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    else:
        nth = [f"{ORDINALS[(day.day - 1) // 7]} {name}" for day, name in zip(days, names, strict=True)]
        spoken = st.sampled_from([*(f"last {name}" for name in names), *nth])
        window["on"] = draw(st.lists(spoken, min_size=1, max_size=2, unique=True))
    return window | {"start": draw(TIMES), "minutes": draw(LENGTHS), "zone": draw(st.sampled_from(ZONES))}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.booleans().flatmap(lambda near: near_a_change() if near else anywhere()))
def test_the_calendar_says_what_the_reference_says(case: tuple[datetime, list[dict[str, Any]]]) -> None:
    now, written = case
    calendar = Calendar.parse({"windows": written}, source="here")
    start, end = now - BEHIND, now + AHEAD
    opened = {window["name"]: open_minutes(window, start, end) for window in written}
    kinds = {window["name"]: window["kind"] for window in written}

    def says(at: datetime) -> str:
        here = {kinds[name] for name, minutes in opened.items() if at in minutes}
        return "frozen" if "freeze" in here else "maintenance" if here else "open"

    verdict = calendar.verdict(now)
    assert verdict.kind == says(now)
    if verdict.kind == "open":
        assert verdict.window is None
    else:
        assert now in opened[str(verdict.window)]
        assert kinds[str(verdict.window)] == {"frozen": "freeze"}.get(verdict.kind, verdict.kind)
    changes = (now + MINUTE * n for n in range(1, int(AHEAD / MINUTE)) if says(now + MINUTE * n) != says(now))
    change = next(changes, None)
    if change is None:
        assert verdict.until is None or verdict.until >= end
    else:
        assert verdict.until == change
    # Between minutes nothing changes.
    assert calendar.verdict(now + timedelta(seconds=59.9)).kind == verdict.kind
    upcoming = calendar.next(now)
    if upcoming is not None and upcoming.starts_at < end:
        assert upcoming.starts_at in opened[upcoming.window]
