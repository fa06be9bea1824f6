"""What writes down every deployment of the stack's services, whoever deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch

from infra.components.ops_code import ops_code
from infra.components.ops_function import OpsFunction

__all__ = ["Recorder", "RecorderArgs"]

_EVENTBRIDGE = "events.amazonaws.com"


class RecorderArgs(TypedDict):
    """What the recorder needs to know."""

    prefix: str
    """What every name starts with."""
    service_prefixes: Sequence[str]
    """What the ARNs of the services start with: `arn:aws:ecs:eu-west-1:123456789012:service/shop/`."""
    statements: Sequence[Mapping[str, Any]]
    """What its function may do."""
    environment: Mapping[str, str]
    """Its function's variables."""
    code: NotRequired[pulumi.Archive]
    """See `OpsFunctionArgs`."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""
    protect: NotRequired[bool]
    """See `OpsFunctionArgs`."""


class Recorder(pulumi.ComponentResource):
    """A function that is told of each completed deployment, and looks at everything once an hour.

    Attributes:
        function: The function.
    """

    function: OpsFunction

    def __init__(self, name: str, args: RecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Recorder", name, None, opts)
        prefix, tags = args["prefix"], args.get("tags", {})
        child = pulumi.ResourceOptions(parent=self)
        self.function = OpsFunction(
            name,
            {
                "function_name": f"{prefix}-recorder",
                "handler": "opslib.guard.recorder.handler",
                "description": "Writes down what was deployed, whoever deployed it",
                "statements": args["statements"],
                "environment": args["environment"],
                "timeout_seconds": 300,
                "code": args.get("code") or ops_code(),
                "tags": tags,
                "protect": args.get("protect", False),
            },
            opts=child,
        )
        completed = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [{"prefix": services} for services in args["service_prefixes"]],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]},
        }
        self._rule(f"{name}-deployed", f"{prefix}-deployed", tags, pattern=json.dumps(completed))
        # An event can be lost, and a deployment is judged when half an hour has passed.
        self._rule(f"{name}-hourly", f"{prefix}-recorder-hourly", tags, schedule="rate(1 hour)")
        self.register_outputs({"function_name": self.function.function_name})

    def _rule(
        self,
        name: str,
        called: str,
        tags: Mapping[str, str],
        *,
        pattern: str | None = None,
        schedule: str | None = None,
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        rule = cloudwatch.EventRule(
            name, name=called, event_pattern=pattern, schedule_expression=schedule, tags=tags, opts=child
        )
        cloudwatch.EventTarget(name, rule=rule.name, target_id="recorder", arn=self.function.function_arn, opts=child)
        self.function.let(called.rpartition("-")[2], _EVENTBRIDGE, rule.arn)
