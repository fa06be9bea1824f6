"""Approvals: where the environment asks for one, a second person says yes before the first change.

The plan is kept in the journal before anybody is asked, so that the yes is to that plan and to no other: it names the
revision, and its first step refuses to act when the world is no longer as it was when it was planned. All that is said
is kept beside it (`opslib.record.approvals`), what did not count as well.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from opslib.contract import Approval as Asked
from opslib.errors import BadRequest, Overtaken, Refused
from opslib.procedure import Journal, Plan
from opslib.record.approvals import Approval, Approvals, Said, Saying, counts_until

__all__ = ["IDENTITY", "UNAPPROVED", "Approval", "Approvals", "approve", "check_approval", "refuse"]

UNAPPROVED = "unapproved"
"""Where a plan's context says why nobody was asked: somebody broke the glass."""

IDENTITY = "identity"
"""Where a plan's context says whose credentials asked for it; `actor` is for people, and may be any text."""


def approve(journal: Journal, plan: Plan, approval: Approval) -> None:
    """Say yes to a plan.

    Args:
        journal: The journal in which it is kept.
        plan: The plan.
        approval: The yes.

    Raises:
        BadRequest: it has ended, or its time is over.
        Refused: whoever asked for the plan cannot approve it.
        Overtaken: somebody else says something at the same time.
    """
    _check_open(journal, plan, approval)
    if approval.actor in (plan.actor, plan.context.get(IDENTITY)):
        _note(journal, plan, "not_allowed", approval)
        raise Refused(f"{approval.actor} has asked for plan {plan.id}", "somebody else has to say yes")
    Approvals(journal.store).add(plan.id, _said("approved", approval))


def refuse(journal: Journal, plan: Plan, no: Approval) -> None:
    """Say no to a plan; whoever asked for it may, too. A later yes of somebody else counts again.

    Args:
        journal: The journal in which it is kept.
        plan: The plan.
        no: The no.

    Raises:
        BadRequest: it has ended, or its time is over; or it has begun, and a no comes too late.
        Overtaken: somebody else says something at the same time.
    """
    _check_open(journal, plan, no)
    if journal.progress(plan.id).touched:
        raise BadRequest(f"plan {plan.id} has begun, and is brought to its end", "`opslib history` shows how far it is")
    Approvals(journal.store).add(plan.id, _said("refused", no))


def check_approval(journal: Journal, plan: Plan, asked: Asked | None, now: datetime) -> Approval | None:
    """See before the first change that a plan is approved where that is asked for; the plan is kept for who says yes.

    Args:
        journal: The journal.
        plan: The plan.
        asked: What the stack asks for; None: nothing.
        now: The time.

    Returns:
        The yes; None where none is needed.

    Raises:
        Refused: there is none yet, somebody has said no, or the yes no longer counts; the message says how it is given.
    """
    if asked is None or plan.procedure not in asked.procedures or plan.context.get(UNAPPROVED):
        return None
    if journal.progress(plan.id).touched:
        return None  # it was approved when it began; nobody is left half way for a yes that grew old
    journal.keep(plan)
    approvals = Approvals(journal.store)
    said, last = approvals.said(plan.id), approvals.last(plan.id)
    if not said:
        with suppress(Overtaken):  # somebody has just said yes, or is asked already
            approvals.add(plan.id, Said(kind="asked", actor=plan.actor, at=now, reason=plan.reason, hours=asked.hours))
    if last is None:
        problem = f"plan {plan.id} waits for a second person, nothing was changed"
    elif last.kind == "refused":
        problem = f"{last.actor} has said no to plan {plan.id} ({last.reason}), nothing was changed"
    elif now > counts_until(last, asked.hours):
        problem = f"the yes of {last.actor} to plan {plan.id} is over {asked.hours} h old, nothing was changed"
        if said[-1].kind != "expired":
            _note(journal, plan, "expired", last.model_copy(update={"at": counts_until(last, asked.hours)}))
    else:
        return last
    raise Refused(problem, f"somebody else runs `opslib approve {plan.id}`, then `opslib resume {plan.id}`")


def _check_open(journal: Journal, plan: Plan, word: Approval) -> None:
    if journal.progress(plan.id).ending is not None or word.at >= plan.expires_at:
        raise BadRequest(f"plan {plan.id} is over", "`opslib history` shows how it ended; plan it anew")


def _note(journal: Journal, plan: Plan, kind: Saying, of: Approval) -> None:
    """Keep what does not decide anything; somebody else who writes at the same time is no reason to fail."""
    with suppress(Overtaken):
        Approvals(journal.store).add(plan.id, _said(kind, of))


def _said(kind: Saying, word: Approval) -> Said:
    return Said(kind=kind, actor=word.actor, at=word.at, reason=word.reason)
