"""What the evidence has recorded of a source's points: which were taken, seen and proven, and which we removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from opslib.backup.evidence.chain import INDEX, read_entries, read_report
from opslib.backup.evidence.report import Entry, Report
from opslib.backup.verdict import Verdict
from opslib.errors import BadRequest

__all__ = ["History", "Proof", "read_history"]


OF_THE_MOMENT = ("age", "rto")
"""Checks that a sound backup fails later, or on another machine."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a backup was proven.

    Attributes:
        report: Which proved it.
        entry: Its line in the index.
    """

    report: Report
    entry: Entry


@dataclass(frozen=True, slots=True)
class History:
    """The record of a source.

    Attributes:
        points: Time and mark of each point that was recorded and not removed by us, by name; and every version of it
            that an inventory has seen in S3, with since when it may have been no longer the current one.
        proven: The newest proof of each point, by name; at least the last one there is that still holds.
        broken: Places and names of those with which the last verification found fault.
        since: When the record that was read begins; None: there is none.
        damaged: What is wrong with reports that could not be read, and so were not believed.
    """

    points: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    proven: Mapping[str, Proof] = field(default_factory=dict)
    broken: frozenset[tuple[str, str]] = frozenset()
    since: datetime | None = None
    damaged: tuple[str, ...] = ()


def read_history(directory: Path, source: str, *, since: datetime) -> History:
    """Read a source's reports, from the last back to a time, and further until one that proved a backup.

    Args:
        directory: Of the evidence; where there is none, the history is empty.
        source: Its name.
        since: How far to read back at least.

    Raises:
        BadRequest: the index is damaged.
    """
    if not (directory / INDEX).exists():
        return History()
    reports: list[tuple[Report, Entry]] = []
    damaged: list[str] = []
    proofs: dict[str, Proof] = {}
    verdicts: dict[tuple[str, str], Verdict] = {}  # the last of each place and name
    for entry in reversed(read_entries(directory)):
        if not entry.file.endswith(f"-{source}"):
            continue
        try:
            report = read_report(directory, entry)
        except BadRequest as problem:
            damaged.append(problem.what)
            continue
        if report.source != source:
            continue
        if report.ended_at < since and "proven" in verdicts.values():
            break
        if report.action == "verify" and report.subject and not report.skipped:
            backup = (report.subject.place, report.subject.name)
            if _is_broken(report):
                verdicts.setdefault(backup, "disproven")
            elif report.verdict == "proven":
                verdicts.setdefault(backup, "proven")
                proofs.setdefault(report.subject.name, Proof(report, entry))
        reports.append((report, entry))
    reports.reverse()
    return History(
        points=_points(report for report, _ in reports),
        proven=proofs,
        broken=frozenset(backup for backup, verdict in verdicts.items() if verdict == "disproven"),
        since=reports[0][0].began_at if reports else None,
        damaged=tuple(damaged),
    )


def _is_broken(report: Report) -> bool:
    """Whether a verification found fault with the backup itself, and not with its age or with how long it took."""
    return any(found.verdict == "disproven" and found.check not in OF_THE_MOMENT for found in report.findings)


def _points(reports: Any) -> dict[str, dict[str, Any]]:
    points: dict[str, dict[str, Any]] = {}
    for report in reports:
        if report.action == "take" and report.subject and report.subject.taken_at:
            points.setdefault(report.subject.name, {"time": report.subject.taken_at.isoformat(), "mark": ""})
        elif report.action == "inventory":
            for name, told in (report.points or {}).items():
                at = report.began_at.isoformat()  # it was the current one then, and may have been overwritten since
                versions = {version: since or at for version, since in told.get("versions", {}).items()}
                seen = points.setdefault(name, dict(told) | {"versions": {}})
                seen["versions"] = seen.get("versions", {}) | versions
        elif report.action == "prune":
            for name in report.points or {}:
                points.pop(name, None)
    return points
