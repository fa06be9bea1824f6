"""A plan that is called off before its first change: it ends, and its target is free for whoever pauses to work."""

from __future__ import annotations

from opslib.procedure import Clock, Ending, Journal, Outcome, Plan

__all__ = ["call_off"]


def call_off(journal: Journal, plan: Plan, clock: Clock, *, runner: str, why: str) -> Outcome | None:
    """End a plan that has changed nothing yet, with exit code 3.

    Args:
        journal: The journal.
        plan: The plan.
        clock: Time.
        runner: Who is at work: unique to this process.
        why: Why, in a clause.

    Returns:
        Its outcome; None: it has begun, and goes on: nobody is left half way.

    Raises:
        Overtaken: somebody else is at work on it.
        JournalUnreachable: the journal does not answer.
    """
    if journal.progress(plan.id).touched:
        return None
    with journal.lease(plan.id, runner, clock):
        progress = journal.progress(plan.id)
        if progress.touched:
            return None
        if progress.ending is None:
            ending = Ending(exit_code=3, says=f"{why}; nothing was changed", at=clock.now())
            progress = journal.write(plan.id, progress.model_copy(update={"phase": "ended", "ending": ending}))
    journal.release(plan)
    assert progress.ending is not None  # noqa: S101  written just now, or before
    return Outcome(plan, progress, progress.ending)
