"""How commands print: colour and rich's tables on a terminal, plain aligned lines anywhere else, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Cell", "moment", "print_json", "print_line", "print_table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text and its style on a terminal (rich's words: `bold red`)."""

    text: str
    style: str = ""


def print_json(document: object) -> None:
    """A document, indented."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def print_line(*cells: Cell | str) -> None:
    """Cells on a line, one space apart; without any, an empty line."""
    if not sys.stdout.isatty():
        sys.stdout.write(" ".join(_cell(cell).text for cell in cells) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    parts = [Text(cell.text, cell.style) for cell in map(_cell, cells)]
    Console(highlight=False).print(Text(" ").join(parts))


def print_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> None:
    """A heading and a table under it; nothing where there are no rows."""
    if not rows:
        return
    print_line()
    print_line(Cell(heading, "bold"))
    cells = [[_cell(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, cells)
        return
    lines = [list(columns), *([cell.text for cell in row] for row in cells)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")


def moment(time: datetime | None) -> str:
    """A time to the minute, in UTC; a dash for none."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ") if time else "-"


def _print_rich(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")  # a name that is cut off cannot be copied
    for row in rows:
        table.add_row(*(Text(cell.text, cell.style) for cell in row))
    Console(highlight=False).print(table)


def _cell(cell: Cell | str) -> Cell:
    """A cell whose text is one line that cannot steer a terminal: it may come from whoever wrote an alarm's title."""
    whole = cell if isinstance(cell, Cell) else Cell(cell)
    return Cell("".join(sign if sign.isprintable() else " " for sign in whole.text), whole.style)
