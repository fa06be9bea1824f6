"""A task's life: it gets its network, pulls its images, starts, runs, and ends (AWS, "Amazon ECS task lifecycle")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from opslib.sandbox.behaviour.ecs import task_health
from opslib.sandbox.behaviour.ecs.images import CannotPull, digest_of, pinned
from opslib.sandbox.behaviour.ecs.model import (
    Change,
    ContainerRun,
    Service,
    ServiceRevision,
    Status,
    Task,
)
from opslib.sandbox.behaviour.ecs.service_events import tell_of_task
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer import targets

__all__ = ["EXITED", "SCALING", "Launch", "conduct_changed", "hurry", "launch", "stop"]

EXITED = "Essential container in task exited"
SCALING = "Scaling activity initiated by (deployment {})"
STOP_TIMEOUT_SECONDS = 30.0  # AWS, container definition: stopTimeout's default
KILLED = 137
CRASHED = 1
NEWEST_PLATFORM = "1.4.0"  # AWS, "Fargate platform versions": what LATEST means on Linux

_Step = Callable[[World, Task, datetime], None]


@dataclass(frozen=True)
class Launch:
    """What a task is launched with.

    Attributes:
        definition: moto's task definition.
        cluster: The cluster's name.
        cluster_arn: The cluster's ARN.
        group: `service:name` or `family:name`, when not given.
        launch_type: FARGATE, EC2 or EXTERNAL.
        network: The networkConfiguration.
        started_by: The deployment's id, or what RunTask was given.
        service: The service, of a service's task.
        overrides: As RunTask was given them.
        tags: As RunTask was given them.
        enable_execute_command: As the service or RunTask was given it.
    """

    definition: Any
    cluster: str
    cluster_arn: str
    group: str
    launch_type: str
    network: Mapping[str, Any] = field(default_factory=dict)
    started_by: str = ""
    service: Service | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[dict[str, str], ...] = ()
    enable_execute_command: bool = False


def launch(world: World, wanted: Launch, now: datetime) -> Task:
    """Launch a task; it moves on by itself."""
    task = _new_task(world, wanted, now)
    world.tasks[task.arn] = task
    tell_of_task(world, task, now)
    _next(world, task, world.settings.provisioning_seconds, _pull, now)
    return task


def _new_task(world: World, wanted: Launch, now: datetime) -> Task:
    definition, identifier = wanted.definition, world.new_id()
    containers = [
        ContainerRun(
            name=container["name"],
            image=container["image"],
            arn=world.arn(f"container/{wanted.cluster}/{identifier}/{world.new_id()}"),
            essential=container.get("essential", True),
            health_check=container.get("healthCheck"),
        )
        for container in definition.container_definitions
    ]
    timeouts = [float(found.get("stopTimeout") or STOP_TIMEOUT_SECONDS) for found in definition.container_definitions]
    task = Task(
        arn=world.arn(f"task/{wanted.cluster}/{identifier}"),
        cluster=wanted.cluster,
        cluster_arn=wanted.cluster_arn,
        task_definition_arn=definition.arn,
        family=definition.family,
        group=wanted.group,
        containers=containers,
        created_at=now,
        launch_type=wanted.launch_type,
        platform_version=NEWEST_PLATFORM if wanted.launch_type == "FARGATE" else "",
        cpu=str(definition.cpu or ""),
        memory=str(definition.memory or ""),
        started_by=wanted.started_by,
        service=wanted.service.key if wanted.service else None,
        deployment_id=wanted.started_by if wanted.service else "",
        overrides=dict(wanted.overrides),
        tags=list(wanted.tags),
        enable_execute_command=wanted.enable_execute_command,
        stop_timeout_seconds=max(timeouts, default=STOP_TIMEOUT_SECONDS),
    )
    subnets = wanted.network.get("awsvpcConfiguration", {}).get("subnets", [])
    task.subnet, task.ip = world.address(subnets)
    if subnets:
        task.interface_id = f"eni-{identifier[:17]}"
        task.attachment_id = world.new_uuid()
    return task


def _next(  # noqa: PLR0917  # what follows on what, and when
    world: World, task: Task, seconds: float, step: _Step, now: datetime, of: str = "life"
) -> None:
    world.account.schedule.at(
        now + timedelta(seconds=seconds), lambda when: step(world, task, when), key=world.key(f"task/{task.id}/{of}")
    )


def _become(world: World, task: Task, status: Status, now: datetime) -> None:
    task.last_status = status
    task.version += 1
    tell_of_task(world, task, now)


def _pull(world: World, task: Task, now: datetime) -> None:
    task.connectivity_at = task.pull_started_at = now
    _become(world, task, Status.PENDING, now)
    _next(world, task, world.settings.pull_seconds, _pulled, now)


def _pulled(world: World, task: Task, now: datetime) -> None:
    try:
        _take_images(world, task)
    except CannotPull as error:
        for container in task.containers:
            container.reason = str(error)
        stop(world, task, str(error), "TaskFailedToStart", now)
        world.tell(world, task, Change.NOT_STARTED, now)
        return
    task.pull_stopped_at = now
    _become(world, task, Status.ACTIVATING, now)
    _next(world, task, world.settings.start_seconds, _run, now)


def _take_images(world: World, task: Task) -> None:
    """Find the images' digests; those of a revision are found once and hold from then on.

    AWS, ContainerImage: "Amazon ECS uses the digest to start any other desired tasks", unless the container's
    versionConsistency is disabled.

    Raises:
        CannotPull: One is not there.
    """
    revision = _revision(world, task)
    definition = world.moto.describe_task_definition(task.task_definition_arn)
    moving = {c["name"] for c in definition.container_definitions if c.get("versionConsistency") == "disabled"}
    for container in task.containers:
        known = revision.images.get(container.name) if revision and container.name not in moving else None
        image = pinned(container.image, known[1]) if known else container.image
        container.digest = digest_of(world.account, image)
        if revision is not None and container.name not in moving:
            revision.images[container.name] = (container.image, container.digest)


def _revision(world: World, task: Task) -> ServiceRevision | None:
    service = world.services.get(task.service) if task.service else None
    if service is None:
        return None
    return next((found.revision for found in service.deployments_of(task.deployment_id)), None)


def _run(world: World, task: Task, now: datetime) -> None:
    task.started_at = now
    for container in task.containers:
        container.last_status, container.runtime_id = "RUNNING", f"{task.id}-{world.new_number()[:10]}"
    _become(world, task, Status.RUNNING, now)
    revision = _revision(world, task)
    task.targets += revision.targets if revision else []
    for group_arn, port in task.targets:
        targets.register(
            world.account,
            world.region,
            group_arn,
            task.ip,
            port,
            now,
            answers=False,
            on_change=lambda when: task_health.judge(world, task, when),
        )
    task_health.begin(world, task, now)
    conduct_changed(world, task, now)
    world.tell(world, task, Change.RUNNING, now)


def conduct_changed(world: World, task: Task, now: datetime) -> None:
    """Let a running task do what its conduct says from now on."""
    if task.last_status is not Status.RUNNING or task.started_at is None:
        return
    conduct, settings = world.conduct(task), world.settings
    running = (now - task.started_at).total_seconds()
    if conduct.never_healthy:
        world.account.schedule.cancel(world.key(f"task/{task.id}/ready"))
        task_health.set_answers(world, task, now, answers=False)
    elif not task.answers:
        _next(world, task, max(0.0, settings.application_ready_seconds - running), _ready, now, "ready")
    exits = conduct.crashes_after_seconds
    if exits is None and task.service is None:
        exits = settings.one_off_seconds if conduct.runs_seconds is None else conduct.runs_seconds
    world.account.schedule.cancel(world.key(f"task/{task.id}/exit"))
    if exits is not None:
        _next(world, task, max(0.0, exits - running), _exit, now, "exit")


def _ready(world: World, task: Task, now: datetime) -> None:
    task_health.set_answers(world, task, now, answers=True)


def _exit(world: World, task: Task, now: datetime) -> None:
    """The essential container ends by itself."""
    if task.last_status not in (Status.RUNNING, Status.DEACTIVATING):
        return
    conduct = world.conduct(task)
    ends_well = task.service is None and conduct.crashes_after_seconds is None
    code = conduct.exit_code if conduct.exit_code is not None else 0 if ends_well else CRASHED
    was_wanted = task.is_wanted
    task.desired_status, task.health = "STOPPED", "starting"
    if was_wanted:
        task.stopping_at, task.stop_code, task.stopped_reason = now, "EssentialContainerExited", EXITED
    task_health.set_answers(world, task, now, answers=False)
    _leave_targets(world, task, now)
    _end_execution(world, task, now, code)
    if was_wanted:
        world.tell(world, task, Change.EXITED, now)


def stop(world: World, task: Task, reason: str, code: str, now: datetime) -> None:
    """Stop a task: out of traffic first, then SIGTERM, then gone. One that is being stopped already goes on as it is.

    Args:
        world: The region.
        task: The task.
        reason: Its stoppedReason.
        code: Its stopCode.
        now: The time.
    """
    if not task.is_wanted:
        return
    task.desired_status, task.stopping_at, task.health = "STOPPED", now, "starting"
    task.stopped_reason, task.stop_code = reason, code
    if task.last_status is not Status.RUNNING:
        _stopping(world, task, now)
        return
    _leave_targets(world, task, now)
    _become(world, task, Status.DEACTIVATING, now)
    if task.gone_by is None or task.gone_by <= now:
        _stopping(world, task, now)
    else:
        _next(world, task, (task.gone_by - now).total_seconds(), _stopping, now)


def _leave_targets(world: World, task: Task, now: datetime) -> None:
    for group_arn, port in task.targets:
        gone = targets.deregister(world.account, world.region, group_arn, task.ip, port, now)
        task.gone_by = max(task.gone_by or gone, gone)


def _stopping(world: World, task: Task, now: datetime) -> None:
    was_running = task.last_status in (Status.RUNNING, Status.DEACTIVATING)
    _become(world, task, Status.STOPPING, now)
    if was_running:
        world.tell(world, task, Change.DRAINED, now)
        _next(world, task, min(world.settings.shutdown_seconds, task.stop_timeout_seconds), _shut_down, now)
    else:
        _end_execution(world, task, now, None)


def _shut_down(world: World, task: Task, now: datetime) -> None:
    in_time = world.settings.shutdown_seconds <= task.stop_timeout_seconds
    _end_execution(world, task, now, 0 if in_time else KILLED)


def _end_execution(world: World, task: Task, now: datetime, exit_code: int | None) -> None:
    task.execution_stopped_at = now
    for container in task.containers:
        container.last_status, container.health = "STOPPED", "UNKNOWN"
        container.exit_code = exit_code
    _become(world, task, Status.DEPROVISIONING, now)
    _next(world, task, world.settings.deprovisioning_seconds, _stopped, now)


def _stopped(world: World, task: Task, now: datetime) -> None:
    task.stopped_at = now
    _become(world, task, Status.STOPPED, now)
    for what in ("ready", "exit", "containers"):
        world.account.schedule.cancel(world.key(f"task/{task.id}/{what}"))
    _next(world, task, world.settings.stopped_kept_seconds, _forget, now)
    world.tell(world, task, Change.STOPPED, now)


def _forget(world: World, task: Task, _: datetime) -> None:
    world.tasks.pop(task.arn, None)


def hurry(world: World, task: Task, now: datetime) -> None:
    """Bring a task that was just launched to run at once and in good health, as if it had been there long."""
    _pull(world, task, now)
    _pulled(world, task, now)
    if task.last_status is not Status.ACTIVATING:
        return
    world.account.schedule.cancel(world.key(f"task/{task.id}/life"))
    _run(world, task, now)
    if world.conduct(task).never_healthy:
        return
    task_health.set_answers(world, task, now, answers=True)
    for container in task.containers:
        if container.health_check:
            container.health = "HEALTHY"
    for group_arn, port in task.targets:
        target = targets.find(world.account, world.region, group_arn, task.ip, port)
        if target is not None:
            targets.make_healthy(target, now)
    task.health, task.was_healthy = "healthy", True
