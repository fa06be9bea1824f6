"""How far a plan is: all that a resumed run needs, and all that an incident record tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from opslib.procedure.step import Intent

__all__ = ["Ending", "Phase", "Progress", "StepRecord"]

Phase = Literal["forward", "undoing", "ended"]


class StepRecord(BaseModel):
    """What has become of one step.

    Attributes:
        looked_at: When it was first looked at; its time-out counts from here.
        intent: What it was about to do; None while it has needed nothing.
        done_at: When it was seen to be satisfied.
        facts: What was worth remembering then.
        undo_looked_at: When its undoing was first looked at.
        undo_intent: What its undoing was about to do.
        undone_at: When its undoing was seen to be satisfied.
        no_way_back: That it was intended and cannot be undone.
        left_alone: That somebody else changed it before it could be undone: it is as they made it.
        failed: Why it failed, where the plan went on all the same.
    """

    model_config = ConfigDict(frozen=True)

    looked_at: datetime | None = None
    intent: Intent | None = None
    done_at: datetime | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    undo_looked_at: datetime | None = None
    undo_intent: Intent | None = None
    undone_at: datetime | None = None
    no_way_back: bool = False
    left_alone: bool = False
    failed: str = ""

    @property
    def state(self) -> Literal["waiting", "begun", "done", "failed", "undone", "no way back", "left alone"]:
        """In one word: ``waiting`` is that nothing was done about it yet."""
        if self.no_way_back:
            return "no way back"
        if self.left_alone:
            return "left alone"
        if self.undone_at is not None:
            return "undone"
        if self.failed:
            return "failed"
        return "done" if self.done_at is not None else "begun" if self.intent is not None else "waiting"


class Ending(BaseModel):
    """How it ended.

    Attributes:
        exit_code: One of engine's: 0 done, 3 refused and nothing changed, 4 failed and undone, 5 needs a person,
            6 overtaken by somebody else.
        says: Why, and the exact state, on one line.
        at: When.
    """

    model_config = ConfigDict(frozen=True)

    exit_code: Literal[0, 3, 4, 5, 6]
    says: str
    at: datetime


class Progress(BaseModel):
    """How far a plan is.

    Attributes:
        revision: Counts the writes; the journal takes only the next one.
        phase: Going forward, undoing, or ended.
        cursor: Index of the step at hand; steps before it are done and not looked at again.
        failure: Why it went into undoing; or, past the point of no return, what of the rest failed.
        overtaken: Somebody else changed what it is about: only what was borrowed is given back.
        records: What has become of each step, by its id.
        ending: How it ended.
    """

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    phase: Phase = "forward"
    cursor: int = 0
    failure: str = ""
    overtaken: bool = False
    records: dict[str, StepRecord] = Field(default_factory=dict)
    ending: Ending | None = None

    def record(self, step_id: str) -> StepRecord:
        """What has become of a step; an empty record of one not yet looked at."""
        return self.records.get(step_id, StepRecord())

    def with_record(self, step_id: str, **changes: Any) -> Progress:
        """The same with a step's record changed."""
        changed = self.record(step_id).model_copy(update=changes)
        return self.model_copy(update={"records": {**self.records, step_id: changed}})

    @property
    def touched(self) -> bool:
        """Whether anything was ever about to be done."""
        return any(record.intent is not None for record in self.records.values())

    def known(self) -> dict[str, dict[str, Any]]:
        """The facts of the steps that are done, by their ids."""
        return {name: record.facts for name, record in self.records.items() if record.done_at is not None}
