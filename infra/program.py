"""The whole stack on one page: configuration in, monitoring created, contract out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import get_config_env, is_config_secret

from infra import exports
from infra.assembly.autoscaling import autoscaling
from infra.assembly.budgets import monthly_budget
from infra.assembly.saved_queries import log_groups
from infra.assembly.workloads import workload_alarms
from infra.components.alarms import StackAlarms, WorkloadAlarms
from infra.components.alerting import Alerting, SubscriptionArgs
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.budgets import MonthlyBudget
from infra.components.dashboards import Dashboards
from infra.components.journal import Journal
from infra.components.mirror import Mirror, values_of
from infra.components.other_stacks import OtherStacks
from infra.components.saved_queries import SavedQueries
from infra.config import NAMESPACE, TIERS, StackConfig
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
    workloads = {key: WorkloadAlarms(key, workload_alarms(config, key, alerting, tags)) for key in config.workloads()}
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
    scaling = {key: ServiceAutoscaling(key, args) for key, args in autoscaling(config, tags).items()}
    if config.budget is not None:
        MonthlyBudget("monthly", monthly_budget(config.prefix, config.budget, alerting, tags))
    if config.saved_queries:
        SavedQueries("queries", {"folder": prefix, "log_groups": log_groups(config)})
    journal = Journal("journal", {"table_name": f"{prefix}-journal", "protect": config.protect, "tags": tags})

    created = exports.Created(model, alerting, workloads, stack, dashboards, scaling, journal)
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
