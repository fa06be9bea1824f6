"""The timeline as a picture: inline SVG whose text keeps its size, on a phone as on paper.

Positions across are in percent and positions down in pixels, so that the picture stretches and its letters do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from opslib.record.incident import IncidentRecord, StepAccount
from opslib.record.wording import SAID, SAYINGS, STATES, clock, lasted

__all__ = ["timeline_svg"]

_ROW_PIXELS = 46
_LABEL_PIXELS = 21
_BAR_PIXELS = 28
_AXIS_PIXELS = 26
_MOST_TICKS = 5

_TICK_SECONDS = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 21_600, 43_200, 86_400, 172_800, 604_800),
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A stretch of time in a row."""

    css: str
    start: datetime
    end: datetime
    says: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the picture: a label, what lasted, and the calls as dots."""

    label: str
    note: str
    bars: tuple[_Bar, ...]
    dots: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    seconds: float

    def percent(self, at: datetime) -> str:
        share = (at - self.start).total_seconds() / self.seconds
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def timeline_svg(record: IncidentRecord) -> str:
    """The timeline of a record; every text in it is escaped."""
    rows = (*_alarm_rows(record), *_approval_rows(record), *_step_rows(record))
    moments = [bar_end for row in rows for bar in row.bars for bar_end in (bar.start, bar.end)]
    start, end = min([record.planned_at, *moments]), max([record.planned_at, *moments])
    scale = _Scale(start, max((end - start).total_seconds(), 1.0))
    height = len(rows) * _ROW_PIXELS + _AXIS_PIXELS
    says = f"Timeline from {clock(start)} to {clock(end)} UTC, {lasted((end - start).total_seconds())} in all"
    parts = [
        f'<svg class="timeline" width="100%" height="{height}" role="img" aria-label="{escape(says)}">',
        *_axis(scale, height),
        *(part for place, row in enumerate(rows) for part in _drawn(row, place * _ROW_PIXELS, scale)),
        "</svg>",
    ]
    return "\n".join(parts)


def _alarm_rows(record: IncidentRecord) -> Iterator[_Row]:
    end = _last_moment(record)
    for alarm in record.alarms:
        alarm_at, began_at = alarm.alarm_at, alarm.began_at
        bars = []
        if began_at:
            bars.append(_Bar("unseen", began_at, max(alarm_at or end, began_at), "it went wrong, and no alarm yet"))
        if alarm_at:
            bars.append(_Bar("alarm", alarm_at, max(alarm.ok_at or end, alarm_at), "in ALARM"))
        if bars:
            yield _Row(f"Alarm {alarm.name}", f"quiet at {clock(alarm.ok_at)}" if alarm.ok_at else "", tuple(bars))


def _approval_rows(record: IncidentRecord) -> Iterator[_Row]:
    """The second person: how long they were waited for, and when they said what."""
    said = [one for one in record.timeline if one.event in SAYINGS]
    if not said:
        return
    answers = (one.at for one in reversed(said) if one.event in ("approved", "refused"))
    answer = next(answers, _last_moment(record))
    state = record.approval.state if record.approval else "waiting"
    bar = _Bar("refused" if state == "refused" else "waiting", said[0].at, max(answer, said[0].at), "waiting for a yes")
    dots = tuple((one.at, f"{clock(one.at)} {one.says}") for one in said[1:])
    yield _Row("A second person", SAID[state], (bar,), dots)


def _step_rows(record: IncidentRecord) -> Iterator[_Row]:
    for number, step in enumerate(record.steps, 1):
        yield _Row(f"{number}. {step.title}", _note(step), tuple(_step_bars(step, record)), tuple(_dots(step)))


def _note(step: StepAccount) -> str:
    if step.state == "done" and step.began_at and step.ended_at:
        took = lasted((step.ended_at - step.began_at).total_seconds())
        return took if step.attempts else f"{took}, no call"
    return STATES[step.state]


def _step_bars(step: StepAccount, record: IncidentRecord) -> Iterator[_Bar]:
    if step.began_at is None:
        return
    end = max(step.ended_at or _gave_up(record), step.began_at)
    css = "done" if step.state in {"undone", "no_way_back"} and step.ended_at else step.state
    yield _Bar(css, step.began_at, end, f"{step.title}: {STATES[step.state]}")
    if step.undo_began_at:
        undone_at = step.undone_at or record.outcome.at or _last_moment(record)
        yield _Bar("undone", step.undo_began_at, max(undone_at, step.undo_began_at), "undoing")


def _gave_up(record: IncidentRecord) -> datetime:
    """When a step that was never done was left: when the undoing began, else at the end, else it was not yet."""
    undoing = [step.undo_began_at for step in record.steps if step.undo_began_at]
    return min(undoing, default=None) or record.outcome.at or _last_moment(record)


def _dots(step: StepAccount) -> Iterator[tuple[datetime, str]]:
    if step.called_at:
        yield step.called_at, f"{clock(step.called_at)} {step.call}"
    if step.undo_called_at:
        yield step.undo_called_at, f"{clock(step.undo_called_at)} {step.undo_call}"


def _last_moment(record: IncidentRecord) -> datetime:
    """The latest that the record knows of."""
    begun = [step.began_at for step in record.steps if step.began_at]
    return max([record.planned_at, *begun, *(happening.at for happening in record.timeline)])


def _drawn(row: _Row, top: int, scale: _Scale) -> Iterator[str]:
    bar = top + _BAR_PIXELS
    # HTML within the picture, because SVG cannot cut a text that is too long for a phone.
    yield (
        f'<foreignObject x="0" y="{top}" width="100%" height="{_LABEL_PIXELS}"><div class="label">'
        f"<span>{escape(row.label)}</span><em>{escape(row.note)}</em></div></foreignObject>"
    )
    yield f'<line class="rail" x1="0" x2="100%" y1="{bar}" y2="{bar}"/>'
    for one in row.bars:
        start, end = scale.percent(one.start), scale.percent(one.end)
        says = f"{one.says}, {clock(one.start)} to {clock(one.end)}"
        yield (
            f'<line class="bar {one.css}" x1="{start}" x2="{end}" y1="{bar}" y2="{bar}">'
            f"<title>{escape(says)}</title></line>"
        )
    for at, says in row.dots:
        yield f'<circle class="call" cx="{scale.percent(at)}" cy="{bar}" r="3"><title>{escape(says)}</title></circle>'


def _axis(scale: _Scale, height: int) -> Iterator[str]:
    step = next((size for size in _TICK_SECONDS if scale.seconds / size <= _MOST_TICKS), _TICK_SECONDS[-1])
    pattern = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%m-%d"  # noqa: PLR2004  a minute, a day
    first = scale.start.timestamp() // step * step
    tick = datetime.fromtimestamp(first, UTC)
    end = scale.start + timedelta(seconds=scale.seconds)
    while tick <= end:
        if tick >= scale.start:
            across = scale.percent(tick)
            yield f'<line class="tick" x1="{across}" x2="{across}" y1="0" y2="{height - _AXIS_PIXELS + 6}"/>'
            anchor = _anchor((tick - scale.start).total_seconds() / scale.seconds)
            yield f'<text class="tick" x="{across}" y="{height - 6}" text-anchor="{anchor}">{tick:{pattern}}</text>'
        tick += timedelta(seconds=step)


def _anchor(share: float) -> str:
    """At the edges a text stands inside."""
    return "start" if share < 0.08 else "end" if share > 0.92 else "middle"  # noqa: PLR2004  half a text's width
