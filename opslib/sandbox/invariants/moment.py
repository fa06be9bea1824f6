"""A moment at which invariants are checked, and what is remembered from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from opslib.sandbox.answer import Answer, result_of
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.invariants.look import Look, ScalingLook

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Finding", "Memory", "Moment"]


class Finding(NamedTuple):
    """Something that does not hold: what it is about, and what is wrong."""

    subject: str
    text: str


@dataclass
class Memory:
    """What is remembered of a region since the invariants were switched on.

    Attributes:
        before: The region as it was at the last moment.
        first: The region as it was when they were switched on.
        scaling: Its scalable targets then.
        changed_by: Who set the task definition that a service, by cluster/name, is to run.
        seen: What an actor last read that a service was to run, by actor and cluster/name.
        broken_endpoints: The parameters that pointed at no available database at the last moment.
    """

    before: Look
    first: Look
    scaling: Mapping[str, ScalingLook]
    changed_by: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    broken_endpoints: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Moment:
    """The world right after a call was applied, or right after something happened by itself.

    Attributes:
        account: The account.
        region: The region that is looked at.
        before: It, before.
        after: It, now.
        memory: What is remembered of it.
        good: What a test said was good of a service, by cluster/name, as `family:revision`.
        call: The call that was applied; None after something that happened by itself, and when all is settled.
        answer: Its answer; it was not refused.
    """

    account: Account
    region: str
    before: Look
    after: Look
    memory: Memory
    good: Mapping[str, set[str]]
    call: Arrival | None = None
    answer: Answer | None = None

    def is_call_of(self, service: str, *operations: str) -> bool:
        """Whether the call is one of these."""
        return self.call is not None and self.call.service == service and self.call.operation in operations

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The call's parameters, under AWS's names; none without a call."""
        return {} if self.call is None else self.call.parameters

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """What the call was answered, under AWS's names; nothing without a call."""
        return {} if self.call is None or self.answer is None else result_of(self.call.request, self.answer)
