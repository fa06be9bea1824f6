"""A graph over time: lines or stacked areas, thresholds with their breaching side, axes, and a legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from opslib.monitoring.draw.legend import Legend, legend
from opslib.monitoring.draw.look import SERIES, SIDE, SMALL, heading, paint, tip
from opslib.monitoring.draw.panel import Panel, Threshold
from opslib.monitoring.draw.scale import Scale, finite, scale
from opslib.monitoring.draw.shades import Shade
from opslib.monitoring.draw.text import cut, escape, width
from opslib.monitoring.draw.values import Trace, Window

__all__ = ["graph", "note"]

_TITLE_ROOM = 32
_UNIT_ROOM = 14
_CLOCK_ROOM = 18
_LEAST_PLOT = 24
_LEAST_FOR_LEGEND = 130
_LEAST_FOR_CLOCK = 96
_LABEL_APART = 12
_CLOCK_APART = 76
_EDGE = 14


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where the lines are drawn."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def high(self) -> float:
        return self.bottom - self.top

    def y(self, value: float, on: Scale) -> float:
        return self.bottom - self.high * on.share(value)


def graph(
    panel: Panel, lines: Sequence[Trace], behind: Sequence[Shade], window: Window, size: tuple[float, float]
) -> Iterator[str]:
    """The parts of a graph, one upon the other.

    Args:
        panel: What is drawn.
        lines: Its values.
        behind: Where they are expected.
        window: The time that is shown.
        size: Of the picture, in pixels.
    """
    wide, high = size
    yield heading(panel.title, wide, note(lines))
    expected = [shade.label for shade in behind if shade.origin != "none"]
    below = legend(lines, wide, expected) if high >= _LEAST_FOR_LEGEND else Legend((), 0)
    with_clock = high >= _LEAST_FOR_CLOCK
    bottom = high - SIDE / 2 - below.high - (_CLOCK_ROOM if with_clock else 4)
    left_scale = _axis(panel, lines, behind, right=False)
    right_scale = _axis(panel, lines, (), right=True) if panel.right else None
    named = bool(panel.left_axis.unit or left_scale.unit or panel.right_axis.unit)
    top = _TITLE_ROOM + (_UNIT_ROOM if named else 4)
    plot = _Plot(
        SIDE + _margin(left_scale),
        top,
        wide - SIDE - (_margin(right_scale) if right_scale else 0),
        bottom,
    )
    if plot.high < _LEAST_PLOT or plot.wide < _LEAST_PLOT:
        return
    yield from _frame(panel, plot, left_scale, right_scale)
    if with_clock:
        yield from _clock(plot, window)
    yield from _breaching(panel.thresholds, plot, left_scale, right_scale)
    yield from _shades(behind, plot, left_scale)
    yield from _stacked(lines, plot, left_scale) if panel.stacked else _lines(lines, plot, left_scale, right_scale)
    yield from _thresholds(panel, plot, left_scale, right_scale)
    if all(trace.origin == "none" for trace in lines):
        yield f'<text class="m" x="{(plot.left + plot.right) / 2:.1f}" y="{(top + bottom) / 2:.1f}">no history</text>'
    yield from below.drawn(high - SIDE / 2 - below.high)


def note(lines: Sequence[Trace]) -> str:
    """What has to be known of a picture's data."""
    origins = {trace.origin for trace in lines}
    return "sample data" if "sample" in origins else "history" if "history" in origins else ""


def _axis(panel: Panel, lines: Sequence[Trace], behind: Sequence[Shade], *, right: bool) -> Scale:
    axis = panel.right_axis if right else panel.left_axis
    own = [trace.points for trace in lines if trace.right is right]
    found = [found for line in panel.thresholds if line.right is right and (found := finite(line.value)) is not None]
    if panel.stacked and own and not right:
        found += [0.0, *(finite(sum(point or 0.0 for point in points)) or 0.0 for points in zip(*own, strict=False))]
    else:
        for points in (*own, *(edge for shade in behind for edge in (shade.low, shade.high))):
            there = [point for point in points if point is not None]
            if there:
                found += (min(there), max(there))
    low = axis.minimum
    if low is None and right:
        low = min(0.0, *found) if found else 0.0
    return scale(found, axis.unit, low=low, high=axis.maximum)


def _margin(on: Scale) -> float:
    return max((width(on.says(tick), SMALL) for tick in on.ticks), default=0.0) + 6


