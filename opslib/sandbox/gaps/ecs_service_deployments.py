"""ECS service deployments and service revisions: listed, described, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs import services
from opslib.sandbox.behaviour.ecs.lookup import page, service_named
from opslib.sandbox.behaviour.ecs.model import Service, ServiceDeployment, ServiceRevision
from opslib.sandbox.behaviour.ecs.shapes import counts_of, without_empty
from opslib.sandbox.behaviour.ecs.world import World, world_of
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

KEPT = timedelta(days=90)  # AWS, "View service history using Amazon ECS service deployments"
PAGE = 20  # AWS, ListServiceDeployments: maxResults
MOST_DESCRIBED = 20  # AWS, DescribeServiceDeployments, DescribeServiceRevisions


def list_service_deployments(call: GapCall) -> Mapping[str, Any]:
    """Of one service, the newest first; those of the last 90 days."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        service = service_named(world, asked.get("cluster"), asked["service"])
        statuses, between = asked.get("status") or [], asked.get("createdAt") or {}
        earliest = max(_utc(between.get("after")) or world.now() - KEPT, world.now() - KEPT)
        latest = _utc(between.get("before")) or world.now()
        found = [
            _brief(service, record)
            for record in service.service_deployments
            if (not statuses or record.status in statuses) and earliest <= record.created_at <= latest
        ]
        shown, token = page(found, asked.get("maxResults"), PAGE, asked.get("nextToken"))
        return {"serviceDeployments": shown} | ({"nextToken": token} if token else {})


def describe_service_deployments(call: GapCall) -> Mapping[str, Any]:
    """With their circuit breaker, alarms and rollback."""
    with call.account.schedule.lock:
        world, arns = world_of(call.account, call.region), call.parameters["serviceDeploymentArns"]
        _check_number(arns)
        known = {
            record.arn: (service, record)
            for service in world.services.values()
            for record in service.service_deployments
        }
        return {
            "serviceDeployments": [_deployment(world, *known[arn]) for arn in arns if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
        }


def describe_service_revisions(call: GapCall) -> Mapping[str, Any]:
    """With the digests of their images, once a task has pulled them."""
    with call.account.schedule.lock:
        world, arns = world_of(call.account, call.region), call.parameters["serviceRevisionArns"]
        _check_number(arns)
        known = {
            revision.arn: (service, revision) for service in world.services.values() for revision in service.revisions
        }
        return {
            "serviceRevisions": [_revision(*known[arn]) for arn in arns if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
        }


def stop_service_deployment(call: GapCall) -> Mapping[str, Any]:
    """Roll back what is under way: the one valid stop type (AWS, StopServiceDeployment)."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        if asked.get("stopType", "ROLLBACK") != "ROLLBACK":
            raise AwsError("InvalidParameterException", "Invalid stopType. The valid value is ROLLBACK.")
        services.stop_deployment(world, asked["serviceDeploymentArn"], world.now())
        return {"serviceDeploymentArn": asked["serviceDeploymentArn"]}


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_number(arns: list[str]) -> None:
    if not 0 < len(arns) <= MOST_DESCRIBED:
        raise AwsError("InvalidParameterException", f"You can specify a maximum of {MOST_DESCRIBED} ARNs.")


def _brief(service: Service, record: ServiceDeployment) -> dict[str, Any]:
    return without_empty(
        {
            "serviceDeploymentArn": record.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "startedAt": record.started_at,
            "createdAt": record.created_at,
            "finishedAt": record.finished_at,
            "targetServiceRevisionArn": record.target.arn,
            "status": record.status,
            "statusReason": record.status_reason,
        }
    )


def _deployment(world: World, service: Service, record: ServiceDeployment) -> dict[str, Any]:
    rollback, alarms = record.rollback, record.configuration.get("alarms") or {}
    return without_empty(
        {
            "serviceDeploymentArn": record.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": record.created_at,
            "startedAt": record.started_at,
            "finishedAt": record.finished_at,
            "stoppedAt": record.stopped_at,
            "updatedAt": record.updated_at,
            "sourceServiceRevisions": [_summary(revision.arn, counts) for revision, *counts in record.sources],
            "targetServiceRevision": _summary(record.target.arn, _counts(world, service, record)),
            "status": record.status,
            "statusReason": record.status_reason,
            "lifecycleStage": record.lifecycle_stage,
            "deploymentConfiguration": record.configuration,
            "rollback": rollback
            and {
                "reason": rollback.reason,
                "startedAt": rollback.started_at,
                "serviceRevisionArn": rollback.revision_arn,
            },
            "deploymentCircuitBreaker": {
                "status": record.breaker_status,
                "failureCount": record.failures,
                "threshold": record.breaker_threshold,
            },
            "alarms": {
                "status": record.alarm_status,
                "alarmNames": alarms.get("alarmNames", []),
                "triggeredAlarmNames": record.triggered_alarms,
            },
        }
    )


def _summary(arn: str, counts: Any) -> dict[str, Any]:
    requested, running, pending = counts
    return {
        "arn": arn,
        "requestedTaskCount": requested,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def _counts(world: World, service: Service, record: ServiceDeployment) -> tuple[int, int, int]:
    """As they are while it is under way, then as they were at its end."""
    if record.counts_at_end is not None:
        return record.counts_at_end
    tasks = [task for task in world.tasks_of(service) if task.deployment_id == record.deployment_id]
    return record.requested_count, *counts_of(tasks)


def _revision(service: Service, revision: ServiceRevision) -> dict[str, Any]:
    return without_empty(
        {
            "serviceRevisionArn": revision.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "taskDefinition": revision.task_definition_arn,
            "launchType": revision.launch_type,
            "platformVersion": revision.platform_version,
            "loadBalancers": revision.load_balancers,
            "networkConfiguration": revision.network or None,
            "resolvedConfiguration": _resolved(revision),
            "containerImages": [
                {"containerName": name, "image": image, "imageDigest": digest}
                for name, (image, digest) in revision.images.items()
            ],
            "guardDutyEnabled": False,
            "createdAt": revision.created_at,
        }
    )


def _resolved(revision: ServiceRevision) -> dict[str, Any] | None:
    """Which target group a revision has, of a service that shifts traffic between two."""
    rules = [
        balancer.get("advancedConfiguration", {}).get("productionListenerRule") for balancer in revision.load_balancers
    ]
    if not any(rules):
        return None
    pairs = zip(revision.targets, rules, strict=True)
    return {"loadBalancers": [{"targetGroupArn": arn, "productionListenerRule": rule} for (arn, _), rule in pairs]}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecs", "DescribeServiceDeployments"): describe_service_deployments,
    ("ecs", "DescribeServiceRevisions"): describe_service_revisions,
    ("ecs", "ListServiceDeployments"): list_service_deployments,
    ("ecs", "StopServiceDeployment"): stop_service_deployment,
}
