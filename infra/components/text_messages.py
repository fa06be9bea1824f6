"""The preferences of text messages, of which every region of an account has one set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import iam, sns

__all__ = ["TextMessages", "TextMessagesArgs"]


class TextMessagesArgs(TypedDict):
    """What text messages may cost, and where it is told what became of them."""

    role_name: str
    """Name of the role that logs what became of messages."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    monthly_limit_usd: int
    """US dollars a month."""
    kind: str
    """`Transactional` or `Promotional`."""
    success_percent: int
    """Of how many of a hundred delivered messages it is logged too."""
    regions: Sequence[str]
    """The regions besides the provider's."""
    sender_id: NotRequired[str | None]
    """Who they come from, in countries that know it."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of the role."""


class TextMessages(pulumi.ComponentResource):
    """Preferences in each region, and the role by which SNS logs what became of messages."""

    def __init__(self, name: str, args: TextMessagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:TextMessages", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            name,
            name=args["role_name"],
            assume_role_policy=json.dumps(_trust(args["account"])),
            tags=args.get("tags", {}),
            opts=child,
        )
        written = iam.RolePolicy(name, name="write", role=role.name, policy=json.dumps(_writes(args)), opts=child)
        for region in (None, *args["regions"]):
            sns.SmsPreferences(
                name if region is None else f"{name}-{region}",
                monthly_spend_limit=args["monthly_limit_usd"],
                default_sms_type=args["kind"],
                default_sender_id=args.get("sender_id"),
                delivery_status_iam_role_arn=role.arn,
                delivery_status_success_sampling_rate=str(args["success_percent"]),
                region=region,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[written]),
            )
        self.register_outputs({})


def _trust(account: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }


def _writes(args: TextMessagesArgs) -> dict[str, Any]:
    """In any region that has preferences; SNS names its log groups itself, and makes them."""
    groups = f"arn:{args['partition']}:logs:*:{args['account']}:log-group:sns/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "MessagesAreLogged",
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                    "logs:PutRetentionPolicy",
                ],
                "Resource": [groups, f"{groups}:*"],
            }
        ],
    }
