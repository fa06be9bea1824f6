"""What comes of advancing a plan, and what is told on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opslib.procedure.plan import Plan
from opslib.procedure.progress import Ending, Progress

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


@dataclass(frozen=True, slots=True)
class Paused:
    """A plan waits for something; call `advance` again.

    Attributes:
        plan: The plan.
        progress: How far it is.
        step_id: The step at hand.
        why: What is being waited for.
        look_again_seconds: When it is worth looking again.
    """

    plan: Plan
    progress: Progress
    step_id: str
    why: str
    look_again_seconds: float


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
