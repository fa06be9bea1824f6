"""Looks at the world: what of tasks, targets, databases, caches and functions the load depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.awslambda.utils import get_backend
from moto.elasticache.models import elasticache_backends
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.databases.serving import AVAILABLE, SERVING
from opslib.sandbox.behaviour.ecs.conduct import Conduct
from opslib.sandbox.behaviour.ecs.model import Service, Status, Task
from opslib.sandbox.behaviour.ecs.shapes import counts_of
from opslib.sandbox.behaviour.ecs.world import World as EcsWorld
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.behaviour.functions.handlers import handler_of
from opslib.sandbox.behaviour.load_balancer.serving import RuleServing, serving
from opslib.sandbox.behaviour.load_balancer.targets import targets_of
from opslib.sandbox.behaviour.traffic.instance_classes import GIB, capacity_of, is_burstable
from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.seen import (
    SeenCache,
    SeenDatabase,
    SeenFunction,
    SeenGroup,
    SeenService,
    SeenTasks,
    Targets,
    World,
)
from opslib.sandbox.behaviour.traffic.settings import TrafficSettings

__all__ = ["look"]

_UNITS_PER_VCPU = 1024
_SMALLEST_UNITS = 256  # AWS, task definition parameters: the smallest Fargate task has .25 vCPU and 512 MiB
_SMALLEST_MIB = 512
_REFUSED = 502  # what a load balancer answers for a target that takes no connection
_INSIGHTS = "containerInsights"
_RUNS = (Status.RUNNING, Status.DEACTIVATING)


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a task definition says of its tasks' size, and of their containers."""

    vcpus: float
    memory_mib: float
    restarts: bool


def look(account: Account, region: str, script: TrafficScript, settings: TrafficSettings) -> World:
    """The world as it is now. To be called while holding `account.schedule.lock`.

    Args:
        account: The account.
        region: The region.
        script: The traffic.
        settings: What is assumed of what nothing is known about.
    """
    balancers = elbv2_backends[account.account_id][region].load_balancers
    rules = tuple(rule for rule in serving(account, region) if balancers[rule.load_balancer_arn].type == "application")
    ecs = _Tasks(world_of(account, region))
    groups: dict[str, list[RuleServing]] = {}
    for rule in rules:
        for group in rule.groups:
            groups.setdefault(group.target_group_arn, []).append(rule)
    instances = list(rds_backends[account.account_id][region].databases.values())
    return World(
        balancers=tuple(arn for arn, found in balancers.items() if found.type == "application"),
        rules=rules,
        groups=tuple(_group(account, arn, of, ecs, settings) for arn, of in groups.items()),
        services=tuple(ecs.service(found) for found in ecs.world.services.values() if found.status != "INACTIVE"),
        databases=tuple(_database(found, script, settings) for found in instances if found.status in SERVING),
        databases_wanted=len(instances),
        caches=tuple(_caches(account, region)),
        functions=tuple(_functions(account, region)),
    )


def _group(account: Account, arn: str, rules: list[RuleServing], ecs: _Tasks, settings: TrafficSettings) -> SeenGroup:
    targets = {(target.id, target.port): target for target in targets_of(account, ecs.world.region, arn)}
    health = Counter(target.health for target in targets.values())
    receiving = next(group.receiving for rule in rules for group in rule.groups if group.target_group_arn == arn)
    alike: Counter[Targets] = Counter()
    for address in receiving:
        target = targets[address]
        alike[ecs.targets(arn, address, settings, answers=target.answers, refuses=target.code == _REFUSED)] += 1
    return SeenGroup(
        arn=arn,
        load_balancer_arns=tuple(sorted({rule.load_balancer_arn for rule in rules})),
        registered=len(targets) - health["draining"],
        healthy=health["healthy"],
        unhealthy=health["unhealthy"],
        receiving=tuple(_counted(kind, count) for kind, count in alike.items()),
    )


def _counted(targets: Targets, count: int) -> Targets:
    return Targets(
        targets.key,
        count,
        targets.vcpus,
        targets.answers,
        targets.refuses,
        targets.errors_percent,
        targets.latency_seconds,
    )


