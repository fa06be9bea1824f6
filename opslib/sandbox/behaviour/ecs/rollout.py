"""What a service does as things change: looks at its tasks, starts and stops some, notes how its deployment goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from opslib.sandbox.behaviour.ecs import deployments, shifting
from opslib.sandbox.behaviour.ecs.decision import Move, decide, stand
from opslib.sandbox.behaviour.ecs.model import Change, Deployment, Service, Status, Task
from opslib.sandbox.behaviour.ecs.service_events import say
from opslib.sandbox.behaviour.ecs.staffing import listed, start_with_room, stop_tasks
from opslib.sandbox.behaviour.ecs.task_health import CONTAINER_TROUBLE
from opslib.sandbox.behaviour.ecs.task_life import SCALING, stop
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer import targets

__all__ = ["reconsider", "task_changed", "watch_alarms"]

_DEPLOYED_BY_OTHERS = "EXTERNAL"


def reconsider(world: World, service: Service, when: datetime, why: str = "now") -> None:
    """Look at a service at some time: as soon as possible, or once there may be something to do."""
    key = world.key(f"service/{service.cluster}/{service.name}/{why}")
    world.account.schedule.at(when, lambda now: _reconcile(world, service, now), key=key)


def task_changed(world: World, task: Task, change: Change, now: datetime) -> None:
    """Let a task's service know of a change of the task."""
    if change is Change.STOPPED:
        for waiting in world.services.values():
            if waiting.waits_for_room:
                reconsider(world, waiting, now)
    service = world.services.get(task.service) if task.service else None
    if service is None:
        return
    deployment = next(service.deployments_of(task.deployment_id), None)
    follow = _FOLLOW.get(change)
    if deployment is not None and follow is not None:
        follow(world, service, deployment, task, now)
    if change is Change.DRAINED:
        _tell_of_stop_soon(world, service, task, now)
    reconsider(world, service, now)


def _not_started(world: World, service: Service, deployment: Deployment, _: Task, now: datetime) -> None:
    deployments.count_failure(world, service, deployment, now)
    settings = world.settings
    deployment.start_failures += 1
    beyond = deployment.start_failures - settings.impaired_after_failures
    if beyond >= 0:
        say(world, service, "impaired", now)
        delay = min(settings.longest_restart_delay_seconds, settings.first_restart_delay_seconds * 2 ** min(beyond, 20))
        deployment.start_not_before = now + timedelta(seconds=delay)


def _running(world: World, service: Service, deployment: Deployment, task: Task, now: datetime) -> None:
    deployment.start_failures, deployment.start_not_before = 0, None
    for group_arn, _ in task.targets:
        say(world, service, "registered", now, count=1, group=group_arn)


def _healthy(_: World, service: Service, deployment: Deployment, __: Task, ___: datetime) -> None:
    deployments.reset_failures(service, deployment)


def _unhealthy(world: World, service: Service, deployment: Deployment, task: Task, now: datetime) -> None:
    if task.health_trouble == CONTAINER_TROUBLE:
        say(world, service, "unhealthy container", now, task=task.id)
    else:
        for group_arn, port in task.targets:
            target = targets.find(world.account, world.region, group_arn, task.ip, port)
            if target is not None and target.health == "unhealthy":
                reason = targets.failed_codes(target)
                say(world, service, "unhealthy target", now, port=port, group=group_arn, reason=reason)
    deployments.count_failure(world, service, deployment, now)


def _exited(world: World, service: Service, deployment: Deployment, task: Task, now: datetime) -> None:
    # AWS, knowledge centre, "ECS deployment circuit breaker doesn't roll back": a task that started, passed its health
    # checks and then stopped may not count.
    if not task.was_healthy:
        deployments.count_failure(world, service, deployment, now)


_FOLLOW: dict[Change, Callable[[World, Service, Deployment, Task, datetime], None]] = {
    Change.NOT_STARTED: _not_started,
    Change.RUNNING: _running,
    Change.HEALTHY: _healthy,
    Change.UNHEALTHY: _unhealthy,
    Change.EXITED: _exited,
}


