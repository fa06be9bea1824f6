"""EventBridge rules whose events CloudWatch counts, and the log group in which the events can be read afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

__all__ = ["CountedEvents", "CountedEventsArgs", "EventRuleArgs"]

_DELIVERING = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
"""Who writes what a rule sends to a log group (EventBridge's user guide, "CloudWatch Logs permissions")."""


class EventRuleArgs(TypedDict):
    """A rule."""

    name: str
    """Its name in AWS; CloudWatch counts its events by it (`AWS/Events` TriggeredRules)."""
    pattern: Mapping[str, Any]
    """Its event pattern."""
    means: str
    """What its events are, in a few words."""
    topic: NotRequired[pulumi.Input[str]]
    """A topic that is told of each event too."""
    message: NotRequired[str]
    """What the topic is told, as an input transformer's template over `message_paths`; without it the event itself."""
    message_paths: NotRequired[Mapping[str, str]]
    """Where in the event each of the template's names stands."""


class CountedEventsArgs(TypedDict):
    """Rules, and where their events are kept."""

    log_group: str
    """Name of the log group; EventBridge wants it to start with `/aws/events/`."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """Where the provider is."""
    rules: Mapping[str, EventRuleArgs]
    """Rules by name of ours."""
    retention_days: int
    """How long events are kept, in days."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class CountedEvents(pulumi.ComponentResource):
    """Rules with the log group as their target: a rule without a target is not counted.

    The account's policy on log groups that lets EventBridge write is one of ten in a region: one a stack.
    """

    def __init__(self, name: str, args: CountedEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:CountedEvents", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), args.get("tags", {})
        group = cloudwatch.LogGroup(
            name, name=args["log_group"], retention_in_days=args["retention_days"], tags=tags, opts=child
        )
        allowed = cloudwatch.LogResourcePolicy(
            name,
            policy_name=args["log_group"].strip("/").replace("/", "-"),
            policy_document=_policy(args),
            opts=child,
        )
        for key, one in args["rules"].items():
            rule = cloudwatch.EventRule(
                f"{name}-{key}",
                name=one["name"],
                description=one["means"],
                event_pattern=json.dumps(one["pattern"]),
                tags=tags,
                opts=child,
            )
            cloudwatch.EventTarget(
                f"{name}-{key}-log",
                rule=rule.name,
                target_id="log",
                arn=group.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
            )
            if "topic" in one:
                cloudwatch.EventTarget(
                    f"{name}-{key}-topic",
                    rule=rule.name,
                    target_id="topic",
                    arn=one["topic"],
                    input_transformer=_transformer(one),
                    opts=child,
                )
        self.register_outputs({})


def _transformer(rule: EventRuleArgs) -> cloudwatch.EventTargetInputTransformerArgsDict | None:
    if "message" not in rule:
        return None
    return {"input_paths": dict(rule.get("message_paths", {})), "input_template": rule["message"]}


def _policy(args: CountedEventsArgs) -> str:
    """Without a condition on a rule: EventBridge says neither account nor rule when it writes to a log group."""
    group = f"arn:{args['partition']}:logs:{args['region']}:{args['account']}:log-group:{args['log_group']}:*"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "EventBridgeWrites",
                    "Effect": "Allow",
                    "Principal": {"Service": _DELIVERING},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": group,
                }
            ],
        }
    )
