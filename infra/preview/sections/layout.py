"""What a report says, apart from how it looks: sections of tables, which markdown and HTML each interpret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Cell", "Column", "Figure", "Names", "Paragraph", "Section", "Shift", "Table", "Tone", "Words"]

Tone = Literal["", "good", "bad", "warn", "soft"]
"""Whether a reviewer should like it, be stopped by it, look twice at it, or may pass over it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text.

    Attributes:
        text: In one line.
        tone: How it is meant.
    """

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Names in AWS or of workloads, of which the first few are shown.

    Attributes:
        names: All of them.
        most: How many are shown.
    """

    names: tuple[str, ...]
    most: int = 3


@dataclass(frozen=True, slots=True)
class Shift:
    """Something before and after; the same text on both sides is shown once.

    Attributes:
        before: As it is; None: it is new, or nothing was compared.
        after: As it would be.
        tone: Of what it would be.
    """

    before: str | None
    after: str
    tone: Tone = ""


Cell = Words | Names | Shift


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: Above it.
        is_number: Whether it holds numbers, which stand at the right.
    """

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        columns: Its columns; the first says what a row is about.
        rows: Its rows, the most important first.
        more: What a row is called, to count those that are left out.
        caption: Above it.
        folded: Whether it is shown only to who asks; the caption says what is in it.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str
    caption: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two.

    Attributes:
        text: In one line.
        tone: How it is meant.
    """

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Attributes:
        key: Its anchor.
        title: Its heading.
        blocks: What it says.
        folded: Whether it is shown only to who asks.
        page_only: Whether a comment leaves it out, for it is long and changes nothing.
    """

    key: str
    title: str
    blocks: tuple[Paragraph | Table, ...] = field(default=())
    folded: bool = False
    page_only: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top of the report.

    Attributes:
        label: Of what.
        shift: Before and after.
        note: In small letters.
    """

    label: str
    shift: Shift
    note: str = ""
