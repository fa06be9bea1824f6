"""The daily summary in plain words, as an e-mail has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from opslib.operate.summary import Summary
    from opslib.stack import AlarmState

__all__ = ["text_of"]

MOST_LINES = 30
"""Of each part: what is longer is read by nobody."""

_DAY_HOURS = 24
_HOUR_MINUTES = 60


def text_of(summary: Summary, zone: str) -> str:
    """The whole summary.

    Args:
        summary: It.
        zone: The time zone in which times are told.
    """
    where: tzinfo
    try:
        where = ZoneInfo(zone)
    except ZoneInfoNotFoundError:  # a machine without time zones, as functions may be
        where, zone = UTC, "UTC"
    head = f"{summary.stack} on {_time(summary.at, where)} ({zone}). {_in_a_sentence(summary)}"
    parts = [
        _part("RINGS", [_line(live, summary.at) for live in summary.ringing]),
        _part("HAS NO DATA", [_line(live, summary.at) for live in summary.blind]),
        _part("IS NOT IN AWS: run `pulumi up`", [f"{live.alarm.name}  {live.alarm.title}" for live in summary.missing]),
        _part("TELLS NOBODY: its actions are off", [_line(live, summary.at) for live in summary.muted]),
        _part(
            "COULD NOT BE PUBLISHED: look at the topic's key and policy",
            [f"{_time(one.at, where)}  {one.name}  {one.says}" for one in summary.unheard],
        ),
        _part(f"RANG since {_time(summary.since, where)}", _rang(summary, where), most=10 * MOST_LINES),
    ]
    unread = [] if summary.complete else ["There was more in the history than was read: the numbers are too small."]
    return "\n\n".join([head, *(part for part in parts if part), *unread]) + "\n"


def _in_a_sentence(summary: Summary) -> str:
    counted = {
        "without data": len(summary.blind),
        "not in AWS": len(summary.missing),
        "told to nobody": len(summary.muted),
        "not published": len(summary.unheard),
    }
    if not summary.ringing and not any(counted.values()):
        return "All is well: nothing rings, and every alarm has data."
    stuck = f", {len(summary.stuck)} of them for more than a day" if summary.stuck else ""
    said = [f"{len(summary.ringing)} ring{stuck}"] if summary.ringing else ["Nothing rings"]
    return f"{'; '.join([*said, *(f'{count} {what}' for what, count in counted.items() if count)])}."


def _part(title: str, lines: Iterable[str], *, most: int = MOST_LINES) -> str:
    shown = list(lines)
    if not shown:
        return ""
    more = [f"  and {len(shown) - most} more"] if len(shown) > most else []
    return "\n".join([title, *(f"  {line}" for line in shown[:most]), *more])


def _line(live: AlarmState, now: datetime) -> str:
    since = f" for {_span(now - live.since)}" if live.since else ""
    return f"{live.alarm.severity:9} {live.alarm.name}{since}  {live.alarm.title}"


def _rang(summary: Summary, where: tzinfo) -> Iterator[str]:
    for tier, rang in summary.rang.items():
        if not rang:
            yield f"{tier:9} nothing"
            continue
        times = sum(one.times for one in rang)
        yield f"{tier:9} {_count(times, 'time')}"
        for one in rang[:MOST_LINES]:
            yield f"{'':9}   {one.times:3} x {one.name}, last {_time(one.last, where)}  {one.title}"
        yield from _more(rang)


def _more(rang: Sequence[object]) -> Iterator[str]:
    if len(rang) > MOST_LINES:
        yield f"{'':9}   and {len(rang) - MOST_LINES} more alarms"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _time(at: datetime, where: tzinfo) -> str:
    return f"{at.astimezone(where):%Y-%m-%d %H:%M}"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    hours = minutes // _HOUR_MINUTES
    if hours >= 2 * _DAY_HOURS:
        return f"{hours // _DAY_HOURS} days"
    return f"{hours} h" if hours >= 2 else f"{minutes} min"  # noqa: PLR2004  as people say it
