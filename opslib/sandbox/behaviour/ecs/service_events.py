"""What a service tells of itself: lines in its events, and the same things on the event bus.

The texts are those of "Viewing Amazon ECS service event messages", "Amazon ECS service action events" and "Amazon ECS
service deployment state change events", and of outputs of DescribeServices that users have reported; the table says
where a text is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from opslib.sandbox.behaviour.ecs.model import Deployment, Service, ServiceEvent, Task
from opslib.sandbox.behaviour.ecs.shapes import task_shape
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.events.bus import put

__all__ = ["Line", "say", "tell_of_deployment", "tell_of_task"]

SOURCE = "aws.ecs"

Line = Literal[
    "steady",
    "started",
    "registered",
    "draining",
    "deregistered",
    "stopped",
    "unhealthy target",
    "unhealthy container",
    "completed",
    "failed",
    "failed by alarm",
    "rolling back",
    "stuck",
    "no room on Fargate",
    "no room on EC2",
    "impaired",
]


@dataclass(frozen=True)
class _Row:
    """A line.

    Attributes:
        text: Its text.
        action: Type and name of the "ECS Service Action" event that goes with it.
        reason: That event's reason.
        once: Whether it is not repeated while its cause lasts, for six hours.
    """

    text: str
    action: tuple[str, str] | None = None
    reason: str = ""
    once: bool = False


_LINES: Mapping[Line, _Row] = {
    "steady": _Row("has reached a steady state.", ("INFO", "SERVICE_STEADY_STATE")),
    "started": _Row("has started {count} tasks: {tasks}."),
    "registered": _Row("registered {count} targets in (target-group {group})"),
    "draining": _Row("has begun draining connections on {count} tasks."),
    "deregistered": _Row("deregistered {count} targets in (target-group {group})"),
    "stopped": _Row("has stopped {count} running tasks: {tasks}.", ("INFO", "TASKS_STOPPED")),
    "unhealthy target": _Row("(port {port}) is unhealthy in (target-group {group}) due to (reason {reason})"),
    "unhealthy container": _Row("(task {task}) failed container health checks."),
    "completed": _Row("(deployment {deployment}) deployment completed."),
    "failed": _Row("(deployment {deployment}) deployment failed: tasks failed to start."),
    "failed by alarm": _Row("(deployment {deployment}) deployment failed: alarm detected."),
    "rolling back": _Row("rolling back to deployment {deployment}."),
    "stuck": _Row(
        "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
        "Update the minimumHealthyPercent or maximumPercent value and try again.",
        once=True,
    ),
    "no room on Fargate": _Row(
        "was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently. "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"),
        "RESOURCE:FARGATE",
        once=True,
    ),
    "no room on EC2": _Row(
        "was unable to place a task because no container instance met all of its requirements. "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"),
        "RESOURCE:CPU",
        once=True,
    ),
    "impaired": _Row(
        "is unable to consistently start tasks successfully. "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ("WARN", "SERVICE_TASK_START_IMPAIRED"),
        once=True,
    ),
}


def say(world: World, service: Service, line: Line, now: datetime, **values: Any) -> None:
    """Add a line to a service's events, and send the event that goes with it."""
    row = _LINES[line]
    message = f"(service {service.name}) {row.text.format(**values)}"
    earliest = now - timedelta(seconds=world.settings.same_event_again_seconds)
    if row.once and any(event.message == message and event.created_at > earliest for event in service.events):
        return
    service.events.appendleft(ServiceEvent(world.new_uuid(), now, message))
    if row.action is not None:
        kind, name = row.action
        detail = {"eventType": kind, "eventName": name, "clusterArn": service.cluster_arn, "createdAt": now}
        if row.reason:
            detail["reason"] = row.reason
        put(world.account, world.region, SOURCE, "ECS Service Action", detail, [service.arn])


def tell_of_deployment(  # noqa: PLR0917  # what, of what, when, and why
    world: World, service: Service, deployment: Deployment, name: str, now: datetime, reason: str
) -> None:
    """Send "ECS Deployment State Change".

    Args:
        world: The region.
        service: The service.
        deployment: Its deployment.
        name: SERVICE_DEPLOYMENT_IN_PROGRESS, SERVICE_DEPLOYMENT_COMPLETED or SERVICE_DEPLOYMENT_FAILED.
        now: The time.
        reason: AWS's reason, the same as the deployment's rolloutStateReason.
    """
    detail = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": now,
        "reason": reason,
    }
    put(world.account, world.region, SOURCE, "ECS Deployment State Change", detail, [service.arn])


def tell_of_task(world: World, task: Task, now: datetime) -> None:
    """Send "ECS Task State Change": the task as DescribeTasks shows it, without its health (AWS, the events' page)."""
    detail = task_shape(task) | {"updatedAt": now}
    detail.pop("healthStatus", None)
    put(world.account, world.region, SOURCE, "ECS Task State Change", detail, [task.arn])
