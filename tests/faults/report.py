"""The matrix for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.explore import Result
from tests.faults.kinds import KINDS
from tests.faults.nursery import Explored

__all__ = ["COLUMNS", "document", "print_matrix"]

COLUMNS: Mapping[str, str] = {
    "kill before": "kill before",
    "kill after": "kill after",
    "throttle": "throt-tle",
    "5xx": "5xx",
    "time-out": "time- out",
    "lost response": "resp. lost",
    "dropped": "drop-ped",
    "journal silent": "jour. silent",
    "killed again": "killed again",
    "second begins": "2nd begins",
    "second resumes": "2nd resum.",
    "woken late": "woken late",
    "colleague deploys": "coll. depl.",
    "colleague scales": "coll. scales",
    "colleague lifts hold": "coll. lifts",
}
OPEN = "open: a colleague's change between the last look and a call that AWS has no condition for; nobody can tell."
assert set(KINDS) < set(COLUMNS)


def document(explored: Iterable[Explored]) -> dict[str, Any]:
    """As `build/faults.json`."""
    everything = list(explored)
    return {
        "procedures": len(everything),
        "calls": sum(one.calls for one in everything),
        "cases": sum(len(one.results) for one in everything),
        "violations": sum(len(one.violated) for one in everything),
        "by_procedure": {one.procedure: _document(one) for one in everything},
    }


def _document(one: Explored) -> dict[str, Any]:
    kinds = {"undisturbed": ""} | dict.fromkeys(COLUMNS, "") | {name: name for name in COLUMNS}
    counted = {
        name: {
            "cases": sum(result.kind == kind for result in one.results),
            "violations": sum(result.kind == kind for result in one.violated),
        }
        for name, kind in kinds.items()
    }
    return {
        "calls": one.calls,
        "journal": len(one.rows) - one.calls,
        "cases": len(one.results),
        "violations": len(one.violated),
        "kinds": {name: counts for name, counts in counted.items() if counts["cases"]},
    }


def print_matrix(console: Console, one: Explored) -> None:
    """A row for each call to AWS, in order; accesses to the journal are summed up by what they are."""
    table = Table(
        title=f"{one.procedure}: {len(one.results)} cases, {len(one.violated)} violations", title_justify="left"
    )
    table.add_column("", justify="right")
    table.add_column("call", no_wrap=True)
    for header in COLUMNS.values():
        table.add_column(header, justify="center", max_width=6)
    for number, name, of in _rows(one):
        cells = [_cell([result for result in of if result.kind == kind]) for kind in COLUMNS]
        table.add_row(number, name, *cells)
    console.print(table)
    if any(result.is_open for result in one.results):
        console.print(OPEN, style="dim")


def _rows(one: Explored) -> Iterable[tuple[str, str, list[Result]]]:
    journal: dict[str, list[Result]] = {}
    times: dict[str, int] = {}
    by_row: dict[str, list[Result]] = {}
    for result in one.results:
        by_row.setdefault(result.row, []).append(result)
    for row in one.rows:
        results = by_row.get(f"{row.number} {row}", [])
        if not row.of_journal:
            yield str(row.number), str(row), results
        else:
            journal.setdefault(str(row), []).extend(results)
            times[str(row)] = times.get(str(row), 0) + 1
    for name, results in journal.items():
        yield f"{times[name]}x", name, results


def _cell(results: list[Result]) -> str:
    bad = sum(bool(result.amiss) for result in results)
    if bad:
        return f"[bold red]{bad} BAD[/]"
    if any(result.is_open for result in results):
        return "open"
    return "" if not results else "ok" if len(results) == 1 else f"ok {len(results)}"
