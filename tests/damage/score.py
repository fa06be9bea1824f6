"""What the outcomes of the trials come to: the file, and the table for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.damage.play import Outcome
from tests.damage.row import Row

__all__ = ["complaints", "score", "show"]

COLUMNS = ("class", "", "injected", "caught", "harmless", "false alarms", "what said so")


def score(rows: Sequence[Row], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The scoreboard's document.

    A class is caught when every injection of it was seen by a check that is for it, but for those that were shown to
    change nothing. A false alarm is a twin that is not proven, or an injection that changed nothing and alarmed.
    """
    every = list(outcomes)
    by_class = {str(row.number): _of(row, [each for each in every if each.task.number == row.number]) for row in rows}
    return {
        "classes": len(rows),
        "caught": sum(each["caught"] for each in by_class.values()),
        "false_alarms": sum(each["false_alarms"] for each in by_class.values()),
        "by_class": by_class,
    }


def _of(row: Row, outcomes: list[Outcome]) -> dict[str, Any]:
    injected = [each for each in outcomes if each.task.part == "case"]
    count = Counter(each.what for each in injected)
    seen = [each for each in injected if each.what == "caught"]
    loud = [each for each in outcomes if each.what == "alarm"]
    return {
        "title": row.title,
        "caught": bool(seen) and not count["missed"],
        "injections": len(injected),
        "injections_caught": count["caught"],
        "injections_harmless": count["harmless"] + count["alarm"],
        "twins": len(outcomes) - len(injected),
        "false_alarms": len(loud),
        "postgres_majors": sorted({each.task.major for each in outcomes}) if _serves(row) else [],
        "finding": {"check": seen[0].check, "says": seen[0].says} if seen else None,
        "wrong": [_line(each) for each in (*loud, *(each for each in injected if each.what == "missed"))],
        "not_done": row.not_done,
    }


def _serves(row: Row) -> bool:
    scenes = [*(case.scene for case in row.cases), *(twin.scene for twin in row.twins)]
    return any(scene.versions for scene in scenes)


def _line(outcome: Outcome) -> str:
    did = f" ({outcome.did})" if outcome.did else ""
    task = outcome.task
    where = f"PostgreSQL {task.major}, " if task.major else ""
    return f"{task.number} {outcome.what}, {where}turn {task.turn}: {outcome.name}{did}: {outcome.check} {outcome.says}"


def complaints(document: dict[str, Any]) -> Iterator[str]:
    """A line for everything that went wrong."""
    for each in document["by_class"].values():
        yield from each["wrong"]


def _cells(document: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for number, each in document["by_class"].items():
        finding = each["finding"]
        says = f"{finding['check']}: {finding['says']}" if finding else "nothing"
        counts = (each["injections"], each["injections_caught"], each["injections_harmless"], each["false_alarms"])
        mark = "" if each["caught"] and not each["false_alarms"] else " !"
        yield (f"{number}{mark}", each["title"], *map(str, counts), re.sub(r"\s+", " ", says))


def show(document: dict[str, Any]) -> None:
    """Print the table: a drawn one on a terminal, lines of text elsewhere."""
    console = Console()
    if console.is_terminal:
        table = Table(*COLUMNS[:-1], title="injected damage")
        table.add_column(COLUMNS[-1], no_wrap=True, overflow="ellipsis")
        for cells in _cells(document):
            table.add_row(*cells, style="" if " " not in cells[0] else "bold red")
        console.print(table)
    else:
        print("{:>5}  {:45} {:>8} {:>6} {:>8} {:>12}  {}".format(*COLUMNS))  # noqa: T201
        for number, title, *counts, says in _cells(document):
            print("{:>5}  {:45} {:>8} {:>6} {:>8} {:>12}  {}".format(number, title, *counts, says[:100]))  # noqa: T201
