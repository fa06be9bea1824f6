"""The whole stack on one page: configuration in, monitoring created, contract out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import get_config_env, is_config_secret

from infra import exports
from infra.assembly.account import account
from infra.assembly.alerting import alerting as told_by
from infra.assembly.alerting import secret_addresses
from infra.assembly.autoscaling import autoscaling
from infra.assembly.backups import backups
from infra.assembly.budgets import monthly_budgets
from infra.assembly.canaries import canaries, canary_names
from infra.assembly.evidence import evidence
from infra.assembly.guard import auto_rollback, made_here, recorder
from infra.assembly.health_checks import health_checks, made_identifiers
from infra.assembly.logs import event_rules, events, metric_filters
from infra.assembly.logs import log_groups as own_log_groups
from infra.assembly.maintenance import maintenance
from infra.assembly.roles import roles
from infra.assembly.saved_queries import log_groups
from infra.assembly.workloads import workload_alarms
from infra.components.account import Account
from infra.components.alarms import StackAlarms, WorkloadAlarms
from infra.components.auto_rollback import AutoRollback
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.backups import Backups
from infra.components.budgets import MonthlyBudget
from infra.components.canaries import Canaries
from infra.components.counted_events import CountedEvents
from infra.components.dashboards import Dashboards
from infra.components.evidence import Evidence
from infra.components.health_checks import HealthChecks
from infra.components.journal import Journal
from infra.components.logs import LogGroups, MetricFilters
from infra.components.maintenance import Maintenance
from infra.components.mirror import Mirror, values_of
from infra.components.other_stacks import OtherStacks
from infra.components.recorder import Recorder
from infra.components.roles import Roles
from infra.components.saved_queries import SavedQueries
from infra.config import NAMESPACE, StackConfig
from infra.model import Monitoring, monitoring
from infra.where import Where
from opslib.errors import BadRequest

__all__ = ["main"]


def main() -> None:
    """Read the configuration, create what it asks for, export the contract.

    Raises:
        pulumi.RunError: the configuration is wrong, or AWS would refuse what comes of it; nothing was created.
    """
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    try:
        config = StackConfig.parse(_written(source), source=source, lookup=OtherStacks())
        addresses = secret_addresses(config, source)
        where = _where()
        config.refuse_elsewhere(source, account=where.account, region=where.region)
        config = config.at(where.region)
        model = monitoring(config, region=where.region)
        model.refuse_problems(source)
    except BadRequest as problem:
        raise pulumi.RunError(str(problem)) from None
    for concern in model.concerns:
        pulumi.log.warn(concern)
    _create(config, model, where, addresses)


def _create(config: StackConfig, model: Monitoring, where: Where, addresses: Mapping[str, pulumi.Output[str]]) -> None:
    prefix = config.prefix
    tags = config.all_tags

    told = told_by(config, where, addresses, tags)
    alerting = told.alerting
    checked, tried = health_checks(config, tags), canaries(config, where, tags)
    made: dict[str, Mapping[str, pulumi.Input[str]]] = {**made_here(config, where)}
    made |= made_identifiers(HealthChecks("outside", checked) if checked else None)
    made |= canary_names(Canaries("canaries", tried) if tried else None)
    workloads = {
        key: WorkloadAlarms(key, workload_alarms(config, key, alerting, tags, made.get(key)))
        for key in config.workloads()
    }
    stack = StackAlarms(
        "stack",
        {
            "composites": model.of_stack,
            "alarms": model.stack_alarms,
            "workloads": list(workloads.values()),
            "topics": alerting.topics,
            "tags": tags,
        },
    )
    watching = (*workloads.values(), *told.own.values())
    alarm_arns = {**stack.arns, **{name: arn for w in watching for name, arn in w.arns.items()}}
    dashboards = Dashboards(
        "dashboards",
        {
            "dashboards": model.dashboards,
            "region": where.region,
            "workloads": {**workloads, **told.own},
            "alarm_arns": alarm_arns,
        },
    )
    if model.mutes:
        Maintenance("maintenance", maintenance(model, alarm_arns, tags))
    scaling = {key: ServiceAutoscaling(key, args) for key, args in autoscaling(config, tags).items()}
    if config.budget is not None:
        for name, budget in monthly_budgets(config.prefix, config.budget, alerting, tags).items():
            MonthlyBudget(name, budget)
    if config.saved_queries:
        SavedQueries("queries", {"folder": prefix, "log_groups": log_groups(config)})
    groups = LogGroups("logs", own_log_groups(config, tags)).groups if config.logs.ours else {}
    if config.account is not None:
        groups |= Account("account", account(config, config.account, where, alerting, tags)).log_groups
    for key, filters in metric_filters(config, groups).items():
        MetricFilters(key, filters)
    if rules := event_rules(config, where):
        CountedEvents("events", events(config, where, rules, tags))
    kept = Backups("backups", backups(config, config.backups, where, tags)) if config.backups is not None else None
    proof = (
        Evidence("evidence", evidence(config, config.evidence, where, tags)) if config.evidence is not None else None
    )
    journal = Journal("journal", {"table_name": f"{prefix}-journal", "protect": config.protect, "tags": tags})

    recording = recorder(config, where, tags)
    going_back = auto_rollback(config, where, model, alerting, tags)
    taken_on = roles(config, where, alerting, tags)
    created = exports.Created(
        model,
        alerting,
        workloads,
        stack,
        dashboards,
        scaling,
        journal,
        own=tuple(told.own.values()),
        fallback=told.fallback,
        recorder=Recorder("recorder", recording) if recording else None,
        auto_rollback=AutoRollback("auto-rollback", going_back) if going_back else None,
        roles=Roles("roles", taken_on) if taken_on else None,
        backups=kept,
        evidence=proof,
    )
    outputs = exports.document(config, where, created)
    if config.mirror:
        Mirror("mirror", {"parameters": values_of(outputs, config.workloads()), "tags": tags})
    for key, value in outputs.items():
        pulumi.export(key, value)


def _written(source: str) -> dict[str, Any]:
    """What stands under our namespace, secrets left out.

    `pulumi.Config` cannot list its keys, so that it would not see one that is misspelt: the engine's own map can.
    """
    written: dict[str, Any] = {}
    for name, value in get_config_env().items():
        key = name.removeprefix(f"{NAMESPACE}:")
        if key == name:
            continue
        if not is_config_secret(name):
            written[key] = value
        elif key in StackConfig.known_keys():
            raise BadRequest(
                f"{source}: {key} holds a secret, which would reach the state as plain text",
                "set the secret as a key of its own and name that in endpointSecret",
            )
    return written


def _where() -> Where:
    """The account and region that the provider is pointed at."""
    return Where(
        account=aws.get_caller_identity().account_id,
        partition=aws.get_partition().partition,
        region=aws.get_region().region,
    )
