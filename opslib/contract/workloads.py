"""The workloads: what is watched, and what procedures change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from opslib.contract.fields import Arn, Name, Record, RegionName

__all__ = [
    "Cache",
    "Container",
    "Database",
    "Function",
    "Listener",
    "LoadBalancer",
    "ScalableTarget",
    "Service",
    "TargetGroup",
    "Watched",
]


class TargetGroup(Record):
    """A load balancer's target group."""

    name: Name
    arn: Arn
    dimension: Name = Field(description="What CloudWatch calls it: targetgroup/name/id, the ARN's suffix")


class Listener(Record):
    """A listener and the rules of it that carry a workload's traffic."""

    arn: Arn
    port: int = Field(ge=1, le=65535)
    rules: tuple[Arn, ...] = ()


class Container(Record):
    """One container of a task definition."""

    name: Name
    port: int | None = Field(default=None, ge=1, le=65535)
    repository: str | None = Field(default=None, description="Name of its ECR repository")


class ScalableTarget(Record):
    """An Application Auto Scaling target that the program owns."""

    resource_id: Name
    minimum: int = Field(ge=0)
    maximum: int = Field(ge=0)


class Service(Record):
    """An ECS service."""

    cluster: Name
    name: Name
    deployment_controller: Literal["ECS", "CODE_DEPLOY", "EXTERNAL"] = "ECS"
    task_family: Name | None = None
    containers: tuple[Container, ...] = ()
    load_balancer: Name | None = Field(default=None, description="Key of its load balancer in loadBalancers")
    target_groups: tuple[Name, ...] = Field(default=(), description="Keys of its target groups there")
    listener_rules: tuple[Arn, ...] = ()
    test_rule: Arn | None = None
    standby: Name | None = Field(default=None, description="Key of the service that takes over in an emergency")
    scalable_target: ScalableTarget | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    log_group: str | None = None
    health_url: str | None = None
    migration_task: str | None = Field(default=None, description="Task family that runs migrations")
    depends_on: tuple[Name, ...] = Field(default=(), description="Keys of services that must be up first")


class LoadBalancer(Record):
    """An Application Load Balancer."""

    arn: Arn
    dimension: Name = Field(description="What CloudWatch calls it: app/name/id, the ARN's suffix")
    target_groups: dict[str, TargetGroup] = Field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()


class Database(Record):
    """A PostgreSQL database on RDS: an instance."""

    instance: Name
    resource_id: str | None = Field(default=None, description="DbiResourceId: stays when the instance is renamed")
    engine: Name
    secrets: dict[str, Arn] = Field(default_factory=dict, description="Secret ARN by consumer; never a value")
    switch_by: Literal["rename", "parameter", "secret", "cname", "proxy"] = "rename"
    endpoint_parameter: str | None = None
    proxy: str | None = None
    replicas: tuple[str, ...] = ()
    quarantine_security_group: str | None = None


class Cache(Record):
    """A Redis or Valkey replication group on ElastiCache."""

    replication_group: Name
    members: tuple[Name, ...] = Field(min_length=1, description="Cache cluster ids: what CloudWatch's metrics name")
    engine: Name = "redis"


class Function(Record):
    """A Lambda function."""

    name: Name
    alias: str | None = None


class Watched(Record):
    """Anything else that alarms watch: a queue, a host, a certificate … No procedure changes it."""

    kind: Name = Field(description="What it is: queue, host, nat_gateway, agent …")
    region: RegionName | None = Field(default=None, description="Where it is, if not where the stack is")
    identifiers: dict[str, str] = Field(default_factory=dict, description="AWS's names of it and of its parts")
