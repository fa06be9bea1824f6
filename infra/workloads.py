"""The workloads of a stack's configuration, as a person writes them; what each says to its kind's table.

Identifiers are AWS's names and ARNs of what runs already: this program watches workloads, it does not create them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from infra.written import Thresholds, Written, check_profile, check_thresholds
from opslib.contract import Arn
from opslib.monitoring import Band

__all__ = ["Autoscaling", "Cache", "Database", "Function", "LoadBalancer", "Service", "Workload"]

_GIB = 1024**3
_ACCOUNT_DIGITS = 12

ABOVE_TARGET_PERCENT = 10
"""How far above its target a service's CPU is when autoscaling no longer keeps up."""

POSTGRES_BYTES_PER_CONNECTION = 9_531_392
POSTGRES_MOST_CONNECTIONS = 5_000
"""RDS's default for PostgreSQL is LEAST(DBInstanceClassMemory/9531392, 5000)."""
RDS_MEMORY_SHARE = 0.95
RDS_MEMORY_KEPT_GIB = 0.25
"""DBInstanceClassMemory is the class's memory less what RDS and the system keep, which AWS does not tell. Instances of
1, 2, 4, 8 and 15.25 GiB are reported to say 81, 198, 413, 856 and 1,660. A share of more connections than there are
would never reach its critical threshold, so this estimate lies just below all of them."""


class Workload(Written, ABC):
    """What every workload may say.

    Attributes:
        profile: The profile of thresholds; the stack's where it says none.
        thresholds: Bands that differ from the profile's.
    """

    kind: ClassVar[str]

    profile: str | None = None
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)

    _thresholds = field_validator("thresholds")(check_thresholds)
    _profile = field_validator("profile")(check_profile)

    @abstractmethod
    def identifiers(self) -> Mapping[str, str]:
        """What the dimensions of its metrics are set to, by the identifiers of its kind's table."""

    def instances(self) -> Mapping[str, tuple[str, ...]]:
        """Its instances by kind of instance."""
        return {}

    def numbers(self) -> Mapping[str, float]:
        """The settings that metric math needs."""
        return {}

    def traits(self) -> frozenset[str]:
        """Its identifiers and further traits that rows ask for."""
        return frozenset({*self.identifiers(), *(name for name, given in self.instances().items() if given)})


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
        standby: Key of the service that takes over in an emergency.
        autoscaling: How its desired count follows its load; none: this program leaves it alone.
        minimum_requests: Requests in a point below which an error rate says nothing.
    """

    kind: ClassVar[str] = "ecs_service"

    cluster: str = Field(min_length=1, max_length=255)
    service: str = Field(min_length=1, max_length=255)
    deployment_controller: Literal["ECS", "CODE_DEPLOY", "EXTERNAL"] = "ECS"
    task_family: str | None = None
    containers: dict[str, Container] = Field(default_factory=dict)
    load_balancer: str | None = None
    target_group: str | None = None
    test_rule: Arn | None = None
    standby: str | None = None
    autoscaling: Autoscaling | None = None
    minimum_requests: int = Field(default=20, ge=1)
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
        return self

    def identifiers(self) -> Mapping[str, str]:
        watched = {f"container.{name}": name for name, container in self.containers.items() if container.health_check}
        return {"cluster": self.cluster, "service": self.service, **watched}

    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"container": tuple(name for name, container in self.containers.items() if container.health_check)}

    def numbers(self) -> Mapping[str, float]:
        return {"minimum_requests": self.minimum_requests}

    def traits(self) -> frozenset[str]:
        targets = {"load_balancer", "target_group"} if self.target_group else set()
        return super().traits() | targets


class TargetGroup(Written):
    """A target group of a load balancer."""

    arn: Arn

    @field_validator("arn")
    @classmethod
    def _suffix(cls, value: str) -> str:
        return _resource(value, "targetgroup/", "a target group's ARN (…:targetgroup/name/id)")

    @property
    def dimension(self) -> str:
        """What CloudWatch calls it: the ARN's suffix."""
        return self.arn.split(":", 5)[5]

    @property
    def name(self) -> str:
        """Its name."""
        return self.dimension.split("/")[1]


class Listener(Written):
    """A listener, and those of its rules that carry this product's traffic."""

    arn: Arn
    port: int = Field(ge=1, le=65535)
    rules: tuple[Arn, ...] = ()


class LoadBalancer(Workload):
    """An Application Load Balancer."""

    kind: ClassVar[str] = "load_balancer"

    arn: Arn
    target_groups: dict[str, TargetGroup] = Field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    minimum_requests: int = Field(default=20, ge=1)

    @field_validator("arn")
    @classmethod
    def _application(cls, value: str) -> str:
        return _resource(value, "loadbalancer/app/", "an Application Load Balancer's ARN (…:loadbalancer/app/name/id)")

    @model_validator(mode="after")
    def _one_place(self) -> LoadBalancer:
        parts = [(f"targetGroups.{key}.arn", group.arn) for key, group in self.target_groups.items()]
        parts += [(f"listeners.{index}.arn", listener.arn) for index, listener in enumerate(self.listeners)]
        for where, arn in parts:
            if arn.split(":")[3:5] != self.arn.split(":")[3:5]:
                raise ValueError(f"{where} is of another account or region than the load balancer")
        return self

    @property
    def dimension(self) -> str:
        """What CloudWatch calls it: the ARN's suffix, not the ARN."""
        return self.arn.split(":", 5)[5].removeprefix("loadbalancer/")

    def identifiers(self) -> Mapping[str, str]:
        return {"load_balancer": self.dimension}

    def numbers(self) -> Mapping[str, float]:
        return {"minimum_requests": self.minimum_requests}