def _frame(panel: Panel, plot: _Plot, left: Scale, right: Scale | None) -> Iterator[str]:
    """The lines of the grid and the numbers at their ends."""
    marks = [(plot.y(tick, left), left.says(tick)) for tick in left.ticks]
    path = "".join(f"M{plot.left:.1f} {y:.1f}H{plot.right:.1f}" for y, _ in marks)
    yield f'<path class="g" d="{path}"/>'
    yield "".join(f'<text class="n e" x="{plot.left - 6:.1f}" y="{y + 3.5:.1f}">{text}</text>' for y, text in marks)
    unit = _unit(panel.left_axis.unit, left)
    if unit:
        room = (plot.wide / 2) if right else plot.right - SIDE
        yield f'<text class="n" x="{SIDE}" y="{plot.top - 10:.1f}">{escape(cut(unit, room, SMALL))}</text>'
    if right is not None:
        yield "".join(
            f'<text class="n" x="{plot.right + 6:.1f}" y="{plot.y(tick, right) + 3.5:.1f}">{right.says(tick)}</text>'
            for tick in right.ticks
        )
        unit = _unit(panel.right_axis.unit, right)
        if unit:
            said = escape(cut(unit, plot.wide / 2, SMALL))
            yield f'<text class="n e" x="{plot.right + 6 + _margin(right):.1f}" y="{plot.top - 10:.1f}">{said}</text>'


def _unit(label: str, on: Scale) -> str:
    """What the numbers are in: what they were turned into, else what the dashboard says."""
    return on.unit or label


