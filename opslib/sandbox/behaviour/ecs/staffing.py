"""Starting and stopping the tasks of a service, and what its events say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from opslib.sandbox.behaviour.ecs.model import Deployment, Service, Status, Task
from opslib.sandbox.behaviour.ecs.service_events import say
from opslib.sandbox.behaviour.ecs.task_life import SCALING, Launch, launch, stop
from opslib.sandbox.behaviour.ecs.world import World

__all__ = ["Again", "listed", "start_now", "start_with_room", "stop_tasks"]

Again = Callable[[datetime, str], None]
"""Looks at the service again: when, and why."""


def start_with_room(  # noqa: PLR0917  # how many, of what, where and when
    world: World, service: Service, deployment: Deployment, count: int, now: datetime, again: Again
) -> None:
    """Start as many tasks of a deployment as there is room for, unless it has to wait after failures."""
    if not count:
        service.waits_for_room = False
        return
    if deployment.start_not_before is not None and now < deployment.start_not_before:
        again(deployment.start_not_before, "restart")
        return
    room = world.room()
    fitting = count if room is None else min(count, room)
    service.waits_for_room = fitting < count
    if service.waits_for_room:
        say(world, service, "no room on EC2" if service.launch_type == "EC2" else "no room on Fargate", now)
        again(now + timedelta(seconds=world.settings.placement_retry_seconds), "placement")
    if fitting:
        start_now(world, service, deployment, fitting, now)


def start_now(world: World, service: Service, deployment: Deployment, count: int, now: datetime) -> list[Task]:
    """Start tasks of a deployment, whatever the scheduler would say."""
    wanted = Launch(
        definition=world.moto.describe_task_definition(deployment.revision.task_definition_arn),
        cluster=service.cluster,
        cluster_arn=service.cluster_arn,
        group=f"service:{service.name}",
        launch_type=deployment.revision.launch_type,
        network=deployment.revision.network,
        started_by=deployment.id,
        service=service,
        enable_execute_command=bool(service.echoed.get("enableExecuteCommand")),
    )
    tasks = [launch(world, wanted, now) for _ in range(count)]
    deployment.updated_at = now
    if tasks:
        say(world, service, "started", now, count=count, tasks=listed([task.id for task in tasks]))
    return tasks


def stop_tasks(world: World, service: Service, primary: Deployment, tasks: Iterable[Task], now: datetime) -> None:
    """Stop tasks: those that failed for that reason, the others because of the primary deployment."""
    stopped = list(tasks)
    draining = [task for task in stopped if task.last_status is Status.RUNNING and task.targets]
    for task in stopped:
        stop(world, task, task.health_trouble or SCALING.format(primary.id), "ServiceSchedulerInitiated", now)
    if not draining:
        return
    say(world, service, "draining", now, count=len(draining))
    groups: dict[str, int] = {}
    for task in draining:
        for group_arn, _ in task.targets:
            groups[group_arn] = groups.get(group_arn, 0) + 1
    for group_arn, count in groups.items():
        say(world, service, "deregistered", now, count=count, group=group_arn)


def listed(ids: list[str]) -> str:
    """Tasks, as events name several."""
    return " ".join(f"(task {identifier})" for identifier in ids)
