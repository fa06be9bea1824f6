"""The states of alarms as tiles. Before a deploy an alarm has none, and the tile says only which it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from opslib.monitoring.draw.look import SIDE, SIZE, heading
from opslib.monitoring.draw.text import cut, escape

__all__ = ["tiles", "tiles_height"]

_TOP = 34
_TILE = 34
_APART = 8
_LEAST_TILE = 170
_LINE_UP = 4

_STATES: dict[str, tuple[str, str]] = {
    "OK": ("ok", "OK"),
    "ALARM": ("critical", "in alarm"),
    "INSUFFICIENT_DATA": ("warning", "insufficient data"),
}


def tiles(title: str, names: Sequence[str], states: Mapping[str, str], wide: float, high: float) -> Iterator[str]:
    """The parts of a picture of alarms.

    Args:
        title: Above it.
        names: Of the alarms.
        states: What is known of their states, in CloudWatch's words, by name.
        wide: Of the picture, in pixels.
        high: Of the picture; alarms that find no room are counted.
    """
    yield heading(title, wide, "" if any(name in states for name in names) else "states: once deployed")
    columns, tile = _columns(wide)
    rows = max(int((high - _TOP - SIDE / 2 + _APART) // (_TILE + _APART)), 0)
    fit = columns * rows
    shown = names if len(names) <= fit else names[: max(fit - 1, 0)]
    for place, name in enumerate(shown):
        yield _tile(name, states.get(name), SIDE + place % columns * (tile + _APART), _y(place // columns), tile)
    left = len(names) - len(shown)
    if left and fit:
        place = len(shown)
        x, more = SIDE + place % columns * (tile + _APART), cut(f"and {left} more", tile - 8, SIZE)
        yield f'<text x="{x + 8:.1f}" y="{_y(place // columns) + 21:.1f}">{more}</text>'


def tiles_height(count: int, wide: float) -> float:
    """How high a picture has to be that shows so many alarms, in pixels."""
    columns, _ = _columns(wide)
    return _TOP + -(-count // columns) * (_TILE + _APART) + SIDE / 2


def _columns(wide: float) -> tuple[int, float]:
    room = max(wide - 2 * SIDE, 1)
    columns = max(int((room + _APART) // (_LEAST_TILE + _APART)), 1)
    return columns, (room - (columns - 1) * _APART) / columns


def _y(row: int) -> float:
    return _TOP + row * (_TILE + _APART)


def _tile(name: str, state: str | None, x: float, y: float, wide: float) -> str:
    css, said = _STATES.get(state or "", ("", "no state before it is deployed"))
    mark = f"{css}-t" if css else ""
    dot = f'class="{mark}"' if css else 'class="a"'
    # Names of one stack begin alike: what tells them apart is at their end.
    shown = escape(cut(name[::-1], wide - 32, SIZE)[::-1])
    return (
        f'<g><title>{escape(name)}: {said}</title><rect class="pill" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" '
        f'height="{_TILE}" rx="6"/><circle {dot} cx="{x + 14:.1f}" cy="{y + _TILE / 2:.1f}" r="4.5"/>'
        f'<text class="i" x="{x + 26:.1f}" y="{y + _TILE / 2 + _LINE_UP:.1f}">{shown}</text></g>'
    )
