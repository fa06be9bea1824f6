"""Schedule expressions of alarm mute rules: `cron` with five fields, and `at`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from opslib.errors import BadRequest

__all__ = ["At", "Cron", "Schedule", "parse_schedule"]

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS_OF_WEEK = 7
_EXPRESSION = re.compile(r"cron\((?P<cron>[^()]*)\)|at\((?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_MOST_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    greatest: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """What a number or an English name means; the names stand for the numbers from `least` on."""
        if text.upper() in self.names:
            return self.least + self.names.index(text.upper())
        return int(text) if re.fullmatch(r"\d{1,2}", text) else -1


# Sunday is 0 (AWS says only SUN-SAT: assumed).
_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class At:
    """One moment, on the clocks of the rule's time zone."""

    moment: datetime

    def moments(self, first: date, last: date) -> Iterator[datetime]:
        """The moment, if it is on one of the days from first to last."""
        if first <= self.moment.date() <= last:
            yield self.moment


@dataclass(frozen=True, slots=True)
class Cron:
    """Moments that recur, on the clocks of the rule's time zone; each field holds the numbers that it matches.

    Attributes:
        minutes: 0 to 59.
        hours: 0 to 23.
        days: Of the month, 1 to 31; None for ``*``.
        months: 1 to 12.
        weekdays: 0 to 6 from Sunday; None for ``*``.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def matches(self, day: date) -> bool:
        """Whether it falls on a day.

        Where both the day of the month and the day of the week are given, either is enough, as in every cron with five
        fields (assumed; it is why a first Monday cannot be said).
        """
        if day.month not in self.months:
            return False
        of_month = self.days is not None and day.day in self.days
        of_week = self.weekdays is not None and day.isoweekday() % _DAYS_OF_WEEK in self.weekdays
        return of_month or of_week or (self.days is None and self.weekdays is None)

    def moments(self, first: date, last: date) -> Iterator[datetime]:
        """The moments on the days from first to last, in order."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if self.matches(day):
                yield from (datetime.combine(day, time(hour, minute)) for hour in self.hours for minute in self.minutes)


Schedule = At | Cron


def parse_schedule(expression: str) -> Schedule:
    """Read ``cron(minutes hours day-of-month month day-of-week)`` or ``at(yyyy-MM-ddThh:mm)``.

    In a field there may be numbers, the English names of months and days, ``*``, ranges with ``-`` and lists with
    ``,``; AWS takes nothing else.

    Raises:
        BadRequest: It is neither, or a field is outside its range.
    """
    match = _EXPRESSION.fullmatch(expression.strip())
    if match is None or len(expression) > _MOST_CHARACTERS:
        raise BadRequest(f"schedule {expression!r}", "write cron(0 2 * * SUN) or at(2026-05-10T14:00)")
    return _at(expression, match["at"]) if match["at"] else _cron(expression, match["cron"])


def _at(expression: str, text: str) -> At:
    try:
        return At(datetime.strptime(text, "%Y-%m-%dT%H:%M"))  # noqa: DTZ007 - the time zone is the rule's
    except ValueError:
        raise BadRequest(f"schedule {expression!r} is no moment", "write at(yyyy-MM-ddThh:mm)") from None


def _cron(expression: str, text: str) -> Cron:
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise BadRequest(f"schedule {expression!r} has {len(fields)} fields", f"cron takes {len(_FIELDS)}")
    minutes, hours, days, months, weekdays = (
        _numbers(expression, field, row) for field, row in zip(fields, _FIELDS, strict=True)
    )
    return Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=None if fields[2] == "*" else days,
        months=months,
        weekdays=None if fields[4] == "*" else weekdays,
    )


def _numbers(expression: str, field: str, row: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        if part == "*":
            found.update(range(row.least, row.greatest + 1))
            continue
        first, dash, last = part.partition("-")
        least, greatest = row.number(first), row.number(last if dash else first)
        if not row.least <= least <= greatest <= row.greatest:
            what = f"schedule {expression!r}: {part!r} is no {row.name}"
            raise BadRequest(what, f"give {row.least} to {row.greatest}, ranges with - and lists with ,")
        found.update(range(least, greatest + 1))
    return frozenset(found)
