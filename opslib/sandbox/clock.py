"""The sandbox's clock: it runs like any other, and tests turn it forward.

In the server's process the whole of Python's time follows it, so every timestamp that moto writes does. Other processes
read it over HTTP (`GET /_sandbox/clock`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

import time_machine

__all__ = ["Clock"]


class Clock:
    """A clock that can be turned forward, never back: AWS's own records are never younger than its present."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ahead_seconds = 0.0
        self._traveller: time_machine.Traveller | None = None

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return datetime.now(UTC)

    @property
    def ahead_seconds(self) -> float:
        """By how much the sandbox is ahead of the machine it runs on."""
        return self._ahead_seconds

    def advance(self, seconds: float) -> datetime:
        """Turn the clock forward; it runs on from there.

        Args:
            seconds: How far, at least 0.

        Returns:
            The time it is then.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("the sandbox's clock does not turn back")
        with self._lock:
            if self._traveller is None:
                # Only from the first turn on is Python's time replaced: a clock nobody turns costs nothing.
                traveller = time_machine.travel(datetime.fromtimestamp(time.time(), UTC), tick=True)
                self._traveller = traveller.start()
            self._traveller.shift(timedelta(seconds=seconds))
            self._ahead_seconds += seconds
            return self.now()
