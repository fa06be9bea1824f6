"""Calls held against recorded incidents.

A *call* is a moment at which an alarm told somebody, or would have if it acted by itself: when it went into ALARM, and
not that it already was. An alarm that is always on tells nothing, so it detects nothing here.

The incidents given are taken to be all there were: a call that belongs to none of them was a false one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np

from opslib.monitoring.backtest.history import seconds
from opslib.monitoring.backtest.incidents import Incident
from opslib.monitoring.backtest.timeline import Moments

__all__ = ["EARLY_SECONDS", "STACK", "Calls", "Judgement", "judged"]

EARLY_SECONDS: Final = 900
"""A call this long before the recorded start belongs to the incident: people write down a start when they notice it."""

STACK: Final = "stack"
"""The workload of alarms that speak for all workloads: every incident concerns them."""


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls of one alarm.

    Attributes:
        workload: What it watches.
        times: When it called, in seconds since 1970, in order.
        late_seconds: How long after an incident's end a call still belongs to it: the length of the alarm's window,
            whose points are those of the incident.
    """

    workload: str
    times: Moments
    late_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What calls were worth.

    Attributes:
        detected: The incidents that were told: there was a call from 15 minutes before the start until the end.
        missed: The others.
        true_calls: Calls that belong to an incident.
        false_calls: Calls that belong to none.
        delays_seconds: For each detected incident, from its start to the first call; 0 where that came before.
    """

    detected: tuple[Incident, ...]
    missed: tuple[Incident, ...]
    true_calls: int
    false_calls: int
    delays_seconds: tuple[int, ...]

    @property
    def precision(self) -> float | None:
        """The share of calls that belong to an incident; None without calls."""
        calls = self.true_calls + self.false_calls
        return self.true_calls / calls if calls else None

    @property
    def recall(self) -> float | None:
        """The share of incidents that were told; None without incidents."""
        incidents = len(self.detected) + len(self.missed)
        return len(self.detected) / incidents if incidents else None

    @property
    def delay_seconds(self) -> float | None:
        """The median delay; None where nothing was detected."""
        return median(self.delays_seconds) if self.delays_seconds else None

    def document(self) -> dict[str, Any]:
        """The judgement in JSON types."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "delaySeconds": self.delay_seconds,
            "trueCalls": self.true_calls,
            "falseCalls": self.false_calls,
            "detected": [incident.document() for incident in self.detected],
            "missed": [incident.document() for incident in self.missed],
        }


def judged(calls: Sequence[Calls], incidents: Sequence[Incident]) -> Judgement:
    """Hold the calls of one or more alarms, together, against incidents.

    Args:
        calls: The calls of each alarm; each is held against the incidents of its own workload.
        incidents: Those that they should have told; those that concern none of them count as missed.
    """
    firsts: dict[Incident, int] = {}
    true = total = 0
    for one in calls:
        belongs = np.zeros(len(one.times), np.bool_)
        for incident in incidents:
            if one.workload != STACK and not incident.concerns(one.workload):
                continue
            start, end = seconds(incident.start), seconds(incident.end)
            first, last, late = np.searchsorted(one.times, (start - EARLY_SECONDS, end + 1, end + one.late_seconds + 1))
            belongs[first:late] = True
            if first < last:
                called = int(one.times[first])
                firsts[incident] = min(firsts.get(incident, called), called)
        true += int(belongs.sum())
        total += len(one.times)
    detected = tuple(incident for incident in incidents if incident in firsts)
    return Judgement(
        detected=detected,
        missed=tuple(incident for incident in incidents if incident not in firsts),
        true_calls=true,
        false_calls=total - true,
        delays_seconds=tuple(max(firsts[incident] - seconds(incident.start), 0) for incident in detected),
    )
