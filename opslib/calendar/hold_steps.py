"""Holds in procedures: the port ``hold``, the step that holds a target, and the one that lifts what it set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from opslib.calendar.hold import Hold, Holds, Scope
from opslib.contract import describe
from opslib.errors import JournalUnreachable, Overtaken
from opslib.procedure import (
    Call,
    Clock,
    Declined,
    Facts,
    Foreign,
    Intent,
    Needed,
    NotNow,
    Observation,
    Read,
    Satisfied,
    Step,
    Store,
    Unknown,
)

__all__ = ["HoldLifted", "HoldPort", "HoldSet"]


class HoldPort:
    """The port ``hold``: `Get` reads a target's hold; `Set` and `Lift` change it, each once for each plan.

    Args:
        store: The journal's.
        clock: Time.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._holds = Holds(store)
        self._clock = clock

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """A target's hold, and who has lifted the hold of a plan.

        Args:
            operation: `Get`.
            parameters: `target`, and `plan` if its lifted hold is of interest.

        Returns:
            `hold` and `lifted`, in JSON types; each None where there is none.

        Raises:
            NotNow: the journal does not answer.
        """
        if operation != "Get":
            raise Declined(f"hold:{operation} is nothing that can be read")
        target, plan = parameters["target"], parameters.get("plan", "")
        try:
            hold = self._holds.get(target)
            lifted = [past for past in self._holds.lifted(target) if plan and past.hold.plan == plan]
        except JournalUnreachable as problem:
            raise NotNow(problem.what, problem.next_step) from None
        return {
            "hold": hold.model_dump(mode="json") if hold else None,
            "lifted": lifted[-1].model_dump(mode="json") if lifted else None,
        }

    def send(self, call: Call) -> Mapping[str, Any]:
        """Set a hold, or lift one that the plan has set.

        Raises:
            Declined: it cannot be; nothing was changed.
            NotNow: somebody else was quicker; looking again tells what they did.
            Unknown: the journal did not answer.
        """
        try:
            return self._apply(call.operation, call.parameters)
        except Overtaken as problem:
            raise NotNow(str(problem), again_seconds=1) from None
        except JournalUnreachable as problem:
            raise Unknown(problem.what, problem.next_step) from None
        except ValidationError as problem:
            raise Declined(f"hold:{call.operation}: {describe(problem)}", code="ValidationError") from None

    def _apply(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        now = self._clock.now()
        if operation == "Set":
            return {"hold": self._holds.set(Hold(**parameters, at=now)).model_dump(mode="json")}
        if operation == "Lift":
            lifted = self._holds.lift(**parameters, at=now)
            return {"lifted": lifted.model_dump(mode="json") if lifted else None}
        raise Declined(f"hold:{operation} is nothing that can be done")


class HoldSet(Step):
    """A target is held.

    A hold of somebody else that stops at least as much is as good, and is left alone. One that this plan had set and
    somebody has lifted since stays lifted: they knew better.

    Attributes:
        target: What is held: a plan's target.
        scope: What it stops.
        reason: Why.
        actor: Who holds it.
        plan: The plan that this step is of.
    """

    kind: Literal["calendar.hold"] = "calendar.hold"
    target: str = Field(min_length=1)
    scope: Scope = "deploys"
    reason: str
    actor: str
    plan: str = Field(min_length=1)

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """See `Step.observe`."""
        del known, intent
        found = read("hold", "Get", target=self.target, plan=self.plan)
        if found["hold"] is None:
            if found["lifted"] is not None:
                return Satisfied({"hold": None, "lifted": found["lifted"]})
            wanted = {name: getattr(self, name) for name in ("target", "scope", "reason", "actor", "plan")}
            return Needed(Call("hold", "Set", wanted, repeat="token"), {"hold": None})
        hold = Hold.model_validate(found["hold"])
        if hold.stops(self.scope):
            return Satisfied({"hold": found["hold"]})
        return Foreign({"hold": None}, {"hold": str(hold)})

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step:
        """Lift it, if it is still this plan's."""
        del known, before
        return HoldLifted(
            id=f"undo-{self.id}",
            title=f"{self.target} is not held by this plan",
            part=self.part,
            target=self.target,
            plan=self.plan,
            actor=self.actor,
            reason=f"plan {self.plan} was undone",
        )


class HoldLifted(Step):
    """A target is not held by a plan any more; holds of others stay.

    Attributes:
        target: What was held.
        plan: The plan that held it.
        actor: Who lifts it.
        reason: Why.
    """

    kind: Literal["calendar.hold_lifted"] = "calendar.hold_lifted"
    target: str = Field(min_length=1)
    plan: str = Field(min_length=1)
    actor: str
    reason: str

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """See `Step.observe`."""
        del known, intent
        found = read("hold", "Get", target=self.target, plan=self.plan)
        hold = found["hold"]
        if hold is None or hold["plan"] != self.plan:
            return Satisfied({"hold": hold})
        given = {name: getattr(self, name) for name in ("target", "plan", "actor", "reason")}
        return Needed(Call("hold", "Lift", given, repeat="token"), {"hold": hold})
