"""ECS services, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.workload import Workload
from infra.written import Written
from opslib.contract import Arn
from opslib.monitoring import Band

__all__ = ["Autoscaling", "Container", "Service"]

ABOVE_TARGET_PERCENT = 10
"""How far above its target a service's CPU is when autoscaling no longer keeps up."""


class Autoscaling(Written):
    """Target tracking of a service's desired count.

    Attributes:
        minimum: The fewest tasks; two, so that one may fail. Not zero: without a task there is no metric, and silence
            is an outage.
        maximum: The most tasks.
        cpu_target_percent: Average CPU that is held; the warning threshold of the baseline starts there.
        scale_in_cooldown_seconds: Wait after removing tasks.
        scale_out_cooldown_seconds: Wait after adding tasks.
    """

    minimum: int = Field(default=2, ge=1, le=5000)
    maximum: int = Field(default=20, ge=1, le=5000)
    cpu_target_percent: float = Field(default=70, ge=1, le=100)
    scale_in_cooldown_seconds: int = Field(default=300, ge=0, le=3600)
    scale_out_cooldown_seconds: int = Field(default=60, ge=0, le=3600)

    def bands(self, profile: Mapping[str, Band]) -> dict[str, Band]:
        """The bands that a profile's must give way to.

        Target tracking holds the CPU at its target, so a warning at the target would ring all day; ten above it means
        that scaling no longer keeps up.

        Args:
            profile: The bands of the workload's profile.
        """
        cpu = profile["cpuPercent"]
        warning = max(cpu.warning or 0, self.cpu_target_percent + ABOVE_TARGET_PERCENT)
        critical = cpu.critical if cpu.critical is not None and cpu.critical > warning else None
        return {"cpuPercent": Band(warning=warning, critical=critical)} if warning < 100 else {}  # noqa: PLR2004  per cent

    @model_validator(mode="after")
    def _order(self) -> Autoscaling:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


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
        scaling_rule: Name of an EventBridge rule for its scaling events: they are no metric, but the rule is counted.
        failure_rule: The same for stopped tasks and failed deployments.
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
        return self

    @override
    def identifiers(self) -> Mapping[str, str]:
        watched = {f"container.{name}": name for name, container in self.containers.items() if container.health_check}
        rules = {"scaling_rule": self.scaling_rule, "failure_rule": self.failure_rule}
        given = {name: rule for name, rule in rules.items() if rule is not None}
        return {"cluster": self.cluster, "service": self.service, **given, **watched}

    @override
    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"container": tuple(name for name, container in self.containers.items() if container.health_check)}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        return {"minimum_requests": self.minimum_requests}

    @override
    def traits(self) -> frozenset[str]:
        targets = {"load_balancer", "target_group"} if self.target_group else set()
        second = {"alternate_target_group"} if self.alternate_target_group else set()
        volume = {"ebs_volume"} if self.ebs_volume else set()
        return super().traits() | targets | second | volume

    @override
    def adjusted(self, profile: Mapping[str, Band]) -> Mapping[str, Band]:
        return {} if self.autoscaling is None else self.autoscaling.bands(profile)
