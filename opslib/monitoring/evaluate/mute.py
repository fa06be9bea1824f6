"""Alarm mute rules: when alarms go on being evaluated, but do not act.

A rule that is active mutes the actions of every state, those of Auto Scaling included. Events on EventBridge are no
actions and still flow. An alarm that is in ALARM when the last window over it ends acts then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.schedule import Schedule, parse_schedule
from opslib.monitoring.evaluate.settings import State

__all__ = ["MuteRule", "Window", "acts_at_end", "is_muted", "muted_until", "parse_duration", "windows"]

LEAST = timedelta(minutes=1)
GREATEST = timedelta(days=15)
MOST_ALARMS = 100

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
LOOK_AHEAD = timedelta(days=31)
YEAR = timedelta(days=366)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From when to when alarms are muted, in UTC; the end is outside."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class MuteRule:
    """An alarm mute rule, understood.

    Attributes:
        schedule: When a window opens, on the clocks of the time zone.
        duration: How long a window is, 1 minute to 15 days. It is time that passes: a night in which the clocks are put
            forward does not shorten it (assumed).
        zone: The time zone.
        start: From when on the rule counts, in UTC. A window that would have opened earlier does not open (assumed).
        expire: From when on it no longer does, in UTC; it ends an open window.
        alarms: The names of the alarms that it mutes.
    """

    schedule: Schedule
    duration: timedelta
    zone: ZoneInfo
    start: datetime | None = None
    expire: datetime | None = None
    alarms: frozenset[str] = frozenset()

    @classmethod
    def parse(
        cls,
        expression: str,
        duration: str,
        *,
        timezone: str = "UTC",
        start: datetime | None = None,
        expire: datetime | None = None,
        alarms: Iterable[str] = (),
    ) -> MuteRule:
        """Read a rule as PutAlarmMuteRule takes it.

        Args:
            expression: ``cron(…)`` or ``at(…)``.
            duration: ISO 8601, such as ``PT4H`` or ``P2DT12H``.
            timezone: An IANA name.
            start: `StartDate`; without an offset it is on the clocks of the time zone.
            expire: `ExpireDate`; likewise.
            alarms: At most 100 names.

        Raises:
            BadRequest: AWS would not take it.
        """
        try:
            zone = ZoneInfo(timezone)
        except (KeyError, ValueError, OSError):
            raise BadRequest(
                f"mute rule in time zone {timezone!r}", "give an IANA name such as Europe/Berlin"
            ) from None
        names = frozenset(alarms)
        if len(names) > MOST_ALARMS:
            raise BadRequest(f"mute rule for {len(names)} alarms", f"AWS takes {MOST_ALARMS}: make several rules")
        return cls(
            parse_schedule(expression), parse_duration(duration), zone, _utc(start, zone), _utc(expire, zone), names
        )


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds.

    Raises:
        BadRequest: It is none, or not between 1 minute and 15 days.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise BadRequest(f"duration {text!r}", "write it like PT4H or P2DT12H")
    days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    try:
        duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        duration = timedelta.max
    if not LEAST <= duration <= GREATEST:
        raise BadRequest(f"duration {text!r}", "AWS takes 1 minute to 15 days")
    return duration


def windows(rule: MuteRule, start: datetime, end: datetime) -> tuple[Window, ...]:
    """Every window of a rule that is open between two moments, whole, in order; windows may overlap.

    Moments that the clocks skip in spring are taken as if they had not (02:30 becomes 03:30), and of those that they
    repeat in autumn the first counts; so a window opens once a night (assumed).

    Args:
        rule: The rule.
        start: From when, with a time zone.
        end: Until when, with a time zone; outside.
    """
    first = (start - rule.duration).astimezone(rule.zone).date() - _DAY
    last = end.astimezone(rule.zone).date() + _DAY
    found = []
    for moment in rule.schedule.moments(first, last):
        opens = moment.replace(tzinfo=rule.zone).astimezone(UTC)
        closes = opens + rule.duration
        if rule.start is not None and opens < rule.start:
            continue
        if rule.expire is not None:
            closes = min(closes, rule.expire)
        if opens < closes and opens < end and closes > start:
            found.append(Window(opens, closes))
    return tuple(sorted(found))


def is_muted(rule: MuteRule, at: datetime) -> bool:
    """Whether a window of a rule is open at a moment."""
    return bool(windows(rule, at, at + _MOMENT))


def muted_until(rules: Iterable[MuteRule], at: datetime) -> datetime | None:
    """When the actions of an alarm come back that several rules may mute, one into the other; None: they are not muted.

    Raises:
        BadRequest: The rules mute it for a year and longer.
    """
    every = tuple(rules)
    until = looked = at
    while looked <= until:
        if until - at > YEAR:
            raise BadRequest("mute rules that mute an alarm for a year and longer", "let them end, or delete the alarm")
        looked = until + LOOK_AHEAD
        for window in sorted(window for rule in every for window in windows(rule, until, looked)):
            if window.start > until:
                return until if until > at else None
            until = max(until, window.end)
    return until if until > at else None


def acts_at_end(state: State) -> bool:
    """Whether an alarm acts when the last window over it ends: only if it is in ALARM then."""
    return state == "ALARM"


def _utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
