"""A channel of Slack that AWS itself writes to: Amazon Q Developer in chat applications, once AWS Chatbot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import chatbot, iam

__all__ = ["SlackChannel", "SlackChannelArgs"]

_DRAWING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DrawAlarmsMetrics",
                "Effect": "Allow",
                # The picture of its metric in an alarm's message; without it the message comes as words alone.
                "Action": ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"],
                # None of them takes a resource but DescribeAlarms, and that not for composites.
                "Resource": "*",
            }
        ],
    }
)
"""All that can be done from the channel."""

_GUARDRAIL = "CloudWatchReadOnlyAccess"
"""AWS's own policy, beyond which nothing goes whatever the role is ever given. Unless a guardrail is set, AWS sets
AdministratorAccess."""


class SlackChannelArgs(TypedDict):
    """What the channel needs to know."""

    configuration_name: str
    """Name of the configuration and of its role."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    workspace: str
    """The workspace's id; it is authorised once, by hand, in the console."""
    channel: str
    """The channel's id."""
    topics: Sequence[pulumi.Input[str]]
    """ARNs of the topics that are told there, of any region."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class SlackChannel(pulumi.ComponentResource):
    """The configuration of a channel, with a role of its own.

    Attributes:
        arn: ARN of the configuration.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SlackChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:SlackChannel", name, None, opts)
        called, tags, child = args["configuration_name"], args.get("tags", {}), pulumi.ResourceOptions(parent=self)
        role = iam.Role(name, name=called, assume_role_policy=_trust(args["account"]), tags=tags, opts=child)
        policy = iam.RolePolicy(name, name="draw", role=role.name, policy=_DRAWING, opts=child)
        configuration = chatbot.SlackChannelConfiguration(
            name,
            configuration_name=called,
            iam_role_arn=role.arn,
            slack_team_id=args["workspace"],
            slack_channel_id=args["channel"],
            sns_topic_arns=args["topics"],
            guardrail_policy_arns=[f"arn:{args['partition']}:iam::aws:policy/{_GUARDRAIL}"],
            # Whoever wants to do more than read has to say who they are, and not only be in the channel.
            user_authorization_required=True,
            logging_level="ERROR",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.arn = configuration.chat_configuration_arn
        self.register_outputs({"arn": self.arn})


def _trust(account: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "chatbot.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
