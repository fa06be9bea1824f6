"""A minute of a script: what every step from the requests to the samples is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.settings import TrafficSettings

__all__ = ["Occasion"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One minute.

    Attributes:
        script: The traffic.
        settings: Its limits.
        now: When the minute begins.
        started: When the script was started.
        random: Where chance comes from.
    """

    script: TrafficScript
    settings: TrafficSettings
    now: datetime
    started: datetime
    random: Random
