"""What a calendar says of a moment, and how it is written."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opslib.calendar import Calendar, Occurrence, Verdict
from opslib.errors import BadRequest

pytestmark = pytest.mark.feature("M17")

PARCEL = """
[[windows]]
name = "deploy nights"
days = ["Mon", "Wed", "Fri"]
start = "02:00"
minutes = 120

[[windows]]
name = "sunday"
days = "Sunday"
start = 02:00:00
minutes = 120

[[windows]]
name = "patch days"
on = ["first Monday", "third Monday", "last Friday"]
start = "20:00"
minutes = 60
zone = "Europe/Berlin"

[[windows]]
name = "black friday"
kind = "freeze"
from = 2026-11-26T18:00:00Z
to = 2026-11-30T03:00:00Z
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar.parse(PARCEL, source="calendar.toml")


@pytest.mark.parametrize(
    ("now", "kind", "window", "until"),
    [
        ("2026-03-02T01:59:59", "open", None, "2026-03-02T02:00"),  # a Monday
        ("2026-03-02T02:00", "maintenance", "deploy nights", "2026-03-02T04:00"),
        ("2026-03-02T03:59:59", "maintenance", "deploy nights", "2026-03-02T04:00"),
        ("2026-03-02T04:00", "open", None, "2026-03-02T19:00"),  # the first Monday: 20:00 in Berlin
        ("2026-03-02T19:30", "maintenance", "patch days", "2026-03-02T20:00"),
        ("2026-03-09T19:30", "open", None, "2026-03-11T02:00"),  # the second Monday
        ("2026-03-16T19:30", "maintenance", "patch days", "2026-03-16T20:00"),
        ("2026-03-27T19:30", "maintenance", "patch days", "2026-03-27T20:00"),  # the last Friday
        ("2026-07-31T18:30", "maintenance", "patch days", "2026-07-31T19:00"),  # the fifth is the last; summer time
        ("2026-07-24T18:30", "open", None, "2026-07-26T02:00"),  # the fourth of five is not
        ("2026-03-03T02:30", "open", None, "2026-03-04T02:00"),  # a Tuesday
        ("2026-03-08T02:30", "maintenance", "sunday", "2026-03-08T04:00"),
        ("2026-11-27T02:30", "frozen", "black friday", "2026-11-30T03:00"),  # a freeze outranks maintenance
        ("2026-11-30T03:00", "maintenance", "deploy nights", "2026-11-30T04:00"),
    ],
)
def test_the_verdict_and_when_it_changes(
    calendar: Calendar, now: str, kind: str, window: str | None, until: str
) -> None:
    assert calendar.verdict(at(now)) == Verdict(kind, window, at(until))  # type: ignore[arg-type]


def test_it_is_asked_in_any_zone(calendar: Calendar) -> None:
    tokyo = datetime.fromisoformat("2026-03-02T11:30:00+09:00")
    assert calendar.verdict(tokyo).window == "deploy nights"


def test_a_time_without_a_zone_is_refused(calendar: Calendar) -> None:
    with pytest.raises(BadRequest, match="no zone"):
        calendar.verdict(datetime(2026, 3, 2))  # noqa: DTZ001  that is the point
    with pytest.raises(BadRequest, match="no zone"):
        calendar.next(datetime(2026, 3, 2))  # noqa: DTZ001


def test_the_next_window_of_any_or_of_one_kind(calendar: Calendar) -> None:
    now = at("2026-11-25T03:00")  # within a window: the next one is another
    freeze = Occurrence("black friday", "freeze", at("2026-11-26T18:00"), at("2026-11-30T03:00"))
    assert calendar.next(now) == freeze
    friday = Occurrence("deploy nights", "maintenance", at("2026-11-27T02:00"), at("2026-11-27T04:00"))
    assert calendar.next(now, "maintenance") == friday
    assert calendar.next(at("2027-01-01T00:00"), "freeze") is None


def test_windows_that_touch_are_one(calendar: Calendar) -> None:
    del calendar
    both = Calendar.parse(
        {
            "windows": [
                {"name": "early", "days": "Mon", "start": "02:00", "minutes": 60},
                {"name": "late", "days": "Mon", "start": "03:00", "minutes": 60},
            ]
        },
        source="here",
    )
    verdict = both.verdict(at("2026-03-02T02:10"))
    assert (verdict.window, verdict.until) == ("early", at("2026-03-02T04:00"))
    assert str(verdict) == "maintenance (early) until 2026-03-02 04:00 UTC"


def test_a_window_that_began_days_ago_is_still_open() -> None:
    move = {"name": "move", "days": "Fri", "start": "22:00", "minutes": 5 * 24 * 60, "zone": "Asia/Tokyo"}
    verdict = Calendar.parse({"windows": [move]}, source="here").verdict(at("2026-03-11T12:59"))  # a Wednesday
    assert (verdict.window, verdict.until) == ("move", at("2026-03-11T13:00"))


def test_what_never_changes_has_no_end() -> None:
    assert Calendar().verdict(at("2026-01-01T00:00")) == Verdict("open", None, None)
    assert Calendar().next(at("2026-01-01T00:00")) is None
    every_day = [{"name": "always", "days": "Mon", "start": "00:00", "minutes": 7 * 24 * 60}]
    always = Calendar.parse({"windows": every_day}, source="here")
    assert always.verdict(at("2026-01-01T00:00")) == Verdict("maintenance", "always", None)


def test_a_month_without_a_fifth_friday_has_no_window_on_it() -> None:
    fifth = Calendar.parse(
        {"windows": [{"name": "fifth", "on": "fifth Friday", "start": "00:00", "minutes": 1}]}, source="here"
    )
    found, now = [], at("2026-01-01T00:00")
    while (occurrence := fifth.next(now)) and occurrence.starts_at.year == 2026:
        found.append(occurrence.starts_at.date().isoformat())
        now = occurrence.starts_at
    assert found == ["2026-01-30", "2026-05-29", "2026-07-31", "2026-10-30"]


