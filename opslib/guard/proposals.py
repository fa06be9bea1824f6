"""Proposals: what could be done, kept for the person who decides.

proposals / PLAN     a proposal, under the id that its plan would have had: however often its state is run, it is one
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from opslib.procedure import Store
from opslib.procedure.journal import Entry
from opslib.procedure.store import Conflict

__all__ = ["Proposal", "Proposals", "Standing", "standing"]

_KEY = "proposals"


class Proposal(BaseModel):
    """What could be done.

    Attributes:
        at: When it was proposed.
        plan: The id that its plan would have had.
        target: What it would change.
        service: The service's key.
        alarm: The alarm that rang.
        of: The ARN of the revision that ran then.
        to: The ARN of the revision to go back to.
        why: Why.
        until: Until when the deployment counts as the cause.
        evidence: What was seen, in words, by name.
        told: Whether people were told of it.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    plan: str
    target: str
    service: str
    alarm: str
    of: str
    to: str
    why: str
    until: AwareDatetime
    evidence: dict[str, str] = Field(default_factory=dict)
    told: bool = False

    def command(self, stack: str) -> str:
        """What to type to do it.

        Args:
            stack: The stack's name: ``shop/prod``.
        """
        return f"opslib rollback service {self.service} --to {self.to.rpartition('/')[2]} --stack {stack}"


class Proposals:
    """The proposals in a store.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, proposal: Proposal) -> Proposal:
        """Keep a proposal; the same one again is nothing new.

        Returns:
            The one that is kept: whoever was killed before people were told of it, tells them now.
        """
        try:
            self._store.put(_KEY, proposal.plan, proposal.model_dump(mode="json"), expected=None)
        except Conflict:
            found = self._store.get(_KEY, proposal.plan)
            return proposal if found is None else Proposal.model_validate(found.value)
        return proposal

    def mark_told(self, plan: str) -> None:
        """Remember that people were told; somebody else may have done so."""
        found = self._store.get(_KEY, plan)
        if found is not None:
            try:
                self._store.put(_KEY, plan, {**found.value, "told": True}, expected=found.version)
            except Conflict:
                return

    def all(self) -> tuple[Proposal, ...]:
        """Every proposal, the oldest first."""
        found = (Proposal.model_validate(item.value) for item in self._store.query(_KEY))
        return tuple(sorted(found, key=lambda proposal: proposal.at))


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal, and what has become of it.

    Attributes:
        proposal: The proposal.
        state: `open`: it can still be done; `taken`: somebody has rolled back since; `overtaken`: something else runs
            by now; `over`: the deployment no longer counts as the cause.
        says: For people, in a clause.
    """

    proposal: Proposal
    state: Literal["open", "taken", "overtaken", "over"]
    says: str

    def document(self) -> dict[str, Any]:
        """In JSON types."""
        return {**self.proposal.model_dump(mode="json"), "state": self.state, "says": self.says}


def standing(proposal: Proposal, *, now: datetime, history: Iterable[Entry], runs: str | None) -> Standing:
    """What has become of a proposal. Pure.

    Args:
        proposal: The proposal.
        now: The time.
        history: The plans of the journal.
        runs: The ARN of the revision that the service is to run now; None: it is gone.
    """
    since = [entry for entry in history if entry.target == proposal.target and entry.created_at >= proposal.at]
    if since:
        return Standing(proposal, "taken", f"{since[0].actor} has since begun plan {since[0].plan_id}")
    if runs != proposal.of:
        return Standing(proposal, "overtaken", f"{runs.rpartition('/')[2] if runs else 'nothing'} runs by now")
    if now >= proposal.until:
        return Standing(proposal, "over", f"the deployment counted as the cause until {proposal.until:%H:%M} UTC")
    return Standing(proposal, "open", f"the deployment counts as the cause until {proposal.until:%H:%M} UTC")
