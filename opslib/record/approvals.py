"""What people said to a plan that a second person has to say yes to.

plan#ID / approval     that it was asked for, every yes and every no, what did not count, and when a yes had grown old
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from opslib.errors import Overtaken
from opslib.procedure import Store
from opslib.procedure.store import Conflict, Item

__all__ = ["Approval", "Approvals", "Said", "Saying", "counts_until", "last_answer"]

Saying = Literal["asked", "approved", "refused", "not_allowed", "expired"]
"""`asked`: a yes is asked for; `approved`: yes; `refused`: no; `not_allowed`: a yes of whoever has asked for the plan,
which does not count; `expired`: the last yes was too old when the plan was to be run."""

KEPT = 50
"""How many are kept of one plan (ours)."""


class Approval(BaseModel):
    """A yes to a plan, or a no.

    Attributes:
        actor: Who said it: the ARN of the credentials.
        at: When.
        reason: Why.
    """

    model_config = ConfigDict(frozen=True)

    actor: str
    at: AwareDatetime
    reason: str = ""


class Said(Approval):
    """Something that was said to a plan, or happened to a yes.

    Attributes:
        kind: What.
        hours: Of `asked`: for how long a yes counts.
    """

    kind: Saying
    hours: int | None = None


class Approvals:
    """What was said, in a store.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def said(self, plan_id: str) -> tuple[Said, ...]:
        """All that was said to a plan, in order."""
        return self._read(plan_id)[0]

    def last(self, plan_id: str) -> Said | None:
        """The last yes or no to a plan, which is the one that counts; None: nobody has said either."""
        return last_answer(self.said(plan_id))

    def of(self, plan_id: str) -> Approval | None:
        """The yes to a plan; None: nobody has said it, or somebody has said no since."""
        last = self.last(plan_id)
        return last if last is not None and last.kind == "approved" else None

    def add(self, plan_id: str, said: Said) -> None:
        """Keep what was said.

        Raises:
            Overtaken: somebody else says something at the same time.
        """
        before, item = self._read(plan_id)
        value: dict[str, Any] = {"said": [one.model_dump(mode="json") for one in (*before, said)[-KEPT:]]}
        try:
            self._store.put(f"plan#{plan_id}", "approval", value, expected=item.version if item else None)
        except Conflict:
            next_step = f"look at what they said: `opslib history {plan_id}`"
            raise Overtaken(f"somebody else has just said something to plan {plan_id}", next_step) from None

    def _read(self, plan_id: str) -> tuple[tuple[Said, ...], Item | None]:
        item = self._store.get(f"plan#{plan_id}", "approval")
        return (() if item is None else tuple(Said.model_validate(one) for one in item.value["said"])), item


def last_answer(said: Sequence[Said]) -> Said | None:
    """The last yes or no among what was said, in order; None: nobody has said either."""
    return next((one for one in reversed(said) if one.kind in ("approved", "refused")), None)


def counts_until(yes: Approval, hours: int) -> datetime:
    """Until when a yes counts.

    Args:
        yes: The yes.
        hours: For how long one counts.
    """
    return yes.at + timedelta(hours=hours)
