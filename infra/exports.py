"""The contract: the one place that exports. What the library may rely on is built here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from infra.assembly.guard import trigger_of
from infra.components.alarm_settings import settings_of
from infra.components.alarms import StackAlarms, WorkloadAlarms
from infra.components.alerting import Alerting
from infra.components.auto_rollback import AutoRollback
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.backups import Backups
from infra.components.dashboards import Dashboards
from infra.components.evidence import Evidence
from infra.components.journal import Journal
from infra.components.recorder import Recorder
from infra.components.roles import Roles
from infra.config import StackConfig
from infra.kinds import KINDS
from infra.kinds.stack import STACK
from infra.model import Monitoring
from infra.where import Where, revision
from infra.workloads import TABLED, Cache, Canary, Database, Function, HealthCheck, LoadBalancer, Service
from opslib.contract import SCHEMA_VERSION
from opslib.monitoring import Alarm, CompositeAlarm, Ref
from opslib.monitoring.widget import Bind

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
        own: The alarms on our own delivery, of each region.
        fallback: The topic of those by region; none: nobody listens to one.
        recorder: What writes down deployments.
        auto_rollback: What goes back by itself.
        roles: The roles of people and pipelines.
        backups: The vaults, and what goes into them.
        evidence: The bucket of evidence.
    """

    model: Monitoring
    alerting: Alerting
    workloads: Mapping[str, WorkloadAlarms]
    stack: StackAlarms
    dashboards: Dashboards
    scaling: Mapping[str, ServiceAutoscaling]
    journal: Journal
    own: Sequence[WorkloadAlarms] = ()
    fallback: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    recorder: Recorder | None = None
    auto_rollback: AutoRollback | None = None
    roles: Roles | None = None
    backups: Backups | None = None
    evidence: Evidence | None = None


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
            **_given(roles=created.roles and created.roles.arns, taskRoles=list(config.roles.task_roles)),
        },
        "services": {key: _service(config, service, created, key) for key, service in config.services.items()},
        "loadBalancers": {key: _load_balancer(balancer) for key, balancer in config.load_balancers.items()},
        "databases": {key: _database(database) for key, database in config.databases.items()},
        "caches": {key: _cache(cache) for key, cache in config.caches.items()},
        "functions": {key: _function(function) for key, function in config.functions.items()},
        "watched": {
            key: _watched(config, key, created)
            for section in (*TABLED, *(KINDS[own.kind].section for own in (HealthCheck, Canary)))
            for key in config.section(section)
        },
        "alarms": _alarms(config, where, created),
        "topics": {
            tier: {where.region: arn, **{r: topics[tier] for r, topics in created.alerting.elsewhere.items()}}
            for tier, arn in created.alerting.topics.items()
        }
        | _given(fallback=created.fallback),
        "dashboards": {
            board.key: {"name": board.name, "arn": created.dashboards.arns[board.key]}
            for board in created.model.dashboards
        },
        "journal": {
            "table": created.journal.table_name,
            "arn": created.journal.table_arn,
            "region": where.region,
        },
        **_given(
            maintenance=_maintenance(config, created.model),
            vaults=created.backups and _vaults(config, where, created.backups),
            evidence=created.evidence and _evidence(config, where, created.evidence),
            recorder=created.recorder and _recorder(created.recorder),
            autoRollback=created.auto_rollback and _auto_rollback(config, created.auto_rollback),
            approval=_approval(config),
        ),
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


def _watched(config: StackConfig, key: str, created: Created) -> dict[str, Any]:
    bound = dict(created.workloads[key].identifiers)
    return _given(kind=config.workloads()[key].kind, region=config.region(key), identifiers=bound)


def _maintenance(config: StackConfig, model: Monitoring) -> dict[str, Any]:
    until = model.muted_until
    return _given(windows=config.maintenance.document(), mutedUntil=until and until.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _vaults(config: StackConfig, where: Where, backups: Backups) -> dict[str, Any]:
    written = config.backups
    lock = written and written.lock and written.lock.mode
    tests = list(backups.testing.plans.values()) if backups.testing else []
    vault, copies = backups.vault, backups.copies
    found = {"backups": _given(name=vault.vault_name, arn=vault.vault_arn, region=where.region, restoreTests=tests)}
    if copies is not None and written is not None and written.second_region is not None:
        region = written.second_region.region
        found["copies"] = {"name": copies.vault_name, "arn": copies.vault_arn, "region": region, "copyOf": "backups"}
    return {key: {**one, **_given(lock=lock)} for key, one in found.items()}


def _evidence(config: StackConfig, where: Where, made: Evidence) -> dict[str, Any]:
    written = config.evidence
    return {"bucket": made.bucket_name, "region": where.region} | (
        {"lock": written.mode, "keepDays": written.keep_days} if written else {}
    )


def _recorder(recorder: Recorder) -> dict[str, Any]:
    return {"function": recorder.function.function_name, "arn": recorder.function.function_arn}


def _auto_rollback(config: StackConfig, made: AutoRollback) -> dict[str, Any]:
    return {
        "mode": config.auto_rollback.mode,
        "stateMachine": made.state_machine_arn,
        "function": made.function.function_name,
        "withinMinutes": config.auto_rollback.within_minutes,
    }


def _approval(config: StackConfig) -> dict[str, Any]:
    asked = config.approval
    return {"procedures": list(asked.procedures), "hours": asked.hours} if asked.procedures else {}


def _alarms(config: StackConfig, where: Where, created: Created) -> list[dict[str, Any]]:
    def bind(ref: Ref) -> pulumi.Input[str]:
        return created.workloads[ref.workload].bind(ref)

    of_stack: tuple[Alarm | CompositeAlarm, ...] = (*created.model.of_stack, *created.model.stack_alarms)
    found = [_alarm(config, where, alarm, created.stack.arns[alarm.name], bind) for alarm in of_stack]
    for workload in created.workloads.values():
        of_it: tuple[Alarm | CompositeAlarm, ...] = (*workload.watched.composites, *workload.watched.alarms)
        found += [_alarm(config, where, alarm, workload.arns[alarm.name], workload.bind) for alarm in of_it]
    for own in created.own:  # whose workload is none of the stack's
        watching: tuple[Alarm | CompositeAlarm, ...] = (*own.watched.composites, *own.watched.alarms)
        found += [
            _alarm(config, where, alarm, own.arns[alarm.name], own.bind) | {"workload": STACK} for alarm in watching
        ]
    return found


def _alarm(
    config: StackConfig, where: Where, alarm: Alarm | CompositeAlarm, arn: pulumi.Output[str], bind: Bind
) -> dict[str, Any]:
    if isinstance(alarm, Alarm):
        own = _given(
            type="metric",
            role=alarm.role.value,
            threshold=alarm.threshold,
            requires=alarm.requires and alarm.requires.value,
        )
    else:
        own = {"type": "composite", "role": "composite"}
    return {
        "name": alarm.name,
        "arn": arn,
        "workload": alarm.workload,
        "severity": alarm.severity,
        "region": alarm.region or where.region,
        "title": alarm.title,
        "deployed": settings_of(alarm, bind),
        **_given(runbook=alarm.runbook, trigger=trigger_of(config, alarm)),
        **own,
    }
