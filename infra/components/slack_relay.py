"""From a topic to an incoming webhook of Slack: a function of ours, for Slack does not read SNS's envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import secretsmanager

from infra.components.ops_function import OpsFunction

__all__ = ["SlackRelay", "SlackRelayArgs"]

_HANDLER = "opslib.operate.slack_relay.handler"


class SlackRelayArgs(TypedDict):
    """What the relay needs to know."""

    function_name: str
    """Name of the function."""
    secret_name: str
    """Name under which Secrets Manager keeps the address."""
    address: pulumi.Input[str]
    """The webhook's address, a secret; the function reads it when it is called."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class SlackRelay(pulumi.ComponentResource):
    """The function, and the address in Secrets Manager.

    Attributes:
        function_name: Its name.
        function_arn: What topics deliver to.
        queue_name: The queue of messages that Slack did not take.
    """

    function_name: pulumi.Output[str]
    function_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: SlackRelayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:SlackRelay", name, None, opts)
        tags, child = args.get("tags", {}), pulumi.ResourceOptions(parent=self)
        secret = secretsmanager.Secret(
            name,
            name=args["secret_name"],
            description="Address of an incoming webhook of Slack",
            # The stack's configuration has it. A name whose secret waits to be deleted could not be used again.
            recovery_window_in_days=0,
            tags=tags,
            opts=child,
        )
        secretsmanager.SecretVersion(
            name, secret_id=secret.id, secret_string=pulumi.Output.secret(args["address"]), opts=child
        )
        self._function = OpsFunction(
            name,
            {
                "function_name": args["function_name"],
                "handler": _HANDLER,
                "description": "Tells a channel of Slack what alarms say",
                "statements": [
                    {
                        "Sid": "ReadAddress",
                        "Effect": "Allow",
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": secret.arn,
                    }
                ],
                "environment": {"OPSLIB_SLACK_SECRET": secret.arn},
                "timeout_seconds": 30,
                "memory_mib": 256,
                "tags": tags,
            },
            opts=child,
        )
        self.function_name, self.function_arn = self._function.function_name, self._function.function_arn
        self.queue_name = self._function.queue_name
        self.register_outputs({"function_arn": self.function_arn})

    def listen(self, name: str, topic: pulumi.Input[str]) -> None:
        """Let a topic call the function.

        Args:
            name: Logical name of the permission, after the relay's.
            topic: The topic's ARN.
        """
        self._function.let(name, "sns.amazonaws.com", topic)
