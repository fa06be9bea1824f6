"""The report as a document: what `--json` prints, and what a program of another revision hands over.

Its JSON Schema is published in docs/preview.schema.json. Fields may be added; what changes meaning raises the version.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from infra.preview.document.alarms import AlarmPart
from infra.preview.document.bill import BillPart
from infra.preview.document.boards import BoardPart
from infra.preview.document.changes import ChangesPart
from infra.preview.document.mutes import MutePart
from infra.preview.document.part import Part
from infra.preview.document.replay import AlarmReplayPart, ReplayPart

__all__ = ["SCHEMA_VERSION", "Blind", "LimitPart", "Placeholder", "Report", "schema"]

SCHEMA_VERSION: Final = 1


class LimitPart(Part):
    """A limit that is exceeded.

    Attributes:
        where: Which alarm, composite, dashboard or workload; `bill` for the stack's own limit.
        what: What it has, and what is taken.
        way_out: What to do about it.
        text: All of it in one line.
    """

    where: str
    what: str
    way_out: str
    text: str


class Blind(Part):
    """Alarms that see nothing until somebody switches something on.

    Attributes:
        requires: The setting, by its name in the model.
        says: What has to be there, in words.
        alarms: The alarms that need it.
        workloads: Whose they are.
    """

    requires: str
    says: str
    alarms: tuple[str, ...]
    workloads: tuple[str, ...]


class Placeholder(Part):
    """A value that only the engine can read, so that something else stands for it here.

    Attributes:
        where: Its path in the stack's file.
        from_stack: The stack that exports it.
        output: Which of its outputs.
        shown: What stands for it.
    """

    where: str
    from_stack: str
    output: str
    shown: str


class Report(Part):
    """What a stack's monitoring is, costs and would do; with `against`, what changes.

    Attributes:
        schema_version: Of this document.
        stack: The stack's name.
        source: What the model was made of.
        region: Where the stack is.
        exit_code: 0 fine, 1 a limit is exceeded.
        alarms: Every metric alarm and composite.
        dashboards: Every dashboard.
        mutes: Every mute rule.
        limits: What is exceeded; empty where nothing is.
        bill: What the monitoring costs a month.
        blind: Alarms that need a setting of somebody else's resource.
        placeholders: Values that are not known here.
        changes: What changes; None: nothing was compared.
        backtest: What each alarm would have done; empty without a history.
        replay: The history, and what the tiers would have been told; None without one.
        notes: What is to be known to read this, one line each.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    stack: str
    source: str
    region: str
    exit_code: Literal[0, 1]
    alarms: tuple[AlarmPart, ...]
    dashboards: tuple[BoardPart, ...]
    mutes: tuple[MutePart, ...] = ()
    limits: tuple[LimitPart, ...] = ()
    bill: BillPart
    blind: tuple[Blind, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    changes: ChangesPart | None = None
    backtest: tuple[AlarmReplayPart, ...] = ()
    replay: ReplayPart | None = None
    notes: tuple[str, ...] = Field(default=())


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema(mode="serialization")}
