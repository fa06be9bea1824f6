"""The contract: the one place that exports. What the library may rely on is built here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from infra.components.alarms import StackAlarms, WorkloadAlarms
from infra.components.alerting import Alerting
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.dashboards import Dashboards
from infra.components.journal import Journal
from infra.config import StackConfig
from infra.model import Monitoring
from infra.where import Where, revision
from infra.workloads import TABLED, Cache, Database, Function, LoadBalancer, Service
from opslib.contract import SCHEMA_VERSION
from opslib.monitoring import Alarm, CompositeAlarm

__all__ = ["Created", "document"]


@dataclass(frozen=True, slots=True)
class Created:
    """What the program has created.

    Attributes:
        model: The model that it came from.
        alerting: The topics.
        workloads: The alarms of each workload.
        stack: The alarms of the stack as a whole.
        dashboards: The dashboards.
        scaling: The autoscaling of each service that has it.
        journal: The table of procedures.
    """

    model: Monitoring
    alerting: Alerting
    workloads: Mapping[str, WorkloadAlarms]
    stack: StackAlarms
    dashboards: Dashboards
    scaling: Mapping[str, ServiceAutoscaling]
    journal: Journal


def document(config: StackConfig, where: Where, created: Created) -> dict[str, Any]:
    """The outputs by their names, of which values may be Pulumi outputs; :class:`StackOutputs` is their shape.

    Args:
        config: The configuration.
        where: The account and region.
        created: What the program has created.
    """
    commit, time = revision(Path(__file__).parent)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "stack": {
            "product": config.product,
            "environment": config.environment,
            "account": where.account,
            "partition": where.partition,
            "region": where.region,
            "revision": commit,
            "revisionTime": time,
        },
        "services": {key: _service(config, service, created, key) for key, service in config.services.items()},
        "loadBalancers": {key: _load_balancer(balancer) for key, balancer in config.load_balancers.items()},
        "databases": {key: _database(database) for key, database in config.databases.items()},
        "caches": {key: _cache(cache) for key, cache in config.caches.items()},
        "functions": {key: _function(function) for key, function in config.functions.items()},
        "watched": {key: _watched(config, key) for section in TABLED for key in config.section(section)},
        "alarms": _alarms(where, created),
        "topics": {
            tier: {where.region: arn, **{r: topics[tier] for r, topics in created.alerting.elsewhere.items()}}
            for tier, arn in created.alerting.topics.items()
        },
        "dashboards": {
            board.key: {"name": board.name, "arn": created.dashboards.arns[board.key]}
            for board in created.model.dashboards
        },
        "journal": {
            "table": created.journal.table_name,
            "arn": created.journal.table_arn,
            "region": where.region,
        },
    }


def _given(**fields: Any) -> dict[str, Any]:
    """Fields that have a value: what is not known is left out of the contract, not written as null."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}


def _service(config: StackConfig, service: Service, created: Created, key: str) -> dict[str, Any]:
    balancer = config.load_balancers[service.load_balancer] if service.load_balancer else None
    scaling = service.autoscaling
    return _given(
        cluster=service.cluster,
        name=service.service,
        deploymentController=service.deployment_controller,
        taskFamily=service.task_family,
        containers=[
            _given(name=name, port=container.port, repository=container.repository)
            for name, container in service.containers.items()
        ],
        loadBalancer=service.load_balancer,
        targetGroups=[group for group in (service.target_group, service.alternate_target_group) if group],
        listenerRules=[rule for listener in balancer.listeners for rule in listener.rules] if balancer else [],
        testRule=service.test_rule,
        standby=service.standby,
        scalableTarget=scaling
        and {
            "resourceId": created.scaling[key].resource_id,
            "minimum": scaling.minimum,
            "maximum": scaling.maximum,
        },
        subnets=list(service.subnets),
        securityGroups=list(service.security_groups),
        logGroup=service.log_group,
        healthUrl=service.health_url,
        migrationTask=service.migration_task,
        dependsOn=list(service.depends_on),
    )


def _load_balancer(balancer: LoadBalancer) -> dict[str, Any]:
    return {
        "arn": balancer.arn,
        "dimension": balancer.dimension,
        "targetGroups": {
            key: {"name": group.name, "arn": group.arn, "dimension": group.dimension}
            for key, group in balancer.target_groups.items()
        },
        "listeners": [
            {"arn": listener.arn, "port": listener.port, "rules": list(listener.rules)}
            for listener in balancer.listeners
        ],
    }


def _database(database: Database) -> dict[str, Any]:
    return _given(
        instance=database.instance,
        resourceId=database.resource_id,
        engine=database.engine,
        secrets=database.secrets,
        switchBy=database.switch_by,
        endpointParameter=database.endpoint_parameter,
        proxy=database.proxy,
        replicas=list(database.replicas),
        quarantineSecurityGroup=database.quarantine_security_group,
    )


def _cache(cache: Cache) -> dict[str, Any]:
    return {"replicationGroup": cache.replication_group, "members": list(cache.member_ids()), "engine": cache.engine}


def _function(function: Function) -> dict[str, Any]:
    return _given(name=function.function, alias=function.alias)


def _watched(config: StackConfig, key: str) -> dict[str, Any]:
    return _given(kind=config.workloads()[key].kind, region=config.region(key), identifiers=config.identifiers(key))


def _alarms(where: Where, created: Created) -> list[dict[str, Any]]:
    alarms: list[tuple[Alarm | CompositeAlarm, pulumi.Output[str]]] = [
        (composite, created.stack.arns[composite.name]) for composite in created.stack.composites
    ]
    for workload in created.workloads.values():
        alarms += [(composite, workload.arns[composite.name]) for composite in workload.watched.composites]
        alarms += [(alarm, workload.arns[alarm.name]) for alarm in workload.watched.alarms]
    return [_alarm(where, alarm, arn) for alarm, arn in alarms]


def _alarm(where: Where, alarm: Alarm | CompositeAlarm, arn: pulumi.Output[str]) -> dict[str, Any]:
    if isinstance(alarm, Alarm):
        own = _given(type="metric", role=alarm.role.value, requires=alarm.requires and alarm.requires.value)
    else:
        own = {"type": "composite", "role": "composite"}
    return {
        "name": alarm.name,
        "arn": arn,
        "workload": alarm.workload,
        "severity": alarm.severity,
        "region": alarm.region or where.region,
        "title": alarm.title,
        **_given(runbook=alarm.runbook),
        **own,
    }
