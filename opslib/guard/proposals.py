"""Proposals: what could be done, kept for the person who decides.

proposals / TIME#PLAN     a proposal
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from opslib.procedure import Store
from opslib.procedure.store import Conflict

__all__ = ["Proposal", "Proposals"]

_KEY = "proposals"


class Proposal(BaseModel):
    """What could be done.

    Attributes:
        at: When it was proposed.
        plan: The id that its plan would have had.
        target: What it would change.
        service: The service's key.
        alarm: The alarm that rang.
        to: The revision to go back to.
        why: Why.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    plan: str
    target: str
    service: str
    alarm: str
    to: str
    why: str


class Proposals:
    """The proposals in a store.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, proposal: Proposal) -> bool:
        """Keep a proposal; the same one again is nothing new.

        Returns:
            Whether it is new.
        """
        try:
            key = f"{proposal.at.isoformat()}#{proposal.plan}"
            self._store.put(_KEY, key, proposal.model_dump(mode="json"), expected=None)
        except Conflict:
            return False
        return True

    def all(self) -> tuple[Proposal, ...]:
        """Every proposal, the oldest first."""
        return tuple(Proposal.model_validate(item.value) for item in self._store.query(_KEY))
