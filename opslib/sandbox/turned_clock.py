"""The clock of a running sandbox, from the outside: whoever sleeps by it turns it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol

from opslib.errors import BadRequest
from opslib.sandbox.messages import AdvanceClock, ClockReading

__all__ = ["SandboxClock"]

# The clock is turned by as much in the first control request, and by twice as much in the next while that is quick: an
# hour under load takes less than a second, a month minutes, and a month in which nothing happens no time at all.
TURN_SECONDS = 3_600.0
QUICK_SECONDS = 1.0
SLOW_SECONDS = 10.0


class Ask(Protocol):
    """Sends a control request to the sandbox."""

    def __call__(
        self, method: str, path: str, answer: type[ClockReading], message: AdvanceClock | None = None, /
    ) -> ClockReading: ...


class SandboxClock:
    """Read and turned over HTTP. Procedures take it for their clock, and then wait hours in milliseconds.

    Args:
        ask: Sends a control request to the sandbox.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return self._ask("GET", "/clock", ClockReading).now

    def monotonic(self) -> float:
        """Seconds that only go forward; only differences mean anything."""
        return self.now().timestamp()  # the sandbox's clock never turns back

    def sleep(self, seconds: float) -> None:
        """Wait: turn the clock by as much."""
        self.advance(seconds)

    def advance(self, seconds: float) -> datetime:
        """Turn the clock forward, part by part: everything on the way happens, however far it is.

        Args:
            seconds: How far; the clock never turns back.

        Returns:
            The time it is then.

        Raises:
            BadRequest: `seconds` is negative.
        """
        if seconds < 0:
            raise BadRequest(f"the sandbox's clock was to turn back by {-seconds:g} s", "it only turns forward")
        part = TURN_SECONDS
        while seconds > part:
            started = time.monotonic()
            self._turn(part)
            seconds -= part
            taken = time.monotonic() - started
            part *= 2 if taken < QUICK_SECONDS else 0.5 if taken > SLOW_SECONDS else 1
        return self._turn(seconds)

    def _turn(self, seconds: float) -> datetime:
        return self._ask("POST", "/clock", ClockReading, AdvanceClock(advance_seconds=seconds)).now