def _tell_of_stop_soon(world: World, service: Service, task: Task, now: datetime) -> None:
    """Tasks that stop at one time are told of in one line."""
    service.ended_drains.append(task.id)

    def tell(when: datetime) -> None:
        ids, service.ended_drains = service.ended_drains, []
        say(world, service, "stopped", when, count=len(ids), tasks=listed(ids))

    world.account.schedule.at(now, tell, key=world.key(f"service/{service.cluster}/{service.name}/stopped"))


def _reconcile(world: World, service: Service, now: datetime) -> None:
    if service.status == "INACTIVE" or world.services.get(service.key) is not service:
        return
    primary = service.primary
    if service.status == "DRAINING" or primary is None:
        _drain(world, service, now)
        return
    if service.controller == _DEPLOYED_BY_OTHERS:
        return
    if primary.shift is not None and not primary.shift.is_over:
        again = partial(_again, world, service)
        shifting.move(shifting.Moving(world, service, primary, primary.shift, now, again))
        deployments.drop_ended(world, service)
        return
    configuration = service.configuration
    seen = stand(
        world.tasks_of(service),
        primary.id,
        service.desired_count,
        configuration["minimumHealthyPercent"],
        configuration["maximumPercent"],
        may_start=primary.rollout_state != "FAILED",
    )
    move = decide(seen)
    service.is_steady = service.is_steady and seen.is_steady
    _act(world, service, primary, move, now)
    deployments.drop_ended(world, service)
    if seen.is_steady and not move.start and not move.stop:
        _settle(world, service, primary, now)


def _act(world: World, service: Service, primary: Deployment, move: Move, now: datetime) -> None:
    if move.is_stuck:
        say(world, service, "stuck", now)
    if move.stop:
        stop_tasks(world, service, primary, move.stop, now)
        reconsider(world, service, now)
    start_with_room(world, service, primary, move.start, now, partial(_again, world, service))


def _again(world: World, service: Service, when: datetime, why: str) -> None:
    reconsider(world, service, when, why)


def _settle(world: World, service: Service, primary: Deployment, now: datetime) -> None:
    """The right tasks run: once the others get no traffic and alarms have been watched, it is completed."""
    if any(task.last_status is Status.DEACTIVATING for task in world.tasks_of(service)):
        return
    if primary.rollout_state == "IN_PROGRESS":
        baking = deployments.is_baking(world, primary, now)
        if baking is not None:
            reconsider(world, service, baking, "baked")
            return
        deployments.complete(world, service, primary, now)
        say(world, service, "steady", now)
        service.is_steady = True
    elif not service.is_steady:
        say(world, service, "steady", now)
        service.is_steady = True


def _drain(world: World, service: Service, now: datetime) -> None:
    """A service that was deleted stops its tasks, and is INACTIVE when they are gone."""
    tasks = world.tasks_of(service)
    for task in tasks:
        stop(world, task, SCALING.format(task.deployment_id), "ServiceSchedulerInitiated", now)
    if all(task.last_status is Status.STOPPED for task in tasks):
        service.status = "INACTIVE"
        service.deployments.clear()
        service.service_deployments.clear()
        world.mirror(service)


def watch_alarms(world: World, service: Service, deployment: Deployment, now: datetime) -> None:
    """Look at the deployment's alarms now and again until it has ended."""
    if not deployment.watched_alarms or service.primary is not deployment or deployment.rollout_state != "IN_PROGRESS":
        return

    def look(when: datetime) -> None:
        deployments.look_at_alarms(world, service, deployment, when)
        reconsider(world, service, when)
        watch_alarms(world, service, deployment, when)

    world.account.schedule.at(
        now + timedelta(seconds=world.settings.alarm_poll_seconds), look, key=world.key(f"alarms/{deployment.id}")
    )
