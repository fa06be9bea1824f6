"""The roles that people and pipelines take on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, iam

__all__ = ["RoleArgs", "Roles", "RolesArgs"]


class RoleArgs(TypedDict):
    """A role."""

    role_name: str
    """Name of the role in AWS."""
    description: str
    """What it is for, in a line."""
    trust: Sequence[Mapping[str, Any]]
    """Who may take it on: statements."""
    statements: Sequence[Mapping[str, Any]]
    """What it may do: statements."""
    session_seconds: int
    """How long a session may last: an hour to twelve."""
    told: NotRequired[bool]
    """Whether people are told when somebody takes it on."""


class RolesArgs(TypedDict):
    """What the roles need to know."""

    roles: Mapping[str, RoleArgs]
    """Each by what it is for."""
    topic: pulumi.Input[str]
    """Whom to tell."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Roles(pulumi.ComponentResource):
    """Roles with exactly the given statements.

    Attributes:
        arns: ARN of each role, by what it is for.
    """

    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Roles", name, None, opts)
        self.arns = {key: self._role(f"{name}-{key}", role, args) for key, role in args["roles"].items()}
        self.register_outputs({"arns": self.arns})

    def _role(self, name: str, args: RoleArgs, all_args: RolesArgs) -> pulumi.Output[str]:
        child, tags = pulumi.ResourceOptions(parent=self), all_args.get("tags", {})
        role = iam.Role(
            name,
            name=args["role_name"],
            description=args["description"],
            assume_role_policy=_policy(args["trust"]),
            max_session_duration=args["session_seconds"],
            tags=tags,
            opts=child,
        )
        iam.RolePolicy(name, name="what-it-does", role=role.name, policy=_policy(args["statements"]), opts=child)
        if args.get("told"):
            self._tell(name, args["role_name"], role, all_args)
        return role.arn

    def _tell(self, name: str, called: str, role: iam.Role, args: RolesArgs) -> None:
        """Tell when it is taken on. CloudTrail says so: the account needs a trail of management events."""
        child = pulumi.ResourceOptions(parent=self)
        rule = cloudwatch.EventRule(
            name,
            name=f"{called}-taken-on",
            description=f"Somebody has taken on {called}",
            event_pattern=role.arn.apply(_taken_on),
            # CloudTrail calls AssumeRole a read, and of those EventBridge tells only who asks for all.
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            tags=args.get("tags", {}),
            opts=child,
        )
        cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="topic",
            arn=args["topic"],
            # As an alarm speaks: who listens to a tier hears only what rings.
            input_transformer={
                "input_paths": {"who": "$.detail.userIdentity.arn", "when": "$.time"},
                "input_template": json.dumps(
                    {
                        "AlarmName": f"{called}-taken-on",
                        "NewStateValue": "ALARM",
                        "NewStateReason": f"<who> has taken on {called} at <when>",
                    }
                ),
            },
            opts=child,
        )


def _taken_on(role_arn: str) -> str:
    return json.dumps(
        {
            "source": ["aws.sts"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventName": ["AssumeRole", "AssumeRoleWithSAML"],
                "requestParameters": {"roleArn": [role_arn]},
            },
        }
    )


def _policy(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
