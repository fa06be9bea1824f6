"""What has to run in an account so that a stack's configuration is true of it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.config import StackConfig
from infra.kinds.agent import ROLES
from infra.kinds.emitting import ENVIRONMENT
from infra.workloads import LoadBalancer, Service
from opslib.sandbox.behaviour.traffic.script import Program
from opslib.sandbox.workload import (
    Cache,
    Database,
    Function,
    Listener,
    Rule,
    TargetGroup,
    Workload,
)
from opslib.sandbox.workload import LoadBalancer as SeededLoadBalancer
from opslib.sandbox.workload import Service as SeededService

__all__ = ["programs_of", "workload_of"]

_UNKNOWN_PORT = 80


def workload_of(config: StackConfig, *, region: str, account: str) -> Workload:
    """Everything that a configuration names, as the sandbox can seed it.

    Args:
        config: The configuration of a stack.
        region: Where its workloads run.
        account: Whose they are.
    """
    return Workload(
        region=region,
        account=account,
        load_balancers=tuple(_load_balancer(config, key, found) for key, found in config.load_balancers.items()),
        services=tuple(_service(config, service) for service in config.services.values()),
        databases=tuple(
            Database(
                identifier=database.instance,
                engine=database.engine,
                engine_version=database.engine_version or "16.4",
                instance_class=database.instance_class or "db.t4g.medium",
                allocated_storage_gib=database.allocated_storage_gib,
            )
            for database in config.databases.values()
        ),
        caches=tuple(
            Cache(
                replication_group_id=cache.replication_group,
                member_ids=cache.member_ids(),
                node_type=cache.node_type or "cache.t4g.small",
                engine=cache.engine,
            )
            for cache in config.caches.values()
        ),
        functions=tuple(
            Function(
                name=function.function,
                runtime=function.runtime or "python3.12",
                timeout_seconds=function.timeout_seconds,
                alias=function.alias,
            )
            for function in config.functions.values()
        ),
        log_groups=tuple(sorted(set(_log_groups(config)))),
    )


def _log_groups(config: StackConfig) -> Iterator[str]:
    """Those that are there already, whoever created them."""
    for key in config.workloads():
        created = key in config.logs.ours and key not in config.logs.adopt
        if config.region(key) is None:
            names = (
                ("flow_log_group", "trail_log_group") if created else ("log_group", "flow_log_group", "trail_log_group")
            )
            identifiers = config.identifiers(key)
            yield from (identifiers[name] for name in names if name in identifiers)


def _service(config: StackConfig, service: Service) -> SeededService:
    container, details = next(iter(service.containers.items()), ("app", None))
    groups: tuple[str, ...] = ()
    if service.load_balancer and service.target_group:
        groups = (config.load_balancers[service.load_balancer].target_groups[service.target_group].arn,)
    return SeededService(
        cluster=service.cluster,
        name=service.service,
        family=service.task_family or f"{service.cluster}-{service.service}",
        image=f"{(details and details.repository) or service.service}:1.0.0",
        container=container,
        container_port=(details and details.port) or _UNKNOWN_PORT,
        revisions=2,
        desired_count=service.autoscaling.minimum if service.autoscaling else 1,
        target_group_arns=groups,
    )


def programs_of(config: StackConfig) -> tuple[Program, ...]:
    """Every agent and application of a configuration, as the sandbox's traffic lets them write."""
    programs = []
    for key, workload in {**config.section("agents"), **config.section("applications")}.items():
        names = config.identifiers(key)
        by: dict[str, list[str]] = {}
        for name, value in names.items():
            kind, _, instance = name.partition(".")
            if instance:
                by.setdefault(_dimension(kind), []).append(value)
        programs.append(
            Program(
                environment=names[ENVIRONMENT],
                agent=names.get("agent"),
                service=names.get("service"),
                role=next((role for role in ROLES if role in workload.traits()), "other"),
                things_per_minute=4 if "agent" in names else 120,
                by={dimension: tuple(values) for dimension, values in by.items()},
            )
        )
    return tuple(programs)


def _dimension(kind: str) -> str:
    """What the emitter calls what a table calls `error_type`."""
    return "".join(part.capitalize() for part in kind.split("_"))


def _load_balancer(config: StackConfig, key: str, balancer: LoadBalancer) -> SeededLoadBalancer:
    forwards = list(_forwards(config, key, balancer))
    return SeededLoadBalancer(
        name=balancer.dimension.split("/")[1],
        arn=balancer.arn,
        target_groups=tuple(
            TargetGroup(arn=group.arn, name=group.name, port=_port(config, key, name), health_check_path="/health")
            for name, group in balancer.target_groups.items()
        ),
        listeners=tuple(
            Listener(
                arn=listener.arn,
                port=listener.port,
                rules=tuple(
                    Rule(arn=arn, priority=10 * (number + 1), path_pattern=path, forwards=forward)
                    for number, (arn, (path, forward)) in enumerate(zip(listener.rules, forwards, strict=False))
                ),
            )
            for listener in balancer.listeners
        ),
    )


def _forwards(config: StackConfig, key: str, balancer: LoadBalancer) -> Iterator[tuple[str, dict[str, int]]]:
    """Where each rule leads: a service's own group with all the weight, and its standby's with none."""
    for name, service in config.services.items():
        if service.load_balancer != key or not service.target_group or not config.pages(name):
            continue
        forward = {balancer.target_groups[service.target_group].arn: 100}
        standby = config.services.get(service.standby or "")
        if standby and standby.target_group:
            forward[balancer.target_groups[standby.target_group].arn] = 0
        yield f"/{name}/*", forward


def _port(config: StackConfig, key: str, group: str) -> int:
    ports = (
        container.port
        for service in config.services.values()
        if (service.load_balancer, service.target_group) == (key, group)
        for container in service.containers.values()
        if container.port
    )
    return next(ports, _UNKNOWN_PORT)
