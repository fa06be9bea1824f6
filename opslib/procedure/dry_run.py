"""A dry run: what every step says of the world now. It makes no call that changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opslib.procedure.observation import (
    Call,
    Facts,
    Foreign,
    Impossible,
    KnownAfter,
    Needed,
    Observation,
    Satisfied,
    Waiting,
)
from opslib.procedure.plan import Plan
from opslib.procedure.ports import Declined, NotNow, Ports, Reader
from opslib.procedure.step import Step

__all__ = ["Foreseen", "dry_run"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A step, and what it says now."""

    step: Step
    seen: Observation

    @property
    def call(self) -> Call | None:
        """The call that it would make, as far as it is known."""
        return self.seen.call if isinstance(self.seen, Needed | KnownAfter) else None

    @property
    def says(self) -> str:
        """On one line: the call, or why there is none."""
        match self.seen:
            case Needed(call, _):
                return str(call)
            case KnownAfter(step_id, call):
                return str(call) if call else f"looked at after {step_id}"
            case Satisfied():
                return "is so already"
            case Waiting(why, _):
                return f"waits: {why}"
            case Foreign(expected, found):
                return f"somebody else changed it: expected {dict(expected)}, found {dict(found)}"
            case Impossible(why):
                return f"impossible: {why}"

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        call = self.call
        return {
            "id": self.step.id,
            "kind": self.step.kind,
            "part": self.step.part,
            "title": self.step.title,
            "says": type(self.seen).__name__,
            "text": self.says,
            "call": call and {"port": call.port, "operation": call.operation, "parameters": call.shown()},
        }


def dry_run(plan: Plan, ports: Ports, *, reader: Reader | None = None) -> tuple[Foreseen, ...]:
    """Ask every step of a plan how the world is, in order, and do nothing about it.

    A step whose call depends on an earlier one says so (`KnownAfter`), with the call as far as it is known.

    Args:
        plan: The plan.
        ports: What its reads ask.
        reader: One that has just read through these ports, when the plan was made.
    """
    reader = reader or Reader(ports)
    known: dict[str, Facts] = {}
    foreseen = []
    for step in plan.steps:
        seen: Observation
        try:
            seen = step.observe(reader, known, None)
        except NotNow as busy:
            seen = Waiting(str(busy), busy.again_seconds)
        except Declined as refused:
            seen = Impossible(str(refused))
        if isinstance(seen, Satisfied):
            known[step.id] = seen.facts
        foreseen.append(Foreseen(step, seen))
    return tuple(foreseen)
