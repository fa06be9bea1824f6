"""Every fault at every call: the cases that a procedure is proven with, from the calls of a run without faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from opslib.sandbox.faults.fault import Fault, Kind, Match

__all__ = ["MATRIX", "Case", "RecordedCall", "cases"]

# The kinds that say something about any call, and need nothing told beside it.
MATRIX: tuple[Kind, ...] = (
    "throttle",
    "internal_error",
    "timeout",
    "lost_response",
    "dropped",
    "kill_before",
    "kill_after",
)


class RecordedCall(Protocol):
    """What is needed of a call: `Sandbox.calls()` gives such."""

    @property
    def service(self) -> str:
        """The name botocore has for the service."""

    @property
    def operation(self) -> str:
        """The operation's name."""

    @property
    def mutating(self) -> bool:
        """Whether such a call can change anything."""


@dataclass(frozen=True)
class Case:
    """One call of a run, and what goes wrong with it in this case.

    Attributes:
        index: The call's place in the run without faults, from 0.
        fault: The fault, for exactly that call: the n-th of its operation.
    """

    index: int
    fault: Fault

    def __str__(self) -> str:
        match = self.fault.match
        return f"{self.index}-{self.fault.kind}-{match.service}-{match.operation}-{match.nth}"


def cases(
    calls: Iterable[RecordedCall],
    kinds: Collection[Kind] = MATRIX,
    *,
    mutating_only: bool = False,
    throttled_times: int = 1,
) -> Iterator[Case]:
    """Every call of a run with every kind of fault.

    A call is found again by being the n-th of its operation, not by its sequence number: a retried or repeated call
    before it does not move it.

    Args:
        calls: The calls of a run without faults, in order.
        kinds: The kinds of faults; not `interfere`, which needs to be told what the colleague does.
        mutating_only: Leave reads alone.
        throttled_times: How often in a row a call is throttled or meets an internal error; more than the client's
            attempts makes it fail.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for index, call in enumerate(calls):
        counted[call.service, call.operation] += 1
        if mutating_only and not call.mutating:
            continue
        for kind in kinds:
            if kind == "stale" and call.mutating:
                continue
            times = throttled_times if kind in ("throttle", "internal_error") else 1
            nth = counted[call.service, call.operation]
            yield Case(
                index,
                Fault(kind=kind, match=Match(service=call.service, operation=call.operation, nth=nth, times=times)),
            )
