"""Dashboards as one page: complete in itself, without a script, for a desk and for a telephone.

Where the page is wide, widgets stand in CloudWatch's grid of 24 columns. Where it is narrow, they stand below one
another; those that would be too small or too large to read then are drawn a second time, for that width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opslib.monitoring.draw.look import COLUMN, GAP, ROW, STYLE, VARIABLES, pixels
from opslib.monitoring.draw.markdown import as_html
from opslib.monitoring.draw.panel import Panel
from opslib.monitoring.draw.picture import drawn
from opslib.monitoring.draw.text import escape
from opslib.monitoring.draw.tiles import tiles_height
from opslib.monitoring.draw.values import Source, traces

__all__ = ["BOARD_STYLE", "Board", "Section", "boards", "page"]

_NARROW = 1_000
_PHONE = (360.0, 250.0)
_READABLE = (300, 520)
"""Designs between these widths, in pixels, are legible on a telephone as they are."""

_Pictures = dict[tuple[object, ...], tuple[str, str, bool]]

BOARD_STYLE = (
    ".board{container-type:inline-size;content-visibility:auto;contain-intrinsic-size:auto 900px;margin-top:10px}"
    f".grid{{display:grid;grid-template-columns:repeat(24,minmax(0,1fr));"
    f"grid-auto-rows:calc(100cqw/24*{ROW / COLUMN:g})}}"
    f".w{{padding:{GAP / 2:g}px;min-width:0;min-height:0}}"
    ".w svg{display:block;width:100%;height:100%}.slim{display:none}"
    ".md{height:100%;overflow:auto;padding:2px 8px}.md h3,.md h4,.md h5,.md h6{margin:8px 0 2px;line-height:1.25}"
    ".md .h1{font-size:21px}.md .h2{font-size:17px}.md .h3{font-size:15px}"
    ".md p,.md ul{margin:4px 0}.md ul{padding-left:20px}"
    ".md table{border-collapse:collapse}.md td,.md th{border:1px solid var(--line);padding:2px 8px;text-align:left}"
    ".md pre{margin:4px 0;padding:8px;border:1px solid var(--line);border-radius:6px;overflow:auto}"
    f"@media (max-width:{_NARROW}px){{"
    ".grid{grid-template-columns:repeat(auto-fill,minmax(min(330px,100%),1fr));grid-auto-rows:auto}"
    ".w{grid-area:auto!important;min-width:0}.w.all{grid-column:1/-1!important}.w svg{height:auto}"
    ".full{display:none!important}.slim{display:block;max-width:520px}.md{height:auto}}"
    "@media print{.board{content-visibility:visible}.w{break-inside:avoid}}"
)
"""How boards stand in a page that has the variables and the style of pictures."""

_STYLE = (
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;overflow-wrap:anywhere}"
    "main{max-width:1500px;margin:0 auto;padding:32px 20px 64px}"
    "h1{font-size:28px;line-height:1.2;margin:0}h2{font-size:20px;margin:44px 0 2px;scroll-margin-top:12px}"
    "p{margin:6px 0}.soft{color:var(--soft)}a{color:var(--info)}code,pre{font:13px ui-monospace,monospace}"
    "nav{display:flex;flex-wrap:wrap;gap:8px;margin:20px 0 0}"
    "nav a{background:var(--card);border:1px solid var(--line);border-radius:9px;padding:4px 12px;text-decoration:none;"
    "color:var(--ink)}nav a span{color:var(--soft)}nav a:focus-visible{outline:2px solid var(--info)}"
    f"@media (max-width:{_NARROW}px){{main{{padding:20px 12px 48px}}h1{{font-size:23px}}}}"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A dashboard on the page.

    Attributes:
        name: Its name in AWS.
        panels: Its widgets.
        source: Where its values come from.
        metrics: How many metrics it holds; None: nobody counted.
    """

    name: str
    panels: tuple[Panel, ...]
    source: Source
    metrics: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard drawn, for a page that has :data:`BOARD_STYLE`.

    Attributes:
        name: Its name in AWS.
        html: Its widgets in their grid.
        widgets: How many there are.
        is_sampled: Whether any of them shows made-up values.
    """

    name: str
    html: str
    widgets: int
    is_sampled: bool


def boards(shown: Sequence[Section], states: Mapping[str, str]) -> tuple[Board, ...]:
    """Each dashboard by itself.

    Args:
        shown: The dashboards.
        states: The states of alarms, by name, where they are known.
    """
    pictures: _Pictures = {}
    found = []
    for section in shown:
        html, is_sampled = _board(section, states, pictures)
        wrapped = f'<div class="board"><div class="grid">{html}</div></div>'
        found.append(Board(section.name, wrapped, len(section.panels), is_sampled))
    return tuple(found)


def page(title: str, shown: Sequence[Section], states: Mapping[str, str]) -> str:
    """The page.

    Args:
        title: Its heading.
        shown: The dashboards.
        states: The states of alarms, by name, where they are known.
    """
    drawn_boards = boards(shown, states)
    sampled = any(board.is_sampled for board in drawn_boards)
    told = (
        "Values marked <b>sample data</b> are made up: they show how a widget will look, and nothing of your systems."
        if sampled
        else "Values are from the history that was given."
    )
    links = "".join(
        f'<a href="#board-{number}">{escape(section.name)} <span>{len(section.panels)}</span></a>'
        for number, section in enumerate(shown)
    )
    inside = zip(shown, drawn_boards, strict=True)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{VARIABLES}{STYLE}{_STYLE}{BOARD_STYLE}</style>\n</head>\n<body><main>\n"
        f'<h1>{escape(title)}</h1>\n<p class="soft">Drawn in CloudWatch\'s grid, without asking AWS. {told} Dashed '
        "lines are the thresholds of alarms; the tinted side is the one that is breaching.</p>\n"
        f'<nav aria-label="Dashboards">{links}</nav>\n'
        + "\n".join(_section(number, section, board.html) for number, (section, board) in enumerate(inside))
        + "\n</main></body></html>\n"
    )


def _section(number: int, section: Section, widgets: str) -> str:
    metrics = "" if section.metrics is None else f", {section.metrics} metrics"
    return (
        f'<section aria-labelledby="board-{number}"><h2 id="board-{number}">{escape(section.name)}</h2>'
        f'<p class="soft">{len(section.panels)} widgets{metrics}</p>'
        f"{widgets}</section>"
    )


def _board(section: Section, states: Mapping[str, str], pictures: _Pictures) -> tuple[str, bool]:
    """The widgets of a dashboard, and whether any of them shows sample data."""
    found = [_widget(panel, section.source, states, pictures) for panel in section.panels]
    return "".join(html for html, _ in found), any(is_sampled for _, is_sampled in found)


def _widget(panel: Panel, source: Source, states: Mapping[str, str], pictures: _Pictures) -> tuple[str, bool]:
    box = panel.box
    area = f"{box.y + 1}/{box.x + 1}/span {box.height}/span {box.width}"
    if panel.view == "text":
        return f'<div class="w all" style="grid-area:{area}"><div class="md">{as_html(panel.text)}</div></div>', False
    key = _key(panel, source)
    if key not in pictures:
        pictures[key] = _pictures(panel, source, states)
    full, narrow, is_sampled = pictures[key]
    if not narrow:
        return f'<div class="w" style="grid-area:{area}">{full}</div>', is_sampled
    return (
        f'<div class="w full" style="grid-area:{area}">{full}</div><div class="w slim">{narrow}</div>',
        is_sampled,
    )


def _pictures(panel: Panel, source: Source, states: Mapping[str, str]) -> tuple[str, str, bool]:
    """A panel as it stands in the grid, for a narrow page if it needs to be another there, and if it is sample data."""
    lines = traces(panel, source)
    is_sampled = any(trace.origin == "sample" for trace in lines)
    size = pixels(panel.box.width, panel.box.height)
    full = drawn(panel, lines, source, states, size)
    if panel.view != "alarm" and _READABLE[0] <= size[0] <= _READABLE[1]:
        return full, "", is_sampled
    slim = (_PHONE[0], tiles_height(len(panel.alarms), _PHONE[0])) if panel.view == "alarm" else _PHONE
    return full, drawn(panel, lines, source, states, slim), is_sampled


def _key(panel: Panel, source: Source) -> tuple[object, ...]:
    """What two panels have in common that look alike: a workload's graphs stand on several dashboards.

    Their series are told apart by being the same objects, which is quick; all panels live as long as the page is made.
    """
    series = (id(panel.left), id(panel.right), panel.thresholds, panel.left_axis, panel.right_axis, panel.stacked)
    given = (source.window, id(source.history), id(source.bind))
    return panel.view, panel.title, panel.text, panel.alarms, panel.box.width, panel.box.height, *series, *given
