"""Mute rules: when a window opens and closes, in whatever time zone, on whichever night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import MuteRule, acts_at_end, is_muted, muted_until, parse_duration, windows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(rule: MuteRule, start: str, end: str) -> list[str]:
    return [f"{w.start:%d.%m. %H:%M}-{w.end:%d.%m. %H:%M}" for w in windows(rule, at(start), at(end))]


def test_three_nights_a_week() -> None:
    rule = MuteRule.parse("cron(0 2 * * MON,WED,FRI)", "PT2H")
    assert shown(rule, "2026-06-01", "2026-06-08") == [
        "01.06. 02:00-01.06. 04:00",
        "03.06. 02:00-03.06. 04:00",
        "05.06. 02:00-05.06. 04:00",
    ]


def test_a_window_is_open_from_its_first_moment_to_before_its_last() -> None:
    rule = MuteRule.parse("cron(0 2 * * SUN)", "PT2H")
    moments = ("2026-06-07T01:59:59", "2026-06-07T02:00", "2026-06-07T03:59:59", "2026-06-07T04:00")
    assert [is_muted(rule, at(moment)) for moment in moments] == [False, True, True, False]


def test_a_window_that_opened_days_ago_is_still_open() -> None:
    weekend = MuteRule.parse("cron(0 18 * * FRI)", "P2DT12H")
    assert is_muted(weekend, at("2026-06-08T05:59"))
    assert not is_muted(weekend, at("2026-06-08T06:00"))
    long = MuteRule.parse("cron(0 0 1 * *)", "P15D")
    assert is_muted(long, at("2026-06-15T23:59"))


def test_one_window_at_a_moment_of_the_time_zone() -> None:
    rule = MuteRule.parse("at(2026-07-01T00:00)", "PT30M", timezone="Asia/Tokyo")
    assert shown(rule, "2026-01-01", "2027-01-01") == ["30.06. 15:00-30.06. 15:30"]


def test_a_window_stays_at_its_hour_when_the_clocks_change() -> None:
    """Berlin is an hour ahead of UTC until 29 March 2026 and two hours from then on."""
    rule = MuteRule.parse("cron(0 22 * * *)", "PT1H", timezone="Europe/Berlin")
    assert shown(rule, "2026-03-28", "2026-03-30") == ["28.03. 21:00-28.03. 22:00", "29.03. 20:00-29.03. 21:00"]
    assert shown(rule, "2026-10-24", "2026-10-26") == ["24.10. 20:00-24.10. 21:00", "25.10. 21:00-25.10. 22:00"]


def test_a_moment_that_the_clocks_skip_still_opens_its_window() -> None:
    rule = MuteRule.parse("cron(30 2 * * *)", "PT1H", timezone="Europe/Berlin")
    assert shown(rule, "2026-03-29", "2026-03-29T12:00") == ["29.03. 01:30-29.03. 02:30"]


def test_a_moment_that_the_clocks_repeat_opens_one_window() -> None:
    rule = MuteRule.parse("cron(30 2 * * *)", "PT1H", timezone="Europe/Berlin")
    assert shown(rule, "2026-10-25", "2026-10-25T12:00") == ["25.10. 00:30-25.10. 01:30"]


def test_a_window_over_the_change_of_the_clocks_keeps_its_length() -> None:
    rule = MuteRule.parse("cron(0 1 * * *)", "PT4H", timezone="Europe/Berlin")
    assert shown(rule, "2026-03-29", "2026-03-29T12:00") == ["29.03. 00:00-29.03. 04:00"]


def test_the_day_of_the_month_or_of_the_week() -> None:
    """So the first Monday cannot be said: this is the first week and every Monday."""
    rule = MuteRule.parse("cron(0 2 1-3 * MON)", "PT1H")
    days = [window.start.day for window in windows(rule, at("2026-06-01"), at("2026-06-20"))]
    assert days == [1, 2, 3, 8, 15]


def test_lists_ranges_and_names() -> None:
    rule = MuteRule.parse("cron(0,30 8-9 1 jan,Jul *)", "PT1M")
    found = [window.start for window in windows(rule, at("2026-01-01"), at("2027-01-01"))]
    assert [f"{start:%m-%d %H:%M}" for start in found] == [
        f"{month}-01 {hour}:{minute}" for month in ("01", "07") for hour in ("08", "09") for minute in ("00", "30")
    ]


def test_sunday_is_0() -> None:
    sunday = at("2026-06-07T02:30")
    assert is_muted(MuteRule.parse("cron(0 2 * * 0)", "PT1H"), sunday)
    assert is_muted(MuteRule.parse("cron(0 2 * * SUN-MON)", "PT1H"), sunday)


def test_a_rule_counts_from_its_start_and_until_it_expires() -> None:
    rule = MuteRule.parse("cron(0 2 * * *)", "PT4H", start=at("2026-06-02T03:00"), expire=at("2026-06-04T04:00"))
    assert shown(rule, "2026-06-01", "2026-06-10") == ["03.06. 02:00-03.06. 06:00", "04.06. 02:00-04.06. 04:00"]


def test_start_and_expiry_without_an_offset_are_on_the_rules_clocks() -> None:
    naive = datetime(2026, 6, 2)  # noqa: DTZ001 - without an offset is what is meant
    rule = MuteRule.parse("cron(0 0 * * *)", "PT1H", timezone="Asia/Tokyo", start=naive)
    assert rule.start == at("2026-06-01T15:00")
    assert shown(rule, "2026-06-01", "2026-06-02") == ["01.06. 15:00-01.06. 16:00"]


def test_an_alarm_is_muted_until_the_last_of_the_windows_over_it() -> None:
    night = MuteRule.parse("cron(0 2 * * *)", "PT2H")
    after = MuteRule.parse("cron(0 4 * * *)", "PT1H")
    later = MuteRule.parse("cron(0 6 * * *)", "PT1H")
    assert muted_until((night, after, later), at("2026-06-01T03:00")) == at("2026-06-01T05:00")
    assert muted_until((night, after, later), at("2026-06-01T05:00")) is None
    assert muted_until((), at("2026-06-01T05:00")) is None


def test_windows_over_many_weeks_join() -> None:
    weekly = MuteRule.parse("cron(0 0 * * MON)", "P7D", expire=at("2026-08-03"))
    assert muted_until([weekly], at("2026-06-01T12:00")) == at("2026-08-03")


def test_rules_that_mute_for_ever_are_refused() -> None:
    with pytest.raises(BadRequest, match="a year"):
        muted_until([MuteRule.parse("cron(0 0 * * *)", "P2D")], at("2026-06-01T12:00"))


def test_only_an_alarm_that_is_still_in_alarm_acts_when_the_window_ends() -> None:
    assert [acts_at_end(state) for state in ("ALARM", "OK", "INSUFFICIENT_DATA")] == [True, False, False]


REFUSED = {
    "six fields": {"expression": "cron(0 2 * * ? *)"},
    "no schedule": {"expression": "rate(1 day)"},
    "a step": {"expression": "cron(*/5 * * * *)"},
    "the last Friday": {"expression": "cron(0 2 * * FRIL)"},
    "a 61st minute": {"expression": "cron(60 2 * * *)"},
    "a range backwards": {"expression": "cron(0 2 * * FRI-MON)"},
    "Sunday as 7": {"expression": "cron(0 2 * * 7)"},
    "no such day": {"expression": "at(2026-02-30T00:00)"},
    "seconds": {"expression": "at(2026-02-20T00:00:00)"},
    "too short": {"duration": "PT59S"},
    "too long": {"duration": "P15DT1M"},
    "far too long": {"duration": "P99999999999D"},
    "no duration": {"duration": "P"},
    "no time": {"duration": "PT"},
    "weeks": {"duration": "P1W"},
    "no such zone": {"timezone": "Europe/Atlantis"},
    "no zone": {"timezone": "../etc/passwd"},
    "too many alarms": {"alarms": [str(number) for number in range(101)]},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_what_aws_would_not_take_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refused:
        MuteRule.parse(**{"expression": "cron(0 2 * * *)", "duration": "PT1H"} | wrong)
    assert "\n" not in str(refused.value)


def test_durations() -> None:
    assert parse_duration("P2DT12H") == timedelta(days=2, hours=12)
    assert parse_duration("PT90M") == timedelta(minutes=90)
    assert parse_duration("P15D") == timedelta(days=15)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.sampled_from(["cron(15 1-3 * * *)", "cron(0 2 * * SUN)", "cron(30 23 1,15 * *)"]),
    st.integers(1, 3_000),
)
def test_a_moment_is_muted_if_it_is_in_a_window_of_its_month(moment: Any, zone: str, cron: str, minutes: int) -> None:
    rule = MuteRule.parse(cron, f"PT{minutes}M", timezone=zone)
    around = windows(rule, moment - timedelta(days=20), moment + timedelta(days=20))
    assert is_muted(rule, moment) == any(window.start <= moment < window.end for window in around)
