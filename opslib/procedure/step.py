"""A step: one thing that should become true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from opslib.procedure.observation import Facts, Observation

__all__ = ["Intent", "MayCall", "Part", "Read", "Step"]

Part = Literal["identify", "prepare", "execute", "validate", "document"]
"""The five parts of every rollback, in order."""


class Intent(BaseModel):
    """What was about to be done, written before it was.

    Attributes:
        at: When, by the clock of whoever did it.
        attempt: The how-many-th time, from 1.
        before: The world as it was.
        call: The call, as it may be shown.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    attempt: int = Field(ge=1)
    before: dict[str, Any] = Field(default_factory=dict)
    call: str = ""


@dataclass(frozen=True, slots=True)
class MayCall:
    """An operation that a step may ask for, in any of its lives: looking, acting, undoing.

    Attributes:
        port: The port.
        operation: AWS's name of it; of `iam`, the action that AWS asks about on the way, such as ``PassRole``.
        resources: The ARNs that it is about, or ``*`` where AWS knows no narrower way.
    """

    port: str
    operation: str
    resources: tuple[str, ...] = ("*",)


class Read(Protocol):
    """Reads the world. An answer is remembered until the next call or wait, so that looking twice costs one call."""

    def __call__(self, port: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Ask a port something that changes nothing.

        Raises:
            NotNow: the port does not say now (throttled, unreachable): look again later.
            Declined: the port refuses to say; its code is among the error's attributes.
        """
        ...


class Step(BaseModel, ABC):
    """One thing that should become true. Subclasses are data, and say how to see it and how to undo it.

    Attributes:
        kind: The name in the catalog under which it comes back from JSON.
        version: The version of that kind.
        id: Its name within the plan.
        title: For people: what becomes true.
        part: Which part of the procedure it belongs to.
        timeout_seconds: How long it may wait, from when it was first looked at.
        settle_seconds: How long the service's reads may be stale: a call that was sent is not sent again before.
        final: The point of no return: once it is done the plan has reached what it is for. What fails later undoes
            nothing; the rest is still done, and a person is told.
        loan: It only borrows, and the plan gives it back itself: also when somebody else has changed what the plan is
            about, and nothing else may be undone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    nothing_to_undo: ClassVar[bool] = False
    """Whether what it does needs no undoing, such as a message that was sent."""

    kind: str
    version: int = 1
    id: str
    title: str
    part: Part = "execute"
    timeout_seconds: float = Field(default=900, gt=0)
    settle_seconds: float = Field(default=0, ge=0)
    final: bool = False
    loan: bool = False

    @abstractmethod
    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Look, and say how the world is. It changes nothing.

        Args:
            read: Reads the world.
            known: The facts of the steps that are done, by their ids.
            intent: What this step was about to do, if it got so far.
        """

    def undo(self, known: Mapping[str, Facts], before: Facts) -> Step | None:
        """The step that goes back to how it was; None where there is no way back, or nothing to go back to.

        Args:
            known: The facts of the steps that are done.
            before: What was recorded before this step's call.
        """
        del known, before
        return None

    def may_call(self) -> tuple[MayCall, ...]:
        """What it may ask for or send, undoing included: what has to be allowed before the plan begins."""
        return ()
