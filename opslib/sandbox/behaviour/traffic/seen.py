"""What the world looks like at the end of a minute, as plain data: all that the load depends on."""

from __future__ import annotations

from dataclasses import dataclass

from opslib.sandbox.behaviour.load_balancer.serving import RuleServing

__all__ = ["SeenCache", "SeenDatabase", "SeenFunction", "SeenGroup", "SeenService", "SeenTasks", "Targets", "World"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of one group that take requests, and conduct themselves alike.

    Attributes:
        key: What they share their capacity with: tasks of the same service and task definition, whichever the group.
        count: How many.
        vcpus: What each can do.
        answers: Whether their application answers; else every request fails.
        refuses: Of those that do not answer: whether connections fail, rather than being answered with a 5xx.
        errors_percent: Of the requests, how many they fail, on top of what is usual.
        latency_seconds: How long a request takes them; None: as usual.
    """

    key: str
    count: int
    vcpus: float
    answers: bool = True
    refuses: bool = False
    errors_percent: float = 0.0
    latency_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A target group.

    Attributes:
        arn: Its ARN.
        load_balancer_arns: The load balancers whose rules name it.
        registered: How many targets are registered; draining ones are not.
        healthy: How many are healthy.
        unhealthy: How many are unhealthy.
        receiving: Those that requests go to.
    """

    arn: str
    load_balancer_arns: tuple[str, ...]
    registered: int
    healthy: int
    unhealthy: int
    receiving: tuple[Targets, ...]


@dataclass(frozen=True, slots=True)
class SeenTasks:
    """The running tasks of one service and one task definition.

    Attributes:
        key: As `Targets.key`.
        count: How many.
        vcpus: What each can do.
        memory_mib: What each has.
    """

    key: str
    count: int
    vcpus: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class SeenService:
    """An ECS service.

    Attributes:
        cluster: Its cluster's name.
        name: Its name.
        insights: The cluster's setting of Container Insights: `disabled`, `enabled` or `enhanced`.
        desired: How many tasks are to run.
        running: How many do.
        pending: How many are starting.
        deployments: How many deployments it has.
        tasks: Those that run.
        restarts: How often containers with a restart policy were restarted; None: there is no such policy.
        containers: Of each container with a health check, how many are unhealthy and how many are not.
    """

    cluster: str
    name: str
    insights: str
    desired: int
    running: int
    pending: int
    deployments: int
    tasks: tuple[SeenTasks, ...]
    restarts: int | None
    containers: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class SeenDatabase:
    """An RDS instance that is available.

    Attributes:
        identifier: Its identifier.
        engine: `postgres` and the like.
        vcpus: What its class can do.
        memory_bytes: What its class has.
        storage_bytes: What is allocated.
        storage_type: `gp2`, `gp3` and the like.
        bursts: Whether its class earns and spends CPU credits.
        insights: Whether Performance (Database) Insights is on.
        is_replica: Whether it is a read replica.
    """

    identifier: str
    engine: str
    vcpus: float
    memory_bytes: float
    storage_bytes: float
    storage_type: str
    bursts: bool
    insights: bool
    is_replica: bool


@dataclass(frozen=True, slots=True)
class SeenCache:
    """A member of a replication group, or a cluster on its own, that is available.

    Attributes:
        member: Its identifier.
        is_replica: Whether it follows another.
    """

    member: str
    is_replica: bool


@dataclass(frozen=True, slots=True)
class SeenFunction:
    """A Lambda function.

    Attributes:
        name: Its name.
        timeout_seconds: After which an invocation is cut off.
        alias: By which it is invoked; None: by its name alone.
        reads_stream: Whether it reads a stream.
        reserved: How many at once are reserved for it; None: none are. With 0, every invocation is throttled.
        runs: Whether it has a handler, so that its invocations are real ones.
    """

    name: str
    timeout_seconds: float
    alias: str | None
    reads_stream: bool
    reserved: int | None
    runs: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One region.

    Attributes:
        balancers: The ARNs of all application load balancers.
        rules: Every rule that forwards, and to which group by which share.
        groups: The target groups that rules name, by ARN.
        services: The services.
        databases: The databases that are available.
        databases_wanted: How many databases there are, available or not.
        caches: The cache members that are available.
        functions: The functions.
    """

    balancers: tuple[str, ...] = ()
    rules: tuple[RuleServing, ...] = ()
    groups: tuple[SeenGroup, ...] = ()
    services: tuple[SeenService, ...] = ()
    databases: tuple[SeenDatabase, ...] = ()
    databases_wanted: int = 0
    caches: tuple[SeenCache, ...] = ()
    functions: tuple[SeenFunction, ...] = ()
