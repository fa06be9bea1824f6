"""Approvals: where the environment asks for one, a second person says yes before the first change.

plan#ID / approval     who said yes to the plan, when, and why

The plan is kept in the journal before anybody is asked, so that the yes is to that plan and to no other: it names the
revision, and its first step refuses to act when the world is no longer as it was when it was planned.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from opslib.contract import Approval as Asked
from opslib.errors import BadRequest, Overtaken, Refused
from opslib.procedure import Journal, Plan, Store
from opslib.procedure.store import Conflict

__all__ = ["UNAPPROVED", "Approval", "Approvals", "approve", "check_approval"]

UNAPPROVED = "unapproved"
"""Where a plan's context says why nobody was asked: somebody broke the glass."""

IDENTITY = "identity"
"""Where a plan's context says whose credentials asked for it; `actor` is for people, and may be any text."""


class Approval(BaseModel):
    """A yes to a plan.

    Attributes:
        actor: Who said it: the ARN of the credentials.
        at: When.
        reason: Why.
    """

    model_config = ConfigDict(frozen=True)

    actor: str
    at: AwareDatetime
    reason: str = ""


class Approvals:
    """The approvals in a store.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, plan_id: str) -> Approval | None:
        """The yes to a plan; None: nobody has said it."""
        found = self._store.get(f"plan#{plan_id}", "approval")
        return None if found is None else Approval.model_validate(found.value)

    def add(self, plan_id: str, approval: Approval) -> None:
        """Keep a yes; a later one takes the place of an earlier.

        Raises:
            Overtaken: somebody else says yes at the same time.
        """
        pk, sk = f"plan#{plan_id}", "approval"
        found = self._store.get(pk, sk)
        try:
            self._store.put(pk, sk, approval.model_dump(mode="json"), expected=found.version if found else None)
        except Conflict:
            raise Overtaken(f"somebody else has just approved plan {plan_id}", "nothing is left to do") from None


def approve(journal: Journal, plan: Plan, approval: Approval) -> None:
    """Say yes to a plan.

    Args:
        journal: The journal in which it is kept.
        plan: The plan.
        approval: The yes.

    Raises:
        BadRequest: it has ended, or its time is over.
        Refused: whoever asked for the plan cannot approve it.
    """
    if journal.progress(plan.id).ending is not None or approval.at >= plan.expires_at:
        raise BadRequest(f"plan {plan.id} is over", "`opslib history` shows how it ended; plan it anew")
    if approval.actor in (plan.actor, plan.context.get(IDENTITY)):
        raise Refused(f"{approval.actor} has asked for plan {plan.id}", "somebody else has to say yes")
    Approvals(journal.store).add(plan.id, approval)


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
        Refused: there is none yet, or it no longer counts; the message says how it is given.
    """
    if asked is None or plan.procedure not in asked.procedures or plan.context.get(UNAPPROVED):
        return None
    if journal.progress(plan.id).touched:
        return None  # it was approved when it began; nobody is left half way for a yes that grew old
    journal.keep(plan)
    given = Approvals(journal.store).of(plan.id)
    if given is None:
        said = f"plan {plan.id} waits for a second person, nothing was changed"
    elif now - given.at > timedelta(hours=asked.hours):
        said = f"the yes of {given.actor} to plan {plan.id} is over {asked.hours} h old, nothing was changed"
    else:
        return given
    raise Refused(said, f"somebody else runs `opslib approve {plan.id}`, then `opslib resume {plan.id}`")
