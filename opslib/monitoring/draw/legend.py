"""The legend below a graph: a stroke and a label for each line, in rows that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from opslib.monitoring.draw.look import SERIES, SIDE, SIZE
from opslib.monitoring.draw.text import cut, escape, width
from opslib.monitoring.draw.values import Trace

__all__ = ["Legend", "legend"]

_ROW = 16
_MOST_ROWS = 2
_STROKE = 18
_APART = 14
SHADE = -1


@dataclass(frozen=True, slots=True)
class Legend:
    """What stands where, from the legend's upper edge.

    Attributes:
        items: Left edge, row, number of the line (None: no line; `SHADE`: a band) and text.
        high: In pixels.
    """

    items: tuple[tuple[float, int, int | None, str], ...]
    high: float

    def drawn(self, top: float) -> Iterator[str]:
        """Its parts, below a given height."""
        for x, row, number, text in self.items:
            base = top + row * _ROW + 11
            if number == SHADE:
                yield f'<rect class="x" x="{x:.1f}" y="{base - 9:.1f}" width="12" height="10"/>'
            elif number is not None:
                yield f'<path class="l s{number % SERIES}" d="M{x:.1f} {base - 4:.1f}h12"/>'
            yield f'<text x="{x + (_STROKE if number is not None else 0):.1f}" y="{base:.1f}">{escape(text)}</text>'


def legend(lines: Sequence[Trace], wide: float, shades: Sequence[str] = ()) -> Legend:
    """The legend of lines; those that find no room are counted.

    Args:
        lines: The lines, in their order.
        shades: The labels of the bands behind them.
        wide: Of the picture, in pixels.
    """
    items: list[tuple[float, int, int | None, str]] = []
    right, row, x = wide - SIDE, 0, float(SIDE)
    said = [(number, _said(trace)) for number, trace in enumerate(lines)] + [(SHADE, label) for label in shades]
    for place, (number, whole) in enumerate(said):
        text = cut(whole, right - SIDE - _STROKE, SIZE)
        takes = _STROKE + width(text, SIZE)
        more = cut(f"and {len(said) - place} more", right - SIDE, SIZE)
        rest = width(more, SIZE) + _APART if row == _MOST_ROWS - 1 and place < len(said) - 1 else 0.0
        if x > SIDE and x + takes + rest > right:
            if row == _MOST_ROWS - 1:
                items.append((min(x, right - width(more, SIZE)), row, None, more))
                break
            row, x = row + 1, float(SIDE)
        items.append((x, row, number, text))
        x += takes + _APART
    return Legend(tuple(items), (row + 1) * _ROW if items else 0.0)


def _said(trace: Trace) -> str:
    right = " (right axis)" if trace.right else ""
    return f"{trace.label}{right}{': no history' if trace.origin == 'none' else ''}"
