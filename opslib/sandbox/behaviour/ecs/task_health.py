"""Whether a task counts as healthy: by its load balancers, by its containers' health checks, or by having run a while.

AWS, DeploymentConfiguration: a task behind a load balancer counts once its targets and its containers are healthy; one
with container health checks once those are; one with neither 40 seconds after it is RUNNING.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from opslib.sandbox.behaviour.ecs.model import Change, Status, Task, TaskHealth
from opslib.sandbox.behaviour.ecs.shapes import health_status
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer import targets

__all__ = ["begin", "judge", "set_answers"]

# AWS, HealthCheck of a container definition: the defaults.
_INTERVAL_SECONDS = 30
_RETRIES = 3
_START_PERIOD_SECONDS = 0

CONTAINER_TROUBLE = "Task failed container health checks"
TARGET_TROUBLE = "Task failed ELB health checks in (target-group {})"


def begin(world: World, task: Task, now: datetime) -> None:
    """Begin to look at a task that has just come to run; its application does not answer yet."""
    task.answers = False
    _look_at_containers(world, task, now)
    _judge_at(world, task, now + timedelta(seconds=world.settings.no_health_check_seconds))


def set_answers(world: World, task: Task, now: datetime, *, answers: bool) -> None:
    """Say that a task's application passes health checks from now on, or no longer does."""
    if task.answers == answers or task.last_status not in (Status.RUNNING, Status.DEACTIVATING):
        return
    task.answers = answers
    for group_arn, port in task.targets:
        target = targets.find(world.account, world.region, group_arn, task.ip, port)
        if target is not None:
            targets.set_answers(world.account, world.region, target, now, answers=answers)
    _look_at_containers(world, task, now)


def judge(world: World, task: Task, now: datetime) -> None:
    """Say whether a task counts as healthy now, and tell of it when that has changed."""
    if task.last_status is not Status.RUNNING or not task.is_wanted or task.started_at is None:
        return
    health, trouble = _seen(world, task, now)
    if health == "unhealthy":
        service = world.services.get(task.service) if task.service else None
        grace_ends = task.started_at + timedelta(seconds=service.grace_seconds if service else 0)
        if now < grace_ends:
            _judge_at(world, task, grace_ends)
            health, trouble = "starting", ""
    if health == task.health:
        return
    task.health, task.health_trouble = health, trouble
    if health == "healthy":
        task.was_healthy = True
        world.tell(world, task, Change.HEALTHY, now)
    elif health == "unhealthy":
        world.tell(world, task, Change.UNHEALTHY, now)


def _seen(world: World, task: Task, now: datetime) -> tuple[TaskHealth, str]:
    """What its health checks say, whatever the grace period."""
    containers = health_status(task)
    if containers == "UNHEALTHY":
        return "unhealthy", CONTAINER_TROUBLE
    waits = containers == "UNKNOWN" and any(container.health_check for container in task.containers)
    for group_arn, port in task.targets:
        target = targets.find(world.account, world.region, group_arn, task.ip, port)
        if target is not None and target.health == "unhealthy":
            return "unhealthy", TARGET_TROUBLE.format(group_arn)
        waits = waits or target is None or target.health != "healthy"
    if not task.targets and containers == "UNKNOWN" and task.started_at is not None:
        waits = waits or now < task.started_at + timedelta(seconds=world.settings.no_health_check_seconds)
    return ("starting" if waits else "healthy"), ""


def _judge_at(world: World, task: Task, when: datetime) -> None:
    world.account.schedule.at(when, lambda now: judge(world, task, now), key=world.key(f"task/{task.id}/judge/{when}"))


def _look_at_containers(world: World, task: Task, now: datetime) -> None:
    """Schedule what the containers' health checks will find, if nothing changes until then."""
    checked = [container for container in task.containers if container.health_check]
    if not checked or task.started_at is None:
        return
    interval = max(float((c.health_check or {}).get("interval") or _INTERVAL_SECONDS) for c in checked)
    if task.answers:
        past = (now - task.started_at).total_seconds() // interval
        when = task.started_at + timedelta(seconds=interval * (past + 1))
    else:
        retries = max(int((c.health_check or {}).get("retries") or _RETRIES) for c in checked)
        start = max(float((c.health_check or {}).get("startPeriod") or _START_PERIOD_SECONDS) for c in checked)
        when = max(now, task.started_at + timedelta(seconds=start)) + timedelta(seconds=interval * retries)
    world.account.schedule.at(
        when, lambda at: _containers_are(world, task, at), key=world.key(f"task/{task.id}/containers")
    )


def _containers_are(world: World, task: Task, now: datetime) -> None:
    for container in task.containers:
        if container.health_check:
            container.health = "HEALTHY" if task.answers else "UNHEALTHY"
    judge(world, task, now)
