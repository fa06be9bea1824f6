"""The whole stack on one page: configuration in, monitoring created, contract out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import get_config_env, is_config_secret

from infra import exports
from infra.components.alarms import StackAlarms, WorkloadAlarms, WorkloadAlarmsArgs
from infra.components.alerting import Alerting, SubscriptionArgs
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.budgets import MonthlyBudget
from infra.components.dashboards import Dashboards
from infra.components.journal import Journal
from infra.components.mirror import Mirror, values_of
from infra.components.other_stacks import OtherStacks
from infra.components.saved_queries import SavedQueries
from infra.config import NAMESPACE, TIERS, StackConfig
from infra.kinds.queries import Logs
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
        subscriptions = _subscriptions(config, source)
        where = _where()
        config.refuse_elsewhere(source, account=where.account, region=where.region)
        model = monitoring(config, region=where.region)
        model.refuse_problems(source)
    except BadRequest as problem:
        raise pulumi.RunError(str(problem)) from None
    _create(config, model, where, subscriptions)


def _create(
    config: StackConfig, model: Monitoring, where: Where, subscriptions: Mapping[str, list[SubscriptionArgs]]
) -> None:
    prefix = config.prefix
    tags = {**config.tags, "opslib:product": config.product, "opslib:environment": config.environment}

    alerting = Alerting(
        "alerting",
        {
            "prefix": prefix,
            "account": where.account,
            "partition": where.partition,
            "tiers": TIERS,
            "subscriptions": subscriptions,
            "other_regions": config.other_regions(),
            "protect": config.protect,
            "tags": tags,
        },
    )
    workloads = {key: WorkloadAlarms(key, _workload(config, key, alerting, tags)) for key in config.workloads()}
    stack = StackAlarms(
        "stack",
        {
            "composites": model.emergencies,
            "workloads": list(workloads.values()),
            "topics": alerting.topics,
            "tags": tags,
        },
    )
    dashboards = Dashboards(
        "dashboards",
        {
            "dashboards": model.dashboards,
            "region": where.region,
            "workloads": workloads,
            "alarm_arns": {**stack.arns, **{name: arn for w in workloads.values() for name, arn in w.arns.items()}},
        },
    )
    scaling = {
        key: ServiceAutoscaling(
            key,
            {
                "cluster": service.cluster,
                "service": service.service,
                "policy_name": f"{prefix}-{key}-cpu",
                "minimum": service.autoscaling.minimum,
                "maximum": service.autoscaling.maximum,
                "cpu_target_percent": service.autoscaling.cpu_target_percent,
                "scale_in_cooldown_seconds": service.autoscaling.scale_in_cooldown_seconds,
                "scale_out_cooldown_seconds": service.autoscaling.scale_out_cooldown_seconds,
                "tags": tags,
            },
        )
        for key, service in config.services.items()
        if service.autoscaling is not None
    }
    if config.budget is not None:
        MonthlyBudget(
            "monthly",
            {
                "budget_name": f"{prefix}-monthly",
                "limit_usd": config.budget.limit_usd,
                "actual_percent": config.budget.actual_percent,
                "forecast_percent": config.budget.forecast_percent,
                "topic": alerting.topics["info"],
                "emails": config.budget.emails,
                "tags": tags,
            },
        )
    if config.saved_queries:
        SavedQueries("queries", {"folder": prefix, "log_groups": _log_groups(config)})
    journal = Journal("journal", {"table_name": f"{prefix}-journal", "protect": config.protect, "tags": tags})

    created = exports.Created(model, alerting, workloads, stack, dashboards, scaling, journal)
    outputs = exports.document(config, where, created)
    if config.mirror:
        Mirror("mirror", {"parameters": values_of(outputs, config.workloads()), "tags": tags})
    for key, value in outputs.items():
        pulumi.export(key, value)


def _workload(config: StackConfig, key: str, alerting: Alerting, tags: Mapping[str, str]) -> WorkloadAlarmsArgs:
    workload, region = config.workloads()[key], config.region(key)
    args: WorkloadAlarmsArgs = {
        "kind": workload.kind,
        "key": key,
        "prefix": config.prefix,
        "identifiers": config.identifiers(key),
        "topics": alerting.in_region(region),
        "instances": workload.instances(),
        "numbers": workload.numbers(),
        "traits": sorted(workload.traits()),
        "profile": workload.profile or config.profile,
        "thresholds": {quantity: asdict(band) for quantity, band in config.overrides(key).items()},
        "pages": config.pages(key),
        "runbooks": config.runbooks,
        "tags": tags,
    }
    return args if region is None else {**args, "region": region}


def _log_groups(config: StackConfig) -> dict[Logs, list[str]]:
    """The names of log groups, as AWS gives them to functions and databases, and as a service says."""
    return {
        "application": [service.log_group for service in config.services.values() if service.log_group],
        "function": [f"/aws/lambda/{function.function}" for function in config.functions.values()],
        "database": [f"/aws/rds/instance/{one.instance}/postgresql" for one in config.databases.values()],
    }


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


def _subscriptions(config: StackConfig, source: str) -> dict[str, list[SubscriptionArgs]]:
    """Who listens to each tier; secret addresses stay secret.

    Raises:
        BadRequest: a secret that is named is not set, or one is set that nothing names.
    """
    named = config.secret_names()
    for name in get_config_env():
        key = name.removeprefix(f"{NAMESPACE}:")
        if key != name and is_config_secret(name) and key not in named and key not in StackConfig.known_keys():
            raise BadRequest(f"{source}: the secret {key} is named by no endpointSecret", "name it, or remove it")
    settings = pulumi.Config(NAMESPACE)
    secrets = {}
    for key in named:
        if settings.get(key) is None:
            raise BadRequest(f"{source}: the secret {key} is not set", f"run `pulumi config set --secret {key}`")
        secrets[key] = settings.require_secret(key)
    subscriptions: dict[str, list[SubscriptionArgs]] = {}
    for tier, route in config.alerting.routes():
        endpoint = secrets[route.endpoint_secret] if route.endpoint_secret else route.endpoint or ""
        subscriptions.setdefault(tier, []).append({"protocol": route.protocol, "endpoint": endpoint})
    return subscriptions


def _where() -> Where:
    """The account and region that the provider is pointed at."""
    return Where(
        account=aws.get_caller_identity().account_id,
        partition=aws.get_partition().partition,
        region=aws.get_region().region,
    )
