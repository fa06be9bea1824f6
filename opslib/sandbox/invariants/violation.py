"""What is said over HTTP about invariants, both ways."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Good", "InvariantRow", "Invariants", "SwitchOn", "Violation", "Violations"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Violation(_Part):
    """An invariant that does not hold.

    Attributes:
        invariant: Its name.
        sequence: The call after which it did not: its number in the record of calls, 0 for a call that is not in it
            (a colleague's in a script of faults).
        by: `call`: it did not hold when the call was applied. `time`: it ceased to hold later, before the next call.
            `settled`: it did not hold when everything was said to be done.
        at: When, by the sandbox's clock.
        service: The call's service.
        operation: The call's operation.
        actor: Who made the call.
        subject: What it is about: a service as cluster/name, a rule, a task definition, a parameter.
        text: What is wrong.
    """

    invariant: str
    sequence: int
    by: Literal["call", "time", "settled"]
    at: datetime
    service: str = ""
    operation: str = ""
    actor: str = ""
    subject: str
    text: str


class Violations(_Part):
    """All violations since the invariants were switched on, in order."""

    violations: tuple[Violation, ...]


class SwitchOn(_Part):
    """Which invariants hold from now on: their names, or `all`; none switches them off."""

    on: tuple[str, ...]


class InvariantRow(_Part):
    """An invariant.

    Attributes:
        name: Its name.
        meaning: What must be true.
        rule: Why: what AWS does.
        on: Whether it is checked.
    """

    name: str
    meaning: str
    rule: str
    on: bool


class Invariants(_Part):
    """All invariants there are."""

    invariants: tuple[InvariantRow, ...]


class Good(_Part):
    """The revisions of a service that were good, so far as a test knows: what a rollback may go back to.

    Attributes:
        cluster: The service's cluster.
        service: Its name.
        task_definitions: As `family:revision` or ARN; they take the place of those told before.
    """

    cluster: str
    service: str
    task_definitions: tuple[str, ...] = Field(min_length=1)
