"""Which alarms are muted when: from the stack's windows and its alarms to CloudWatch's mute rules. Pure.

A mute rule says when by cron, which has no "first Monday", or by one moment. So a window that is weekly is a rule, and
each weekday of the month is a rule for each of some months: its *slots*. A slot holds the next such day in every
n-th month, so that there are always the same rules, each of which moves on by `pulumi up` once its day is over. Until
when that is done is the *horizon*, and an alarm rings before it is reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from infra.kinds.watch import Watched
from infra.sections.maintenance import Maintenance
from opslib.calendar import Monthly, Occurrence, Once, Weekly, Window
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.monitoring.evaluate.mute import MOST_ALARMS

__all__ = ["SETTLED", "Mute", "concerns", "horizon", "muted_alarms", "mutes"]

SETTLED = timedelta(hours=1)
"""What an alarm may look back without a word: the work is expected to be done so long before its window ends."""

SEARCHED = timedelta(days=5 * 366)
"""How far ahead a slot looks for its day: a fifth Monday of one month of the year comes every few years."""

_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute rule.

    Attributes:
        key: Its name within the stack: the window, and what of it; stable.
        name: Its name in AWS.
        expression: When: ``cron(…)`` or ``at(…)``.
        duration: How long, in ISO 8601.
        zone: The time zone of the expression.
        alarms: The names of the alarms that it mutes, at most 100.
        region: Where they are; None: where the stack is.
        says: For people.
    """

    key: str
    name: str
    expression: str
    duration: str
    zone: str
    alarms: tuple[str, ...]
    region: str | None
    says: str


@dataclass(frozen=True, slots=True)
class _Schedule:
    """One time that a window has: what a rule says, whatever it mutes."""

    key: str
    expression: str
    duration: str
    zone: str
    says: str


def mutes(
    maintenance: Maintenance,
    watched: Sequence[Watched],
    prefix: str,
    now: datetime,
    *,
    outages: Sequence[CompositeAlarm] = (),
) -> tuple[Mute, ...]:
    """The mute rules of a stack.

    Args:
        maintenance: Its calendar.
        watched: All workloads.
        prefix: What every name starts with.
        now: The time, aware: what is over by then needs no rule.
        outages: The pages of what fails together, which speak for several workloads.
    """
    groups = list(_groups(watched, outages))
    return tuple(
        Mute(
            key="-".join(filter(None, (one.key, region, part))),
            name="-".join(filter(None, (prefix, "mute", one.key, part))),
            expression=one.expression,
            duration=one.duration,
            zone=one.zone,
            alarms=alarms,
            region=region,
            says=one.says,
        )
        for window in maintenance.muting()
        for one in _schedules(window, maintenance.horizon_months, now)
        for region, part, alarms in groups
    )


def horizon(maintenance: Maintenance, now: datetime) -> datetime | None:
    """The start of the first window that no rule mutes any more; None where every window is said by cron, or once.

    Args:
        maintenance: The calendar.
        now: The time, aware.
    """
    unsaid = [
        following.starts_at
        for window in maintenance.muting()
        if isinstance(window, Monthly)
        for _, _, _, following in _slots(window, maintenance.horizon_months, now)
        if following is not None
    ]
    return min(unsaid, default=None)


def muted_alarms(watched: Sequence[Watched]) -> Iterator[tuple[Watched, Alarm | CompositeAlarm]]:
    """What a window mutes: all that acts, but for emergencies, and workloads that maintenance leaves alone.

    Alarms of autoscaling are no part of the model, and what acts on anything but people's topics is left alone too.
    """
    for workload in watched:
        every: tuple[Alarm | CompositeAlarm, ...] = (*workload.alarms, *workload.composites)
        for alarm in every:
            if alarm.tier not in (None, "emergency") and not alarm.actions and not workload.kind.undisturbed:
                yield workload, alarm


def concerns(maintenance: Maintenance, watched: Sequence[Watched], backups: dict[str, str], now: datetime) -> list[str]:
    """What a person should know of their windows, one line each.

    Args:
        maintenance: The calendar.
        watched: All workloads.
        backups: The daily backup window of each database in UTC, ``"03:00-03:30"``, by where it is written.
        now: The time, aware.
    """
    if not maintenance.muting():
        return []
    return [*_long_memories(watched), *_backups_in(maintenance, backups, now)]


def _long_memories(watched: Sequence[Watched]) -> Iterator[str]:
    """What happens in a window is still in their points when it ends, and they act then."""
    spans: dict[str, timedelta] = {}
    for workload, alarm in muted_alarms(watched):
        of = {one.name: one for one in workload.alarms}
        inner = [alarm] if isinstance(alarm, Alarm) else [of[child] for child in alarm.children if child in of]
        spans[alarm.name] = max((_span(one) for one in inner), default=timedelta())
    longest = sorted(((span, name) for name, span in spans.items() if span > SETTLED), reverse=True)
    if longest:
        shown = ", ".join(f"{name} ({_in_words(span)})" for span, name in longest[:3])
        more = f" and {len(longest) - 3} more" if len(longest) > 3 else ""  # noqa: PLR2004  those that are shown
        yield (
            f"maintenance: what happens in a window may ring when the window ends, although it is over, at alarms that "
            f"look back further than an hour: {shown}{more}"
        )


