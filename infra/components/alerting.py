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

_PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com")
"""Who may publish, beside EventBridge: alarms, budgets and cost anomalies of this account."""

_KEY_USERS = (*_PUBLISHERS, "backup.amazonaws.com", "events.rds.amazonaws.com")
"""Who may use the key: every AWS service that may ever publish to one of the topics. A publisher that may not use the
key fails without a word."""

_EVENTBRIDGE = "events.amazonaws.com"
"""EventBridge rules. They say neither account nor ARN when they publish to a topic or use its key (SNS's and
EventBridge's developer guides), so that a condition on either would refuse every event without a word."""

_OF_OPSLIB = {"opslib": [{"exists": True}]}
"""What opslib tells of its own work, as `opslib.notify.on_topic` publishes it: whoever listens to a tier is told it."""

_RECOVERED = {"OldStateValue": ["ALARM"]}
"""A new alarm goes from INSUFFICIENT_DATA to OK: only what leaves ALARM has recovered."""

_RANG = {"NewStateValue": ["ALARM"]}
"""For a person who hears of recoveries by the topic of recoveries: nobody wants the same message twice."""

_RANG_OR_RECOVERED = (_RANG, _RECOVERED)
"""Who is told that it rings is told that it stopped; a first deploy's OKs, one for each alarm, tell nobody anything."""

_UNFILTERED = "info"
"""The tier whose listeners are told everything: budgets and the daily summary publish there, and not as alarms do."""

_RETRIES = json.dumps(
    {
        "healthyRetryPolicy": {
            "numRetries": 20,
            "numNoDelayRetries": 0,
            "minDelayTarget": 5,
            "maxDelayTarget": 120,
            "numMinDelayRetries": 3,
            "numMaxDelayRetries": 5,
            "backoffFunction": "exponential",
        }
    }
)
"""For who is called by HTTPS. SNS gives up on a webhook after three retries in a minute, unless told otherwise; a pager
that restarts takes longer. Its own limit is an hour in all."""


class SubscriptionArgs(TypedDict):
    """Who listens to a tier."""

    key: str
    """What tells it from others of its tier and protocol. It is part of its name in the stack's state: no secret, and
    not what number it has, so that a route that comes moves no other."""
    protocol: str
    """`email`, `sms` or `https`; or `lambda`."""
    endpoint: pulumi.Input[str]
    """The address; may be a secret."""
    formerly: NotRequired[str]
    """What it was called in the state before, if it was called otherwise."""


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
        keys: ARN of the key by region; None: the provider's.
    """

    topics: dict[str, pulumi.Output[str]]
    elsewhere: dict[str, dict[str, pulumi.Output[str]]]
    keys: dict[str | None, pulumi.Output[str]]

    def __init__(self, name: str, args: AlertingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Alerting", name, None, opts)
        self.keys = {}
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
        self.keys[region] = key.arn
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
            for subscription in args.get("subscriptions", {}).get(tier, ()):
                taken = _filter(tier, subscription, args.get("subscriptions", {}).get(RECOVERY, ()))
                self._subscribe(f"{name}-{tier}", topic, subscription, taken, region=region)
        return topics

    def _subscribe(
        self,
        name: str,
        topic: sns.Topic,
        subscription: SubscriptionArgs,
        taken: Mapping[str, Any] | None,
        *,
        region: str | None,
    ) -> None:
        protocol, https = subscription["protocol"], subscription["protocol"] == "https"
        former = subscription.get("formerly")
        sns.TopicSubscription(
            f"{name}-{protocol}-{subscription['key']}",
            topic=topic.arn,
            protocol=protocol,
            endpoint=subscription["endpoint"],
            # Pagers confirm by themselves, and read SNS's envelope: no raw delivery.
            endpoint_auto_confirms=True if https else None,
            raw_message_delivery=False if https else None,
            delivery_policy=_RETRIES if https else None,
            filter_policy=None if taken is None else json.dumps(taken),
            filter_policy_scope=None if taken is None else "MessageBody",
            region=region,
            opts=pulumi.ResourceOptions(
                parent=self, aliases=[pulumi.Alias(name=f"{name}-{protocol}-{former}")] if former else None
            ),
        )


def _filter(
    tier: str, subscription: SubscriptionArgs, recoveries: Sequence[SubscriptionArgs]
) -> Mapping[str, Any] | None:
    """What a subscription takes of what is published; None: all of it, alarms' and opslib's or not.

    SNS takes five keys and 150 combinations of a policy: these are three of each at most.
    """
    if tier == _UNFILTERED:
        return None
    if tier == RECOVERY:
        return {"$or": [_RECOVERED, _OF_OPSLIB]}
    to_a_person = subscription["protocol"] in ("email", "sms")
    who = (subscription["protocol"], subscription["key"])
    twice = to_a_person and who in {(one["protocol"], one["key"]) for one in recoveries}
    return {"$or": [*((_RANG,) if twice else _RANG_OR_RECOVERED), _OF_OPSLIB]}


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
