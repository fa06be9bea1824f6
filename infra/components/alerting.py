"""Where alarms speak: an encrypted topic for each tier, one for recoveries, and who listens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import kms, sns

__all__ = ["RECOVERY", "Alerting", "AlertingArgs", "SubscriptionArgs"]

RECOVERY = "recovery"
"""The topic of recoveries, beside those of the tiers."""

_PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
"""Who may publish, beside EventBridge: alarms and budgets of this account."""

_KEY_USERS = (*_PUBLISHERS, "costalerts.amazonaws.com", "backup.amazonaws.com", "events.rds.amazonaws.com")
"""Who may use the key: every AWS service that may ever publish to one of the topics. A publisher that may not use the
key fails without a word."""

_EVENTBRIDGE = "events.amazonaws.com"
"""EventBridge rules. They say neither account nor ARN when they publish to a topic or use its key (SNS's and
EventBridge's developer guides), so that a condition on either would refuse every event without a word."""

_RECOVERED = {"OldStateValue": ["ALARM"]}
"""A new alarm goes from INSUFFICIENT_DATA to OK: only what leaves ALARM has recovered."""

_RANG_OR_RECOVERED = {"$or": [{"NewStateValue": ["ALARM"]}, _RECOVERED]}
"""Who is told that it rings is told that it stopped; a first deploy's OKs, one for each alarm, tell nobody anything."""

_FILTERS: Mapping[str, Mapping[str, Any]] = {
    RECOVERY: _RECOVERED,
    "warning": _RANG_OR_RECOVERED,
    "critical": _RANG_OR_RECOVERED,
    "emergency": _RANG_OR_RECOVERED,
}
"""What subscriptions take of what alarms publish. `info` takes all: budgets publish there, and not as alarms do."""


class SubscriptionArgs(TypedDict):
    """Who listens to a tier."""

    protocol: str
    """`email`, `sms` or `https`."""
    endpoint: pulumi.Input[str]
    """The address; may be a secret."""


class AlertingArgs(TypedDict):
    """What alerting needs to know."""

    prefix: str
    """What every name starts with."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    tiers: Sequence[str]
    """The tiers, each of which gets a topic."""
    subscriptions: NotRequired[Mapping[str, Sequence[SubscriptionArgs]]]
    """Who listens, by tier (and `recovery`)."""
    other_regions: NotRequired[Sequence[str]]
    """Regions besides the provider's in which alarms speak: an alarm acts on topics of its own region alone."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the key and the topics."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Alerting(pulumi.ComponentResource):
    """The topics, their key and their subscriptions.

    Attributes:
        topics: Topic ARN by tier, `recovery` included.
        elsewhere: The same for each of the other regions.
    """

    topics: dict[str, pulumi.Output[str]]
    elsewhere: dict[str, dict[str, pulumi.Output[str]]]

    def __init__(self, name: str, args: AlertingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Alerting", name, None, opts)
        self.topics = self._in_region(name, args, None)
        self.elsewhere = {
            region: self._in_region(f"{name}-{region}", args, region) for region in args.get("other_regions", ())
        }
        self.register_outputs({"topics": self.topics})

    def in_region(self, region: str | None) -> dict[str, pulumi.Output[str]]:
        """The topics on which alarms of a region act; None: the provider's region."""
        return self.topics if region is None else self.elsewhere[region]

    def _in_region(self, name: str, args: AlertingArgs, region: str | None) -> dict[str, pulumi.Output[str]]:
        prefix, tags = args["prefix"], args.get("tags", {})
        # Replacing a topic loses the confirmation of every e-mail address; losing the key silences every topic.
        kept = pulumi.ResourceOptions(parent=self, protect=args.get("protect", False))
        child = pulumi.ResourceOptions(parent=self)

        key = kms.Key(
            f"{name}-key",
            description=f"Encrypts the alert topics of {prefix}",
            enable_key_rotation=True,
            policy=_key_policy(args["account"], args["partition"]),
            tags=tags,
            opts=kept,
            region=region,
        )
        kms.Alias(f"{name}-key", name=f"alias/{prefix}-alerts", target_key_id=key.key_id, opts=child, region=region)

        topics = {}
        for tier in (*args["tiers"], RECOVERY):
            topic = sns.Topic(
                f"{name}-{tier}",
                name=f"{prefix}-{tier}",
                display_name=f"{prefix} {tier}",
                kms_master_key_id=key.arn,
                tags=tags,
                opts=kept,
                region=region,
            )
            sns.TopicPolicy(
                f"{name}-{tier}",
                arn=topic.arn,
                policy=topic.arn.apply(lambda arn: _topic_policy(arn, args["account"])),
                opts=child,
                region=region,
            )
            topics[tier] = topic.arn
            for index, subscription in enumerate(args.get("subscriptions", {}).get(tier, ())):
                logical = f"{name}-{tier}-{subscription['protocol']}-{index}"
                _subscribe(logical, topic, subscription, tier, opts=child, region=region)
        return topics


def _subscribe(
    name: str,
    topic: sns.Topic,
    subscription: SubscriptionArgs,
    tier: str,
    *,
    opts: pulumi.ResourceOptions,
    region: str | None,
) -> None:
    filtered: dict[str, Any] = {}
    if tier in _FILTERS:
        filtered = {"filter_policy": json.dumps(_FILTERS[tier]), "filter_policy_scope": "MessageBody"}
    https = subscription["protocol"] == "https"
    sns.TopicSubscription(
        name,
        topic=topic.arn,
        protocol=subscription["protocol"],
        endpoint=subscription["endpoint"],
        # Pagers confirm by themselves, and read SNS's envelope: no raw delivery.
        endpoint_auto_confirms=True if https else None,
        raw_message_delivery=False if https else None,
        region=region,
        opts=opts,
        **filtered,
    )


def _key_policy(account: str, partition: str) -> str:
    return _policy(
        {
            "Sid": "AccountAdministersKey",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "PublishersEncrypt",
            "Effect": "Allow",
            "Principal": {"Service": list(_KEY_USERS)},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        {
            "Sid": "EventBridgeEncrypts",
            "Effect": "Allow",
            "Principal": {"Service": _EVENTBRIDGE},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
    )


def _topic_policy(topic: str, account: str) -> str:
    return _policy(
        {
            "Sid": "PublishersPublish",
            "Effect": "Allow",
            "Principal": {"Service": list(_PUBLISHERS)},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        {
            "Sid": "EventBridgePublishes",
            "Effect": "Allow",
            "Principal": {"Service": _EVENTBRIDGE},
            "Action": "sns:Publish",
            "Resource": topic,
        },
    )


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
