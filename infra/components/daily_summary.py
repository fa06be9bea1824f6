"""The daily summary: a schedule, and a function of ours that publishes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import iam, scheduler

from infra.components.ops_function import OpsFunction
from opslib.mirror import parameter_path

__all__ = ["DailySummary", "DailySummaryArgs"]

_HANDLER = "opslib.operate.summary_handler.handler"


class DailySummaryArgs(TypedDict):
    """What the summary needs to know."""

    function_name: str
    """Name of the function; of the schedule and of the schedule's role too."""
    product: str
    """The product whose stack it is about."""
    environment: str
    """The environment."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """Where the stack is: its outputs are in Parameter Store there."""
    topic: pulumi.Input[str]
    """ARN of the topic that it is published to."""
    key: pulumi.Input[str]
    """ARN of the key with which the topic is encrypted."""
    at: str
    """When, such as `07:00`."""
    zone: str
    """In which time zone."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class DailySummary(pulumi.ComponentResource):
    """The function, the schedule, and the role by which the schedule calls it.

    Attributes:
        function_name: The function's name.
        queue_name: The queue of runs that failed.
    """

    function_name: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: DailySummaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:DailySummary", name, None, opts)
        called, tags, child = args["function_name"], args.get("tags", {}), pulumi.ResourceOptions(parent=self)
        where = f"arn:{args['partition']}:ssm:{args['region']}:{args['account']}:parameter"
        path = parameter_path(args["product"], args["environment"])
        function = OpsFunction(
            name,
            {
                "function_name": called,
                "handler": _HANDLER,
                "description": "Says once a day what rang, what still rings and what has no data",
                "statements": [
                    {
                        "Sid": "ReadOutputs",
                        "Effect": "Allow",
                        "Action": "ssm:GetParametersByPath",
                        "Resource": [f"{where}{path}", f"{where}{path}/*"],
                    },
                    {
                        "Sid": "ReadAlarms",
                        "Effect": "Allow",
                        "Action": ["cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"],
                        # Composites are described to those alone who may describe every alarm.
                        "Resource": "*",
                    },
                    {"Sid": "Publish", "Effect": "Allow", "Action": "sns:Publish", "Resource": args["topic"]},
                    {
                        "Sid": "Encrypt",
                        "Effect": "Allow",
                        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                        "Resource": args["key"],
                    },
                ],
                "environment": {
                    "OPSLIB_STACK": f"{args['product']}/{args['environment']}",
                    "OPSLIB_SUMMARY_TOPIC": args["topic"],
                    "OPSLIB_SUMMARY_ZONE": args["zone"],
                },
                "timeout_seconds": 300,
                "tags": tags,
            },
            opts=child,
        )
        role = iam.Role(
            name,
            name=f"{called}-schedule",
            assume_role_policy=_trust(args["account"]),
            tags=tags,
            opts=child,
        )
        policy = iam.RolePolicy(
            name,
            name="call-function",
            role=role.name,
            policy=function.function_arn.apply(_calls),
            opts=child,
        )
        hour, minute = args["at"].split(":")
        scheduler.Schedule(
            name,
            name=called,
            schedule_expression=f"cron({int(minute)} {int(hour)} * * ? *)",
            schedule_expression_timezone=args["zone"],
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.function_arn,
                "role_arn": role.arn,
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.function_name, self.queue_name = function.function_name, function.queue_name
        self.register_outputs({"function_name": self.function_name})


def _trust(account: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _calls(function: str) -> str:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
