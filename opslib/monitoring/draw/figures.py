"""Views that are no graph over time: single values, gauges, bars, shares, tables. They show the newest values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from opslib.monitoring.draw.graph import note
from opslib.monitoring.draw.look import SERIES, SIDE, SIZE, SMALL, heading, paint, tip
from opslib.monitoring.draw.panel import Panel, Threshold, View
from opslib.monitoring.draw.scale import finite, scale
from opslib.monitoring.draw.text import cut, escape, width
from opslib.monitoring.draw.values import Trace

__all__ = ["FIGURES", "figure"]

_TOP = 34.0
_ROW = 22.0
_THICK = "stroke-width:10;stroke-linecap:butt"
_BIG = 26.0
_LEAST_CELL = 110.0
_NO_DATA = "no data"


def figure(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    """The parts of a picture of newest values.

    Args:
        panel: What is drawn.
        lines: Its values.
        wide: Of the picture, in pixels.
        high: Of the picture.
    """
    yield heading(panel.title, wide, note(lines))
    if lines and wide > 3 * SIDE and high > _TOP + _ROW:
        yield from FIGURES[panel.view](panel, lines, wide, high)


def _single(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    columns = max(min(len(lines), int((wide - 2 * SIDE) // _LEAST_CELL)), 1)
    rows = -(-len(lines) // columns)
    cell, row = (wide - 2 * SIDE) / columns, (high - _TOP - SIDE) / rows
    size = max(min(_BIG, row * 0.45), SMALL)
    for place, trace in enumerate(lines):
        x = SIDE + place % columns * cell
        middle = _TOP + (place // columns + 0.5) * row
        big = escape(cut(_newest(panel, trace), cell - 8, size, bold=True))
        yield (
            f"<g>{tip(trace.label, trace.says)}"
            f'<text class="i b" style="font-size:{size:.0f}px" x="{x:.1f}" y="{middle + size * 0.2:.1f}">{big}</text>'
        )
        under = middle + size * 0.2 + 16
        if row >= size + 24:
            yield f'<text x="{x:.1f}" y="{under:.1f}">{escape(cut(trace.label, cell - 8, SIZE))}</text>'
        yield "</g>"


def _gauge(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    axis = panel.left_axis
    on = scale(_all(panel, lines), axis.unit, low=axis.minimum or 0.0, high=axis.maximum)
    columns = max(min(len(lines), int((wide - 2 * SIDE) // _LEAST_CELL)), 1)
    cell = (wide - 2 * SIDE) / columns
    radius = max(min(cell / 2 - 14, high - _TOP - 46), 4.0)
    for place, trace in enumerate(lines[:columns]):
        x, y = SIDE + (place + 0.5) * cell, _TOP + radius + 6
        at = _last(trace)
        share = on.share(at) if at is not None else 0.0
        yield f"<g>{tip(trace.label, trace.says)}"
        yield f'<path class="g" style="stroke-width:10" d="{_arc(x, y, radius, 0, 1)}"/>'
        if share > 0:
            yield f'<path class="l s{place % SERIES}" style="{_THICK}" d="{_arc(x, y, radius, 0, share)}"/>'
        for line in panel.thresholds:
            if finite(line.value) is not None:
                yield _mark(line, on.share(line.value), x=x, y=y, radius=radius)
        big = escape(cut(_newest(panel, trace), 1.6 * radius, 18, bold=True))
        yield f'<text class="i b m" style="font-size:18px" x="{x:.1f}" y="{y - 4:.1f}">{big}</text>'
        yield f'<text class="n m" x="{x - radius:.1f}" y="{y + 14:.1f}">{on.says(on.low)}</text>'
        yield f'<text class="n m" x="{x + radius:.1f}" y="{y + 14:.1f}">{on.says(on.high)}</text>'
        yield f'<text class="m" x="{x:.1f}" y="{y + 28:.1f}">{escape(cut(trace.label, cell - 8, SIZE))}</text></g>'


def _arc(x: float, y: float, radius: float, first: float, last: float) -> str:
    ends = [(x - radius * math.cos(math.pi * share), y - radius * math.sin(math.pi * share)) for share in (first, last)]
    (x1, y1), (x2, y2) = ends
    return f"M{x1:.1f} {y1:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x2:.1f} {y2:.1f}"


def _mark(line: Threshold, share: float, *, x: float, y: float, radius: float) -> str:
    ends = [
        (x - reach * math.cos(math.pi * share), y - reach * math.sin(math.pi * share))
        for reach in (radius - 6, radius + 6)
    ]
    (x1, y1), (x2, y2) = ends
    path = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
    return f'<path {paint(line.color)[0]} d="{path}"><title>{escape(line.label)}</title></path>'


def _bars(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    on = scale(_all(panel, lines), panel.left_axis.unit)
    fit = max(int((high - _TOP - SIDE) // _ROW), 1)
    names = min(max(width(trace.label, SIZE) for trace in lines), wide * 0.4)
    left = SIDE + names + 8
    room = wide - left - 70
    if room < _ROW:
        return
    for place, trace in enumerate(lines[:fit]):
        y, at = _TOP + place * _ROW, _last(trace)
        long = room * on.share(at) if at is not None else 0.0
        number = escape(cut(_newest(panel, trace), 62, SIZE))
        yield (
            f"<g>{tip(trace.label, trace.says)}"
            f'<text class="e" x="{left - 8:.1f}" y="{y + 14:.1f}">{escape(cut(trace.label, names, SIZE))}</text>'
            f'<rect class="f{place % SERIES}" x="{left:.1f}" y="{y + 4:.1f}" width="{long:.1f}" height="13" rx="2"/>'
            f'<text class="i" x="{left + long + 6:.1f}" y="{y + 14:.1f}">{number}</text></g>'
        )


def _pie(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    radius = max(min((high - _TOP - SIDE) / 2, wide / 5) - 8, 4.0)
    x, y = SIDE + radius + 8, _TOP + radius + 8
    values = [max(_last(trace) or 0.0, 0.0) for trace in lines]
    total, first, around = math.fsum(values), 0.0, 2 * math.pi * radius
    left = x + radius + 24
    for place, (trace, value) in enumerate(zip(lines, values, strict=True)):
        share = value / total if total > 0 else 0.0
        yield (
            f'<circle class="l s{place % SERIES}" style="{_THICK}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
            f'stroke-dasharray="{share * around:.1f} {around:.1f}" stroke-dashoffset="{(0.25 - first) * around:.1f}">'
            f"{tip(trace.label, trace.says)}</circle>"
        )
        first += share
        base = _TOP + 14 + place * 18
        if base < high - SIDE and wide - left - SIDE > _ROW:
            text = cut(f"{trace.label}: {_newest(panel, trace)} ({100 * share:.0f}%)", wide - left - SIDE - 18, SIZE)
            yield f'<path class="l s{place % SERIES}" d="M{left:.1f} {base - 4:.1f}h12"/>'
            yield f'<text x="{left + 18:.1f}" y="{base:.1f}">{escape(text)}</text>'


def _table(panel: Panel, lines: Sequence[Trace], wide: float, high: float) -> Iterator[str]:
    heads = ("Newest", "Lowest", "Mean", "Highest") if wide >= 4 * _LEAST_CELL else ("Newest", "Highest")
    column = min(90.0, (wide - 2 * SIDE) / (len(heads) + 2))
    first = wide - SIDE - column * (len(heads) - 1)
    base = _TOP + 14
    for place, head in enumerate(heads):
        text = cut(head, column, SMALL)
        yield f'<text class="n b e" x="{first + place * column:.1f}" y="{base:.1f}">{text}</text>'
    on = scale(_all(panel, lines), panel.left_axis.unit)
    fit = max(int((high - base - SIDE) // _ROW), 0)
    for row, trace in enumerate(lines[:fit]):
        y = base + (row + 1) * _ROW
        there = [point for point in trace.points if point is not None]
        cells = {
            "Newest": _last(trace),
            "Lowest": min(there, default=None),
            "Mean": math.fsum(there) / len(there) if there else None,
            "Highest": max(there, default=None),
        }
        yield f'<path class="g" d="M{SIDE} {y - 15:.1f}H{wide - SIDE:.1f}"/>'
        said = escape(cut(trace.label, first - column - SIDE, SIZE))
        yield f'<text class="i" x="{SIDE}" y="{y:.1f}">{said}<title>{escape(trace.says)}</title></text>'
        for place, head in enumerate(heads):
            value = cells[head]
            text = escape(cut(_NO_DATA if value is None else on.tells(value), column - 4, SIZE))
            yield f'<text class="e" x="{first + place * column:.1f}" y="{y:.1f}">{text}</text>'


def _last(trace: Trace) -> float | None:
    return next((point for point in reversed(trace.points) if point is not None), None)


def _newest(panel: Panel, trace: Trace) -> str:
    value = _last(trace)
    unit = (panel.right_axis if trace.right else panel.left_axis).unit
    if value is None:
        return _NO_DATA
    on = scale((value,), unit)
    return on.tells(value) if on.unit else f"{on.says(value)} {unit}".strip()


def _all(panel: Panel, lines: Sequence[Trace]) -> list[float]:
    thresholds = (finite(line.value) for line in panel.thresholds)
    points = (point for trace in lines for point in trace.points)
    return [value for value in (*thresholds, *points) if value is not None]


FIGURES: dict[View, Callable[[Panel, Sequence[Trace], float, float], Iterator[str]]] = {
    "singleValue": _single,
    "gauge": _gauge,
    "bar": _bars,
    "pie": _pie,
    "table": _table,
}
"""How each view is drawn."""
