"""Holds: a target that nobody may deploy to, or change, until a person says otherwise.

hold#TARGET / hold   the hold, if there is one, and those that were lifted; never deleted, so that versions only grow
holds / TARGET       that there is or was one: how they are listed; written first, so that no hold is missing there
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from opslib.errors import BadRequest, Overtaken
from opslib.procedure import Store
from opslib.procedure.store import Conflict, Item

__all__ = ["Hold", "Holds", "Lifted", "Scope"]

Scope = Literal["deploys", "changes"]
"""What a hold stops: deployments, or every change, deployments included."""

_STOPS: Mapping[Scope, frozenset[Scope]] = {
    "deploys": frozenset({"deploys"}),
    "changes": frozenset({"deploys", "changes"}),
}

KEPT = 200
"""How many lifted holds of a target are remembered: some 60 KB of the 400 KB that an item of DynamoDB may have."""

_INDEX = "holds"


class Hold(BaseModel):
    """A target that is held.

    Attributes:
        target: What is held: a plan's target, such as ``ecs:parcel-prod/api``.
        scope: What it stops.
        reason: Why.
        actor: Who set it.
        at: When.
        plan: The plan that set it; empty where a person did.
    """

    model_config = ConfigDict(frozen=True)

    target: str = Field(min_length=1)
    scope: Scope = "deploys"
    reason: str
    actor: str
    at: datetime
    plan: str = ""

    def stops(self, what: Scope) -> bool:
        """Whether it stops deployments, or other changes."""
        return what in _STOPS[self.scope]

    def __str__(self) -> str:
        by = f"{self.actor} (plan {self.plan})" if self.plan else self.actor
        return f"{by} holds {self.target} since {self.at:%Y-%m-%d %H:%M} UTC against {self.scope}: {self.reason}"


class Lifted(BaseModel):
    """A hold that was lifted.

    Attributes:
        hold: The hold.
        actor: Who lifted it.
        reason: Why.
        at: When.
    """

    model_config = ConfigDict(frozen=True)

    hold: Hold
    actor: str
    reason: str
    at: datetime


class _Kept(BaseModel):
    """What is kept of a target."""

    model_config = ConfigDict(frozen=True)

    hold: Hold | None = None
    lifted: tuple[Lifted, ...] = ()


class Holds:
    """The holds in a store; two who write at once are told of each other.

    Every method raises `JournalUnreachable` where the store does not answer.

    Args:
        store: The journal's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, target: str) -> Hold | None:
        """The hold on a target."""
        return self._read(target)[0].hold

    def all(self) -> tuple[Hold, ...]:
        """Every hold, by target."""
        held = (self.get(item.sk) for item in self._store.query(_INDEX))
        return tuple(hold for hold in held if hold is not None)

    def lifted(self, target: str) -> tuple[Lifted, ...]:
        """The holds on a target that were lifted, the oldest first; the last `KEPT` of them."""
        return self._read(target)[0].lifted

    def set(self, hold: Hold) -> Hold:
        """Hold a target. A plan that has set its hold already is given that.

        Raises:
            Overtaken: somebody else holds it, or this plan's hold was lifted again; the message says who.
        """
        kept, item = self._read(hold.target)
        if hold.plan:
            if kept.hold is not None and kept.hold.plan == hold.plan:
                return kept.hold
            for past in kept.lifted:
                if past.hold.plan == hold.plan:
                    raise Overtaken(f"{past.actor} has lifted the hold of plan {hold.plan}: {past.reason}")
        if kept.hold is not None:
            raise Overtaken(str(kept.hold), f"ask them, or lift it: `opslib hold lift {hold.target}`")
        self._list(hold.target)
        self._write(hold.target, kept.model_copy(update={"hold": hold}), item)
        return hold

    def lift(self, target: str, *, actor: str, reason: str, at: datetime, plan: str = "") -> Lifted | None:
        """Lift the hold on a target; who did it and why is kept.

        Args:
            target: What is held.
            actor: Who lifts it.
            reason: Why.
            at: When.
            plan: Only if this plan has set it.

        Returns:
            What was lifted; None: with `plan`, where the target is not held by that plan.

        Raises:
            BadRequest: the target is not held.
            Overtaken: somebody else has written in between.
        """
        kept, item = self._read(target)
        if plan and (kept.hold is None or kept.hold.plan != plan):
            return None
        if kept.hold is None:
            raise BadRequest(f"{target} is not held", "`opslib hold list` says what is")
        lifted = Lifted(hold=kept.hold, actor=actor, reason=reason, at=at)
        self._write(target, _Kept(lifted=(*kept.lifted, lifted)[-KEPT:]), item)
        return lifted

    def _read(self, target: str) -> tuple[_Kept, Item | None]:
        item = self._store.get(f"hold#{target}", "hold")
        return (_Kept() if item is None else _Kept.model_validate(item.value)), item

    def _list(self, target: str) -> None:
        if self._store.get(_INDEX, target) is None:
            try:
                self._store.put(_INDEX, target, {}, expected=None)
            except Conflict:
                return  # somebody else has listed it

    def _write(self, target: str, kept: _Kept, item: Item | None) -> None:
        value: dict[str, Any] = kept.model_dump(mode="json")
        try:
            self._store.put(f"hold#{target}", "hold", value, expected=item.version if item else None)
        except Conflict:
            now = self.get(target)
            who = str(now) if now else f"somebody else has just lifted the hold on {target}"
            raise Overtaken(who, "look again: `opslib hold list`") from None
