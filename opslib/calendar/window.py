"""Windows of time as data: weekly, on a weekday of the month, or once; and when each of them occurs.

A window starts at a time of day in its zone, and lasts its minutes as a stop-watch counts them. Where the clocks are
changed (RFC 5545, section 3.3.5):

- a start that the day does not have (02:30 when the clocks go from 02:00 to 03:00) is as long after midnight as on
  other days: 03:30 by the new time;
- a start that the day has twice is the first of the two;
- the window is as long as ever, so that its end may read an hour earlier or later than on other days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

__all__ = ["Monthly", "Occurrence", "Once", "Weekly", "Window", "WindowKind"]

WindowKind = Literal["maintenance", "freeze"]

MOST_MINUTES = 7 * 24 * 60
"""A window that repeats is at most a week long; what is longer is written as one that occurs once."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")
_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window occurs.

    Attributes:
        window: The window's name.
        kind: The window's kind.
        starts_at: In UTC; belongs to it.
        ends_at: In UTC; does not belong to it any more.
    """

    window: str
    kind: WindowKind
    starts_at: datetime
    ends_at: datetime


def _zone(key: str) -> tzinfo:
    """A time zone; UTC also where there is no database of zones."""
    if key == "UTC":
        return UTC
    try:
        return ZoneInfo(key)
    except (ValueError, KeyError, OSError):
        raise ValueError(f"there is no time zone {key!r} here (correct it, or install tzdata)") from None


def _day(text: Any) -> Any:
    """A day of the week in full, from that or from its first three letters."""
    said = str(text).capitalize()
    for name in _DAYS:
        if said in (name, name[:3]):
            return name
    raise ValueError(f"{text!r} is no day of the week")


def _day_of_month(text: Any) -> str:
    """A weekday of the month: `first Monday`, `last Friday`."""
    ordinal, _, day = str(text).strip().partition(" ")
    if ordinal.lower() not in _ORDINALS:
        raise ValueError(f"{text!r} is no weekday of the month, such as 'first Monday' or 'last Friday'")
    return f"{ordinal.lower()} {_day(day.strip())}"


def _time_of_day(value: Any) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:00)?", value):
        return time.fromisoformat(value)
    if isinstance(value, time) and not (value.second or value.microsecond or value.tzinfo):
        return value
    raise ValueError("is no time of day, such as 02:30")


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError("is no date and time, such as 2026-11-26T18:00:00Z")  # noqa: TRY004  pydantic wants a ValueError
    return value


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Day = Annotated[str, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_no_number)]
DayOfMonth = Annotated[str, BeforeValidator(_day_of_month)]


class _Named(BaseModel):
    """What every window has."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str = Field(min_length=1)
    kind: WindowKind = "maintenance"
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        _zone(zone)
        return zone


class _Repeating(_Named):
    start: TimeOfDay
    minutes: int = Field(ge=1, le=MOST_MINUTES, strict=True)

    def occurrences(self, after: datetime, before: datetime) -> Iterator[Occurrence]:
        """Every occurrence of which something lies in a span of time, in order.

        Args:
            after: The span's start, aware.
            before: Its end, aware.
        """
        zone = _zone(self.zone)
        lasts = timedelta(minutes=self.minutes)
        # A day early and a day late: in some zone it is still yesterday, in another already tomorrow.
        day = (after - lasts).astimezone(zone).date() - timedelta(days=1)
        last = before.astimezone(zone).date() + timedelta(days=1)
        while day <= last:
            if self.is_on(day):
                starts_at = datetime.combine(day, self.start, zone).astimezone(UTC)
                if starts_at < before and starts_at + lasts > after:
                    yield Occurrence(self.name, self.kind, starts_at, starts_at + lasts)
            day += timedelta(days=1)

    def is_on(self, day: date) -> bool:
        """Whether it starts on a day of its zone."""
        raise NotImplementedError


class Weekly(_Repeating):
    """Every week: ``days = ["Mon", "Wed"], start = "02:00", minutes = 120, zone = "Europe/Berlin"``.

    Attributes:
        name: Its name.
        kind: When people work on it (`maintenance`), or nobody may (`freeze`).
        zone: The time zone of `start`.
        days: The days it starts on.
        start: The time of day it starts at.
        minutes: How long it lasts.
    """

    days: Annotated[tuple[Day, ...], BeforeValidator(_one_or_more), Field(min_length=1)]

    def is_on(self, day: date) -> bool:
        """Whether it starts on a day of its zone."""
        return _DAYS[day.weekday()] in self.days


class Monthly(_Repeating):
    """On weekdays of the month: ``on = ["first Monday", "last Friday"], start = "02:00", minutes = 120``.

    A month without a fifth Monday has no window on it.

    Attributes:
        name: Its name.
        kind: When people work on it (`maintenance`), or nobody may (`freeze`).
        zone: The time zone of `start`.
        on: The weekdays of the month it starts on.
        start: The time of day it starts at.
        minutes: How long it lasts.
    """

    on: Annotated[tuple[DayOfMonth, ...], BeforeValidator(_one_or_more), Field(min_length=1)]

    def is_on(self, day: date) -> bool:
        """Whether it starts on a day of its zone."""
        name = _DAYS[day.weekday()]
        nth = _ORDINALS[(day.day - 1) // _DAYS_OF_A_WEEK]
        is_last = (day + timedelta(days=_DAYS_OF_A_WEEK)).month != day.month
        return f"{nth} {name}" in self.on or (is_last and f"last {name}" in self.on)


class Once(_Named):
    """Once: ``from = 2026-11-26T18:00:00Z, to = 2026-11-30T08:00:00Z``; without an offset, times are those of `zone`.

    Attributes:
        name: Its name.
        kind: When people work on it (`maintenance`), or nobody may (`freeze`).
        zone: The time zone of times without an offset.
        starts_at: When it starts; `from` in a file.
        ends_at: When it ends; `to` in a file.
    """

    starts_at: Moment = Field(alias="from")
    ends_at: Moment = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self._span()[0] >= self._span()[1]:
            raise ValueError("ends before it starts")
        return self

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        starts_at, ends_at = self._span()
        return ends_at - starts_at

    def occurrences(self, after: datetime, before: datetime) -> Iterator[Occurrence]:
        """Itself, if something of it lies in a span of time."""
        starts_at, ends_at = self._span()
        if starts_at < before and ends_at > after:
            yield Occurrence(self.name, self.kind, starts_at, ends_at)

    def _span(self) -> tuple[datetime, datetime]:
        return self._in_utc(self.starts_at), self._in_utc(self.ends_at)

    def _in_utc(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=_zone(self.zone))).astimezone(UTC)


def _form(window: Any) -> str | None:
    """Which of the three a window is, by the key that only it has."""
    if not isinstance(window, Mapping):
        return type(window).__name__.lower()
    forms = [form for form, key in (("weekly", "days"), ("monthly", "on"), ("once", "from")) if key in window]
    return forms[0] if len(forms) == 1 else None


Window = Annotated[
    Annotated[Weekly, Tag("weekly")] | Annotated[Monthly, Tag("monthly")] | Annotated[Once, Tag("once")],
    Discriminator(
        _form,
        custom_error_type="no_window",
        custom_error_message="has to have one of `days`, `on` or `from`, and no other of them",
    ),
]
"""A window of any of the three forms."""
