"""A Lambda function that runs a handler of opslib, with all that belongs to one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_, sqs

from infra.components.ops_code import ops_code
from infra.components.settled import settled

__all__ = ["MACHINE", "RUNTIME", "OpsFunction", "OpsFunctionArgs"]

RUNTIME, MACHINE = "python3.13", "x86_64"
"""What the bundle is built for: tools/build_lambda.py says why."""

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


class OpsFunctionArgs(TypedDict):
    """What a function needs to know."""

    function_name: str
    """Name of the function, and of its role, its log group and its dead-letter queue; 55 characters at most."""
    handler: str
    """Where its handler stands: `opslib.guard.recorder.handler`."""
    statements: Sequence[Mapping[str, Any]]
    """What it may do: statements of an IAM policy, in which values may be outputs."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Its variables: identifiers only, for whoever may see the function sees them."""
    description: NotRequired[str]
    """What it is for, in a line."""
    timeout_seconds: NotRequired[int]
    """How long it may run: 60 unless given, 900 at most."""
    memory_mib: NotRequired[int]
    """How much memory it gets, and with it processor time: 512 unless given."""
    retry_attempts: NotRequired[int]
    """How often an event that failed is tried again before it goes to the dead-letter queue: 2 unless given."""
    event_age_seconds: NotRequired[int]
    """How old an event may become before it goes there: 3600 unless given."""
    reserved_concurrency: NotRequired[int]
    """How many may run at once; without it what the account has left."""
    code: NotRequired[pulumi.Archive]
    """The code; unless given what `make lambda` built."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the queue and the log group, which hold what happened."""


class OpsFunction(pulumi.ComponentResource):
    """A function, a role with exactly the given statements, its log group, and a queue for events it failed on.

    To what is given the role adds what every function needs: writing its own log, and sending to its own queue.

    Attributes:
        function_name: Its name.
        function_arn: Its ARN.
        version_arn: The ARN of the version that was published last: what it points to never changes.
        role_arn: The ARN of its role.
        queue_name: The name of its dead-letter queue.
        queue_arn: The queue's ARN.
        log_group: The name of its log group.
    """

    function_name: pulumi.Output[str]
    function_arn: pulumi.Output[str]
    version_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    queue_arn: pulumi.Output[str]
    log_group: pulumi.Output[str]

    def __init__(self, name: str, args: OpsFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:OpsFunction", name, None, opts)
        called, tags = args["function_name"], args.get("tags", {})
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.get("protect", False))

        queue = sqs.Queue(
            name,
            name=f"{called}-failed",
            message_retention_seconds=14 * 86_400,  # AWS's most: whoever reads it may be on holiday
            sqs_managed_sse_enabled=True,
            tags=tags,
            opts=kept,
        )
        log_group = cloudwatch.LogGroup(name, name=f"/aws/lambda/{called}", retention_in_days=30, tags=tags, opts=kept)
        role = iam.Role(name, name=called, assume_role_policy=_TRUST, tags=tags, opts=child)
        own = [
            {
                "Sid": "WriteOwnLog",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": log_group.arn.apply(lambda arn: f"{arn}:*"),
            },
            {"Sid": "KeepFailedEvents", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn},
        ]
        policy = iam.RolePolicy(
            name,
            name="what-it-does",
            role=role.name,
            policy=settled([*args["statements"], *own]).apply(_policy),
            opts=child,
        )
        function = lambda_.Function(
            name,
            name=called,
            description=args.get("description"),
            role=role.arn,
            handler=args["handler"],
            runtime=RUNTIME,
            architectures=[MACHINE],
            code=args.get("code") or ops_code(),
            publish=True,
            timeout=args.get("timeout_seconds", 60),
            memory_size=args.get("memory_mib", 512),
            reserved_concurrent_executions=args.get("reserved_concurrency"),
            environment={"variables": args.get("environment", {})} if args.get("environment") else None,
            dead_letter_config={"target_arn": queue.arn},
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            tags=tags,
            # Lambda asks at creation whether the role may send to the queue.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        lambda_.FunctionEventInvokeConfig(
            name,
            function_name=function.name,
            maximum_retry_attempts=args.get("retry_attempts", 2),
            maximum_event_age_in_seconds=args.get("event_age_seconds", 3600),
            opts=child,
        )
        self.function_name, self.function_arn, self.version_arn = function.name, function.arn, function.qualified_arn
        self.role_arn, self.log_group = role.arn, log_group.name
        self.queue_name, self.queue_arn = queue.name, queue.arn
        self._name = name
        self.register_outputs({"function_name": self.function_name, "function_arn": self.function_arn})

    def let(self, name: str, principal: str, source_arn: pulumi.Input[str]) -> lambda_.Permission:
        """Let a service of AWS invoke the function, on behalf of one resource.

        Args:
            name: Logical name of the permission, after the function's.
            principal: The service: `events.amazonaws.com`.
            source_arn: The resource: a rule's ARN.
        """
        return lambda_.Permission(
            f"{self._name}-{name}",
            action="lambda:InvokeFunction",
            function=self.function_name,
            principal=principal,
            source_arn=source_arn,
            statement_id=name,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _policy(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
