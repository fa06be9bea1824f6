"""A deployment that shifts traffic, as it goes on: two revisions run, weights move, the old one is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from opslib.sandbox.behaviour.ecs import deployments
from opslib.sandbox.behaviour.ecs.model import Deployment, Service, Status, Task
from opslib.sandbox.behaviour.ecs.service_events import say
from opslib.sandbox.behaviour.ecs.staffing import Again, start_with_room, stop_tasks
from opslib.sandbox.behaviour.ecs.traffic_shift import CLEAN_UP, PRE_SCALE_UP, SCALE_UP, Shift, weights
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer.rules import set_weights
from opslib.sandbox.behaviour.load_balancer.targets import refresh_soon

__all__ = ["Moving", "move"]


@dataclass(frozen=True, slots=True)
class Moving:
    """A shift that goes on.

    Attributes:
        world: The region.
        service: The service.
        primary: Its primary deployment.
        shift: That deployment's, which is not over.
        now: The time.
        again: Looks at the service again.
    """

    world: World
    service: Service
    primary: Deployment
    shift: Shift
    now: datetime
    again: Again


def move(moving: Moving) -> None:
    """Let a shift go on as far as it can now."""
    shift = moving.shift
    if shift.entered_at is None:
        _enter(moving)
    _staff(moving)
    while _is_done(moving):
        shift.at += 1
        if shift.is_over:
            deployments.complete(moving.world, moving.service, moving.primary, moving.now)
            say(moving.world, moving.service, "steady", moving.now)
            moving.service.is_steady = True
            return
        _enter(moving)
        _staff(moving)
    if shift.entered_at is not None and shift.step.seconds:
        moving.again(shift.entered_at + timedelta(seconds=shift.step.seconds), "shift")


def _enter(moving: Moving) -> None:
    """Enter a step: the weights of the rules hold from now on."""
    world, revision, step = moving.world, moving.primary.revision, moving.shift.step
    moving.shift.entered_at = moving.now
    for balancer in revision.load_balancers:
        advanced = balancer.get("advancedConfiguration")
        if not advanced:
            continue
        mine, other = balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]
        if revision.uses_alternate:
            mine, other = other, mine
        if step.production is not None:
            share, rest = weights(step.production)
            set_weights(world.account, world.region, advanced["productionListenerRule"], {mine: share, other: rest})
        if step.test and advanced.get("testListenerRule"):
            set_weights(world.account, world.region, advanced["testListenerRule"], {mine: 100, other: 0})
    refresh_soon(world.account, world.region)
    record = moving.service.ongoing
    if record is not None:
        record.lifecycle_stage, record.updated_at = step.stage, moving.now


def _staff(moving: Moving) -> None:
    """Keep as many tasks of each revision as the step wants."""
    stage, desired = moving.shift.step.stage, moving.service.desired_count
    for deployment in list(moving.service.deployments):
        unwanted = PRE_SCALE_UP if deployment is moving.primary else CLEAN_UP
        _keep(moving, deployment, 0 if stage == unwanted else desired)


def _keep(moving: Moving, deployment: Deployment, count: int) -> None:
    wanted = _wanted(moving, deployment)
    failed = [task for task in wanted if task.health == "unhealthy"]
    good = [task for task in wanted if task.health != "unhealthy"]
    stop_tasks(moving.world, moving.service, deployment, [*failed, *good[count:]], moving.now)
    if deployment.rollout_state != "FAILED" and len(good) < count:
        start_with_room(moving.world, moving.service, deployment, count - len(good), moving.now, moving.again)


def _wanted(moving: Moving, deployment: Deployment) -> list[Task]:
    tasks = moving.world.tasks_of(moving.service)
    return [task for task in tasks if task.is_wanted and task.deployment_id == deployment.id]


def _is_done(moving: Moving) -> bool:
    """Whether the step is over."""
    step, entered = moving.shift.step, moving.shift.entered_at
    if step.stage == SCALE_UP:
        healthy = [task for task in _wanted(moving, moving.primary) if task.health == "healthy"]
        return len(healthy) >= moving.service.desired_count
    if step.stage == CLEAN_UP:
        serving = (Status.RUNNING, Status.DEACTIVATING)
        return not any(
            task.is_wanted or task.last_status in serving
            for task in moving.world.tasks_of(moving.service)
            if task.deployment_id != moving.primary.id
        )
    return entered is not None and moving.now >= entered + timedelta(seconds=step.seconds)
