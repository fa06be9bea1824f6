"""What the recorder and automatic rollback are made from."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.alerting import Alerting
from infra.components.auto_rollback import AutoRollbackArgs
from infra.components.recorder import RecorderArgs
from infra.config import StackConfig
from infra.config.made import evidence_bucket
from infra.config.own_automation import AUTOMATION, machines
from infra.model import Monitoring
from infra.where import Where
from opslib.monitoring import Alarm, CompositeAlarm
from opslib.permissions import Scope, allowing, statements

__all__ = ["DEPLOYMENT", "auto_rollback", "made_here", "recorder", "scope", "trigger_of"]

DEPLOYMENT = "deployment"
"""The trigger of alarms that a deployment can make ring, as `opslib.guard.decision` knows it."""

_PAGES = ("critical", "emergency")


def trigger_of(config: StackConfig, alarm: Alarm | CompositeAlarm) -> str:
    """The trigger that an alarm feeds: its kind's; or a deployment's, if it pages for the users of a service."""
    if alarm.trigger or not isinstance(alarm, Alarm):
        return alarm.trigger
    of_service = alarm.workload in config.services and config.pages(alarm.workload)
    return DEPLOYMENT if of_service and alarm.role.value == "symptom" and alarm.severity in _PAGES else ""


def scope(config: StackConfig, where: Where) -> Scope:
    """What of AWS the stack is about; `Scope.of` says the same of its outputs."""
    return Scope(
        partition=where.partition,
        account=where.account,
        region=where.region,
        product=config.product,
        environment=config.environment,
        services=tuple(sorted((service.cluster, service.service) for service in config.services.values())),
        task_roles=config.roles.task_roles,
        evidence=evidence_bucket(config.prefix, config.evidence, account=where.account, region=where.region),
    )


def recorder(config: StackConfig, where: Where, tags: Mapping[str, str]) -> RecorderArgs | None:
    """The recorder; none where there is no service, or nowhere to read the stack's outputs."""
    if not config.records:
        return None
    arn = f"arn:{where.partition}:ecs:{where.region}:{where.account}:service"
    return {
        "prefix": config.prefix,
        "service_prefixes": [
            f"{arn}/{cluster}/" for cluster in sorted({service.cluster for service in config.services.values()})
        ],
        "statements": statements("recorder", scope(config, where)),
        "environment": _environment(config),
        "tags": tags,
        "protect": config.protect,
    }


def auto_rollback(
    config: StackConfig, where: Where, model: Monitoring, alerting: Alerting, tags: Mapping[str, str]
) -> AutoRollbackArgs | None:
    """Automatic rollback; none where it is off."""
    if config.auto_rollback.mode == "off":
        return None
    here = scope(config, where)
    return {
        "prefix": config.prefix,
        "account": where.account,
        "partition": where.partition,
        "region": where.region,
        "alarms": [
            alarm.name
            for watched in model.watched.values()
            for alarm in watched.alarms
            if trigger_of(config, alarm) == DEPLOYMENT
        ],
        "statements": statements("automatic", here),
        "environment": {**_environment(config), "OPSLIB_NOTIFY_TIER": config.auto_rollback.tier},
        "topic": alerting.topics["info"],
        "topic_statements": allowing(("telling people",), here),
        "tags": tags,
        "protect": config.protect,
    }


def made_here(config: StackConfig, where: Where) -> dict[str, dict[str, str]]:
    """What of the stack's own automation is known here alone, by the workload's key and the kind's identifier."""
    if config.auto_rollback.mode == "off":
        return {}
    here = f"arn:{where.partition}:states:{where.region}:{where.account}"
    return {AUTOMATION: {f"state_machine.{key}": arn for key, arn in machines(config.prefix, here).items()}}


def _environment(config: StackConfig) -> dict[str, str]:
    # The only place where a function may write; nothing is kept there while the stack has its journal.
    return {"OPSLIB_STACK": f"{config.product}/{config.environment}", "OPSLIB_STATE": "/tmp/opslib"}  # noqa: S108
