"""Sections as HTML: the same tables as in the comment, whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from infra.preview.sections import Cell, Figure, Names, Paragraph, Section, Shift, Table, Words
from infra.preview.words import NONE

__all__ = ["figure_html", "section_html"]

_LONG = 28
"""A cell with more characters has a line of its own on a telephone."""


def figure_html(figure: Figure) -> str:
    """A figure at the top."""
    return (
        f'<div class="figure"><dt>{escape(figure.label)}</dt><dd class="value">{_shift(figure.shift)}</dd>'
        f'<dd class="note">{escape(figure.note)}</dd></div>'
    )


def section_html(section: Section) -> str:
    """A section."""
    inside = "".join(_blocks(section.blocks))
    head = f'<h2 id="{section.key}">{escape(section.title)}</h2>'
    return f'<section aria-labelledby="{section.key}">{head}{inside}</section>'


def _blocks(blocks: Iterable[Paragraph | Table]) -> Iterator[str]:
    """Blocks in their order; remarks that stand at the end stand there in small letters."""
    blocks = tuple(blocks)
    last = next((place for place in range(len(blocks), 0, -1) if not _is_remark(blocks[place - 1])), 0)
    for block in blocks[:last]:
        yield _table(block) if isinstance(block, Table) else _paragraph(block)
    if remarks := blocks[last:]:
        yield f'<div class="remarks">{"".join(_paragraph(one) for one in remarks if isinstance(one, Paragraph))}</div>'


def _is_remark(block: Paragraph | Table) -> bool:
    return isinstance(block, Paragraph) and block.tone == "soft"


def _paragraph(block: Paragraph) -> str:
    return f"<p{_class(block.tone)}>{escape(block.text)}</p>"


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_class("n" if column.is_number else "")}>{escape(column.title)}</th>'
        for column in table.columns
    )
    rows = "".join(f"<tr>{''.join(_cells(table, row))}</tr>" for row in table.rows)
    inside = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    caption = escape(table.caption)
    if table.folded:
        return f'<details class="fold"><summary>{caption}</summary>{inside}</details>'
    return f'{f"<h3>{caption}</h3>" if caption else ""}<div class="card">{inside}</div>'


def _cells(table: Table, row: tuple[Cell, ...]) -> Iterator[str]:
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        html, length = (_listed(cell), 0) if place == 0 and isinstance(cell, Names) else _cell(cell)
        is_long = place > 0 and length > _LONG and not column.is_number
        is_short = isinstance(cell, Words) and length <= _LONG
        is_nothing = isinstance(cell, Words) and cell.text == NONE
        kinds = {"n": column.is_number, "long": is_long, "short": is_short, "nothing": is_nothing}
        names = " ".join(kind for kind, holds in kinds.items() if holds)
        yield f'<td{_class(names)} data-is="{escape(column.title)}">{html}</td>'


def _cell(cell: Cell) -> tuple[str, int]:
    """A cell, and about how many characters it has."""
    if isinstance(cell, Words):
        return (f"<span{_class(cell.tone)}>{escape(cell.text)}</span>" if cell.text else ""), len(cell.text)
    if isinstance(cell, Names):
        return _names(cell), sum(len(name) + 2 for name in cell.names[: cell.most])
    return f"<span>{_shift(cell)}</span>", len(cell.after) + len(cell.before or "")


def _listed(cell: Names) -> str:
    """Names below one another, in the column that a row begins with."""
    shown = "".join(f"<code>{escape(name)}</code>" for name in cell.names[: cell.most])
    rest = cell.names[cell.most :]
    more = "".join(f"<code>{escape(name)}</code>" for name in rest)
    fold = f'<details class="names"><summary>and {len(rest):,} more</summary>{more}</details>' if rest else ""
    return f'<span class="list">{shown}{fold}</span>'


def _names(cell: Names) -> str:
    first, rest = cell.names[: cell.most], cell.names[cell.most :]
    shown = ", ".join(f"<code>{escape(name)}</code>" for name in first)
    if not rest:
        return f"<span>{shown}</span>"
    more = ", ".join(f"<code>{escape(name)}</code>" for name in rest)
    return f'<span>{shown} <details class="names"><summary>and {len(rest):,} more</summary>, {more}</details></span>'


def _shift(shift: Shift) -> str:
    after = escape(shift.after)
    if shift.before is None or shift.before == shift.after:
        return f"<span{_class(shift.tone)}>{after}</span>"
    return f'<span class="was">{escape(shift.before)}</span> <span{_class(shift.tone or "now")}>{after}</span>'


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
