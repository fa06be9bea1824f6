"""What was done, as a list for people and as lines for an audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from opslib.errors import BadRequest
from opslib.procedure import Journal
from opslib.procedure.journal import Entry
from opslib.record.derive import incident
from opslib.record.incident import MEANINGS, ExitCode, IncidentRecord

__all__ = ["AUDIT_SCHEMA_VERSION", "Summary", "export", "history"]

AUDIT_SCHEMA_VERSION = 1


class Summary(BaseModel):
    """A plan in a list.

    Attributes:
        plan_id: The plan.
        procedure: What it does.
        target: What it was about.
        actor: Who asked for it.
        planned_at: When it was planned.
        ended_at: When it ended; None while it is unfinished.
        exit_code: How; 7 while it is unfinished.
        meaning: The exit code in words.
        says: Why, on one line; while it is unfinished, which way it was going.
    """

    model_config = ConfigDict(frozen=True)

    plan_id: str
    procedure: str
    target: str
    actor: str
    planned_at: datetime
    ended_at: datetime | None
    exit_code: ExitCode
    meaning: str
    says: str


def history(journal: Journal, target: str | None = None, since: datetime | None = None) -> tuple[Summary, ...]:
    """The plans that were ever claimed, the newest first.

    Args:
        journal: The journal.
        target: Only those about this target.
        since: Only those planned at that time or later; aware.

    Raises:
        JournalUnreachable: the journal does not answer.
    """
    entries = [entry for entry in _entries(journal, since) if target in (None, entry.target)]
    return tuple(_summary(journal, entry) for entry in reversed(entries))


def _entries(journal: Journal, since: datetime | None) -> list[Entry]:
    return [entry for entry in journal.history() if since is None or entry.created_at >= since]


def _summary(journal: Journal, entry: Entry) -> Summary:
    progress = journal.progress(entry.plan_id)
    ending = progress.ending
    exit_code: ExitCode = ending.exit_code if ending else 7
    return Summary(
        plan_id=entry.plan_id,
        procedure=entry.procedure,
        target=entry.target,
        actor=entry.actor,
        planned_at=entry.created_at,
        ended_at=ending.at if ending else None,
        exit_code=exit_code,
        meaning=MEANINGS[exit_code],
        says=ending.says if ending else f"{progress.phase}: `opslib resume {entry.plan_id}` continues it",
    )


def export(journal: Journal, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Every act for an audit: one JSON object a line, the oldest plan first, each plan's acts in order.

    The same journal gives the same lines, whoever asks and whenever: written as JSON with sorted keys, two exports can
    be compared as text, and a later one continues an earlier one.

    Args:
        journal: The journal.
        since: Only plans made at that time or later; aware.

    Yields:
        An act. `evidence` is with a plan's first line, `before` with each call and `after` with what came of it.

    Raises:
        JournalUnreachable: the journal does not answer.
    """
    for entry in _entries(journal, since):
        try:
            record = incident(journal, entry.plan_id)
        except BadRequest:  # it died between being listed and being kept, and has done nothing
            continue
        yield from _acts(record)


_OF_EVIDENCE = frozenset({"began", "alarm", "quiet"})


def _acts(record: IncidentRecord) -> Iterator[dict[str, Any]]:
    changes = {change.step_id: change for change in record.changes}
    for happening in record.timeline:
        if happening.event in _OF_EVIDENCE:
            continue
        act = {
            "schema_version": AUDIT_SCHEMA_VERSION,
            "plan_id": record.plan_id,
            "procedure": record.procedure,
            "target": record.target,
            "environment": record.environment,
            "actor": record.actor,
            "reason": record.reason,
            **happening.model_dump(mode="json"),
        }
        change = changes.get(happening.step_id)
        if happening.event == "planned":
            act["evidence"] = record.evidence
        elif happening.event == "called" and change is not None:
            act["before"] = change.before
        elif happening.event == "done" and change is not None:
            act["after"] = change.after
        elif happening.event == "ended":
            act["exit_code"] = record.outcome.exit_code
        yield act
