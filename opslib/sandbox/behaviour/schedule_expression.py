"""`rate(…)`, `cron(…)` and `at(…)` as EventBridge rules and scheduled scaling take them: six fields, in a time zone.

Sources: EventBridge's user guide, "Cron expressions reference" and "Rate expressions reference"; Application Auto
Scaling's user guide, "Schedule recurring scaling actions using cron expressions". Alarm mute rules have five fields
and are read by `opslib.monitoring.evaluate`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opslib.errors import BadRequest

__all__ = ["next_after"]

_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # 1 to 7
_LAST_YEAR = 2199
_LONGEST_LEAP = 8  # years between two 29ths of February around 2100
_SATURDAY = 5
_CRON_FIELDS = 6


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


_MINUTES = _Field("minutes", 0, 59)
_HOURS = _Field("hours", 0, 23)
_DAYS = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_WEEK = _Field("day of week", 1, 7, _WEEKDAYS)
_YEARS = _Field("year", 1970, _LAST_YEAR)

_DayTest = Callable[[date], bool]


def next_after(expression: str, moment: datetime, *, began: datetime, zone: str = "UTC") -> datetime | None:
    """When a schedule is next due.

    Args:
        expression: `rate(5 minutes)`, `cron(0 18 ? * MON-FRI *)` or `at(2026-01-31T12:00:00)`.
        moment: The time after which.
        began: When the schedule was put: a rate counts from then.
        zone: The time zone whose clocks a cron or an at means.

    Returns:
        The time in UTC; None when it is never due again.

    Raises:
        BadRequest: The expression or the time zone is none.
    """
    try:
        clocks = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRequest(f"time zone {zone!r} is unknown", "write a name of the IANA database: Europe/Berlin") from None
    if found := _RATE.fullmatch(expression):
        number, unit, plural = int(found[1]), found[2], found[3]
        if number == 0 or (number == 1) == bool(plural):  # AWS refuses rate(1 hours) and rate(5 minute)
            raise _unreadable(expression)
        period = timedelta(seconds=number * _UNITS[unit])
        return began + max((moment - began) // period + 1, 1) * period
    if found := _AT.fullmatch(expression):
        return _local(datetime.fromisoformat(found[1]), moment, clocks)
    if found := _CRON.fullmatch(expression):
        return _next_of_cron(expression, found[1].split(), moment, clocks)
    raise _unreadable(expression)


def _unreadable(expression: str) -> BadRequest:
    return BadRequest(f"schedule {expression!r}", "write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(…T…)")


def _local(local: datetime, moment: datetime, clocks: ZoneInfo) -> datetime | None:
    due = local.replace(tzinfo=clocks).astimezone(UTC)
    return due if due > moment else None


def _next_of_cron(expression: str, fields: list[str], moment: datetime, clocks: ZoneInfo) -> datetime | None:
    # One of the two days has to be `?`: AWS refuses both and neither.
    if len(fields) != _CRON_FIELDS or (fields[2] == "?") == (fields[4] == "?"):
        raise _unreadable(expression)
    try:
        minutes, hours = sorted(_numbers(fields[0], _MINUTES)), sorted(_numbers(fields[1], _HOURS))
        months, years = _numbers(fields[3], _MONTH), _numbers(fields[5], _YEARS)
        fits = _day_of_month(fields[2]) if fields[4] == "?" else _day_of_week(fields[4])
    except ValueError as error:
        raise BadRequest(
            f"schedule {expression!r}: {error}", "see EventBridge's reference of cron expressions"
        ) from error
    start = moment.astimezone(clocks).date()
    first_year = max(start.year, min((year for year in years if year >= start.year), default=_LAST_YEAR + 1))
    day = start if first_year == start.year else date(min(first_year, _LAST_YEAR), 1, 1)
    for number in range(366 * _LONGEST_LEAP):
        candidate = day + timedelta(days=number)
        if candidate.year in years and candidate.month in months and fits(candidate):
            for hour in hours:
                for minute in minutes:
                    due = _local(datetime.combine(candidate, time(hour, minute)), moment, clocks)
                    if due is not None:
                        return due
    return None


def _numbers(text: str, row: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            least, most = row.least, row.most
        else:
            least = _number(first, row)
            most = _number(last, row) if dash else row.most if slash else least
        if slash and (not step.isdigit() or int(step) == 0):
            raise ValueError(f"{part!r} has no step")
        if least > most:  # FRI-MON goes over the end of the week
            found.update(range(least, row.most + 1))
            least = row.least
        found.update(range(least, most + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(text: str, row: _Field) -> int:
    number = (
        row.names.index(text.upper()) + row.least if text.upper() in row.names else int(text) if text.isdigit() else -1
    )
    if not row.least <= number <= row.most:
        raise ValueError(f"{text!r} is no {row.name}")
    return number


def _day_of_month(text: str) -> _DayTest:
    if text == "L":
        return lambda day: day.day == _month_length(day)
    if text.endswith("W"):  # the weekday nearest to it, within the month
        wanted = _number(text[:-1], _DAYS)
        return lambda day: day.day == _nearest_weekday(day, wanted)
    days = _numbers(text, _DAYS)
    return lambda day: day.day in days


def _day_of_week(text: str) -> _DayTest:
    if "#" in text:  # 3#2: the second Tuesday
        weekday, _, nth = text.partition("#")
        wanted, number = _number(weekday, _WEEK), int(nth)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == number
    if text.endswith("L"):  # 6L: the last Friday; L: Saturday
        wanted = _number(text[:-1] or "7", _WEEK)
        return lambda day: _weekday(day) == wanted and (text == "L" or day.day + 7 > _month_length(day))
    days = _numbers(text, _WEEK)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _month_length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    length = _month_length(day)
    target = date(day.year, day.month, min(wanted, length))
    if target.weekday() < _SATURDAY:
        return target.day
    if target.weekday() == _SATURDAY:
        return target.day - 1 if target.day > 1 else target.day + 2
    return target.day + 1 if target.day < length else target.day - 2
