"""How pictures look: sizes, colours in light and dark, and the parts that every picture has.

The colours of lines differ in lightness as well as in hue, and thresholds are dashed and labelled, so that nothing is
said by colour alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from opslib.monitoring.draw.text import cut, escape, width

__all__ = [
    "COLUMN",
    "GAP",
    "ROW",
    "SERIES",
    "STYLE",
    "VARIABLES",
    "badge",
    "card",
    "heading",
    "paint",
    "pixels",
    "says",
    "tip",
]

COLUMN = 50
"""Width of a column of the grid, in pixels."""
ROW = 44
"""Height of a row."""
GAP = 10
"""Between two widgets."""

TITLE_SIZE = 13.0
SIZE = 11.0
SMALL = 10.0
SIDE = 12
"""From a card's edge to what stands in it."""
TITLE_BASE = 22

SERIES = 8
"""How many colours there are for lines."""

_LIGHT = (
    "--paper:#f5f7f9;--card:#fff;--ink:#1b2330;--soft:#5d6b7e;--line:#dfe4ea;--grid:#e9edf1;"
    "--s0:#1f5fa8;--s1:#2a9d8f;--s2:#8a4fbf;--s3:#5f6b7a;--s4:#58a9e0;--s5:#9a7d0a;--s6:#c0619f;--s7:#13404f;"
    "--info:#2f74c0;--warning:#b96a00;--critical:#c62f2f;--emergency:#7f1d1d;--ok:#2a7f4f"
)
_DARK = (
    "--paper:#10151c;--card:#182029;--ink:#e6eaf0;--soft:#9aa7b8;--line:#2c3542;--grid:#252e3a;"
    "--s0:#6ea8ee;--s1:#4fd1bd;--s2:#c19af0;--s3:#a9b4c2;--s4:#2f86c9;--s5:#e0c35c;--s6:#f09ccd;--s7:#9fd8e8;"
    "--info:#6ea8e6;--warning:#e0a04a;--critical:#ee7b7b;--emergency:#ff9d9d;--ok:#6cc494"
)

VARIABLES = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"@media print{{:root{{{_LIGHT}}}}}"
)

STYLE = (
    ".p text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:var(--soft);"
    "font-variant-numeric:tabular-nums}"
    ".p .t{font-size:13px;font-weight:600;fill:var(--ink)}.p .i{fill:var(--ink)}.p .n{font-size:10px}"
    ".p .e{text-anchor:end}.p .m{text-anchor:middle}.p .b{font-weight:600}.p .c{font-family:ui-monospace,monospace}"
    ".p .card{fill:var(--card);stroke:var(--line)}.p .g{stroke:var(--grid);fill:none}"
    ".p .a{stroke:var(--line);fill:none}"
    ".p .l{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}"
    ".p .d{stroke-width:1.3;stroke-dasharray:5 3;fill:none}.p .y{paint-order:stroke;stroke:var(--card);"
    "stroke-width:3px;stroke-linejoin:round}"
    ".p .o{fill-opacity:.07;stroke:none}.p .f{fill-opacity:.5;stroke:none}.p .pill{fill:none;stroke:var(--line)}"
    ".p .x{fill:var(--s0);fill-opacity:.13;stroke:none}"
    + "".join(f".p .s{n}{{stroke:var(--s{n})}}.p .f{n}{{fill:var(--s{n})}}" for n in range(SERIES))
    + "".join(
        f".p .{name}{{stroke:var(--{name})}}.p text.{name}-t,.p .{name}-t{{fill:var(--{name})}}"
        for name in ("info", "warning", "critical", "emergency", "ok")
    )
)

_KNOWN: dict[str, str] = {
    "#1f77b4": "info",
    "#ff7f0e": "warning",
    "#d62728": "critical",
    "#7f1d1d": "emergency",
}
"""The colours that a dashboard has for severities, and what they are here: legible in light and in dark."""

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def pixels(columns: int, rows: int) -> tuple[int, int]:
    """The size of a widget of so many columns and rows."""
    return max(columns, 1) * COLUMN - GAP, max(rows, 1) * ROW - GAP


@lru_cache(maxsize=256)
def paint(color: str) -> tuple[str, str]:
    """The attributes of a line, and of a text or an area, in a threshold's colour; a strange colour is a warning's."""
    if color.lower() in _KNOWN or not _HEX.fullmatch(color):
        name = _KNOWN.get(color.lower(), "warning")
        return f'class="d {name}"', f"{name}-t"
    return f'class="d" style="stroke:{color}"', ""


def card(wide: float, high: float) -> str:
    """The ground on which a picture stands."""
    return f'<rect class="card" x=".5" y=".5" width="{wide - 1:g}" height="{high - 1:g}" rx="8"/>'


def heading(title: str, wide: float, note: str = "") -> str:
    """A picture's title, and at the right in small letters what has to be known of its data."""
    taken = width(note, SMALL) + 28 if note else 0
    if wide - taken < 3 * SIDE + 40:
        note, taken = "", 0
    shown = cut(title, wide - 2 * SIDE - taken, TITLE_SIZE, bold=True)
    return f'<text class="t" x="{SIDE}" y="{TITLE_BASE}">{escape(shown)}</text>{badge(note, wide) if note else ""}'


@lru_cache(maxsize=256)
def badge(note: str, wide: float) -> str:
    """A note in a frame, at the right of the title."""
    room = width(note, SMALL) + 12
    left = wide - SIDE - room
    return (
        f'<rect class="pill" x="{left:.1f}" y="9.5" width="{room:.1f}" height="16" rx="8"/>'
        f'<text class="n m" x="{left + room / 2:.1f}" y="21">{escape(note)}</text>'
    )


def tip(label: str, description: str) -> str:
    """What a part of a picture says to who points at it."""
    return f"<title>{escape(label)}: {escape(description)}</title>"


def says(title: str, description: str) -> str:
    """What a picture is called and what it shows, for who cannot see it."""
    return f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
