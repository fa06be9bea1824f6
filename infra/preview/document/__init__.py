"""The report as a document: what `--json` prints, and what another revision of the program hands over."""

from infra.preview.document.alarms import AlarmPart, MetricPart, SeriesPart, alarm_parts
from infra.preview.document.bill import BillPart, bill_of, bill_part
from infra.preview.document.boards import BoardPart, WidgetPart, board_part
from infra.preview.document.changes import AgainstPart, AlarmChange, BoardChange, ChangesPart, FieldChange, MuteChange
from infra.preview.document.mutes import MutePart
from infra.preview.document.replay import (
    AlarmReplayPart,
    IncidentPart,
    JudgementPart,
    ReplayFigures,
    ReplayPart,
    SuggestionPart,
    TierFigures,
    TierReplayPart,
)
from infra.preview.document.report import SCHEMA_VERSION, Blind, LimitPart, Placeholder, Report, schema

__all__ = [
    "SCHEMA_VERSION",
    "AgainstPart",
    "AlarmChange",
    "AlarmPart",
    "AlarmReplayPart",
    "BillPart",
    "Blind",
    "BoardChange",
    "BoardPart",
    "ChangesPart",
    "FieldChange",
    "IncidentPart",
    "JudgementPart",
    "LimitPart",
    "MetricPart",
    "MuteChange",
    "MutePart",
    "Placeholder",
    "ReplayFigures",
    "ReplayPart",
    "Report",
    "SeriesPart",
    "SuggestionPart",
    "TierFigures",
    "TierReplayPart",
    "WidgetPart",
    "alarm_parts",
    "bill_of",
    "bill_part",
    "board_part",
    "schema",
]
