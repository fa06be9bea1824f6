"""From the routes that a person writes to what alerting, Slack, the summary and the fallback are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi.runtime.config import get_config_env, is_config_secret

from infra.components.alarms import WorkloadAlarms, WorkloadAlarmsArgs
from infra.components.alerting import Alerting, AlertingArgs, SubscriptionArgs
from infra.components.daily_summary import DailySummary
from infra.components.fallback import Fallback
from infra.components.slack_channel import SlackChannel
from infra.components.slack_relay import SlackRelay
from infra.config import NAMESPACE, TIERS, StackConfig
from infra.config.own_delivery import KIND, OwnDelivery, own_deliveries
from infra.sections.alerting import Route
from infra.where import Where
from opslib.errors import BadRequest

__all__ = ["Told", "alerting", "secret_addresses"]


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that tells people.

    Attributes:
        alerting: The topics.
        own: The alarms on our own delivery, of each region, by the workload's key.
        fallback: The topic of those by region; none: nobody listens to one.
    """

    alerting: Alerting
    own: Mapping[str, WorkloadAlarms] = field(default_factory=dict)
    fallback: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


def secret_addresses(config: StackConfig, source: str) -> dict[str, pulumi.Output[str]]:
    """The addresses that are secrets, by the keys that routes name.

    Args:
        config: The configuration.
        source: Where it was written, for the message.

    Raises:
        BadRequest: a secret that is named is not set, or one is set that nothing names.
    """
    named = config.secret_names()
    for name in get_config_env():
        key = name.removeprefix(f"{NAMESPACE}:")
        if key != name and is_config_secret(name) and key not in named and key not in StackConfig.known_keys():
            raise BadRequest(f"{source}: the secret {key} is named by no endpointSecret", "name it, or remove it")
    settings = pulumi.Config(NAMESPACE)
    addresses = {}
    for key in named:
        if settings.get(key) is None:
            raise BadRequest(f"{source}: the secret {key} is not set", f"run `pulumi config set --secret {key}`")
        addresses[key] = settings.require_secret(key)
    return addresses


def alerting(
    config: StackConfig, where: Where, addresses: Mapping[str, pulumi.Output[str]], tags: Mapping[str, str]
) -> Told:
    """Create the topics, who listens to them, and who hears when that fails.

    Args:
        config: The configuration.
        where: The account and region.
        addresses: The addresses that are secrets.
        tags: Tags of everything.
    """
    relays = {key: _relay(config, key, addresses[key], tags) for key in config.alerting.slack_secrets()}
    topics = Alerting("alerting", _topics(config, where, addresses, relays, tags))
    _listen(config, topics, relays)
    for key, channel in config.alerting.slack_channels.items():
        SlackChannel(
            f"channel-{key}",
            {
                "configuration_name": f"{config.prefix}-channel-{key}",
                "account": where.account,
                "partition": where.partition,
                "workspace": channel.workspace,
                "channel": channel.channel,
                "topics": [
                    by_tier[tier] for by_tier in (topics.topics, *topics.elsewhere.values()) for tier in channel.tiers
                ],
                "tags": tags,
            },
        )
    _summary(config, where, topics, tags)
    others = _fallback(config, where, topics, addresses, tags).topics if config.alerting.fallback else {}
    own = {
        one.key: WorkloadAlarms(one.key, _own(config, one, topics, others.get(one.region), tags))
        for one in own_deliveries(config.prefix, config.alerting, config.other_regions())
    }
    return Told(topics, own, {region or where.region: topic for region, topic in others.items()})


def _relay(config: StackConfig, key: str, address: pulumi.Output[str], tags: Mapping[str, str]) -> SlackRelay:
    return SlackRelay(
        f"slack-{key}",
        {
            "function_name": f"{config.prefix}-slack-{key}",
            "secret_name": f"{config.prefix}/slack/{key}",
            "address": address,
            "tags": tags,
        },
    )


def _topics(
    config: StackConfig,
    where: Where,
    addresses: Mapping[str, pulumi.Output[str]],
    relays: Mapping[str, SlackRelay],
    tags: Mapping[str, str],
) -> AlertingArgs:
    subscriptions: dict[str, list[SubscriptionArgs]] = {}
    for tier, route in config.alerting.routes():
        told = subscriptions.setdefault(tier, [])
        if route.protocol == "slack":
            told.append({"key": route.key, "protocol": "lambda", "endpoint": relays[route.key].function_arn})
        else:
            told.append({**_subscription(route, addresses), "formerly": str(len(told))})
    return {
        "prefix": config.prefix,
        "account": where.account,
        "partition": where.partition,
        "tiers": TIERS,
        "subscriptions": subscriptions,
        "other_regions": config.other_regions(),
        "protect": config.protect,
        "tags": tags,
    }


def _subscription(route: Route, addresses: Mapping[str, pulumi.Output[str]]) -> SubscriptionArgs:
    endpoint = addresses[route.endpoint_secret] if route.endpoint_secret else route.endpoint or ""
    return {"key": route.key, "protocol": route.protocol, "endpoint": endpoint}


def _listen(config: StackConfig, topics: Alerting, relays: Mapping[str, SlackRelay]) -> None:
    """Let each topic call the functions that listen to it."""
    for tier, route in config.alerting.routes():
        if route.protocol == "slack":
            relays[route.key].listen(tier, topics.topics[tier])
            for region, by_tier in topics.elsewhere.items():
                relays[route.key].listen(f"{tier}-{region}", by_tier[tier])


def _summary(config: StackConfig, where: Where, topics: Alerting, tags: Mapping[str, str]) -> None:
    written = config.alerting.summary
    if written is None:
        return
    DailySummary(
        "summary",
        {
            "function_name": f"{config.prefix}-summary",
            "product": config.product,
            "environment": config.environment,
            "account": where.account,
            "partition": where.partition,
            "region": where.region,
            "topic": topics.topics["info"],
            "key": topics.keys[None],
            "at": written.at,
            "zone": written.zone,
            "tags": tags,
        },
    )


def _fallback(
    config: StackConfig,
    where: Where,
    topics: Alerting,
    addresses: Mapping[str, pulumi.Output[str]],
    tags: Mapping[str, str],
) -> Fallback:
    return Fallback(
        "fallback",
        {
            "prefix": config.prefix,
            "account": where.account,
            "listeners": [_subscription(route, addresses) for route in config.alerting.fallback],
            "keys": topics.keys,
            "protect": config.protect,
            "tags": tags,
        },
    )


def _own(
    config: StackConfig,
    one: OwnDelivery,
    topics: Alerting,
    fallback: pulumi.Output[str] | None,
    tags: Mapping[str, str],
) -> WorkloadAlarmsArgs:
    """The alarms on our own delivery: the rows of its kind, on a topic that is none of those which they watch.

    Without such a topic they speak where all others do: a function to Slack that fails is told by mail.
    """
    in_region = topics.in_region(one.region)
    args: WorkloadAlarmsArgs = {
        "kind": KIND,
        "key": one.key,
        "prefix": config.prefix,
        "identifiers": one.identifiers,
        "instances": one.instances,
        "topics": in_region if fallback is None else dict.fromkeys(config.alerting.tiers(), fallback),
        "profile": config.profile,
        "runbooks": config.runbooks,
        "tags": tags,
    }
    return args if one.region is None else {**args, "region": one.region}
