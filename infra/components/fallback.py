"""Who hears that alerts do not arrive: a topic that has nothing in common with those that fail but SNS itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, sns

from infra.components.alerting import SubscriptionArgs

__all__ = ["Fallback", "FallbackArgs"]

_RECOVERED_OR_RANG = {"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}, {"source": ["aws.kms"]}]}
"""Alarms that ring or stop, and what is done to the key; not the OKs of a first deploy."""

_KEY_CALLS = ("DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy")
"""What makes a key useless for those who publish. A topic whose key may not be used counts no failure: nothing reaches
it, and no metric says so."""


class FallbackArgs(TypedDict):
    """What the fallback needs to know."""

    prefix: str
    """What every name starts with."""
    account: str
    """The account's id."""
    listeners: Sequence[SubscriptionArgs]
    """Who listens."""
    keys: Mapping[str | None, pulumi.Input[str]]
    """ARN of the key of the alert topics by region; None: the provider's. Each region gets a topic of its own."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the topics."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Fallback(pulumi.ComponentResource):
    """A topic for each region, who listens to it, and a rule for what is done to the key of the others.

    It is not encrypted, so that no key can silence it; what it carries are names of alarms and topics, and no secret.
    AWS's own key would not do: its policy lets neither CloudWatch nor EventBridge use it.

    Attributes:
        topics: Topic ARN by region; None: the provider's.
    """

    topics: dict[str | None, pulumi.Output[str]]

    def __init__(self, name: str, args: FallbackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Fallback", name, None, opts)
        self.topics = {
            region: self._in_region(f"{name}-{region}" if region else name, args, region, key)
            for region, key in args["keys"].items()
        }
        self.register_outputs({})

    def _in_region(
        self, name: str, args: FallbackArgs, region: str | None, key: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        prefix, tags, child = args["prefix"], args.get("tags", {}), pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(
            name,
            name=f"{prefix}-fallback",
            display_name=f"{prefix} alerts fail",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect", False)),
            region=region,
        )
        rule = cloudwatch.EventRule(
            f"{name}-key",
            name=f"{prefix}-alert-key",
            description="What is done to the key of the alert topics; it takes a trail that records management events",
            event_pattern=pulumi.Output.from_input(key).apply(_pattern),
            tags=tags,
            opts=child,
            region=region,
        )
        sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: _policy(arn, args["account"])),
            opts=child,
            region=region,
        )
        cloudwatch.EventTarget(
            f"{name}-key", rule=rule.name, target_id="fallback", arn=topic.arn, opts=child, region=region
        )
        for listener in args["listeners"]:
            sns.TopicSubscription(
                f"{name}-{listener['protocol']}-{listener['key']}",
                topic=topic.arn,
                protocol=listener["protocol"],
                endpoint=listener["endpoint"],
                endpoint_auto_confirms=True if listener["protocol"] == "https" else None,
                raw_message_delivery=False if listener["protocol"] == "https" else None,
                filter_policy=json.dumps(_RECOVERED_OR_RANG),
                filter_policy_scope="MessageBody",
                opts=child,
                region=region,
            )
        return topic.arn


def _pattern(key: str) -> str:
    return json.dumps(
        {
            "source": ["aws.kms"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": ["kms.amazonaws.com"],
                "eventName": list(_KEY_CALLS),
                # By its ARN or its id, as whoever called named it.
                "requestParameters": {"keyId": [key, key.rpartition("/")[2]]},
            },
        }
    )


def _policy(topic: str, account: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AlarmsPublish",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic,
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                },
                {
                    "Sid": "RulePublishes",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    # EventBridge takes no condition in a topic's policy: it would be refused without a word.
                    "Resource": topic,
                },
            ],
        }
    )
