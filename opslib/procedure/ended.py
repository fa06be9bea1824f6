"""How a plan ends, in words: what was undone and what was not, where it stands, what somebody else changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from opslib.procedure.plan import Plan
from opslib.procedure.progress import Progress
from opslib.procedure.step import Step

__all__ = ["EndCode", "differs", "end_of_undoing", "where_it_stands"]

EndCode = Literal[0, 3, 4, 5, 6]
"""The exit codes that a plan can end with; see `Ending`."""


def end_of_undoing(plan: Plan, progress: Progress) -> tuple[EndCode, str]:
    """What it comes to when there is nothing more to undo."""
    if progress.overtaken:
        left = any(step.loan and progress.record(step.id).left_alone for step in plan.steps)
        what = "what else was borrowed" if left else "what was borrowed"
        return 6, f"{progress.failure}; {what} was given back"
    stuck = [step.title for step in plan.steps if progress.record(step.id).no_way_back]
    if stuck:
        return 5, f"{progress.failure}; undone but for what has no way back: {', '.join(stuck)}"
    return 4, f"{progress.failure}; everything was undone"


def where_it_stands(plan: Plan, progress: Progress, unfinished: Iterable[Step]) -> str:
    """The step at hand, and what is still borrowed: what a person has to know who goes on by hand."""
    step = plan.steps[progress.cursor]
    says = f"; it stands at step {step.id} ({step.title!r}), {progress.phase}"
    loans = [one.title for one in unfinished if one.loan]
    return says + (f"; still borrowed: {', '.join(loans)}" if loans else "")


def differs(step: Step, expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """That somebody else changed it, and how."""
    return f"somebody else changed what {step.title!r} is about: expected {dict(expected)}, found {dict(found)}"
