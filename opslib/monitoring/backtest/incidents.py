"""Recorded incidents: what the alarms should have told."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.backtest.history import seconds
from opslib.monitoring.backtest.moments import read_moment

__all__ = ["EVERY", "Incident", "read_incidents"]

EVERY = "*"
"""In place of a workload: all of them."""

_FIELDS = ("start", "end", "workload", "name")


@dataclass(frozen=True, slots=True, order=True)
class Incident:
    """Something that was wrong, and that somebody should have been told of.

    Attributes:
        start: From when.
        end: Until when.
        workload: The key of the workload that it was about; `*`: every one.
        name: What it is called, such as its ticket.

    Raises:
        BadRequest: It ends before it starts.
    """

    start: datetime
    end: datetime
    workload: str = EVERY
    name: str = ""

    def __post_init__(self) -> None:
        if seconds(self.end) < seconds(self.start):
            what = f"incident {self.name or self.workload}: it ends at {self.end} and starts at {self.start}"
            raise BadRequest(what, "exchange the two")

    def concerns(self, workload: str) -> bool:
        """Whether an alarm of a workload should have told it."""
        return self.workload in (EVERY, workload)

    def document(self) -> dict[str, Any]:
        """The incident in JSON types."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "workload": self.workload,
            "name": self.name,
        }


def read_incidents(path: Path | str) -> tuple[Incident, ...]:
    """Read recorded incidents from a file.

    CSV has a header with ``start`` and ``end``, and may have ``workload`` and ``name``. JSON is a list of objects with
    those keys, or an object that gives for each workload a list of ``[start, end]``.

    Args:
        path: The file; what does not end with ``.json`` is read as CSV.

    Raises:
        BadRequest: There is no such file, or it is no list of incidents; the message names the place.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"incidents {file}: {problem}", "name a readable file") from None
    rows = _json_rows(file, text) if file.suffix == ".json" else _csv_rows(file, text)
    return tuple(sorted(_incident(place, row) for place, row in rows))


def _csv_rows(file: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(text.splitlines())
    given = set(reader.fieldnames or ())
    if not {"start", "end"} <= given or not given <= set(_FIELDS):
        what = f"incidents {file}, line 1: the columns are {', '.join(reader.fieldnames or ()) or 'none'}"
        raise BadRequest(what, f"start and end are needed, of {', '.join(_FIELDS)}")
    for row in reader:
        yield f"incidents {file}, line {reader.line_num}", row


def _json_rows(file: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as problem:
        raise BadRequest(f"incidents {file}, line {problem.lineno}: {problem.msg}", "correct the JSON") from None
    if isinstance(content, dict):
        for workload, spans in content.items():
            for place, span in enumerate(spans if isinstance(spans, list) else [spans], 1):
                where = f"incidents {file}, {workload}, number {place}"
                if not isinstance(span, list) or len(span) != 2:  # noqa: PLR2004 - start and end
                    raise BadRequest(f"{where}: {span!r}", "write it as [start, end]")
                yield where, {"start": span[0], "end": span[1], "workload": workload}
        return
    if not isinstance(content, list):
        raise BadRequest(f"incidents {file}: neither a list nor an object", "see docs/backtest.md")
    for place, row in enumerate(content, 1):
        if not isinstance(row, dict) or not {"start", "end"} <= row.keys() <= set(_FIELDS):
            what = f"incidents {file}, number {place}: it needs start and end"
            raise BadRequest(what, f"its keys are of {', '.join(_FIELDS)}")
        yield f"incidents {file}, number {place}", row


def _incident(place: str, row: dict[str, Any]) -> Incident:
    try:
        start, end = (read_moment(str(row[key] or "")) for key in ("start", "end"))
        return Incident(start, end, str(row.get("workload") or EVERY), str(row.get("name") or ""))
    except BadRequest as problem:
        raise BadRequest(f"{place}: {problem.what}", problem.next_step) from None
