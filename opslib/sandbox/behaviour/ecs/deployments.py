"""Deployments of a service: begun, completed, failed, rolled back, superseded; and the record that is kept of each."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from opslib.sandbox.behaviour.ecs import deployment_alarms
from opslib.sandbox.behaviour.ecs.images import CannotPull, digest_of
from opslib.sandbox.behaviour.ecs.model import (
    ROLLING_BACK,
    Deployment,
    Rollback,
    Service,
    ServiceDeployment,
    ServiceRevision,
    Task,
)
from opslib.sandbox.behaviour.ecs.service_events import say, tell_of_deployment
from opslib.sandbox.behaviour.ecs.shapes import counts_of
from opslib.sandbox.behaviour.ecs.traffic_shift import STRATEGIES, Shift, plan_back, plan_shift
from opslib.sandbox.behaviour.ecs.world import World

__all__ = [
    "TOOK",
    "begin",
    "breaker_threshold",
    "complete",
    "count_failure",
    "drop_ended",
    "is_baking",
    "look_at_alarms",
    "remember",
    "reset_failures",
    "stop_by_request",
]

# AWS, "How the Amazon ECS deployment circuit breaker detects failures".
_PERCENT = 50
_LEAST, _MOST = 3, 200

TOOK = timedelta(minutes=4)  # a deployment that is only remembered

_FAILED_BY_BREAKER = "ECS deployment circuit breaker: tasks failed to start."
_FAILED_BY_ALARM = "ECS deployment failed: alarm detected."
_BACK_BY_BREAKER = "ECS deployment circuit breaker: rolling back to deploymentId {}."
_BACK_BY_ALARM = "ECS deployment alarm: rolling back to deploymentId {}."  # text ours
_STOPPED_BY_REQUEST = "ECS deployment stopped by request."  # text ours
_BACK_BY_REQUEST = "ECS deployment stopped: rolling back to deploymentId {}."  # text ours


def begin(world: World, service: Service, now: datetime) -> Deployment:
    """Begin to deploy the service as it is configured now; what was under way is superseded."""
    superseded = service.ongoing
    if superseded is not None:
        _end_record(world, service, superseded, "STOPPED", now, "The service deployment was superseded.")  # text ours
    sources = _sources(world, service)
    before = service.primary
    shifts = before is not None and service.configuration["strategy"] in STRATEGIES
    for deployment in service.deployments:
        deployment.status, deployment.updated_at = "ACTIVE", now
    revision = ServiceRevision(
        arn=world.arn(f"service-revision/{service.cluster}/{service.name}/{world.new_number()}"),
        created_at=now,
        task_definition_arn=service.task_definition_arn,
        launch_type=service.launch_type,
        platform_version=service.platform_version,
        network=service.network,
        load_balancers=service.load_balancers,
        uses_alternate=before is not None and before.revision.uses_alternate != shifts,
    )
    deployment = Deployment(f"ecs-svc/{world.new_number()}", revision, now, now)
    deployment.rollout_reason = f"ECS deployment {deployment.id} in progress."
    if shifts:
        deployment.shift = Shift(plan_shift(service.configuration, world.settings.shift_stage_seconds))
    service.revisions.append(revision)
    service.deployments.insert(0, deployment)
    watched, alarm_status = deployment_alarms.to_watch(world, service.configuration)
    deployment.watched_alarms = watched
    breaker = service.configuration["deploymentCircuitBreaker"]
    service.service_deployments.insert(
        0,
        ServiceDeployment(
            arn=_new_arn(world, service),
            created_at=now,
            started_at=now,
            updated_at=now,
            target=revision,
            sources=sources,
            configuration=service.configuration,
            deployment_id=deployment.id,
            requested_count=service.desired_count,
            breaker_status="MONITORING" if breaker["enable"] else "DISABLED",
            breaker_threshold=breaker_threshold(breaker, service.desired_count),
            alarm_status=alarm_status,
        ),
    )
    tell_of_deployment(world, service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", now, deployment.rollout_reason)
    return deployment


def _new_arn(world: World, service: Service) -> str:
    identifier = base64.urlsafe_b64encode(world.account.random.randbytes(16)).decode().rstrip("=")[:21]
    return world.arn(f"service-deployment/{service.cluster}/{service.name}/{identifier}")


def remember(world: World, service: Service, revision: ServiceRevision, when: datetime) -> None:
    """Add a deployment that went well long ago to what is remembered of a service, before all others."""
    definition = world.moto.describe_task_definition(revision.task_definition_arn)
    for container in definition.container_definitions:
        with suppress(CannotPull):
            digest = digest_of(world.account, container["image"])
            revision.images[container["name"]] = (container["image"], digest)
    service.revisions.insert(0, revision)
    count = service.desired_count
    service.service_deployments.append(
        ServiceDeployment(
            arn=_new_arn(world, service),
            created_at=when,
            started_at=when,
            updated_at=when + TOOK,
            finished_at=when + TOOK,
            target=revision,
            sources=[],
            configuration=service.configuration,
            deployment_id="",
            requested_count=count,
            status="SUCCESSFUL",
            counts_at_end=(count, count, 0),
        )
    )


def _sources(world: World, service: Service) -> list[tuple[ServiceRevision, int, int, int]]:
    tasks = world.tasks_of(service)
    found = []
    for deployment in service.deployments:
        running, pending = counts_of([task for task in tasks if task.deployment_id == deployment.id])
        requested = service.desired_count if deployment.status == "PRIMARY" else 0
        if deployment.status == "PRIMARY" or running or pending:
            found.append((deployment.revision, requested, running, pending))
    return found


def breaker_threshold(breaker: Mapping[str, Any], desired: int) -> int:
    """After how many failed tasks a circuit breaker trips.

    Args:
        breaker: The deploymentCircuitBreaker; its thresholdConfiguration is half the desired count, between 3 and 200,
            unless it says otherwise.
        desired: The service's desired count.
    """
    threshold = breaker.get("thresholdConfiguration") or {"type": "BOUNDED_PERCENT", "value": _PERCENT}
    if threshold["type"] == "COUNT":
        return int(threshold["value"])
    share: int = math.ceil(desired * threshold["value"] / 100)
    return share if threshold["type"] == "UNBOUNDED_PERCENT" else min(_MOST, max(_LEAST, share))


def count_failure(world: World, service: Service, deployment: Deployment, now: datetime) -> None:
    """Count a task that failed; the circuit breaker trips when there were enough."""
    if deployment.status != "PRIMARY" or deployment.rollout_state != "IN_PROGRESS":
        return
    deployment.failed_tasks += 1
    deployment.updated_at = now
    record, breaker = service.ongoing, service.configuration["deploymentCircuitBreaker"]
    threshold = breaker_threshold(breaker, service.desired_count)
    if record is not None:
        record.failures, record.updated_at, record.breaker_threshold = deployment.failed_tasks, now, threshold
    if breaker["enable"] and deployment.failed_tasks >= threshold:
        if record is not None:
            record.breaker_status = "TRIGGERED"
        say(world, service, "failed", now, deployment=deployment.id)
        _fail(world, service, deployment, now, _FAILED_BY_BREAKER, _BACK_BY_BREAKER, rolls_back=breaker["rollback"])


def reset_failures(service: Service, deployment: Deployment) -> None:
    """A task is healthy: the count begins anew, unless resetOnHealthyTask is off."""
    deployment.start_failures, deployment.start_not_before = 0, None
    if deployment.rollout_state == "IN_PROGRESS" and service.configuration["deploymentCircuitBreaker"].get(
        "resetOnHealthyTask", True
    ):
        deployment.failed_tasks = 0


def look_at_alarms(world: World, service: Service, deployment: Deployment, now: datetime) -> None:
    """Fail a deployment one of whose watched alarms is in ALARM."""
    if deployment.status != "PRIMARY" or deployment.rollout_state != "IN_PROGRESS":
        return
    in_alarm = deployment_alarms.in_alarm(world, deployment.watched_alarms)
    if not in_alarm:
        return
    record = service.ongoing
    if record is not None:
        record.alarm_status, record.triggered_alarms = "TRIGGERED", in_alarm
    say(world, service, "failed by alarm", now, deployment=deployment.id)
    rolls_back = service.configuration["alarms"]["rollback"]
    _fail(world, service, deployment, now, _FAILED_BY_ALARM, _BACK_BY_ALARM, rolls_back=rolls_back)


def _fail(  # noqa: PLR0917  # what, of what, when, and why
    world: World,
    service: Service,
    deployment: Deployment,
    now: datetime,
    reason: str,
    back_reason: str,
    *,
    rolls_back: bool,
) -> None:
    """End a deployment that failed, and roll back when asked and there is something to roll back to."""
    deployment.rollout_state, deployment.rollout_reason, deployment.updated_at = "FAILED", reason, now
    tell_of_deployment(world, service, deployment, "SERVICE_DEPLOYMENT_FAILED", now, reason)
    record = service.ongoing
    was_rollback = record is not None and record.status in ROLLING_BACK
    if was_rollback and record is not None:
        _end_record(world, service, record, "ROLLBACK_FAILED", now, reason)
    elif rolls_back and service.completed is not None and service.completed is not deployment:
        _roll_back(world, service, now, back_reason.format(service.completed.id), record)
    elif record is not None:
        _end_record(world, service, record, "STOPPED", now, reason)


def stop_by_request(world: World, service: Service, record: ServiceDeployment, now: datetime) -> None:
    """Stop a service deployment that is under way, and roll back; one that rolls back already goes on."""
    primary, completed = service.primary, service.completed
    if record.status in ROLLING_BACK or primary is None or completed is None:
        return
    primary.rollout_state, primary.rollout_reason, primary.updated_at = "FAILED", _STOPPED_BY_REQUEST, now
    _roll_back(world, service, now, _BACK_BY_REQUEST.format(completed.id), record)


def _roll_back(world: World, service: Service, now: datetime, reason: str, record: ServiceDeployment | None) -> None:
    """Make the last deployment that completed the primary one again, under its own id.

    AWS, "How the Amazon ECS deployment circuit breaker detects failures": the deployment that is rolled back to changes
    from COMPLETED to IN_PROGRESS, and cannot be rolled back to until it is COMPLETED again.
    """
    target, service.completed = service.completed, None
    if target is None:
        return
    shifts = any(deployment.shift is not None and not deployment.shift.is_over for deployment in service.deployments)
    for deployment in service.deployments:
        deployment.status = "ACTIVE"
    target.shift = Shift(plan_back()) if shifts else None
    if target in service.deployments:
        service.deployments.remove(target)
    service.deployments.insert(0, target)
    target.status, target.rollout_state, target.rollout_reason = "PRIMARY", "IN_PROGRESS", reason
    target.updated_at, target.failed_tasks, target.baked_at = now, 0, None
    target.start_failures, target.start_not_before, target.watched_alarms = 0, None, ()
    revision = target.revision
    service.task_definition_arn, service.launch_type = revision.task_definition_arn, revision.launch_type
    service.platform_version, service.network = revision.platform_version, revision.network
    service.load_balancers = revision.load_balancers
    if record is not None:
        record.status, record.status_reason, record.updated_at = "ROLLBACK_IN_PROGRESS", reason, now
        record.rollback = Rollback(reason, now, revision.arn)
    say(world, service, "rolling back", now, deployment=target.id)
    tell_of_deployment(world, service, target, "SERVICE_DEPLOYMENT_IN_PROGRESS", now, reason)


def complete(world: World, service: Service, deployment: Deployment, now: datetime) -> None:
    """Note that a deployment has reached its steady state."""
    deployment.rollout_state, deployment.updated_at = "COMPLETED", now
    deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
    service.completed = deployment
    record = service.ongoing
    if record is not None:
        ends_as = "ROLLBACK_SUCCESSFUL" if record.status in ROLLING_BACK else "SUCCESSFUL"
        _end_record(world, service, record, ends_as, now, record.status_reason)
    say(world, service, "completed", now, deployment=deployment.id)
    tell_of_deployment(world, service, deployment, "SERVICE_DEPLOYMENT_COMPLETED", now, deployment.rollout_reason)


def is_baking(world: World, deployment: Deployment, now: datetime) -> datetime | None:
    """Until when the alarms of a deployment that has become steady are watched yet, or None when it may complete."""
    if not deployment.watched_alarms:
        return None
    if deployment.baked_at is None:
        seconds = deployment_alarms.bake_seconds(world, deployment.watched_alarms)
        deployment.baked_at = now + timedelta(seconds=seconds)
    return deployment.baked_at if now < deployment.baked_at else None


def _end_record(  # noqa: PLR0917  # as above
    world: World, service: Service, record: ServiceDeployment, status: str, now: datetime, reason: str
) -> None:
    """Write down how a service deployment ended."""
    record.status, record.status_reason, record.updated_at, record.finished_at = status, reason, now, now
    if status == "STOPPED":
        record.stopped_at = now
    for name in ("breaker_status", "alarm_status"):
        if getattr(record, name) == "MONITORING":
            setattr(record, name, "MONITORING_COMPLETE")
    running, pending = counts_of(_tasks_of_revision(world, service, record.target))
    record.counts_at_end = (record.requested_count, running, pending)


def _tasks_of_revision(world: World, service: Service, revision: ServiceRevision) -> list[Task]:
    ids = {found.id for found in service.deployments if found.revision is revision}
    return [task for task in world.tasks_of(service) if task.deployment_id in ids]


def drop_ended(world: World, service: Service) -> None:
    """Forget deployments that were replaced and whose tasks get no traffic any more."""
    serving = {
        task.deployment_id
        for task in world.tasks_of(service)
        if task.is_wanted or task.last_status.value in ("RUNNING", "DEACTIVATING")
    }
    service.deployments = [found for found in service.deployments if found.status == "PRIMARY" or found.id in serving]
