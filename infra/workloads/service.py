"""ECS services, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.autoscaling import Autoscaling
from infra.workloads.workload import Workload
from infra.written import Written
from opslib.contract import Arn
from opslib.monitoring import Band

__all__ = ["Autoscaling", "Container", "Service"]

_RULES = ("scaling_rule", "failure_rule", "deployment_rule")
"""The identifiers of the rules that count what happens to a service."""


class Container(Written):
    """A container of the service's task definition.

    Attributes:
        port: Where it listens.
        repository: Name of its ECR repository.
        health_check: Whether it has a health check of its own, so that its health can be watched.
    """

    port: int | None = Field(default=None, ge=1, le=65535)
    repository: str | None = None
    health_check: bool = False


class Service(Workload):
    """An ECS service.

    Attributes:
        cluster: Name of the cluster.
        service: Name of the service.
        load_balancer: Key of its load balancer in `loadBalancers`; with `target_group`.
        target_group: Key of its target group there.
        alternate_target_group: Key of the second one, between which and the first CodeDeploy switches.
        standby: Key of the service that takes over in an emergency.
        autoscaling: How its desired count follows its load; none: this program leaves it alone.
        minimum_requests: Requests in a point below which an error rate says nothing.
        ebs_volume: Whether its tasks have an EBS volume.
        count_events: Whether rules are created that count its scaling, its failed tasks and its failed deployments.
        scaling_rule: Name of an EventBridge rule for its scaling events that is there already; none is created then.
        failure_rule: The same for failed tasks.
        deployment_rule: The same for failed deployments.
        error_pattern: CloudWatch Logs' filter pattern of the lines in its log group that are errors, such as
            ``?ERROR ?Traceback`` or ``{ $.level = "error" }``; a metric filter counts them.
    """

    kind: ClassVar[str] = "ecs_service"

    cluster: str = Field(min_length=1, max_length=255)
    service: str = Field(min_length=1, max_length=255)
    deployment_controller: Literal["ECS", "CODE_DEPLOY", "EXTERNAL"] = "ECS"
    task_family: str | None = None
    containers: dict[str, Container] = Field(default_factory=dict)
    load_balancer: str | None = None
    target_group: str | None = None
    alternate_target_group: str | None = None
    test_rule: Arn | None = None
    standby: str | None = None
    autoscaling: Autoscaling | None = None
    minimum_requests: int = Field(default=20, ge=1)
    ebs_volume: bool = False
    scaling_rule: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    failure_rule: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    deployment_rule: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    count_events: bool = False
    error_pattern: str | None = Field(default=None, min_length=1, max_length=1024)
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    log_group: str | None = None
    health_url: str | None = Field(default=None, pattern=r"^https?://")
    migration_task: str | None = None
    depends_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _both(self) -> Service:
        if (self.load_balancer is None) != (self.target_group is None):
            raise ValueError("loadBalancer and targetGroup go together: give both or neither")
        if self.alternate_target_group is not None and self.alternate_target_group == self.target_group:
            raise ValueError("alternateTargetGroup is targetGroup: blue and green are two groups")
        if self.alternate_target_group is not None and self.target_group is None:
            raise ValueError("alternateTargetGroup needs a targetGroup beside it")
        if self.error_pattern is not None and self.log_group is None:
            raise ValueError("errorPattern needs logGroup: it counts lines of it")
        return self

    @model_validator(mode="after")
    def _requests(self) -> Service:
        if self.autoscaling is None or self.autoscaling.requests_per_target is None:
            return self
        if self.target_group is None:
            raise ValueError("autoscaling.requestsPerTarget needs loadBalancer and targetGroup beside it")
        if self.alternate_target_group is not None:
            raise ValueError("autoscaling.requestsPerTarget: AWS follows the requests of one target group, not of two")
        return self

    @override
    def identifiers(self) -> Mapping[str, str]:
        watched = {f"container.{name}": name for name, container in self.containers.items() if container.health_check}
        named = {**{name: getattr(self, name) for name in _RULES}, "log_group": self.log_group}
        given = {name: value for name, value in named.items() if value is not None}
        return {"cluster": self.cluster, "service": self.service, **given, **watched}

    @override
    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"container": tuple(name for name, container in self.containers.items() if container.health_check)}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        pattern = {} if self.error_pattern is None else {"error_pattern": self.error_pattern}
        return {"minimum_requests": self.minimum_requests, **pattern}

    @override
    def traits(self) -> frozenset[str]:
        targets = {"load_balancer", "target_group"} if self.target_group else set()
        second = {"alternate_target_group"} if self.alternate_target_group else set()
        volume = {"ebs_volume"} if self.ebs_volume else set()
        counted = set(_RULES) if self.count_events else set()
        return super().traits() | targets | second | volume | counted

    @override
    def adjusted(self, profile: Mapping[str, Band]) -> Mapping[str, Band]:
        return {} if self.autoscaling is None else self.autoscaling.bands(profile)
