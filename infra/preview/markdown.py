"""The report as a comment on a pull request.

GitHub takes 65,536 characters. Tables are cut between two rows, with a count of what was left out, until all of it
fits. The first line is a marker that nobody sees, by which the comment is found again and updated in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from infra.preview.document import Report
from infra.preview.sections import (
    Cell,
    Names,
    Paragraph,
    Section,
    Shift,
    Table,
    Words,
    figures,
    sections,
    subtitle,
    verdict,
)

__all__ = ["MOST_BYTES", "markdown", "marker"]

MOST_BYTES: Final = 60_000
"""GitHub counts 65,536 characters; bytes are never fewer, and a workflow may add what it has to say."""

_CAPS: Final = ((20, 200), (20, 100), (20, 50), (15, 25), (12, 12), (8, 6), (5, 3), (3, 1), (1, 0))
"""How many rows of a table are shown, and of one that is folded; the first pair that fits is taken."""

_MOST_CHARACTERS: Final = 240
_MOST_PARAGRAPHS: Final = 12
_SPECIAL: Final = re.compile(r"([\\`*_\[\]~|])")
_MEANT_OTHERWISE: Final = str.maketrans({"@": "&#64;", "#": "&#35;", "$": "&#36;"})
"""What GitHub takes for a mention, another issue, and the beginning of a formula."""
_ICONS: Final = {"bad": "🛑", "warn": "⚠️", "good": "✅"}


def marker(stack: str) -> str:
    """The hidden first line of a stack's comment."""
    return f"<!-- opslib-preview: {re.sub(r'[^A-Za-z0-9_.-]', '-', stack)} -->"


def markdown(report: Report) -> str:
    """The comment.

    Args:
        report: The report.
    """
    text = ""
    for shown, folded in _CAPS:
        text = "\n".join((marker(report.stack), *_lines(report, shown, folded))) + "\n"
        if len(text.encode()) <= MOST_BYTES:
            break
    return text


def _lines(report: Report, shown: int, folded: int) -> Iterator[str]:
    tone, says = verdict(report)
    yield f"## {_ICONS[tone]} Monitoring of {_plain(report.stack)}: {says}"
    yield ""
    yield f"{_plain(subtitle(report))}."
    yield ""
    yield f"| | {'before → after' if report.changes else 'now'} | |"
    yield "|---|---:|---|"
    for figure in figures(report):
        yield f"| {_plain(figure.label)} | {_cell(figure.shift)} | {_plain(figure.note)} |"
    for section in sections(report):
        if not section.page_only:
            yield from _section(section, shown, folded)


def _section(section: Section, shown: int, folded: int) -> Iterator[str]:
    yield ""
    yield f"### {_plain(section.title)}"
    paragraphs = 0
    for block in section.blocks:
        if isinstance(block, Table):
            yield ""
            yield from _table(block, folded if block.folded else shown)
            continue
        paragraphs += 1
        if paragraphs <= _MOST_PARAGRAPHS:
            yield ""
            yield _paragraph(block)
    if paragraphs > _MOST_PARAGRAPHS:
        yield ""
        yield f"<sub>and {paragraphs - _MOST_PARAGRAPHS} more remarks</sub>"


def _paragraph(block: Paragraph) -> str:
    text = _plain(block.text)
    if block.tone == "soft":
        return f"<sub>{text}</sub>"
    return f"{_ICONS[block.tone]} {text}" if block.tone in _ICONS else text


def _table(table: Table, most: int) -> Iterator[str]:
    if table.folded:
        yield f"<details><summary>{_plain(table.caption)}</summary>"
        yield ""
    elif table.caption:
        yield f"**{_plain(table.caption)}**"
        yield ""
    rows = table.rows[:most]
    if rows:
        yield f"| {' | '.join(_plain(column.title) for column in table.columns)} |"
        yield f"|{'|'.join('---:' if column.is_number else '---' for column in table.columns)}|"
        yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    if len(table.rows) > most:
        yield ""
        left = len(table.rows) - most
        yield (
            f"<sub>… and {left:,} more {_plain(table.more)}, left out here</sub>"
            if rows
            else (f"<sub>{left:,} {_plain(table.more)}, left out here</sub>")
        )
    if table.folded:
        yield ""
        yield "</details>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Words):
        text = _plain(cell.text)
        return f"**{text}**" if cell.tone == "bad" and text else text
    if isinstance(cell, Names):
        more = f" and {len(cell.names) - cell.most:,} more" if len(cell.names) > cell.most else ""
        return ", ".join(map(_code, cell.names[: cell.most])) + more
    return _shift(cell)


def _shift(shift: Shift) -> str:
    before, after = _plain(shift.before or ""), _plain(shift.after)
    if shift.before is None or shift.before == shift.after:
        return f"**{after}**" if shift.tone == "bad" else after
    icon = f" {_ICONS[shift.tone]}" if shift.tone in ("bad", "warn") else ""
    return f"{before} → **{after}**{icon}"


def _plain(text: str) -> str:
    """A text that markdown, HTML and GitHub's mentions leave alone, in one line."""
    line = " ".join(text.split())
    cut = line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"
    return _SPECIAL.sub(r"\\\1", escape(cut, quote=False)).translate(_MEANT_OTHERWISE)


def _code(name: str) -> str:
    line = " ".join(name.split()).replace("`", "'").replace("|", r"\|").replace("<!--", "<! --") or "(no name)"
    return f"`{line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + '…'}`"