NEW_YORK = {"name": "w", "days": "Sun", "start": "02:30", "minutes": 60, "zone": "America/New_York"}
BERLIN = {"name": "w", "days": "Sun", "start": "02:30", "minutes": 60, "zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("window", "now", "starts_at"),
    [
        # 8 March: 02:00 to 03:00 is left out, 02:30 becomes 03:30 EDT.
        (NEW_YORK, "2026-03-08T00:00", "2026-03-08T07:30"),
        # 1 November: 01:00 to 02:00 comes twice, 02:30 does not.
        (NEW_YORK, "2026-11-01T00:00", "2026-11-01T07:30"),
        # 1 November: 01:30 comes twice; the first is in summer time.
        (NEW_YORK | {"start": "01:30"}, "2026-11-01T00:00", "2026-11-01T05:30"),
        (BERLIN, "2026-03-29T00:00", "2026-03-29T01:30"),  # left out: 03:30 CEST
        (BERLIN, "2026-10-25T00:00", "2026-10-25T00:30"),  # twice: the first, CEST
    ],
)
def test_windows_where_the_clocks_are_changed(window: dict[str, Any], now: str, starts_at: str) -> None:
    occurrence = Calendar.parse({"windows": [window]}, source="here").next(at(now))
    assert occurrence is not None
    assert occurrence.starts_at == at(starts_at)
    assert occurrence.ends_at - occurrence.starts_at == timedelta(minutes=60), "as long as ever"


def test_one_off_times_without_an_offset_are_those_of_the_zone() -> None:
    window = {"name": "move", "from": "2026-07-01T22:00:00", "to": "2026-07-02T06:00:00+00:00", "zone": "Europe/Berlin"}
    occurrence = Calendar.parse({"windows": [window]}, source="here").next(at("2026-01-01T00:00"))
    assert occurrence == Occurrence("move", "maintenance", at("2026-07-01T20:00"), at("2026-07-02T06:00"))


def test_a_calendar_survives_json(calendar: Calendar) -> None:
    again = Calendar.parse(calendar.model_dump(mode="json", by_alias=True), source="here")
    assert again == calendar


def test_utc_needs_no_database_of_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    monkeypatch.setattr("opslib.calendar.window.ZoneInfo", lambda key: (_ for _ in ()).throw(KeyError(key)))
    monkeypatch.setitem(sys.modules, "tzdata", None)
    utc = {"name": "n", "days": "Mon", "start": "02:00", "minutes": 1}
    assert Calendar.parse({"windows": [utc]}, source="here").next(at("2026-01-01T00:00"))
    with pytest.raises(BadRequest, match="install tzdata"):
        Calendar.parse({"windows": [utc | {"zone": "Europe/Berlin"}]}, source="here")


GOOD = 'name = "w"\ndays = "Mon"\nstart = "02:00"\nminutes = 60\n'


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("windows", "is not TOML"),
        ("windows = 3", "windows: "),
        ("windows = [3]", "one of `days`, `on` or `from`"),
        ("[[window]]\n" + GOOD, "window: is no key that is known here"),
        ('[[windows]]\nname = "w"', "windows.0: has to have one of `days`, `on` or `from`"),
        ("[[windows]]\n" + GOOD + 'on = "first Monday"', "windows.0: has to have one of"),
        ("[[windows]]\n" + GOOD.replace("Mon", "Mo"), "'Mo' is no day of the week"),
        ("[[windows]]\n" + GOOD.replace('"Mon"', "[]"), "days: "),
        ("[[windows]]\n" + GOOD.replace("days", "on"), "'Mon' is no weekday of the month"),
        ("[[windows]]\n" + GOOD.replace('days = "Mon"', 'on = "sixth Monday"'), "'sixth Monday' is no weekday"),
        ("[[windows]]\n" + GOOD.replace('"02:00"', '"24:00"'), "is no time of day, such as 02:30"),
        ("[[windows]]\n" + GOOD.replace('"02:00"', "2"), "is no time of day"),
        ("[[windows]]\n" + GOOD.replace('"02:00"', "02:00:30"), "is no time of day"),
        ("[[windows]]\n" + GOOD.replace("60", '"60"'), "minutes: "),
        ("[[windows]]\n" + GOOD.replace("60", "0"), "minutes: "),
        ("[[windows]]\n" + GOOD.replace("60", "10081"), "minutes: "),
        ("[[windows]]\n" + GOOD + 'zone = "Mars/Olympus"', "there is no time zone 'Mars/Olympus'"),
        ("[[windows]]\n" + GOOD + 'zone = "../../etc/passwd"', "there is no time zone"),
        ("[[windows]]\n" + GOOD + 'kind = "party"', "kind: "),
        ("[[windows]]\n" + GOOD + "minuts = 3", "minuts: is no key that is known here"),
        ("[[windows]]\n" + GOOD + "[[windows]]\n" + GOOD, "two windows are called 'w'"),
        ('[[windows]]\nname = "w"\nfrom = 2026-01-02\nto = 2026-01-01', "ends before it starts"),
        ('[[windows]]\nname = "w"\nfrom = 3\nto = 2026-01-01', "is no date and time"),
        ('[[windows]]\nname = "w"\nfrom = 2026-01-01', "to: is missing"),
    ],
)
def test_what_is_no_calendar_is_refused_on_one_line_that_says_where(toml: str, says: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Calendar.parse(toml, source="calendar.toml")
    assert says in str(caught.value)
    assert "calendar.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
