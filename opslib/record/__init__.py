"""Incident records: who did what, why, on what evidence and what came of it; all of it derived from the journal."""

from opslib.record.derive import incident
from opslib.record.evidence_bucket import Checked, EvidenceBucket, Kept, Piece, journal_piece
from opslib.record.incident import (
    RECORD_SCHEMA_VERSION,
    AlarmSeen,
    ApprovalAccount,
    Change,
    Durations,
    Happening,
    HoldPlaced,
    IncidentRecord,
    Result,
    StepAccount,
    json_schema,
)
from opslib.record.listing import Summary, export, history
from opslib.record.markdown import render_markdown
from opslib.record.page import render_html
from opslib.record.severity import Grade, Scheme, grade, grade_in, severity_of

__all__ = [
    "RECORD_SCHEMA_VERSION",
    "AlarmSeen",
    "ApprovalAccount",
    "Change",
    "Checked",
    "Durations",
    "EvidenceBucket",
    "Grade",
    "Happening",
    "HoldPlaced",
    "IncidentRecord",
    "Kept",
    "Piece",
    "Result",
    "Scheme",
    "StepAccount",
    "Summary",
    "export",
    "grade",
    "grade_in",
    "history",
    "incident",
    "journal_piece",
    "json_schema",
    "render_html",
    "render_markdown",
    "severity_of",
]
