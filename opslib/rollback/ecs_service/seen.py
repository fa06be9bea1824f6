"""An ECS service as DescribeServices shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opslib.procedure import Read

__all__ = ["Rollout", "ServiceState", "see_service"]

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Rollout:
    """A deployment of a service.

    Attributes:
        id: ECS's id of it.
        task_definition: The ARN of the revision that it deploys.
        primary: Whether it is the one that is to run.
        state: ``IN_PROGRESS``, ``COMPLETED`` or ``FAILED``; empty where ECS does not say.
        reason: ECS's words for it.
        running: Tasks that run.
        pending: Tasks on the way there.
        failed: Tasks that failed in a row.
        created_at: When it began.
    """

    id: str
    task_definition: str
    primary: bool
    state: str
    reason: str
    running: int
    pending: int
    failed: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service.

    Attributes:
        arn: Its ARN.
        status: ``ACTIVE``, ``DRAINING`` or ``INACTIVE``.
        task_definition: The ARN of the revision that it is to run.
        desired: How many tasks it wants.
        running: How many run, of all its deployments.
        rollouts: Its deployments, the primary one first.
        target_groups: ARNs of the target groups that its tasks register with; each with its alternate one, where
            deployments shift traffic between two.
        controller: ``ECS``, ``CODE_DEPLOY`` or ``EXTERNAL``.
        strategy: ``ROLLING``, ``BLUE_GREEN``, ``LINEAR`` or ``CANARY``.
        least_percent: minimumHealthyPercent.
        most_percent: maximumPercent.
        ongoing: The ARN of the service deployment that is under way; empty where there is none.
        events: What ECS said of it, the newest first.
    """

    arn: str
    status: str
    task_definition: str
    desired: int
    running: int
    rollouts: tuple[Rollout, ...] = ()
    target_groups: tuple[tuple[str, ...], ...] = ()
    controller: str = "ECS"
    strategy: str = "ROLLING"
    least_percent: int = 100
    most_percent: int = 200
    ongoing: str = ""
    events: tuple[tuple[datetime, str], ...] = ()

    @property
    def primary(self) -> Rollout | None:
        """The deployment that is to run."""
        return next((rollout for rollout in self.rollouts if rollout.primary), None)

    @property
    def others(self) -> tuple[Rollout, ...]:
        """The deployments that are on their way out and still run tasks."""
        return tuple(rollout for rollout in self.rollouts if not rollout.primary and rollout.running)

    @property
    def cannot_roll(self) -> bool:
        """Whether its percentages leave room neither to start a new task nor to stop an old one."""
        if not self.desired or self.running < self.desired:
            return False
        most = math.floor(self.desired * self.most_percent / _WHOLE)
        least = math.ceil(self.desired * self.least_percent / _WHOLE)
        return most <= self.desired <= least

    def said_since(self, when: datetime) -> tuple[str, ...]:
        """What ECS said of it since a time, the newest first, without the name before each."""
        return tuple(message.partition(") ")[2] or message for at, message in self.events if at >= when)


def see_service(read: Read, cluster: str, service: str) -> ServiceState | None:
    """Look at a service; None where there is none."""
    found = read("ecs", "DescribeServices", cluster=cluster, services=[service])["services"]
    return _state(found[0]) if found else None


def _state(found: Mapping[str, Any]) -> ServiceState:
    configuration = found.get("deploymentConfiguration", {})
    rollouts = sorted(map(_rollout, found.get("deployments", ())), key=lambda rollout: not rollout.primary)
    groups = (
        (balancer.get("targetGroupArn"), balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn"))
        for balancer in found.get("loadBalancers", ())
    )
    return ServiceState(
        arn=found["serviceArn"],
        status=found["status"],
        task_definition=found.get("taskDefinition", ""),
        desired=found["desiredCount"],
        running=found["runningCount"],
        rollouts=tuple(rollouts),
        target_groups=tuple(dict.fromkeys(tuple(arn for arn in pair if arn) for pair in groups if pair[0])),
        controller=found.get("deploymentController", {}).get("type", "ECS"),
        strategy=configuration.get("strategy", "ROLLING"),
        least_percent=configuration.get("minimumHealthyPercent", 100),
        most_percent=configuration.get("maximumPercent", 200),
        ongoing=found.get("currentServiceDeployment", ""),
        events=tuple((event["createdAt"], event["message"]) for event in found.get("events", ())),
    )


def _rollout(found: Mapping[str, Any]) -> Rollout:
    return Rollout(
        id=found["id"],
        task_definition=found["taskDefinition"],
        primary=found["status"] == "PRIMARY",
        state=found.get("rolloutState", ""),
        reason=found.get("rolloutStateReason", ""),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        failed=found.get("failedTasks", 0),
        created_at=found["createdAt"],
    )
