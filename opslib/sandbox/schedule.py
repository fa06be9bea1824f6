"""What happens by itself as time goes by: the one place where the sandbox's world moves without being called.

Everything that takes time in AWS (a task that starts, a metric that is published, an alarm that is evaluated) is an
entry here. Entries run in order of their time, each with the clock standing at that time, so that a world turned ahead
by hours passes through the same states, in the same order, as one that waits for them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from threading import RLock

from opslib.sandbox.clock import Clock

__all__ = ["Schedule"]

Happening = Callable[[datetime], None]
"""Something that happens; it is told the time at which it does."""


class Schedule:
    """What will happen, and when.

    One lock guards the world: whatever happens by itself happens while no call is being answered that changes it.

    Args:
        clock: The sandbox's clock.

    Attributes:
        lock: Guards the world.
        watchers: Told after each thing that happened, with its time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[datetime, int, str]] = []
        self._happenings: dict[str, tuple[int, Happening]] = {}
        self._order = count()
        self.lock = RLock()
        self.watchers: list[Happening] = []

    def at(self, when: datetime, happening: Happening, *, key: str) -> None:
        """Let something happen once; what stands under the same key is forgotten.

        Args:
            when: The time; one that has passed means as soon as possible.
            happening: What happens.
            key: Its name, by which it can be moved or cancelled.
        """
        with self.lock:
            entry = next(self._order)
            self._happenings[key] = (entry, happening)
            heapq.heappush(self._entries, (when, entry, key))

    def every(self, period: timedelta, happening: Happening, *, key: str) -> None:
        """Let something happen again and again, at whole multiples of the period since the epoch.

        Args:
            period: The time between.
            happening: What happens.
            key: Its name, by which it can be cancelled.
        """
        seconds = period.total_seconds()

        def once(now: datetime) -> None:
            self.at(now + period, once, key=key)
            happening(now)

        now = self._clock.now()
        self.at(now + timedelta(seconds=seconds - now.timestamp() % seconds), once, key=key)

    def cancel(self, key: str) -> None:
        """Forget what stands under a key, if anything does."""
        with self.lock:
            self._happenings.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self._entries.clear()
            self._happenings.clear()

    def run_due(self) -> None:
        """Let happen what is due by now. Called before each call is answered."""
        if self._entries and self._entries[0][0] <= self._clock.now():
            with self.lock:
                self._run_until(self._clock.now(), turn=False)

    def advance(self, seconds: float) -> datetime:
        """Turn the clock forward through everything that happens on the way.

        Args:
            seconds: How far, at least 0.

        Returns:
            The time it is then.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("the sandbox's clock does not turn back")
        with self.lock:
            target = self._clock.now() + timedelta(seconds=seconds)
            self._run_until(target, turn=True)
            left = (target - self._clock.now()).total_seconds()
            return self._clock.advance(max(left, 0.0))

    def _run_until(self, target: datetime, *, turn: bool) -> None:
        while self._entries and self._entries[0][0] <= target:
            when, entry, key = heapq.heappop(self._entries)
            current = self._happenings.get(key)
            if current is None or current[0] != entry:
                continue  # moved or cancelled since
            del self._happenings[key]
            ahead = (when - self._clock.now()).total_seconds()
            if turn and ahead > 0:
                self._clock.advance(ahead)
            current[1](when)
            for watcher in self.watchers:
                watcher(when)
