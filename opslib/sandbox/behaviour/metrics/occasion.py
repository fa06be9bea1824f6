"""One alarm at one moment: what everything that follows from it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.world import AlarmKey, World

__all__ = ["Occasion"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """An alarm, and the time at which something happens to it.

    Attributes:
        world: Metrics and alarms.
        place: Where the alarm is.
        alarm: moto's record of it.
        at: When.
    """

    world: World
    place: Place
    alarm: Any
    at: datetime

    @property
    def key(self) -> AlarmKey:
        """Account, region and name of the alarm."""
        return self.place.account_id, self.place.region, self.alarm.name
