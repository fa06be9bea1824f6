"""What a step can say of the world, and the one thing that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Call",
    "Facts",
    "Foreign",
    "Impossible",
    "KnownAfter",
    "Needed",
    "Observation",
    "Repeat",
    "Satisfied",
    "Waiting",
]

Facts = Mapping[str, Any]
"""What is worth remembering of the world, in JSON types."""

Repeat = Literal["idempotent", "token", "look_up_first"]
"""How a call may be repeated when nobody knows whether it was applied: its repetition changes nothing; it carries a
token by which AWS knows it again; or its effect is looked for before it is sent again."""


@dataclass(frozen=True, slots=True)
class Call:
    """The only thing that changes the world; it is sent by the gate and by nothing else.

    Attributes:
        port: Where it goes: ``ecs``, ``rds`` … for AWS, ``http``, ``command`` …
        operation: What it is called there, such as ``UpdateService``.
        parameters: In JSON types.
        repeat: How it may be repeated.
        secret: Names of the parameters that no journal, report or log may show.
    """

    port: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    repeat: Repeat = "idempotent"
    secret: frozenset[str] = frozenset()

    def shown(self) -> dict[str, Any]:
        """The parameters as they may be shown and kept."""
        return {name: "[secret]" if name in self.secret else value for name, value in self.parameters.items()}

    def __str__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.shown().items())
        return f"{self.port}:{self.operation}({given})"


@dataclass(frozen=True, slots=True)
class Satisfied:
    """The world is as the step wants it."""

    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Needed:
    """The world is not yet so, and this call makes it so.

    Attributes:
        call: The exact call.
        before: The world as it is now: what undoing goes back to, and what a resumed step compares with.
    """

    call: Call
    before: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """It is on its way.

    Attributes:
        why: What is being waited for.
        look_again_seconds: When looking again is worth it.
        not_before_seconds: When it is not yet worth it, where the service asked to be left alone.
    """

    why: str
    look_again_seconds: float = 5.0
    not_before_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class KnownAfter:
    """It cannot be said until an earlier step has run.

    Attributes:
        step_id: That step.
        call: The call as far as it is known, with ``<known after STEP>`` where a value comes later: for a dry run.
    """

    step_id: str
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody else changed it: the world is neither as it was nor as it should be."""

    expected: Facts
    found: Facts


@dataclass(frozen=True, slots=True)
class Impossible:
    """It cannot be reached any more, however long one waits."""

    why: str


Observation = Satisfied | Needed | Waiting | KnownAfter | Foreign | Impossible

_SHOWN_CHARACTERS = 80


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
