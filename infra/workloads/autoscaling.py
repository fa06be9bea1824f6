"""How the desired count of an ECS service follows its load and the hour, as a person writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from infra.workloads.workload import Key
from infra.written import Written
from opslib.monitoring import Band

__all__ = ["ABOVE_TARGET_PERCENT", "Autoscaling", "ScheduledCapacity"]

ABOVE_TARGET_PERCENT = 10
"""How far above its target a service's CPU or memory is when autoscaling no longer keeps up."""

_WHOLE = 100

Count = Annotated[int, Field(ge=1, le=5000)]
Percent = Annotated[float, Field(ge=1, le=100)]


class ScheduledCapacity(Written):
    """From a time of day on, other bounds hold, until another entry sets others.

    Attributes:
        time: The time of day, ``"07:30"``.
        days: The days of the week; every day where none is given.
        zone: The time zone of both.
        minimum: The fewest tasks from then on; as before where it is not given.
        maximum: The most tasks from then on; as before where it is not given.
    """

    time: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    days: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = ()
    zone: str = "UTC"
    minimum: Count | None = None
    maximum: Count | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, KeyError, OSError):
            raise ValueError(f"there is no time zone {zone!r} here") from None
        return zone

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("give a minimum, a maximum, or both")
        return self

    @property
    def expression(self) -> str:
        """The schedule in Application Auto Scaling's words."""
        hour, minute = (int(part) for part in self.time.split(":"))
        days = ",".join(day.upper() for day in self.days)
        return f"cron({minute} {hour} ? * {days} *)" if days else f"cron({minute} {hour} * * ? *)"


class Autoscaling(Written):
    """Target tracking of a service's desired count. With several targets, the one that asks for most tasks counts.

    Attributes:
        minimum: The fewest tasks; two, so that one may fail. Not zero: without a task there is no metric, and silence
            is an outage.
        maximum: The most tasks.
        cpu_target_percent: Average CPU that is held; the warning threshold of the baseline starts there. None: CPU does
            not scale it.
        memory_target_percent: Average memory that is held. Only for what gives memory back when its load falls: what
            keeps it grows to the maximum, and stays there.
        requests_per_target: Requests a minute and target of its load balancer that are held: the first to follow a
            rush, for CPU rises only once it is there.
        scale_in: Whether tasks are also removed. Without, it only grows, and a person makes it smaller.
        scale_in_cooldown_seconds: Wait after removing tasks: five minutes, three times a task's start.
        scale_out_cooldown_seconds: Wait after adding tasks: the time they need to take load.
        schedules: Bounds by the time of day, by name. Once there are some, they alone change the bounds: minimum and
            maximum are those of a new stack, until the first of them.
    """

    minimum: Count = 2
    maximum: Count = 20
    cpu_target_percent: Percent | None = 70
    memory_target_percent: Percent | None = None
    requests_per_target: Annotated[float, Field(gt=0, le=1e9)] | None = None
    scale_in: bool = True
    scale_in_cooldown_seconds: int = Field(default=300, ge=0, le=3600)
    scale_out_cooldown_seconds: int = Field(default=60, ge=0, le=3600)
    schedules: dict[Key, ScheduledCapacity] = Field(default_factory=dict)

    def bands(self, profile: Mapping[str, Band]) -> dict[str, Band]:
        """The bands that a profile's must give way to.

        Target tracking holds CPU or memory at its target, so a warning at the target would ring all day; ten above it
        means that scaling no longer keeps up.

        Args:
            profile: The bands of the workload's profile.
        """
        targets = {"cpuPercent": self.cpu_target_percent, "memoryPercent": self.memory_target_percent}
        found = {}
        for quantity, target in targets.items():
            if target is None:
                continue
            usual = profile[quantity]
            warning = max(usual.warning or 0, target + ABOVE_TARGET_PERCENT)
            critical = usual.critical if usual.critical is not None and usual.critical > warning else None
            if warning < _WHOLE:
                found[quantity] = Band(warning=warning, critical=critical)
        return found

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        if not self.schedules and self.tracks_nothing:
            raise ValueError("nothing to follow: give a target (cpuTargetPercent, …) or schedules")
        for name, entry in self.schedules.items():
            least = entry.minimum if entry.minimum is not None else self.minimum
            most = entry.maximum if entry.maximum is not None else self.maximum
            if least > most:
                raise ValueError(f"schedules.{name}: minimum {least} would be above maximum {most}")
        return self

    @property
    def tracks_nothing(self) -> bool:
        """Whether there is no target, so that only schedules change the bounds."""
        return (self.cpu_target_percent, self.memory_target_percent, self.requests_per_target) == (None, None, None)
