"""What there is: services with their deployments, service deployments and revisions, and tasks, of one region."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from opslib.sandbox.behaviour.ecs.traffic_shift import Shift

__all__ = [
    "NOT_YET_RUNNING",
    "ROLLING_BACK",
    "Change",
    "ContainerRun",
    "Deployment",
    "Rollback",
    "Service",
    "ServiceDeployment",
    "ServiceEvent",
    "ServiceKey",
    "ServiceRevision",
    "Status",
    "Task",
    "TaskHealth",
]

MOST_EVENTS = 100  # AWS, "Viewing Amazon ECS service event messages": the 100 most recent

ServiceKey = tuple[str, str]
"""A service's cluster and name."""


class Status(StrEnum):
    """A task's lastStatus, in the order in which a task passes through them (AWS, "Amazon ECS task lifecycle")."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


class Change(StrEnum):
    """What of a task its service has to know."""

    NOT_STARTED = "it stopped before it was RUNNING"
    RUNNING = "it is RUNNING"
    HEALTHY = "it counts as healthy"
    UNHEALTHY = "it failed its health checks"
    EXITED = "its essential container exited"
    DRAINED = "it gets no traffic any more"
    STOPPED = "it is STOPPED"


NOT_YET_RUNNING = frozenset({Status.PROVISIONING, Status.PENDING, Status.ACTIVATING})

TaskHealth = Literal["starting", "healthy", "unhealthy"]


@dataclass
class ContainerRun:
    """A container of a task."""

    name: str
    image: str
    arn: str
    essential: bool = True
    health_check: dict[str, Any] | None = None
    digest: str = ""
    runtime_id: str = ""
    last_status: str = "PENDING"
    health: Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"] = "UNKNOWN"
    exit_code: int | None = None
    reason: str = ""


@dataclass
class Task:
    """A task, of a service or on its own.

    Attributes:
        health: Whether it counts as healthy for its service.
        health_trouble: Why it is unhealthy, in the words of its stoppedReason.
        was_healthy: Whether it ever counted as healthy.
        targets: The target group and port of each registration.
        answers: Whether its application passes health checks now.
        gone_by: When its last target has stopped draining.
        version: Counts its changes, as its events do.
    """

    arn: str
    cluster: str
    cluster_arn: str
    task_definition_arn: str
    family: str
    group: str
    containers: list[ContainerRun]
    created_at: datetime
    launch_type: str
    platform_version: str = ""
    cpu: str = ""
    memory: str = ""
    started_by: str = ""
    service: ServiceKey | None = None
    deployment_id: str = ""
    ip: str = ""
    subnet: str = ""
    interface_id: str = ""
    attachment_id: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    enable_execute_command: bool = False
    stop_timeout_seconds: float = 30
    last_status: Status = Status.PROVISIONING
    desired_status: Literal["RUNNING", "STOPPED"] = "RUNNING"
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_reason: str = ""
    stop_code: str = ""
    health: TaskHealth = "starting"
    health_trouble: str = ""
    was_healthy: bool = False
    targets: list[tuple[str, int]] = field(default_factory=list)
    answers: bool = False
    gone_by: datetime | None = None
    version: int = 1

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def is_wanted(self) -> bool:
        """Whether it is to run."""
        return self.desired_status == "RUNNING"


@dataclass
class ServiceRevision:
    """What a deployment deploys; images get their digests when the first task pulls them.

    Attributes:
        uses_alternate: Whether its tasks stand behind the alternate target groups, of services that shift traffic.
    """

    arn: str
    created_at: datetime
    task_definition_arn: str
    launch_type: str
    platform_version: str
    network: dict[str, Any]
    load_balancers: list[dict[str, Any]]
    images: dict[str, tuple[str, str]] = field(default_factory=dict)
    uses_alternate: bool = False

    @property
    def targets(self) -> list[tuple[str, int]]:
        """The target group and port with which its tasks register."""
        found = []
        for balancer in self.load_balancers:
            advanced = balancer.get("advancedConfiguration") or {}
            group = advanced.get("alternateTargetGroupArn") if self.uses_alternate else None
            if group or "targetGroupArn" in balancer:
                found.append((group or balancer["targetGroupArn"], int(balancer["containerPort"])))
        return found


@dataclass
class Deployment:
    """One entry of `deployments` in DescribeServices.

    Attributes:
        desired_count: What it is to run: the service's count while it is PRIMARY, none after.
        start_failures: Tasks in a row that did not reach RUNNING.
        start_not_before: No task is started earlier.
        baked_at: When its alarms have been watched for long enough after it became steady.
        watched_alarms: The deployment alarms that are watched: none when one of them was in ALARM at the start.
        shift: How far its shift of traffic is; None: it replaces tasks.
    """

    id: str
    revision: ServiceRevision
    created_at: datetime
    updated_at: datetime
    status: Literal["PRIMARY", "ACTIVE"] = "PRIMARY"
    rollout_state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    rollout_reason: str = ""
    failed_tasks: int = 0
    start_failures: int = 0
    start_not_before: datetime | None = None
    baked_at: datetime | None = None
    watched_alarms: tuple[str, ...] = ()
    shift: Shift | None = None


@dataclass(frozen=True)
class Rollback:
    """Of a service deployment: why, when, and to what."""

    reason: str
    started_at: datetime
    revision_arn: str


@dataclass
class ServiceDeployment:
    """What ListServiceDeployments lists: one change of a service, with the rollback that it may end in."""

    arn: str
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    target: ServiceRevision
    sources: list[tuple[ServiceRevision, int, int, int]]
    configuration: dict[str, Any]
    deployment_id: str
    requested_count: int
    status: str = "IN_PROGRESS"
    status_reason: str = ""
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: Rollback | None = None
    failures: int = 0
    breaker_status: str = "DISABLED"
    breaker_threshold: int = 0
    alarm_status: str = "DISABLED"
    triggered_alarms: list[str] = field(default_factory=list)
    counts_at_end: tuple[int, int, int] | None = None
    lifecycle_stage: str = ""

    @property
    def is_ongoing(self) -> bool:
        """Whether it has not ended (AWS, "View service history using Amazon ECS service deployments")."""
        return self.status in ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", *ROLLING_BACK)


ROLLING_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True)
class ServiceEvent:
    """A line of a service's events."""

    id: str
    created_at: datetime
    message: str