def _clock(plot: _Plot, window: Window) -> Iterator[str]:
    count = min(max(int(plot.wide // _CLOCK_APART), 1), 6)
    count = next((fewer for fewer in range(count, 0, -1) if 6 % fewer == 0), 1)
    base = plot.bottom + 14
    yield f'<path class="a" d="M{plot.left:.1f} {plot.bottom:.1f}H{plot.right:.1f}"/>'
    for place in range(count + 1):
        share = place / count
        anchor = " e" if place == count else " m" if place else ""
        x = plot.left + share * plot.wide
        yield f'<text class="n{anchor}" x="{x:.1f}" y="{base:.1f}">{window.clock(share)}</text>'


def _breaching(thresholds: Sequence[Threshold], plot: _Plot, left: Scale, right: Scale | None) -> Iterator[str]:
    """The side of each threshold on which its alarm counts; only its edge, where several things have thresholds."""
    subjects = {line.label.rpartition(": ")[0] for line in thresholds}
    deep = plot.high if len(subjects) <= 1 else _EDGE
    for line in thresholds:
        on = right if line.right and right else left
        if line.side is None or finite(line.value) is None:
            continue
        y = plot.y(line.value, on)
        first, last = (max(plot.top, y - deep), y) if line.side == "above" else (y, min(plot.bottom, y + deep))
        if last - first >= 1:
            yield (
                f'<rect class="o {paint(line.color)[1]}" x="{plot.left:.1f}" y="{first:.1f}" '
                f'width="{plot.wide:.1f}" height="{last - first:.1f}"/>'
            )


def _lines(lines: Sequence[Trace], plot: _Plot, left: Scale, right: Scale | None) -> Iterator[str]:
    for place, trace in enumerate(lines):
        path = _path(trace.points, plot, right if trace.right and right else left)
        if path:
            yield f'<path class="l s{place % SERIES}" d="{path}">{tip(trace.label, trace.says)}</path>'


def _shades(behind: Sequence[Shade], plot: _Plot, on: Scale) -> Iterator[str]:
    """The bands, cut off at the axes' ends; one that was learnt from a history has no gap."""
    for shade in behind:
        both = zip(shade.low, shade.high, strict=True)
        edges = [(low, high) for low, high in both if low is not None and high is not None]
        if not edges:
            continue
        places = _places(plot.left, plot.right, len(edges))
        roof = [f"{x} {max(plot.y(high, on), plot.top):.1f}" for x, (_, high) in zip(places, edges, strict=True)]
        floor = [f"{x} {min(plot.y(low, on), plot.bottom):.1f}" for x, (low, _) in zip(places, edges, strict=True)]
        said = tip(shade.label, shade.says)
        yield f'<path class="x" d="M{"L".join(roof)}L{"L".join(reversed(floor))}Z">{said}</path>'


def _path(points: Sequence[float | None], plot: _Plot, on: Scale) -> str:
    there = [point for point in points if point is not None]
    if not there:
        return ""
    steep, zero, low = plot.high / (on.high - on.low), plot.bottom, on.low
    if len(there) == len(points) and low <= min(there) and max(there) <= on.high:
        # Nothing is missing and nothing cut off: all of it at once, for there are thousands of lines.
        return _pattern(plot.left, plot.right, len(points)) % tuple([zero - (point - low) * steep for point in there])
    found, joined = [], False
    for x, point in zip(_places(plot.left, plot.right, len(points)), points, strict=True):
        if point is not None:
            # A point without neighbours is a dot: a line of no length with round ends.
            found.append(f"{f'L{x}' if joined else f'M{x}'} {plot.y(point, on):.1f}{'' if joined else 'h0'}")
        joined = point is not None
    return "".join(found)


@lru_cache(maxsize=256)
def _pattern(left: float, right: float, count: int) -> str:
    """A path of so many points, to be filled with their heights."""
    return f"M{'L'.join(f'{x} %.1f' for x in _places(left, right, count))}{'h0' if count == 1 else ''}"


@lru_cache(maxsize=256)
def _places(left: float, right: float, count: int) -> tuple[str, ...]:
    apart = (right - left) / max(count - 1, 1)
    return tuple(f"{left + place * apart:.1f}" for place in range(count))


def _stacked(lines: Sequence[Trace], plot: _Plot, on: Scale) -> Iterator[str]:
    """Areas upon one another, the first at the bottom; where one has no data it adds nothing."""
    most = max((len(trace.points) for trace in lines), default=0)
    floor = [0.0] * most
    for place, trace in enumerate(lines):
        if len(trace.points) != most or not most:
            continue
        roof = [low + (point or 0.0) for low, point in zip(floor, trace.points, strict=True)]
        places = _places(plot.left, plot.right, most)
        up = [f"{x} {plot.y(value, on):.1f}" for x, value in zip(places, roof, strict=True)]
        down = [f"{x} {plot.y(value, on):.1f}" for x, value in zip(places, floor, strict=True)]
        said = f"{tip(trace.label, trace.says)}"
        yield f'<path class="f f{place % SERIES}" d="M{"L".join(up)}L{"L".join(reversed(down))}Z">{said}</path>'
        yield f'<path class="l s{place % SERIES}" d="M{"L".join(up)}"/>'
        floor = roof


def _thresholds(panel: Panel, plot: _Plot, left: Scale, right: Scale | None) -> Iterator[str]:
    """The lines of the alarms, each with its label beside it and no label upon another."""
    lines = [line for line in sorted(panel.thresholds, key=lambda one: one.value) if finite(line.value) is not None]
    placed = [(line, right if line.right and right else left) for line in lines]
    heights = [plot.y(line.value, on) for line, on in placed]
    taken: list[tuple[str, float]] = []
    labels = []
    for (line, on), y in zip(placed, heights, strict=True):
        stroke, fill = paint(line.color)
        side = f", breaching {line.side}" if line.side else ""
        said = f"{line.label}: {line.value:g}{side}" if f"{line.value:g}" not in line.label else f"{line.label}{side}"
        yield f'<path {stroke} d="M{plot.left:.1f} {y:.1f}H{plot.right:.1f}"><title>{escape(said)}</title></path>'
        text = _shown(line, on, plot.wide * (0.48 if len(lines) > 1 else 0.9))
        spot = _spot(y, heights, taken, plot, with_middle=plot.wide > 3.2 * width(text, SMALL))
        if text and spot:
            taken.append(spot)
            anchor, base = spot
            x = {"e": plot.right - 4, "": plot.left + 4, "m": (plot.left + plot.right) / 2}[anchor]
            labels.append(f'<text class="n y {anchor} {fill}" x="{x:.1f}" y="{base:.1f}">{escape(text)}</text>')
    yield from labels


def _spot(
    y: float, lines: Sequence[float], taken: Sequence[tuple[str, float]], plot: _Plot, *, with_middle: bool
) -> tuple[str, float] | None:
    """Where a label stands: near its line, upon no other label, and crossed by as few lines as can be."""
    best: tuple[int, tuple[str, float]] | None = None
    for anchor in ("e", "", "m") if with_middle else ("e", ""):
        for base in (y - 3, y + SMALL + 1):
            if not plot.top + SMALL - 2 <= base <= plot.bottom - 1:
                continue
            if any(anchor == other and abs(base - at) < _LABEL_APART for other, at in taken):
                continue
            crossed = sum(base - SMALL + 1 < line < base + 2 for line in lines if line != y)
            if best is None or crossed < best[0]:
                best = crossed, (anchor, base)
    return best[1] if best else None


def _shown(line: Threshold, on: Scale, room: float) -> str:
    """A threshold's label, its number in the axis's unit; where it does not fit, the number stays."""
    raw = f"{line.value:g}"
    text = line.label or "threshold"
    text = f"{text[: -len(raw)]}{on.tells(line.value)}" if text.endswith(f" {raw}") or text == raw else text
    head, joint, tail = text.rpartition(": ")
    short = cut(head, room - width(joint + tail, SMALL), SMALL) if head and width(text, SMALL) > room else ""
    return f"{short}{joint}{tail}" if short else cut(text, room, SMALL)
