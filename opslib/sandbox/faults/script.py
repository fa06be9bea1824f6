"""The script of faults in the server: which of them befall a call, in what order, and what fired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from opslib.sandbox.answer import Answer
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.faults.act import ACTS, Scene
from opslib.sandbox.faults.fault import ArmedFault, Fault, Fired, Match, Script
from opslib.sandbox.faults.past import Past

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["FaultScript"]


@dataclass
class _Armed:
    """A fault, the calls it fitted, those of them that were chosen, and those that it befell.

    Not every chosen call is befallen: an earlier fault of the script may refuse it first.
    """

    number: int
    fault: Fault
    fitting: int = 0
    chosen: int = 0
    fired: int = 0


@dataclass
class _Held:
    """What the script holds; replaced as a whole when it is cleared."""

    armed: list[_Armed] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)


class FaultScript:
    """The faults that are armed. Thread-safe.

    Args:
        account: The account whose calls they befall.

    Attributes:
        pid: The process that `kill_before` and `kill_after` kill where the call does not name it.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = Lock()
        self._held = _Held()
        self._past = Past(account)
        self.pid: int | None = None

    def arm(self, faults: tuple[Fault, ...]) -> None:
        """Add faults behind those that are armed; they count calls from now on."""
        with self._lock:
            for fault in faults:
                self._held.armed.append(_Armed(len(self._held.armed) + 1, fault))

    def clear(self) -> None:
        """Disarm all faults, and forget what fired, what reads answered, and whom to kill."""
        with self._lock:
            self._held = _Held()
            self._past = Past(self._account)
            self.pid = None

    def told(self) -> Script:
        """The script and what fired so far."""
        with self._lock:
            return Script(
                faults=tuple(
                    ArmedFault(number=armed.number, fault=armed.fault, fitting=armed.fitting, fired=armed.fired)
                    for armed in self._held.armed
                ),
                fired=tuple(sorted(self._held.fired, key=lambda fired: fired.sequence)),
            )

    def around(self, arrival: Arrival, proceed: Callable[[], Answer]) -> Answer:
        """Answer a call, by way of the faults that befall it.

        Args:
            arrival: The call.
            proceed: Applies the call, and answers it.

        Raises:
            ConnectionCut: There is to be no answer.
        """
        held = self._held
        if not held.armed:
            return proceed()
        befalling = self._choose(held, arrival)
        past = self._past
        if stale := [armed.fault for armed in held.armed if armed.fault.kind == "stale"]:
            past.before(arrival, longest_seconds=max(fault.lasts_seconds for fault in stale))
        for armed in reversed(befalling):  # the first of the script is to be the outermost
            scene = Scene(self._account, armed.fault, arrival, proceed, self._note(held, armed, arrival), past)
            proceed = partial(ACTS[armed.fault.kind], scene)
        answer = proceed()
        past.note(arrival, answer)
        return answer

    def _choose(self, held: _Held, arrival: Arrival) -> list[_Armed]:
        """The faults that befall a call; each that it fits counts it."""
        fitting = [armed for armed in held.armed if fits(armed.fault.match, arrival)]
        chosen = []
        with self._lock:
            for armed in fitting:
                armed.fitting += 1
                if self._chooses(armed, arrival):
                    armed.chosen += 1
                    chosen.append(armed)
        return chosen

    def _chooses(self, armed: _Armed, arrival: Arrival) -> bool:
        match = armed.fault.match
        if match.nth is not None:
            return match.nth <= armed.fitting < match.nth + (match.times or 1)
        if match.times is not None and armed.chosen >= match.times:
            return False
        if match.sequences is not None:
            return match.sequences[0] <= arrival.sequence <= match.sequences[1]
        return match.probability is None or self._account.random.random() < match.probability

    def _note(self, held: _Held, armed: _Armed, arrival: Arrival) -> Callable[[str], None]:
        """What takes down that a fault fired: in the script that it is of, even if that was cleared meanwhile."""

        def happened(detail: str) -> None:
            fired = Fired(
                sequence=arrival.sequence,
                at=self._account.clock.now(),
                number=armed.number,
                kind=armed.fault.kind,
                service=arrival.service,
                operation=arrival.operation,
                actor=arrival.actor,
                detail=detail,
            )
            with self._lock:
                armed.fired += 1
                held.fired.append(fired)

        return happened


def fits(match: Match, arrival: Arrival) -> bool:
    """Whether a call fits every field of a match, those left aside that choose among fitting calls.

    Args:
        match: The match.
        arrival: The call.
    """
    return (
        match.service in (None, arrival.service)
        and match.operation in (None, arrival.operation)
        and match.actor in (None, arrival.actor)
        and (arrival.mutating or not match.mutating_only)
        and all(
            name in arrival.parameters and arrival.parameters[name] == value for name, value in match.parameters.items()
        )
    )
