"""The states of an alarm over time, run by run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opslib.monitoring.evaluate import State

__all__ = ["ALARM", "INSUFFICIENT_DATA", "OK", "STATES", "Codes", "Moments", "Timeline"]

Codes = NDArray[np.int8]
Moments = NDArray[np.int64]

STATES: Final[tuple[State, ...]] = ("OK", "ALARM", "INSUFFICIENT_DATA")
"""The state that each code stands for."""

OK: Final = 0
ALARM: Final = 1
INSUFFICIENT_DATA: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """An alarm's states, each run of one state once.

    Attributes:
        starts: When each run begins, in seconds since 1970; the first is where the replay begins. An alarm that is
            evaluated in that very moment has a first run without length.
        states: The state of each run, as a code; no two neighbours are alike.
        end: Where the replay ends.
    """

    starts: Moments
    states: Codes
    end: int

    @classmethod
    def of(cls, times: Moments, states: Codes, *, since: int, end: int) -> Timeline:
        """From the state after each evaluation; before the first, there is not enough data.

        Args:
            times: When it was evaluated, in order.
            states: What came out.
            since: Where the replay begins, at or before the first evaluation.
            end: Where it ends.
        """
        codes = np.concatenate((np.array([INSUFFICIENT_DATA], np.int8), states))
        changed = np.flatnonzero(codes[1:] != codes[:-1])
        starts = np.concatenate((np.array([since], np.int64), times[changed]))
        runs = np.concatenate((codes[:1], states[changed]))
        return cls(starts, runs, end)

    @property
    def changes(self) -> tuple[Moments, Codes]:
        """When it changed, and into what."""
        return self.starts[1:], self.states[1:]

    def runs(self, state: int) -> tuple[Moments, Moments]:
        """Starts and ends of the runs of one state."""
        ends = np.append(self.starts[1:], np.int64(self.end))
        chosen = self.states == state
        return self.starts[chosen], ends[chosen]

    def seconds_in(self, state: int) -> int:
        """How long it was in a state."""
        starts, ends = self.runs(state)
        return int((ends - starts).sum())

    def at(self, times: Moments) -> Codes:
        """Its state at each of some moments, none of them before the first."""
        found: Codes = self.states[np.searchsorted(self.starts, times, side="right") - 1]
        return found
