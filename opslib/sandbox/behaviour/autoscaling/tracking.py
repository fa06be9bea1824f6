"""Target tracking's arithmetic: from what there is and what was measured to what there should be. Pure.

Source: Application Auto Scaling's user guide, "How target tracking scaling works", and the developer guide of ECS,
"Target tracking": capacity in proportion to the metric; out as far as needed, in as far as the target still holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Bounds", "Cooldown", "Limits", "proportional", "scaled_in", "scaled_out"]

_ROUNDING = 1e-9  # 3 x 70 / 70 is three


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which capacities a target may be scaled."""

    least: int
    most: int

    def hold(self, capacity: int) -> int:
        """The capacity, or the bound that it is beyond."""
        return max(self.least, min(self.most, capacity))


@dataclass(frozen=True, slots=True)
class Cooldown:
    """The last time that a target was scaled in one direction.

    Attributes:
        until: Until when the cool-down lasts.
        before: The capacity before the first that it counts for.
        after: The capacity it was set to.
    """

    until: datetime
    before: int
    after: int

    @classmethod
    def of(cls, at: datetime, seconds: float, before: int, after: int) -> Cooldown:
        """A cool-down that begins."""
        return cls(at + timedelta(seconds=seconds), before, after)


@dataclass(frozen=True, slots=True)
class Limits:
    """What keeps a policy from doing as its metric says.

    Attributes:
        bounds: Minimum and maximum.
        at: The time.
        last: The last time that the target was scaled in the same direction.
    """

    bounds: Bounds
    at: datetime
    last: Cooldown | None = None

    @property
    def cooling(self) -> Cooldown | None:
        """The cool-down that has not ended."""
        return self.last if self.last is not None and self.at < self.last.until else None


def proportional(capacity: int, measured: float, target: float) -> int:
    """The least capacity with which the metric would be at most at its target."""
    return math.ceil(capacity * measured / target - _ROUNDING)


def scaled_out(now: int, measured: float, target: float, limits: Limits) -> int:
    """The capacity after a high alarm; `now` when nothing is to be done.

    AWS, on ScaleOutCooldown: the capacity "won't increase … again unless either a larger scale out is triggered or the
    cooldown period ends": within it, what was added is part of what is asked for. AWS, on ECS: a service that was set
    below its minimum goes up to it; one above its maximum is left alone.

    Args:
        now: The capacity.
        measured: The metric.
        target: What it should be.
        limits: What holds it back.
    """
    if now > limits.bounds.most:
        return now
    basis = min(limits.cooling.before, now) if limits.cooling is not None else now
    return max(limits.bounds.hold(proportional(basis, measured, target)), now)


def scaled_in(now: int, measured: float, target: float, limits: Limits) -> int:
    """The capacity after a low alarm; `now` when nothing is to be done.

    AWS: the cool-down after scaling in blocks scaling in; a service below its minimum is left alone; one above its
    maximum goes down to it first.

    Args:
        now: The capacity.
        measured: The metric.
        target: What it should be.
        limits: What holds it back.
    """
    if now <= limits.bounds.least or limits.cooling is not None:
        return now
    return min(now, limits.bounds.hold(proportional(now, measured, target)))
