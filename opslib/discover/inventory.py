"""What runs in a region of an account, as records with AWS's own names."""

from __future__ import annotations

from dataclasses import dataclass, fields

from opslib.discover.inventory_edge import Api, Canary, Certificate, Distribution, HealthCheck, WebAcl
from opslib.discover.inventory_hosts import Fleet, Host, NatGateway

__all__ = [
    "Cache",
    "Container",
    "Database",
    "DatabaseCluster",
    "Function",
    "Inventory",
    "Listener",
    "ListenerRule",
    "LoadBalancer",
    "Queue",
    "Scaling",
    "ServerlessCache",
    "Service",
    "TargetGroup",
]


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task definition.

    Attributes:
        name: Its name.
        image: What it runs.
        port: The first port that it listens on.
        has_health_check: Whether it has a health check of its own.
        log_group: Where it writes, with the `awslogs` driver.
        is_essential: Whether the task ends with it.
    """

    name: str
    image: str
    port: int | None
    has_health_check: bool
    log_group: str | None
    is_essential: bool


@dataclass(frozen=True, slots=True)
class Scaling:
    """How Application Auto Scaling moves a service's desired count.

    Attributes:
        minimum: The fewest tasks.
        maximum: The most tasks.
        cpu_target_percent: What target tracking holds the CPU at; None: it does not.
    """

    minimum: int
    maximum: int
    cpu_target_percent: float | None


@dataclass(frozen=True, slots=True)
class Service:
    """An ECS service.

    Attributes:
        arn: Its ARN.
        cluster: The cluster's name.
        name: Its name.
        desired_count: How many tasks it should run.
        controller: `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
        task_family: The family of its task definition.
        containers: Those of its task definition.
        target_group_arns: Where its tasks are registered.
        subnets: Where its tasks run.
        security_groups: Of its tasks.
        scaling: What moves its desired count; None: nothing does.
        container_insights: The cluster's setting: `enabled`, `enhanced` or `disabled`.
    """

    arn: str
    cluster: str
    name: str
    desired_count: int
    controller: str
    task_family: str
    containers: tuple[Container, ...]
    target_group_arns: tuple[str, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    scaling: Scaling | None
    container_insights: str


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group of a load balancer."""

    arn: str
    name: str
    load_balancer_arns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """A rule of a listener; the default one has no conditions.

    Attributes:
        arn: Its ARN.
        is_default: Whether it takes what no other takes.
        weights: The weight of each target group that it forwards to.
    """

    arn: str
    is_default: bool
    weights: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener and its rules, in their order."""

    arn: str
    port: int
    rules: tuple[ListenerRule, ...]


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer.

    Attributes:
        arn: Its ARN.
        name: Its name.
        kind: `application`, `network` or `gateway`.
        is_internal: Whether only the VPC reaches it.
        target_groups: Those that are attached to it.
        listeners: Its listeners; none are read of kinds other than `application`.
    """

    arn: str
    name: str
    kind: str
    is_internal: bool
    target_groups: tuple[TargetGroup, ...]
    listeners: tuple[Listener, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """An RDS instance.

    Attributes:
        arn: Its ARN.
        identifier: Its identifier.
        engine: `postgres`, `mysql`, `aurora-postgresql` …
        engine_version: Its version.
        instance_class: Its class, such as `db.t4g.medium`.
        allocated_storage_gib: Its storage.
        storage_type: `gp2`, `gp3` …
        resource_id: Its immutable id.
        cluster: The Aurora cluster that it is a member of.
        replica_of: The identifier of the instance that it copies.
        has_performance_insights: Whether Performance Insights (Database Insights) is on.
    """

    arn: str
    identifier: str
    engine: str
    engine_version: str
    instance_class: str
    allocated_storage_gib: int
    storage_type: str
    resource_id: str
    cluster: str | None
    replica_of: str | None
    has_performance_insights: bool


@dataclass(frozen=True, slots=True)
class DatabaseCluster:
    """An Aurora cluster, and the identifiers of its instances."""

    arn: str
    identifier: str
    engine: str
    members: tuple[str, ...]
    is_serverless: bool


@dataclass(frozen=True, slots=True)
class Cache:
    """An ElastiCache replication group, and the ids of its members."""

    arn: str
    replication_group: str
    members: tuple[str, ...]
    node_type: str
    engine: str


@dataclass(frozen=True, slots=True)
class ServerlessCache:
    """A serverless cache of ElastiCache.

    Attributes:
        arn: Its ARN.
        name: Its name.
        status: ElastiCache's word: `available`, `creating` …
        most_gib: The most data that its usage limit lets it store; None: it has no limit.
        most_ecpu_per_second: The same of processing units a second.
    """

    arn: str
    name: str
    status: str
    most_gib: int | None
    most_ecpu_per_second: int | None


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function.

    Attributes:
        arn: Its ARN.
        name: Its name.
        runtime: Its runtime; none where it is an image.
        timeout_seconds: Its time-out.
        aliases: The names of its aliases.
        reads_stream: Whether it reads a Kinesis, DynamoDB or DocumentDB stream.
    """

    arn: str
    name: str
    runtime: str | None
    timeout_seconds: int
    aliases: tuple[str, ...]
    reads_stream: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue, and the name of its dead-letter queue."""

    arn: str
    name: str
    dead_letter_queue: str | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that was found.

    Attributes:
        account: Twelve digits.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: The region.
        services: ECS services that are active.
        load_balancers: Load balancers of every kind.
        databases: RDS instances, those of Aurora clusters too.
        database_clusters: Aurora clusters.
        caches: Replication groups.
        functions: Lambda functions.
        queues: SQS queues.
        serverless_caches: Serverless caches.
        hosts: EC2 instances that no group has.
        fleets: Auto Scaling groups.
        nat_gateways: NAT gateways.
        distributions: CloudFront distributions, of the account.
        certificates: Certificates of the region, and those of the distributions.
        apis: Stages of APIs.
        web_acls: Web ACLs of the region, and those of the distributions.
        health_checks: Route 53 health checks, of the account.
        canaries: Canaries.
    """

    account: str
    partition: str
    region: str
    services: tuple[Service, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    databases: tuple[Database, ...] = ()
    database_clusters: tuple[DatabaseCluster, ...] = ()
    caches: tuple[Cache, ...] = ()
    functions: tuple[Function, ...] = ()
    queues: tuple[Queue, ...] = ()
    serverless_caches: tuple[ServerlessCache, ...] = ()
    hosts: tuple[Host, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    apis: tuple[Api, ...] = ()
    web_acls: tuple[WebAcl, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
    canaries: tuple[Canary, ...] = ()

    @property
    def count(self) -> int:
        """How many workloads there are; the instances of a cluster are counted, and not the cluster."""
        found = (getattr(self, one.name) for one in fields(self) if one.name != "database_clusters")
        return sum(len(one) for one in found if isinstance(one, tuple))
