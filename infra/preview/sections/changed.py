"""What changes: alike changes told once, with the alarms that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.preview.document import AlarmChange, BoardChange, Report
from infra.preview.document.changes import What
from infra.preview.sections.layout import Column, Names, Paragraph, Section, Table, Words
from infra.preview.words import counted

__all__ = ["changed"]

_LONG = 12
"""More rows than this are folded away."""


def changed(report: Report) -> Section | None:
    """The section; None where nothing was compared."""
    if report.changes is None:
        return None
    changes = report.changes
    blocks: list[Paragraph | Table] = []
    if changes.are_none:
        blocks.append(Paragraph(f"Nothing: every alarm, dashboard and mute rule is as in {changes.against.says}."))
    rows = tuple(_changed(changes.of("changed")))
    if rows:
        columns = (Column("What changes"), Column("Of"), Column("Alarms"))
        blocks.append(Table(columns, rows, "changes", f"{counted(len(changes.of('changed')), 'alarm')} changed"))
    whats: tuple[What, ...] = ("added", "removed")
    for what in whats:
        if those := changes.of(what):
            found = tuple(_by_workload(those))
            columns = (Column("Workloads"), Column("Each", is_number=True), Column("Alarms"))
            blocks.append(Table(columns, found, "groups of workloads", f"{counted(len(those), 'alarm')} {what}"))
    if changes.dashboards:
        rows = tuple(_boards(changes.dashboards))
        columns = (Column("Dashboards"), Column("They are"), Column("What changes"))
        title = f"{counted(len(changes.dashboards), 'dashboard')} added, changed or removed"
        blocks.append(Table(columns, rows, "dashboards", title, folded=len(rows) > _LONG))
    if changes.mutes:
        rows = tuple((Names((one.name,)), Words(one.what), Words("; ".join(one.says))) for one in changes.mutes)
        columns = (Column("Mute rule"), Column("It is"), Column("What changes"))
        title = f"{counted(len(rows), 'mute rule')} added, changed or removed"
        blocks.append(Table(columns, rows, "mute rules", title, folded=len(rows) > _LONG))
    return Section("changes", "What changes", tuple(blocks))


def _changed(those: Iterable[AlarmChange]) -> Iterator[tuple[Words | Names, ...]]:
    groups: dict[tuple[str, ...], list[AlarmChange]] = {}
    for one in those:
        groups.setdefault(tuple(field.says for field in one.fields), []).append(one)
    for says, alike in sorted(groups.items(), key=lambda group: (_rank(group[1][0]), -len(group[1]))):
        titles = tuple(dict.fromkeys(one.title for one in alike))
        more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
        yield Words("; ".join(says)), Words(f"{titles[0]}{more}"), Names(tuple(one.name for one in alike))


_ORDER = ("changed", "added", "removed")


def _boards(those: Iterable[BoardChange]) -> Iterator[tuple[Words | Names, ...]]:
    """Those that change alike together, and all that come or go."""
    groups: dict[tuple[str, tuple[str, ...]], list[BoardChange]] = {}
    for one in those:
        groups.setdefault((one.what, one.says if one.what == "changed" else ()), []).append(one)
    for (what, says), alike in sorted(groups.items(), key=lambda group: _ORDER.index(group[0][0])):
        told = "; ".join(says) or counted(sum(one.widgets for one in alike), "widget")
        yield Names(tuple(one.name for one in alike)), Words(what), Words(told)


def _rank(change: AlarmChange) -> int:
    """What decides whether it rings comes before what is only written."""
    written = {"title", "why", "runbook", "requires"}
    return int(all(field.field in written for field in change.fields))


def _by_workload(those: Iterable[AlarmChange]) -> Iterator[tuple[Words | Names, ...]]:
    """Workloads with the same alarms together: a hundred new services are one row."""
    workloads: dict[str, list[str]] = {}
    for one in those:
        workloads.setdefault(one.workload, []).append(one.title)
    groups: dict[tuple[str, ...], list[str]] = {}
    for workload, found in workloads.items():
        groups.setdefault(tuple(found), []).append(workload)
    for titles, alike in sorted(groups.items(), key=lambda group: -len(group[0]) * len(group[1])):
        yield Names(tuple(alike)), Words(f"{len(titles):,}"), Words(_titles(titles))


_TITLES = 6


def _titles(titles: tuple[str, ...]) -> str:
    each = tuple(dict.fromkeys(titles))
    more = f" and {len(each) - _TITLES} more" if len(each) > _TITLES else ""
    return "; ".join(each[:_TITLES]) + more
