"""One widget as one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opslib.monitoring.draw.figures import FIGURES, figure
from opslib.monitoring.draw.graph import graph, note
from opslib.monitoring.draw.look import SIDE, SIZE, STYLE, VARIABLES, card, heading, pixels, says
from opslib.monitoring.draw.markdown import as_svg
from opslib.monitoring.draw.panel import Panel
from opslib.monitoring.draw.shades import shades
from opslib.monitoring.draw.text import escape, wrap
from opslib.monitoring.draw.tiles import tiles
from opslib.monitoring.draw.values import Source, Trace, traces

__all__ = ["drawn", "picture", "standalone"]

_NO_STATES: Mapping[str, str] = {}


def picture(
    panel: Panel, source: Source, *, states: Mapping[str, str] | None = None, size: tuple[float, float] | None = None
) -> str:
    """The SVG of a panel, as it stands in a page that has the style.

    Args:
        panel: What is drawn.
        source: Where its values come from.
        states: The states of alarms, by name, where they are known.
        size: In pixels; None: as the grid has it.
    """
    lines = traces(panel, source)
    return drawn(panel, lines, source, states or _NO_STATES, size or pixels(panel.box.width, panel.box.height))


def drawn(
    panel: Panel, lines: tuple[Trace, ...], source: Source, states: Mapping[str, str], size: tuple[float, float]
) -> str:
    """The SVG of a panel whose values are there already."""
    wide, high = size
    inside = "".join(_inside(panel, lines, source, states, size))
    return (
        f'<svg class="p" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img" '
        f'aria-label="{escape(panel.title or panel.text[:80])}">{says(panel.title, _described(panel, lines))}'
        f"{card(wide, high)}{inside}</svg>"
    )


def standalone(svg: str, wide: float, high: float) -> str:
    """A picture as a file of its own: with its size, and with the style inside."""
    head = f'<svg width="{wide:g}" height="{high:g}" '
    whole = svg.replace("<svg ", head, 1)
    return whole.replace('<rect class="card"', f'<style>{VARIABLES}{STYLE}</style><rect class="card"', 1)


def _inside(
    panel: Panel, lines: tuple[Trace, ...], source: Source, states: Mapping[str, str], size: tuple[float, float]
) -> Iterator[str]:
    wide, high = size
    if panel.view == "alarm":
        return tiles(panel.title, panel.alarms, states, wide, high)
    if panel.view == "text":
        return as_svg(panel.text, wide, high, SIDE)
    if panel.view in FIGURES:
        return figure(panel, lines, wide, high)
    if panel.view == "other":
        return _other(panel, wide, high)
    return graph(panel, lines, shades(panel, lines, source), source.window, size)


def _other(panel: Panel, wide: float, high: float) -> Iterator[str]:
    """What cannot be drawn without asking AWS: said, with its query."""
    yield heading(panel.title, wide, "not drawn")
    y = 34.0
    for paragraph in panel.text.splitlines():
        for line in wrap(paragraph, wide - 2 * SIDE, SIZE):
            y += 15
            if y > high - SIDE / 2:
                return
            yield f'<text class="c" x="{SIDE}" y="{y:.1f}">{escape(line)}</text>'


def _described(panel: Panel, lines: tuple[Trace, ...]) -> str:
    """A picture in words: its lines, its thresholds, and what the data are."""
    if panel.view == "alarm":
        return f"States of {len(panel.alarms)} alarms: {', '.join(panel.alarms)}"
    if panel.view in ("text", "other"):
        return panel.text
    shown = ", ".join(trace.label for trace in lines) or "nothing"
    limits = "; ".join(line.label or f"{line.value:g}" for line in panel.thresholds)
    expected = "".join(f". {band.label}" for band in panel.bands)
    data = note(lines)
    unit = f" in {panel.left_axis.unit}" if panel.left_axis.unit else ""
    return f"{shown}{unit}{f'. Thresholds: {limits}' if limits else ''}{expected}{f'. Values: {data}' if data else ''}."
