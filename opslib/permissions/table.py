"""The table: every action of AWS that opslib calls, on what, for which activity; and which role has which activities.

What an action can be narrowed to is AWS's Service Authorization Reference's; where it can be to nothing, the row says
so, and that reason is the only way to a `*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ACTIVITIES", "ANYTHING", "FORMS", "ROLES", "Permission", "Person", "Role"]

ANYTHING = "anything"
"""The form of what AWS cannot narrow."""

FORMS: Mapping[str, str] = {
    "alert key": "arn:{partition}:kms:*:{account}:key/*",
    "image repository": "arn:{partition}:ecr:{region}:{account}:repository/*",
    "journal": "arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-journal",
    "outputs": "arn:{partition}:ssm:{region}:{account}:parameter/opslib/{product}/{environment}",
    "outputs below": "arn:{partition}:ssm:{region}:{account}:parameter/opslib/{product}/{environment}/*",
    "own role": "arn:{partition}:iam::{account}:role/{prefix}-*",
    "scalable target": "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*",
    "service": "arn:{partition}:ecs:{region}:{account}:service/{cluster}/{service}",
    "service deployment": "arn:{partition}:ecs:{region}:{account}:service-deployment/{cluster}/{service}/*",
    "service revision": "arn:{partition}:ecs:{region}:{account}:service-revision/{cluster}/{service}/*",
    "task definition": "arn:{partition}:ecs:{region}:{account}:task-definition/*",
    "task role": "{task_role}",
    "topic": "arn:{partition}:sns:*:{account}:{prefix}-*",
    ANYTHING: "*",
}
"""What a permission can be on, as ARNs; one with a `{service}` or a `{task_role}` stands for each of the stack's."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One action.

    Attributes:
        action: In IAM's words: `ecs:UpdateService`.
        on: The forms of what it may be done on.
        why: Why it is on anything, where it is.
        only_if: A condition, as IAM writes it; `{prefix}` is filled in.
    """

    action: str
    on: tuple[str, ...]
    why: str = ""
    only_if: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_ALL_OR_NONE = "AWS has no resource for it: it tells all or nothing"
_COMPOSITES = "composite alarms are only told where it is on anything (CloudWatch API)"
_DEFINITIONS = "AWS has no resource for it (aws/containers-roadmap, issue 929)"

ACTIVITIES: Mapping[str, tuple[Permission, ...]] = {
    "reading the outputs": (Permission("ssm:GetParametersByPath", ("outputs", "outputs below")),),
    "finding the stack by its environment": (Permission("ssm:DescribeParameters", (ANYTHING,), _ALL_OR_NONE),),
    "reading the journal": (
        Permission("dynamodb:GetItem", ("journal",)),
        Permission("dynamodb:Query", ("journal",)),
    ),
    "writing the journal": (
        Permission("dynamodb:DeleteItem", ("journal",)),
        Permission("dynamodb:PutItem", ("journal",)),
    ),
    "reading the past of services": (
        Permission("cloudwatch:DescribeAlarmHistory", (ANYTHING,), _COMPOSITES),
        Permission("cloudwatch:DescribeAlarms", (ANYTHING,), _COMPOSITES),
        Permission("ecs:DescribeServiceRevisions", ("service revision",)),
        Permission("ecs:ListServiceDeployments", ("service",)),
    ),
    "looking at services": (
        Permission("application-autoscaling:DescribeScalableTargets", (ANYTHING,), _ALL_OR_NONE),
        Permission("ecr:DescribeImages", ("image repository",)),
        Permission("ecs:DescribeServiceDeployments", ("service deployment",)),
        Permission("ecs:DescribeServices", ("service",)),
        Permission("ecs:DescribeTaskDefinition", (ANYTHING,), _DEFINITIONS),
        Permission("ecs:ListTaskDefinitions", (ANYTHING,), _DEFINITIONS),
        Permission("elasticloadbalancing:DescribeTargetHealth", (ANYTHING,), _ALL_OR_NONE),
    ),
    "rolling services back": (
        Permission("application-autoscaling:RegisterScalableTarget", ("scalable target",)),
        Permission("ecs:DeregisterTaskDefinition", (ANYTHING,), _DEFINITIONS),
        Permission("ecs:RegisterTaskDefinition", (ANYTHING,), _DEFINITIONS),
        Permission("ecs:StopServiceDeployment", ("service deployment",)),
        Permission("ecs:TagResource", ("task definition",)),
        Permission("ecs:UpdateService", ("service",)),
        Permission(
            "iam:PassRole",
            ("task role",),
            only_if={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ),
    "telling people": (
        Permission(
            "kms:Decrypt",
            ("alert key",),
            only_if={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{prefix}-alerts"}},
        ),
        Permission(
            "kms:GenerateDataKey",
            ("alert key",),
            only_if={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{prefix}-alerts"}},
        ),
        Permission("sns:Publish", ("topic",)),
    ),
    "asking what it may do": (
        Permission("iam:GetRole", ("own role",)),
        Permission("iam:SimulatePrincipalPolicy", ("own role",)),
    ),
}
"""What is done on a stack, and what of AWS each of it calls."""

Person = Literal["person", "pipeline", "function"]


@dataclass(frozen=True, slots=True)
class Role:
    """A role.

    Attributes:
        does: Its activities.
        who: Who has it: a person (by MFA), a pipeline (by OIDC), or a function of the stack.
        says: What it is for.
        session_seconds: How long a session may last; the least that AWS takes is an hour.
    """

    does: tuple[str, ...]
    who: Person
    says: str
    session_seconds: int = 3600


_READS = (
    "reading the outputs",
    "finding the stack by its environment",
    "reading the journal",
    "reading the past of services",
    "looking at services",
    "asking what it may do",
)
_ACTS = (*_READS, "writing the journal", "rolling services back", "telling people")

ROLES: Mapping[str, Role] = {
    "viewer": Role(_READS, "person", "looks at everything and changes nothing", 8 * 3600),
    "operator": Role(_ACTS, "person", "rolls back, holds, approves"),
    "ci": Role(
        (*_READS, "writing the journal", "telling people"),
        "pipeline",
        "asks whether it may deploy, and writes down what it has deployed",
    ),
    "break-glass": Role(_ACTS, "person", "what an operator may, for those who are none; its use is told at once"),
    "automatic": Role(_ACTS, "function", "rolls back by itself, where the stack's file says so"),
    "recorder": Role(
        ("reading the outputs", "reading the journal", "writing the journal", "reading the past of services"),
        "function",
        "writes down what was deployed, whoever deployed it",
    ),
}
"""The roles. Those of functions belong to the function; the others are made for whom the stack's file names."""
