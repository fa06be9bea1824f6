"""The part of markdown that text widgets use: headings, lists, tables, code, bold, italic, links. All else is text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from opslib.monitoring.draw.text import clean, cut, escape, wrap

__all__ = ["as_html", "as_svg"]

Kind = Literal["heading", "item", "code", "row", "rule", "paragraph"]

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.*)")
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})$")
_BETWEEN = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$")
_INLINE = re.compile(
    r"`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\[([^\]]*)\]\(([^)\s]*)\)|\[button(?::\w+)?:([^\]]*)\]"
)
_SAFE = re.compile(r"(?:https?://|mailto:|#|/)", re.IGNORECASE)
_SIZES = (19.0, 16.0, 14.0, 13.0, 13.0, 13.0)
_SIZE = 13.0
_LINE = 1.45


@dataclass(frozen=True, slots=True)
class _Block:
    kind: Kind
    text: str
    level: int = 0


def as_html(markdown: str) -> str:
    """The HTML of a text widget; whatever is no markdown of the part that is known stands there as text."""
    return "".join(_HTML[kind](blocks) for kind, blocks in _runs(_blocks(markdown)))


def as_svg(markdown: str, wide: float, high: float, side: float) -> Iterator[str]:
    """The parts of a picture of a text widget; lines that find no room are left out.

    Args:
        markdown: The text.
        wide: Of the picture, in pixels.
        high: Of the picture.
        side: From its edge to the text.
    """
    y = side * 0.6
    for block in _blocks(markdown):
        size = _SIZES[block.level - 1] if block.kind == "heading" else _SIZE
        css = {"heading": "t", "code": "i c"}.get(block.kind, "i")
        plain = block.text if block.kind == "code" else _plain(block.text)
        text = f"• {plain}" if block.kind == "item" else plain
        lines = (
            [cut(text, wide - 2 * side, size)] if block.kind == "code" else wrap(text, (wide - 2 * side) * 0.92, size)
        )
        for line in lines:
            y += size * _LINE
            if y > high - 4:
                return
            fits = cut(line, wide - 2 * side, size, bold=block.kind == "heading")
            yield f'<text class="{css}" style="font-size:{size:g}px" x="{side:g}" y="{y:.1f}">{escape(fits)}</text>'
        y += size * 0.3


def _blocks(markdown: str) -> Iterator[_Block]:
    code = False
    for raw in clean(markdown).splitlines():
        line = raw.strip()
        if line.startswith("```"):
            code = not code
        elif code:
            yield _Block("code", raw.rstrip())
        elif not line:
            yield _Block("paragraph", "")
        elif found := _HEADING.match(line):
            yield _Block("heading", found[2], len(found[1]))
        elif _RULE.match(line):
            yield _Block("rule", "")
        elif found := _ITEM.match(line):
            yield _Block("item", found[1])
        elif line.startswith("|"):
            if not _BETWEEN.match(line):
                yield _Block("row", line)
        else:
            yield _Block("paragraph", line)


def _runs(blocks: Iterator[_Block]) -> Iterator[tuple[Kind, list[_Block]]]:
    """Blocks of a kind that follow one another: the items of a list, the rows of a table, the lines of a paragraph."""
    run: list[_Block] = []
    for block in blocks:
        ends = not block.text and block.kind == "paragraph"
        if run and (ends or block.kind != run[0].kind or block.kind == "heading"):
            yield run[0].kind, run
            run = []
        if not ends:
            run.append(block)
    if run:
        yield run[0].kind, run


def _inline(text: str) -> str:
    found, last = [], 0
    for match in _INLINE.finditer(text):
        found += [escape(text[last : match.start()]), _mark(match)]
        last = match.end()
    return "".join((*found, escape(text[last:])))


def _mark(match: re.Match[str]) -> str:
    code, bold, also_bold, italic, label, target, button = match.groups()
    if code is not None:
        return f"<code>{escape(code)}</code>"
    if bold or also_bold:
        return f"<b>{escape(bold or also_bold)}</b>"
    if italic:
        return f"<i>{escape(italic)}</i>"
    if button is not None:
        return escape(button)
    if _SAFE.match(target or "") and not (target or "").startswith("//"):
        return f'<a href="{escape(target)}" rel="noreferrer">{escape(label or target)}</a>'
    return escape(match[0])


def _plain(text: str) -> str:
    return _INLINE.sub(lambda match: next((part for part in match.groups() if part), ""), text)


def _cells(block: _Block, tag: str) -> str:
    cells = block.text.strip().strip("|").split("|")
    return "<tr>" + "".join(f"<{tag}>{_inline(cell.strip())}</{tag}>" for cell in cells) + "</tr>"


def _headings(blocks: list[_Block]) -> str:
    # The page has two levels above: what is a dashboard's first heading is the page's third.
    return "".join(
        f'<h{min(b.level + 2, 6)} class="h{b.level}">{_inline(b.text)}</h{min(b.level + 2, 6)}>' for b in blocks
    )


_HTML: dict[Kind, Callable[[list[_Block]], str]] = {
    "heading": _headings,
    "item": lambda blocks: "<ul>" + "".join(f"<li>{_inline(block.text)}</li>" for block in blocks) + "</ul>",
    "code": lambda blocks: "<pre>" + "\n".join(escape(block.text) for block in blocks) + "</pre>",
    "row": lambda blocks: (
        "<table>" + "".join(_cells(block, "td" if place else "th") for place, block in enumerate(blocks)) + "</table>"
    ),
    "rule": lambda blocks: "<hr>" * bool(blocks),
    "paragraph": lambda blocks: "<p>" + "<br>".join(_inline(block.text) for block in blocks) + "</p>",
}
