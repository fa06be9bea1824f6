"""Automatic rollback: an alarm's event starts a state machine, and that calls opslib until it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, iam, sfn, sqs

from infra.components.ops_code import ops_code
from infra.components.ops_function import OpsFunction
from infra.components.settled import settled

__all__ = ["AutoRollback", "AutoRollbackArgs"]

_MOST_PATTERN = 2000
"""EventBridge takes 2,048 characters of a pattern."""

_TRY_AGAIN = {
    # All of them: what the function raises is what AWS or the journal did not answer just then.
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 8,
}
_MOST_SECONDS = 2 * 3600
"""Longer than any plan may take: an hour, and what comes after it."""


class AutoRollbackArgs(TypedDict):
    """What automatic rollback needs to know."""

    prefix: str
    """What every name starts with."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """The stack's region."""
    alarms: Sequence[str]
    """The names of the alarms that may start it."""
    statements: Sequence[Mapping[str, Any]]
    """What its function may do."""
    environment: Mapping[str, str]
    """Its function's variables."""
    topic: pulumi.Input[str]
    """Whom to tell when the function itself fails."""
    topic_statements: Sequence[Mapping[str, Any]]
    """What publishing to that topic needs."""
    code: NotRequired[pulumi.Archive]
    """See `OpsFunctionArgs`."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""
    protect: NotRequired[bool]
    """See `OpsFunctionArgs`."""


class AutoRollback(pulumi.ComponentResource):
    """A rule for alarms, a state machine, a function, and a queue for events that started nothing.

    Attributes:
        function: The function.
        state_machine_arn: The state machine.
        queue_name: The queue for events that the state machine did not take.
    """

    function: OpsFunction
    state_machine_arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: AutoRollbackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:AutoRollback", name, None, opts)
        prefix, tags = args["prefix"], args.get("tags", {})
        child = pulumi.ResourceOptions(parent=self)
        self.function = OpsFunction(
            name,
            {
                "function_name": f"{prefix}-auto-rollback",
                "handler": "opslib.guard.automatic.handler",
                "description": "Decides about ringing alarms, and advances rollbacks",
                "statements": args["statements"],
                "environment": args["environment"],
                # A runner that died holds its lease for half a minute, which the next one waits for.
                "timeout_seconds": 300,
                "memory_mib": 1024,
                "code": args.get("code") or ops_code(),
                "tags": tags,
                "protect": args.get("protect", False),
            },
            opts=child,
        )
        machine = self._machine(name, args)
        self.state_machine_arn = machine.arn
        self.queue_name = self._start(name, args, machine)
        self.register_outputs({"state_machine_arn": self.state_machine_arn})

    def _machine(self, name: str, args: AutoRollbackArgs) -> sfn.StateMachine:
        prefix, tags = args["prefix"], args.get("tags", {})
        # Every version of the function: an execution goes on with the one that it began with.
        versions = self.function.function_arn.apply(lambda arn: f"{arn}:*")
        role = self._role(
            f"{name}-machine",
            f"{prefix}-auto-rollback-machine",
            _trust("states.amazonaws.com", args["account"]),
            [
                {
                    "Sid": "CallOpslib",
                    "Effect": "Allow",
                    "Action": "lambda:InvokeFunction",
                    "Resource": [self.function.function_arn, versions],
                },
                *args["topic_statements"],
            ],
            tags,
        )
        given = {"function": self.function.version_arn, "topic": args["topic"]}
        return sfn.StateMachine(
            name,
            name=f"{prefix}-auto-rollback",
            role_arn=role.arn,
            definition=settled(given).apply(lambda known: json.dumps(_definition(prefix, **known))),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _start(self, name: str, args: AutoRollbackArgs, machine: sfn.StateMachine) -> pulumi.Output[str]:
        prefix, tags = args["prefix"], args.get("tags", {})
        child = pulumi.ResourceOptions(parent=self)
        where = f"{args['region']}:{args['account']}"
        called = f"{prefix}-auto-rollback-unheard"
        rule_arn = f"arn:{args['partition']}:events:{where}:rule/{prefix}-auto-rollback"
        queue = sqs.Queue(
            f"{name}-unheard",
            name=called,
            message_retention_seconds=14 * 86_400,
            sqs_managed_sse_enabled=True,
            policy=_queue_policy(f"arn:{args['partition']}:sqs:{where}:{called}", rule_arn),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect", False)),
        )
        role = self._role(
            f"{name}-start",
            f"{prefix}-auto-rollback-start",
            _trust("events.amazonaws.com", args["account"]),
            [{"Sid": "Start", "Effect": "Allow", "Action": "states:StartExecution", "Resource": machine.arn}],
            tags,
        )
        rule = cloudwatch.EventRule(
            name,
            name=f"{prefix}-auto-rollback",
            description="Alarms that a deployment can make ring",
            event_pattern=_pattern(prefix, args["alarms"]),
            tags=tags,
            opts=child,
        )
        cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="machine",
            arn=machine.arn,
            role_arn=role.arn,
            dead_letter_config={"arn": queue.arn},
            # What is older is no news: the alarm has long told people.
            retry_policy={"maximum_event_age_in_seconds": 900, "maximum_retry_attempts": 20},
            opts=child,
        )
        return queue.name

    def _role(
        self,
        name: str,
        called: str,
        trust: Mapping[str, Any],
        statements: Sequence[Mapping[str, Any]],
        tags: Mapping[str, str],
    ) -> iam.Role:
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(name, name=called, assume_role_policy=_policy([trust]), tags=tags, opts=child)
        policy = settled(list(statements)).apply(_policy)
        iam.RolePolicy(name, name="what-it-does", role=role.name, policy=policy, opts=child)
        return role


def _trust(service: str, account: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def _definition(prefix: str, function: str, topic: str) -> dict[str, Any]:
    """The state machine, in Amazon States Language."""

    def call(do: str, **given: str) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": function,
            "Parameters": {
                "do": do,
                "at.$": "$$.State.EnteredTime",
                "execution.$": "$$.Execution.Name",
                "began.$": "$$.Execution.StartTime",
                **given,
            },
            "Retry": [_TRY_AGAIN],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tell"}],
        }

    return {
        "Comment": f"Automatic rollback of {prefix}: opslib in Lambda decides, and advances the plan",
        "StartAt": "Decide",
        "TimeoutSeconds": _MOST_SECONDS,
        "States": {
            # Beside its input: while a deployment is under way it is asked again, about the same event.
            "Decide": {**call("decide", **{"event.$": "$"}), "ResultPath": "$.decision", "Next": "Decided"},
            "Decided": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.decision.state", "StringEquals": "go", "Next": "Go"},
                    {"Variable": "$.decision.state", "StringEquals": "later", "Next": "Later"},
                ],
                "Default": "Nothing",
            },
            "Later": {"Type": "Wait", "SecondsPath": "$.decision.seconds", "Next": "Decide"},
            "Go": {"Type": "Pass", "InputPath": "$.decision", "Next": "Advance"},
            "Nothing": {"Type": "Succeed", "InputPath": "$.decision"},
            "Advance": {**call("advance", **{"plan.$": "$.plan"}), "Next": "Advanced"},
            "Advanced": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.state", "StringEquals": "waiting", "Next": "Wait"},
                    {"Variable": "$.state", "StringEquals": "nothing", "Next": "Done"},  # somebody has paused it
                    {"Variable": "$.exitCode", "NumericEquals": 0, "Next": "Done"},
                ],
                "Default": "Failed",
            },
            "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Advance"},
            # opslib could not be called at all: somebody else has to say so.
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": {
                    "TopicArn": topic,
                    "Subject": f"{prefix}: automatic rollback does not work",
                    "Message.$": "States.Format('Execution {} could not call opslib: {}', $$.Execution.Name, $.Cause)",
                },
                "Next": "Failed",
            },
            "Done": {"Type": "Succeed"},
            "Failed": {
                "Type": "Fail",
                "Error": "NotRolledBack",
                "Cause": "opslib history, and the execution's states before this one, say why",
            },
        },
    }


def _pattern(prefix: str, alarms: Sequence[str]) -> str:
    """These alarms, as they begin to ring; all of the stack's where they are too many to be named."""
    ringing = {"state": {"value": ["ALARM"]}, "previousState": {"value": [{"anything-but": "ALARM"}]}}
    for names in (sorted(alarms), [{"prefix": f"{prefix}-"}]):
        pattern = json.dumps(
            {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "detail": {"alarmName": names, **ringing},
            }
        )
        if len(pattern) <= _MOST_PATTERN:
            break
    return pattern


def _queue_policy(queue_arn: str, rule_arn: str) -> str:
    return _policy(
        [
            {
                "Sid": "UnheardEvents",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            }
        ]
    )


def _policy(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
