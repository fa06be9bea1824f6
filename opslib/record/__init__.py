"""Incident records: who did what, why, on what evidence and what came of it; all of it derived from the journal."""

from opslib.record.derive import incident
from opslib.record.incident import (
    RECORD_SCHEMA_VERSION,
    AlarmSeen,
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
    "Change",
    "Durations",
    "Grade",
    "Happening",
    "HoldPlaced",
    "IncidentRecord",
    "Result",
    "Scheme",
    "StepAccount",
    "Summary",
    "export",
    "grade",
    "grade_in",
    "history",
    "incident",
    "json_schema",
    "render_html",
    "render_markdown",
    "severity_of",
]
