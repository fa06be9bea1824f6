"""Services and tasks as DescribeServices and DescribeTasks show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.behaviour.ecs.model import (
    NOT_YET_RUNNING,
    ContainerRun,
    Deployment,
    Service,
    Status,
    Task,
)
from opslib.sandbox.behaviour.ecs.traffic_shift import CLEAN_UP
from opslib.sandbox.behaviour.ecs.world import World

__all__ = ["counts_of", "deployment_shape", "service_shape", "task_shape", "without_empty"]

_PLATFORM_FAMILY = "Linux"


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something: AWS leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def counts_of(tasks: list[Task]) -> tuple[int, int]:
    """How many tasks are running, and how many are on the way there."""
    running = sum(task.last_status is Status.RUNNING for task in tasks)
    pending = sum(task.last_status in NOT_YET_RUNNING and task.is_wanted for task in tasks)
    return running, pending


def service_shape(world: World, service: Service) -> dict[str, Any]:
    """A service, as in `services` of DescribeServices; without its tags."""
    tasks = world.tasks_of(service)
    running, pending = counts_of(tasks)
    ongoing = service.ongoing
    shape = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "loadBalancers": service.load_balancers,
        "serviceRegistries": [],
        "status": service.status,
        "desiredCount": service.desired_count,
        "runningCount": running,
        "pendingCount": pending,
        "launchType": service.launch_type,
        "platformVersion": service.platform_version,
        "platformFamily": _PLATFORM_FAMILY if service.launch_type == "FARGATE" else None,
        "taskDefinition": service.task_definition_arn,
        "deploymentConfiguration": service.configuration,
        "deployments": [deployment_shape(service, found, tasks) for found in service.deployments],
        "taskSets": [],
        "events": [vars_of(event) for event in service.events],
        "createdAt": service.created_at,
        "placementConstraints": [],
        "placementStrategy": [],
        "networkConfiguration": service.network or None,
        "healthCheckGracePeriodSeconds": service.grace_seconds if service.load_balancers else None,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": service.controller},
        "currentServiceDeployment": ongoing.arn if ongoing else None,
        "currentServiceRevisions": _current_revisions(service, tasks),
        "enableECSManagedTags": False,
        "propagateTags": "NONE",
        "enableExecuteCommand": False,
        "availabilityZoneRebalancing": "DISABLED",
    }
    return without_empty(shape | service.echoed)


def _current_revisions(service: Service, tasks: list[Task]) -> list[dict[str, Any]]:
    revisions = []
    for deployment in service.deployments:
        running, pending = counts_of([task for task in tasks if task.deployment_id == deployment.id])
        revisions.append(
            {
                "arn": deployment.revision.arn,
                "requestedTaskCount": _requested(service, deployment),
                "runningTaskCount": running,
                "pendingTaskCount": pending,
            }
        )
    return revisions


def _requested(service: Service, deployment: Deployment) -> int:
    """How many tasks of a deployment are to run: while traffic is shifted, of the old one as many as of the new."""
    primary = service.primary
    shift = None if primary is None else primary.shift
    both = shift is not None and not shift.is_over and shift.step.stage != CLEAN_UP
    return service.desired_count if deployment is primary or both else 0


def vars_of(event: Any) -> dict[str, Any]:
    """An event of a service, as DescribeServices shows it."""
    return {"id": event.id, "createdAt": event.created_at, "message": event.message}


def deployment_shape(service: Service, deployment: Deployment, tasks: list[Task]) -> dict[str, Any]:
    """A deployment, as in `deployments` of a service."""
    running, pending = counts_of([task for task in tasks if task.deployment_id == deployment.id])
    revision = deployment.revision
    return without_empty(
        {
            "id": deployment.id,
            "status": deployment.status,
            "taskDefinition": revision.task_definition_arn,
            "desiredCount": _requested(service, deployment),
            "pendingCount": pending,
            "runningCount": running,
            "failedTasks": deployment.failed_tasks,
            "createdAt": deployment.created_at,
            "updatedAt": deployment.updated_at,
            "launchType": revision.launch_type,
            "platformVersion": revision.platform_version,
            "platformFamily": _PLATFORM_FAMILY if revision.launch_type == "FARGATE" else None,
            "networkConfiguration": revision.network or None,
            "rolloutState": deployment.rollout_state,
            "rolloutStateReason": deployment.rollout_reason,
        }
    )


def task_shape(task: Task) -> dict[str, Any]:
    """A task, as in `tasks` of DescribeTasks; without its tags."""
    return without_empty(
        {
            "taskArn": task.arn,
            "clusterArn": task.cluster_arn,
            "taskDefinitionArn": task.task_definition_arn,
            "group": task.group,
            "startedBy": task.started_by,
            "launchType": task.launch_type,
            "platformVersion": task.platform_version,
            "platformFamily": _PLATFORM_FAMILY if task.launch_type == "FARGATE" else None,
            "lastStatus": task.last_status.value,
            "desiredStatus": task.desired_status,
            "healthStatus": health_status(task),
            "cpu": task.cpu,
            "memory": task.memory,
            "connectivity": "CONNECTED" if task.connectivity_at else None,
            "connectivityAt": task.connectivity_at,
            "createdAt": task.created_at,
            "pullStartedAt": task.pull_started_at,
            "pullStoppedAt": task.pull_stopped_at,
            "startedAt": task.started_at,
            "stoppingAt": task.stopping_at,
            "executionStoppedAt": task.execution_stopped_at,
            "stoppedAt": task.stopped_at,
            "stoppedReason": task.stopped_reason,
            "stopCode": task.stop_code,
            "containers": [_container_shape(task, container) for container in task.containers],
            "attachments": _attachments(task),
            "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []} | task.overrides,
            "enableExecuteCommand": task.enable_execute_command,
            "version": task.version,
        }
    )


def health_status(task: Task) -> str:
    """HEALTHY when all essential containers with a health check are, UNKNOWN without such a check (AWS, Task)."""
    checked = [container.health for container in task.containers if container.essential and container.health_check]
    return next((bad for bad in ("UNHEALTHY", "UNKNOWN") if bad in checked), "HEALTHY" if checked else "UNKNOWN")


def _container_shape(task: Task, container: ContainerRun) -> dict[str, Any]:
    return without_empty(
        {
            "containerArn": container.arn,
            "taskArn": task.arn,
            "name": container.name,
            "image": container.image,
            "imageDigest": container.digest,
            "runtimeId": container.runtime_id,
            "lastStatus": container.last_status,
            "exitCode": container.exit_code,
            "reason": container.reason,
            "networkBindings": [],
            "networkInterfaces": [{"attachmentId": task.attachment_id, "privateIpv4Address": task.ip}]
            if task.attachment_id
            else [],
            "healthStatus": container.health,
            "cpu": "0",
        }
    )


def _attachments(task: Task) -> list[dict[str, Any]]:
    if not task.attachment_id:
        return []
    attached = task.last_status not in (Status.PROVISIONING, Status.STOPPED)
    return [
        {
            "id": task.attachment_id,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED"
            if attached
            else "PRECREATED"
            if task.last_status is Status.PROVISIONING
            else "DELETED",
            "details": [
                {"name": "subnetId", "value": task.subnet},
                {"name": "networkInterfaceId", "value": task.interface_id},
                {"name": "privateIPv4Address", "value": task.ip},
            ],
        }
    ]
