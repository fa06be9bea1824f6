"""The incident record: what it consists of. Everything in it is derived from the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from opslib.contract import Severity
from opslib.record.approvals import Saying

__all__ = [
    "RECORD_SCHEMA_VERSION",
    "AlarmSeen",
    "ApprovalAccount",
    "Change",
    "Durations",
    "Happening",
    "HoldPlaced",
    "IncidentRecord",
    "Result",
    "StepAccount",
    "StepState",
    "json_schema",
]

RECORD_SCHEMA_VERSION: Literal[1] = 1

StepState = Literal["not_begun", "under_way", "done", "failed", "overtaken", "undone", "no_way_back"]

ExitCode = Literal[0, 3, 4, 5, 6, 7]

MEANINGS: Mapping[int, str] = {
    0: "done",
    3: "refused, nothing changed",
    4: "failed and undone",
    5: "needs a person",
    6: "overtaken by somebody else",
    7: "unfinished",
}
"""How a plan ended, in words: the same in the record, in lists and on a terminal."""

_OfItself = Literal["began", "alarm", "quiet", "planned", "called", "done", "undo_called", "undone", "ended"]
Happened = _OfItself | Saying
"""What a line of the timeline is about: the alarms; the plan; what people said to it (`opslib.record.approvals`)."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(_Part):
    """How it ended, or that it has not.

    Attributes:
        exit_code: What the command ended with; 7: it can be resumed.
        meaning: The exit code in words.
        says: Why, and the exact state, on one line.
        at: When; None while it is unfinished.
    """

    exit_code: ExitCode
    meaning: str
    says: str
    at: datetime | None = None


class StepAccount(_Part):
    """What became of one step.

    Attributes:
        id: Its name within the plan.
        title: What was to become true.
        part: identify, prepare, execute, validate or document.
        kind: Its kind in the catalog.
        state: What became of it.
        began_at: When it was first looked at.
        ended_at: When it was seen to be so.
        called_at: When its call was last sent; None where the world was so already.
        call: That call, as it may be shown.
        attempts: How often it was sent.
        found: What was seen when it was done.
        why: Why it failed, where the journal says so for this step.
        undo_began_at: When its undoing was first looked at.
        undo_called_at: When the call of its undoing was last sent.
        undo_call: That call.
        undone_at: When it was seen to be undone.
    """

    id: str
    title: str
    part: str
    kind: str
    state: StepState
    began_at: datetime | None = None
    ended_at: datetime | None = None
    called_at: datetime | None = None
    call: str = ""
    attempts: int = 0
    found: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    undo_began_at: datetime | None = None
    undo_called_at: datetime | None = None
    undo_call: str = ""
    undone_at: datetime | None = None


class Change(_Part):
    """What a step changed: of one that recorded how it was before its call. A message or a restart is none.

    Attributes:
        step_id: The step.
        title: What was to become true.
        before: The world before its call.
        after: What was seen when it was done; empty where it never was.
        undone: Whether it is as before again.
    """

    step_id: str
    title: str
    before: dict[str, Any]
    after: dict[str, Any]
    undone: bool


class Happening(_Part):
    """A line of the timeline.

    Attributes:
        at: When.
        event: What: ``began``, ``alarm`` and ``quiet`` are the alarms'; ``asked`` to ``expired`` are people's words to
            the plan; the others are the plan's.
        step_id: Of which step; empty for the plan as a whole.
        says: In words.
        attempt: Of a call, the how-many-th; only the last is in the journal. 0 for what is no call.
    """

    at: datetime
    event: Happened
    step_id: str = ""
    says: str
    attempt: int = 0


class AlarmSeen(_Part):
    """An alarm in the evidence: what a plan's context has under `alarms`, and later the facts of its steps.

    Attributes:
        name: The alarm.
        began_at: When what it watches went wrong: its first breaching datapoint.
        alarm_at: When it went to ALARM.
        ok_at: When it went back to OK.
    """

    name: str
    began_at: datetime | None = None
    alarm_at: datetime | None = None
    ok_at: datetime | None = None


class Durations(_Part):
    """How long it took; each None where the evidence does not give it.

    Attributes:
        detection_seconds: From when it went wrong to the first alarm.
        response_seconds: From the first alarm to the plan.
        mitigation_seconds: From when it went wrong, or else the first alarm, until all alarms were quiet, or else the
            plan was done.
        execution_seconds: From the plan to its end.
    """

    detection_seconds: float | None = None
    response_seconds: float | None = None
    mitigation_seconds: float | None = None
    execution_seconds: float | None = None


class HoldPlaced(_Part):
    """The hold that was put on a target.

    Attributes:
        target: What is held.
        scope: ``deploys`` or ``changes``.
        reason: Why.
    """

    target: str
    scope: str
    reason: str


class ApprovalAccount(_Part):
    """The second person, where one was asked for.

    Attributes:
        state: ``waiting``: nobody has said yes yet; ``approved``; ``refused``: somebody has said no; ``expired``: the
            yes had grown old before the plan began; ``glass_broken``: nobody was asked, on purpose.
        actor: Who said yes or no; of broken glass, who asked for the plan.
        at: When; None while it is waited for.
        hours: For how long a yes counts.
        until: Until when this one counted.
        reason: Why, in their words.
    """

    state: Literal["waiting", "approved", "refused", "expired", "glass_broken"]
    actor: str = ""
    at: datetime | None = None
    hours: int | None = None
    until: datetime | None = None
    reason: str = ""


class IncidentRecord(_Part):
    """Who did what to what, why, when and with what evidence; how it was before and after; how it ended.

    Attributes:
        schema_version: Of this document.
        plan_id: The plan.
        procedure: What it does, such as ``rollback.service``.
        target: What it was about.
        environment: The environment, where the plan's context names it.
        actor: Who asked for it.
        reason: Why.
        severity: How bad, where the plan's context says it.
        planned_at: When it was planned.
        expires_at: When it would have stopped.
        outcome: How it ended.
        durations: How long it took.
        steps: Every step of the plan, in order.
        changes: Before and after, for every step that has changed something.
        timeline: What happened, in order.
        undone: The steps that were undone, by title, in the order of the undoing.
        hold: The hold that stands because of it.
        approval: The second person; None where none was asked for.
        alarms: The alarms in the evidence.
        evidence: All that the plan's context says.
    """

    schema_version: Literal[1] = RECORD_SCHEMA_VERSION
    plan_id: str
    procedure: str
    target: str
    environment: str = ""
    actor: str
    reason: str
    severity: Severity | None = None
    planned_at: datetime
    expires_at: datetime
    outcome: Result
    durations: Durations = Field(default_factory=Durations)
    steps: tuple[StepAccount, ...]
    changes: tuple[Change, ...] = ()
    timeline: tuple[Happening, ...] = ()
    undone: tuple[str, ...] = ()
    hold: HoldPlaced | None = None
    approval: ApprovalAccount | None = None
    alarms: tuple[AlarmSeen, ...] = ()
    evidence: dict[str, Any] = Field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The record in JSON types; `json_schema` says what is in it."""
        return self.model_dump(mode="json")


def json_schema() -> dict[str, Any]:
    """The record's document as JSON Schema (draft 2020-12)."""
    schema = IncidentRecord.model_json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"opslib incident record, version {RECORD_SCHEMA_VERSION}"
    return schema