def _span(alarm: Alarm) -> timedelta:
    return timedelta(seconds=alarm.series.period_seconds * alarm.evaluation_periods)


def _in_words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} h"  # noqa: PLR2004  two days


def _backups_in(maintenance: Maintenance, backups: dict[str, str], now: datetime) -> Iterator[str]:
    for where, written in backups.items():
        for window in maintenance.muting():
            at = next((one for one in window.occurrences(now, now + _YEAR) if _meets(one, written)), None)
            if at is not None:
                when = f"{at.window} ({at.starts_at:%Y-%m-%d %H:%M} UTC)"
                yield (
                    f"{where}: the backup at {written} UTC falls into the window {when}: work and backup disturb each "
                    "other, and what the database's alarms say of it is muted"
                )


def _meets(occurrence: Occurrence, written: str) -> bool:
    """Whether a daily span of time in UTC has something of an occurrence."""
    start, end = (time.fromisoformat(part) for part in written.split("-"))
    lasts = (_of_day(end) - _of_day(start)) % timedelta(days=1)
    day = occurrence.starts_at.date() - timedelta(days=1)
    while day <= occurrence.ends_at.date():
        begins = datetime.combine(day, start, UTC)
        if begins < occurrence.ends_at and begins + lasts > occurrence.starts_at:
            return True
        day += timedelta(days=1)
    return False


def _of_day(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _groups(
    watched: Sequence[Watched], outages: Sequence[CompositeAlarm]
) -> Iterator[tuple[str | None, str, tuple[str, ...]]]:
    """Region, part and alarms: a rule mutes the alarms of one region, and a hundred of them."""
    pairs = [(one.subject.region or "", alarm.name) for one, alarm in muted_alarms(watched)]
    if pairs:
        pairs += [(one.region or "", one.name) for one in outages if one.acts]
    for region, here in groupby(sorted(pairs), key=lambda pair: pair[0]):
        for part, names in _parted([name for _, name in here]).items():
            yield region or None, part, tuple(names)


def _parted(names: Sequence[str]) -> dict[str, list[str]]:
    """The fewest parts that fit, by a hash of the alarm's name: one that comes or goes moves no other.

    The first part has no name, so that a stack which outgrows its rules gets further ones and loses none: a rule that
    is deleted lets all that it muted act.
    """
    hashes = {name: int.from_bytes(hashlib.sha256(name.encode()).digest()) for name in names}
    parts: dict[str, list[str]] = {}
    for count in range(1, len(names) + 1):
        parts = {}
        for name in names:
            index = hashes[name] % count
            parts.setdefault(f"part-{index + 1}" if index else "", []).append(name)
        if all(len(part) <= MOST_ALARMS for part in parts.values()):
            break
    return dict(sorted(parts.items()))


def _schedules(window: Window, months: int, now: datetime) -> Iterator[_Schedule]:
    if isinstance(window, Weekly):
        days = ",".join(day[:3].upper() for day in window.days)
        cron = f"cron({window.start.minute} {window.start.hour} * * {days})"
        yield _Schedule(window.name, cron, _duration(window.minutes), window.zone, f"{window.name}: every week")
    elif isinstance(window, Once):
        for one in window.occurrences(now, now + SEARCHED):
            yield _at(window.name, one)
    else:
        for on, slot, one, _ in _slots(window, months, now):
            yield _at(f"{window.name}-{on.replace(' ', '-').lower()}-{slot}", one)


def _at(key: str, one: Occurrence) -> _Schedule:
    minutes = (one.ends_at - one.starts_at) // timedelta(minutes=1)
    says = f"{one.window}: {one.starts_at:%Y-%m-%d %H:%M} UTC"
    return _Schedule(key, f"at({one.starts_at:%Y-%m-%dT%H:%M})", _duration(minutes), "UTC", says)


def _slots(window: Monthly, months: int, now: datetime) -> Iterator[tuple[str, int, Occurrence, Occurrence | None]]:
    """Weekday of the month, slot, the occurrence that the slot holds, and the one that it will hold after it."""
    count = months + 1
    zone = UTC if window.zone == "UTC" else ZoneInfo(window.zone)
    for on in window.on:
        found: dict[int, list[Occurrence]] = {}
        for one in window.model_copy(update={"on": (on,)}).occurrences(now, now + SEARCHED):
            local = one.starts_at.astimezone(zone)
            found.setdefault((12 * local.year + local.month) % count, []).append(one)
            if len(found) == count and all(len(held) > 1 for held in found.values()):
                break
        for slot, held in sorted(found.items()):
            yield on, slot, held[0], held[1] if len(held) > 1 else None


def _duration(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    clock = f"{f'{hours}H' if hours else ''}{f'{left}M' if left else ''}"
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"