class Database(Workload):
    """A PostgreSQL instance on RDS.

    Attributes:
        instance: Its identifier.
        allocated_storage_gib: Its storage: the metric counts bytes, a threshold is a share.
        memory_gib: The memory of its class, from which RDS's default of `max_connections` follows.
        max_connections: The setting itself, where its parameter group changes it.
    """

    kind: ClassVar[str] = "database"

    instance: str = Field(min_length=1, max_length=63)
    engine: Literal["postgres"] = "postgres"
    engine_version: str | None = None
    instance_class: str | None = Field(default=None, pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$")
    resource_id: str | None = Field(default=None, pattern=r"^db-[A-Z0-9]+$")
    allocated_storage_gib: Annotated[int, Field(ge=20, le=65_536)]
    memory_gib: Annotated[float, Field(gt=0, le=24_576)] | None = None
    max_connections: Annotated[int, Field(ge=6)] | None = None
    secrets: dict[str, Arn] = Field(default_factory=dict)
    switch_by: Literal["rename", "parameter", "secret", "cname", "proxy"] = "rename"
    endpoint_parameter: str | None = None
    proxy: str | None = None
    replicas: tuple[str, ...] = ()
    quarantine_security_group: str | None = None

    @model_validator(mode="after")
    def _connections(self) -> Database:
        if self.memory_gib is None and self.max_connections is None:
            raise ValueError("give memoryGib (of the instance class) or maxConnections: a share needs a whole")
        return self

    def identifiers(self) -> Mapping[str, str]:
        return {"instance": self.instance}

    def numbers(self) -> Mapping[str, float]:
        memory_gib = RDS_MEMORY_SHARE * (self.memory_gib or 0) - RDS_MEMORY_KEPT_GIB
        by_memory = max(1, int(memory_gib * _GIB) // POSTGRES_BYTES_PER_CONNECTION)
        return {
            "max_connections": self.max_connections or min(by_memory, POSTGRES_MOST_CONNECTIONS),
            "allocated_bytes": self.allocated_storage_gib * _GIB,
        }


class Cache(Workload):
    """A Redis or Valkey replication group.

    Attributes:
        replication_group: Its id.
        members: The endings of its members' ids: ``001`` of ``sessions-001``.
    """

    kind: ClassVar[str] = "cache"

    replication_group: str = Field(min_length=1, max_length=40)
    members: tuple[Annotated[str, Field(pattern=r"^[0-9]{3}$|^[0-9]{4}-[0-9]{3}$")], ...] = Field(min_length=1)
    engine: Literal["redis", "valkey"] = "redis"
    node_type: str | None = Field(default=None, pattern=r"^cache\.[a-z0-9-]+\.[a-z0-9]+$")

    def member_ids(self) -> tuple[str, ...]:
        """The ids of its members, which CloudWatch's metrics name."""
        return tuple(f"{self.replication_group}-{member}" for member in self.members)

    def identifiers(self) -> Mapping[str, str]:
        return {
            f"member.{member}": identifier for member, identifier in zip(self.members, self.member_ids(), strict=True)
        }

    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"member": self.members}


class Function(Workload):
    """A Lambda function.

    Attributes:
        function: Its name.
        timeout_seconds: Its time-out: durations are watched as a share of it.
        invoked_hourly: Whether it is invoked at least once an hour, so that silence means something.
        stream: Whether it reads a Kinesis, DynamoDB or DocumentDB stream.
    """

    kind: ClassVar[str] = "function"

    function: str = Field(min_length=1, max_length=64)
    alias: str | None = None
    runtime: str | None = None
    timeout_seconds: int = Field(ge=1, le=900)
    invoked_hourly: bool = False
    stream: bool = False

    def identifiers(self) -> Mapping[str, str]:
        return {"function": self.function}

    def numbers(self) -> Mapping[str, float]:
        return {"timeout_milliseconds": self.timeout_seconds * 1000}

    def traits(self) -> frozenset[str]:
        further = {name for name in ("invoked_hourly", "stream") if getattr(self, name)}
        return super().traits() | further


def _resource(arn: str, prefix: str, expected: str) -> str:
    *_, account, resource = arn.split(":", 5)
    if not resource.startswith(prefix):
        raise ValueError(f"is not {expected}")
    if not (account.isdigit() and len(account) == _ACCOUNT_DIGITS):
        raise ValueError(f"has no account id of {_ACCOUNT_DIGITS} digits: {account or 'none'}")
    return arn