@dataclass
class Service:
    """A service.

    Attributes:
        echoed: What CreateService or UpdateService gave that only DescribeServices says again.
        service_deployments: The newest first.
        revisions: The oldest first.
        events: The newest first.
        completed: The last deployment that completed: what a rollback goes back to.
        stale_until: Until when DescribeServices answers `stale`.
        is_steady: Whether it was told that it is steady, and has been since.
        waits_for_room: Whether its last task found no room.
        ended_drains: Tasks that have stopped draining and are to be told of in one event.
    """

    cluster: str
    name: str
    arn: str
    cluster_arn: str
    created_at: datetime
    task_definition_arn: str
    desired_count: int
    launch_type: str
    platform_version: str
    controller: str
    configuration: dict[str, Any]
    network: dict[str, Any]
    load_balancers: list[dict[str, Any]]
    grace_seconds: int = 0
    echoed: dict[str, Any] = field(default_factory=dict)
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"] = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    service_deployments: list[ServiceDeployment] = field(default_factory=list)
    revisions: list[ServiceRevision] = field(default_factory=list)
    events: deque[ServiceEvent] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))
    completed: Deployment | None = None
    stale_until: datetime | None = None
    stale: dict[str, Any] = field(default_factory=dict)
    is_steady: bool = False
    waits_for_room: bool = False
    ended_drains: list[str] = field(default_factory=list)

    @property
    def key(self) -> ServiceKey:
        """Its cluster and name."""
        return self.cluster, self.name

    @property
    def primary(self) -> Deployment | None:
        """The deployment that is to run; None for a service that is being deleted, or that ECS does not deploy."""
        return next((found for found in self.deployments if found.status == "PRIMARY"), None)

    @property
    def ongoing(self) -> ServiceDeployment | None:
        """The service deployment that has not ended."""
        return next((found for found in self.service_deployments if found.is_ongoing), None)

    def deployments_of(self, deployment_id: str) -> Iterator[Deployment]:
        """The deployment with this id, if it is still there."""
        return (found for found in self.deployments if found.id == deployment_id)
