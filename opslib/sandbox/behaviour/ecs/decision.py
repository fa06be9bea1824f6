"""What a service's scheduler does next: how many tasks it starts, and which it stops. Pure.

AWS, "Deploy Amazon ECS services by replacing tasks" and DeploymentConfiguration: at least minimumHealthyPercent of the
desired tasks stay healthy (rounded up), at most maximumPercent run or start (rounded down); new tasks are started first
where there is room, and what is unhealthy is stopped to make room where there is none. Where AWS leaves a choice, this
scheduler stops a healthy old task only when a healthy new one stands for it, or when there is no other way to go on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from opslib.sandbox.behaviour.ecs.model import Task

__all__ = ["Move", "Standing", "decide", "stand"]

_WHOLE = 100


@dataclass(frozen=True)
class Standing:
    """What the scheduler sees: the tasks that are to run, the oldest first.

    Attributes:
        desired: How many tasks the service wants.
        least: How many must stay healthy while it rolls out.
        most: How many may run or start.
        may_start: Whether the primary deployment may start tasks: not one that failed.
        healthy: The primary deployment's healthy tasks.
        starting: Those that are not healthy yet.
        unhealthy: Those that failed their health checks.
        old_healthy: The healthy tasks of other deployments.
        old_rest: The others of other deployments.
    """

    desired: int
    least: int
    most: int
    may_start: bool
    healthy: tuple[Task, ...]
    starting: tuple[Task, ...]
    unhealthy: tuple[Task, ...]
    old_healthy: tuple[Task, ...]
    old_rest: tuple[Task, ...]

    @property
    def total(self) -> int:
        """All tasks that are to run."""
        return sum(map(len, (self.healthy, self.starting, self.unhealthy, self.old_healthy, self.old_rest)))

    @property
    def is_steady(self) -> bool:
        """Whether exactly the desired tasks run, all of them new and healthy."""
        return self.total == len(self.healthy) == self.desired


@dataclass(frozen=True)
class Move:
    """What the scheduler does.

    Attributes:
        start: How many tasks of the primary deployment it starts.
        stop: Which tasks it stops.
        is_stuck: Whether it can do neither, and nothing is under way that would change that.
    """

    start: int
    stop: tuple[Task, ...] = ()
    is_stuck: bool = False


def stand(
    tasks: Iterable[Task],
    primary_id: str,
    desired: int,
    least_percent: int,
    most_percent: int,
    *,
    may_start: bool,
) -> Standing:
    """Sort a service's tasks into what the scheduler looks at.

    Args:
        tasks: All tasks of the service; those that are being stopped are left out.
        primary_id: The primary deployment's id.
        desired: The service's desired count.
        least_percent: minimumHealthyPercent.
        most_percent: maximumPercent.
        may_start: Whether the primary deployment may start tasks.
    """
    wanted = [task for task in tasks if task.is_wanted]
    new = [task for task in wanted if task.deployment_id == primary_id]
    old = [task for task in wanted if task.deployment_id != primary_id]
    return Standing(
        desired=desired,
        least=math.ceil(desired * least_percent / _WHOLE),
        most=math.floor(desired * most_percent / _WHOLE),
        may_start=may_start,
        healthy=tuple(task for task in new if task.health == "healthy"),
        starting=tuple(task for task in new if task.health == "starting"),
        unhealthy=tuple(task for task in new if task.health == "unhealthy"),
        old_healthy=tuple(task for task in old if task.health == "healthy"),
        old_rest=tuple(task for task in old if task.health != "healthy"),
    )


def decide(seen: Standing) -> Move:
    """Decide what to do next."""
    good = len(seen.healthy) + len(seen.starting)
    if good > seen.desired:
        # Scaled in: what is not there yet goes first, then the youngest.
        surplus = (*reversed(seen.starting), *reversed(seen.healthy))[: good - seen.desired]
        return Move(0, (*seen.unhealthy, *surplus))
    if not seen.may_start:
        return Move(0)
    missing = seen.desired - good
    start = min(missing, max(0, seen.most - seen.total))
    blocked = missing - start
    stop: list[Task] = []
    if len(seen.healthy) >= seen.desired:
        stop += (*seen.unhealthy, *seen.old_rest)
    else:
        stop += (*seen.old_rest, *seen.unhealthy)[:blocked]
    blocked -= len(stop)
    # Healthy old tasks: as many as new ones stand for, and what is needed to make room, never below the least.
    spare = len(seen.healthy) + len(seen.old_healthy) - seen.least
    replaced = len(seen.old_healthy) - max(0, seen.desired - len(seen.healthy))
    stop += seen.old_healthy[: max(0, min(spare, max(replaced, blocked)))]
    return Move(start, tuple(stop), is_stuck=missing > 0 and start == 0 and not stop and not seen.starting)