class _Tasks:
    """The tasks of a region, with what is known of each looked up once."""

    def __init__(self, world: EcsWorld) -> None:
        self.world = world
        self._running: dict[tuple[str, str, int], Task] = {}
        self._of_service: dict[tuple[str, str], list[Task]] = {}
        self._conducts: dict[tuple[str, ...], Conduct] = {}
        self._definitions: dict[str, _Definition] = {}
        for task in world.tasks.values():
            if task.service is not None:
                self._of_service.setdefault(task.service, []).append(task)
            if task.last_status in _RUNS:
                for group_arn, port in task.targets:
                    self._running[group_arn, task.ip, port] = task

    def targets(
        self, group_arn: str, address: tuple[str, int], settings: TrafficSettings, *, answers: bool, refuses: bool
    ) -> Targets:
        """One target, as it conducts itself."""
        task = self._running.get((group_arn, *address))
        if task is None:
            return Targets(group_arn, 1, settings.vcpus_of_unknown_targets, answers, refuses)
        conduct = self._conduct(task)
        latency = conduct.latency_seconds if "latency_seconds" in conduct.model_fields_set else None
        size = self._definition(task.task_definition_arn)
        return Targets(_key(task), 1, size.vcpus, answers, refuses, conduct.errors_percent, latency)

    def service(self, service: Service) -> SeenService:
        """A service with its tasks."""
        tasks = self._of_service.get(service.key, [])
        running, pending = counts_of(tasks)
        by_key: dict[str, list[Task]] = {}
        for task in tasks:
            if task.last_status in _RUNS:
                by_key.setdefault(_key(task), []).append(task)
        sizes = {key: self._definition(alike[0].task_definition_arn) for key, alike in by_key.items()}
        return SeenService(
            cluster=service.cluster,
            name=service.name,
            insights=self._insights(service.cluster),
            desired=service.desired_count,
            running=running,
            pending=pending,
            deployments=len(service.deployments),
            tasks=tuple(
                SeenTasks(key, len(alike), sizes[key].vcpus, sizes[key].memory_mib) for key, alike in by_key.items()
            ),
            restarts=0 if any(size.restarts for size in sizes.values()) else None,
            containers=tuple(_containers([task for alike in by_key.values() for task in alike])),
        )

    def _conduct(self, task: Task) -> Conduct:
        key = (task.task_definition_arn, *(f"{container.image}@{container.digest}" for container in task.containers))
        if key not in self._conducts:
            self._conducts[key] = self.world.conduct(task)
        return self._conducts[key]

    def _definition(self, arn: str) -> _Definition:
        if arn not in self._definitions:
            found = self.world.moto.describe_task_definition(arn)
            containers: list[dict[str, Any]] = found.container_definitions
            units = float(found.cpu or sum(container.get("cpu") or 0 for container in containers) or _SMALLEST_UNITS)
            mib = float(found.memory or sum(container.get("memory") or 0 for container in containers) or _SMALLEST_MIB)
            restarts = any((container.get("restartPolicy") or {}).get("enabled") for container in containers)
            self._definitions[arn] = _Definition(units / _UNITS_PER_VCPU, mib, restarts)
        return self._definitions[arn]

    def _insights(self, cluster: str) -> str:
        found = self.world.moto.clusters.get(cluster)
        values = [setting["value"] for setting in found.settings if setting["name"] == _INSIGHTS] if found else []
        return str(values[-1]) if values else "disabled"


def _key(task: Task) -> str:
    return f"{'/'.join(task.service or (task.cluster,))} {task.task_definition_arn}"


def _containers(tasks: list[Task]) -> Iterator[tuple[str, int, int]]:
    counts: dict[str, list[int]] = {}
    for task in tasks:
        for container in task.containers:
            if container.health_check:
                counts.setdefault(container.name, [0, 0])[container.health != "UNHEALTHY"] += 1
    for name, (unhealthy, others) in counts.items():
        yield name, unhealthy, others


def _database(found: Any, script: TrafficScript, settings: TrafficSettings) -> SeenDatabase:
    capacity = capacity_of(found.db_instance_class)
    vcpus, memory = capacity or (settings.database_vcpus_of_unknown_classes, 4.0 * GIB)
    return SeenDatabase(
        identifier=found.db_instance_identifier,
        engine=found.engine,
        vcpus=vcpus,
        memory_bytes=memory,
        storage_bytes=float(found.allocated_storage or 0) * GIB,
        storage_type=str(found.storage_type or ""),
        bursts=is_burstable(found.db_instance_class),
        insights=script.database(found.db_instance_identifier).performance_insights
        or getattr(found, "performance_insights", False),
        is_replica=bool(found.is_replica),
    )


def _caches(account: Account, region: str) -> Iterator[SeenCache]:
    backend = elasticache_backends[account.account_id][region]
    members = set()
    for group in backend.replication_groups.values():
        for number, member in enumerate(group.member_clusters):
            members.add(member)
            cluster = backend.cache_clusters.get(member)
            if group.status == AVAILABLE and (cluster is None or cluster.cache_cluster_status == AVAILABLE):
                yield SeenCache(member, is_replica=_is_replica(group, member, number))
    for name, cluster in backend.cache_clusters.items():
        if name not in members and cluster.cache_cluster_status == AVAILABLE and cluster.engine != "memcached":
            yield SeenCache(name, is_replica=False)


def _is_replica(group: Any, member: str, number: int) -> bool:
    for node_group in group.node_groups:
        for found in node_group["node_group_members"]:
            if found["cache_cluster_id"] == member and "current_role" in found:
                return bool(found["current_role"] == "replica")
    return number > 0


def _functions(account: Account, region: str) -> Iterator[SeenFunction]:
    backend: Any = get_backend(account.account_id, region)
    storage = backend._lambdas  # noqa: SLF001  # asking by its door would build every version's archive
    mappings = list(backend._event_source_mappings.values())  # noqa: SLF001  # as above
    reading = {str(found.function_arn) for found in mappings if str(found.event_source_arn).split(":")[2] != "sqs"}
    for name, versions in storage._functions.items():  # noqa: SLF001  # as above
        function = versions["latest"]
        if function is None:
            continue
        arn = str(function.function_arn).removesuffix(":$LATEST")
        aliases = sorted(storage._aliases.get(arn, {}))  # noqa: SLF001  # as above
        reserved = function.reserved_concurrency
        yield SeenFunction(
            name=name,
            timeout_seconds=float(function.timeout),
            alias=aliases[0] if aliases else None,
            reads_stream=any(found == arn or found.startswith(f"{arn}:") for found in reading),
            reserved=None if reserved is None else int(reserved),
            runs=handler_of(account, function) is not None,
        )
