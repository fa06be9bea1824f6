"""What comes of advancing a plan, and what is told on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from opslib.procedure.plan import Plan
from opslib.procedure.progress import Ending, Progress
from opslib.procedure.step import Step

__all__ = ["Event", "Outcome", "Paused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan has ended.

    Attributes:
        plan: The plan.
        progress: How far it came.
        ending: How it ended.
    """

    plan: Plan
    progress: Progress
    ending: Ending

    @property
    def exit_code(self) -> int:
        """The exit code of whoever ran it."""
        return self.ending.exit_code

    def document(self) -> dict[str, Any]:
        """The outcome in JSON types; fields may be added."""
        return {
            "plan": self.plan.id,
            "procedure": self.plan.procedure,
            "target": self.plan.target,
            "actor": self.plan.actor,
            "reason": self.plan.reason,
            "createdAt": self.plan.created_at.isoformat(),
            "endedAt": self.ending.at.isoformat(),
            "exitCode": self.ending.exit_code,
            "says": self.ending.says,
            "context": self.plan.context,
            "steps": [self._step(step) for step in self.plan.steps],
        }

    def _step(self, step: Step) -> dict[str, Any]:
        record = self.progress.record(step.id)
        return {
            "id": step.id,
            "part": step.part,
            "title": step.title,
            "state": record.state,
            "call": record.intent.call if record.intent else None,
            "attempts": record.intent.attempt if record.intent else 0,
            "facts": record.facts,
            "failed": record.failed or None,
        }


@dataclass(frozen=True, slots=True)
class Paused:
    """A plan waits for something; call `advance` again.

    Attributes:
        plan: The plan.
        progress: How far it is.
        step_id: The step at hand.
        why: What is being waited for.
        look_again_seconds: When it is worth looking again.
        not_before_seconds: When it is not yet worth it: the service asked to be left alone.
    """

    plan: Plan
    progress: Progress
    step_id: str
    why: str
    look_again_seconds: float
    not_before_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something to show whoever watches.

    Attributes:
        kind: ``call``: about to be sent; ``done``, ``undone``: a step is; ``waiting``; ``failed``: undoing begins;
            ``ended``.
        step_id: The step; empty for the plan as a whole.
        says: What there is to say.
    """

    kind: Literal["call", "done", "undone", "waiting", "failed", "ended"]
    step_id: str
    says: str
