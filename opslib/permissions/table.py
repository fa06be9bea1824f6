"""The table: every action of AWS that opslib calls, on what, for which activity; and which role has which activities.

What an action can be narrowed to is AWS's Service Authorization Reference's; where it can be to nothing, the row says
so, and that reason is the only way to a `*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ACTIVITIES", "ANYTHING", "FORMS", "OF_EVIDENCE", "ROLES", "Permission", "Person", "Role"]

ANYTHING = "anything"
"""The form of what AWS cannot narrow."""

FORMS: Mapping[str, str] = {
    "alert key": "arn:{partition}:kms:*:{account}:key/*",
    "budget": "arn:{partition}:budgets::{account}:budget/*",
    "cache": "arn:{partition}:elasticache:{region}:{account}:replicationgroup:*",
    "certificate": "arn:{partition}:acm:*:{account}:certificate/*",
    "cluster": "arn:{partition}:ecs:{region}:{account}:cluster/{cluster}",
    "database": "arn:{partition}:rds:{region}:{account}:db:*",
    "event rule": "arn:{partition}:events:{region}:{account}:rule/*",
    "evidence": "arn:{partition}:s3:::{evidence}/evidence/*",
    "evidence bucket": "arn:{partition}:s3:::{evidence}",
    "evidence key": "arn:{partition}:kms:{region}:{account}:key/*",
    "function": "arn:{partition}:lambda:{region}:{account}:function:*",
    "image repository": "arn:{partition}:ecr:{region}:{account}:repository/*",
    "journal": "arn:{partition}:dynamodb:{region}:{account}:table/{prefix}-journal",
    "log group": "arn:{partition}:logs:{region}:{account}:log-group:*",
    "outputs": "arn:{partition}:ssm:{region}:{account}:parameter/opslib/{product}/{environment}",
    "outputs below": "arn:{partition}:ssm:{region}:{account}:parameter/opslib/{product}/{environment}/*",
    "own execution": "arn:{partition}:states:{region}:{account}:execution:{prefix}-*",
    "own queue": "arn:{partition}:sqs:{region}:{account}:{prefix}-*",
    "own recorder": "arn:{partition}:lambda:{region}:{account}:function:{prefix}-recorder",
    "own role": "arn:{partition}:iam::{account}:role/{prefix}-*",
    "own state machine": "arn:{partition}:states:{region}:{account}:stateMachine:{prefix}-*",
    "scalable target": "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*",
    "secret": "arn:{partition}:secretsmanager:*:{account}:secret:*",
    "service": "arn:{partition}:ecs:{region}:{account}:service/{cluster}/{service}",
    "service deployment": "arn:{partition}:ecs:{region}:{account}:service-deployment/{cluster}/{service}/*",
    "service revision": "arn:{partition}:ecs:{region}:{account}:service-revision/{cluster}/{service}/*",
    "task definition": "arn:{partition}:ecs:{region}:{account}:task-definition/*",
    "task role": "{task_role}",
    "topic": "arn:{partition}:sns:*:{account}:{prefix}-*",
    "vault": "arn:{partition}:backup:*:{account}:backup-vault:*",
    ANYTHING: "*",
}
"""What a permission can be on, as ARNs; one with a `{service}` or a `{task_role}` stands for each of the stack's."""

OF_EVIDENCE = frozenset({"evidence", "evidence bucket", "evidence key"})
"""The forms of what only a stack with a bucket of evidence has."""


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


def _by_alias(name: str) -> Mapping[str, Mapping[str, str]]:
    """On a key alone that the stack calls so: keys have no names of their own."""
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{{prefix}}-{name}"}}


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
        Permission("kms:Decrypt", ("alert key",), only_if=_by_alias("alerts")),
        Permission("kms:GenerateDataKey", ("alert key",), only_if=_by_alias("alerts")),
        Permission("sns:Publish", ("topic",)),
    ),
    "reading evidence": (
        Permission("kms:Decrypt", ("evidence key",), only_if=_by_alias("evidence")),
        Permission("s3:GetObject", ("evidence",)),
        Permission("s3:GetObjectRetention", ("evidence",)),
        Permission("s3:ListBucketVersions", ("evidence bucket",)),
    ),
    "keeping evidence": (
        Permission("kms:GenerateDataKey", ("evidence key",), only_if=_by_alias("evidence")),
        Permission("s3:ListBucket", ("evidence bucket",)),
        Permission("s3:PutObject", ("evidence",)),
    ),
    # Nothing of opslib calls these: a person does, by hand, where a law says that something has to go.
    "ending evidence": (
        Permission("s3:BypassGovernanceRetention", ("evidence",)),
        Permission("s3:DeleteObjectVersion", ("evidence",)),
    ),
    "examining": (
        Permission("acm:DescribeCertificate", ("certificate",)),
        Permission("application-autoscaling:DescribeScalableTargets", (ANYTHING,), _ALL_OR_NONE),
        Permission("autoscaling:DescribeAutoScalingGroups", (ANYTHING,), _ALL_OR_NONE),
        Permission("backup:DescribeBackupVault", ("vault",)),
        Permission("backup:ListRecoveryPointsByBackupVault", ("vault",)),
        Permission("backup:ListRestoreJobs", (ANYTHING,), _ALL_OR_NONE),
        Permission("backup:ListRestoreTestingPlans", (ANYTHING,), _ALL_OR_NONE),
        Permission("budgets:ViewBudget", ("budget",)),
        Permission("cloudwatch:DescribeAlarmHistory", (ANYTHING,), _COMPOSITES),
        Permission("cloudwatch:DescribeAlarms", (ANYTHING,), _COMPOSITES),
        Permission("cloudwatch:GetMetricData", (ANYTHING,), _ALL_OR_NONE),
        Permission("cloudwatch:GetMetricStatistics", (ANYTHING,), _ALL_OR_NONE),
        Permission("cloudwatch:ListDashboards", (ANYTHING,), _ALL_OR_NONE),
        Permission("cloudwatch:ListMetrics", (ANYTHING,), _ALL_OR_NONE),
        Permission("dynamodb:DescribeContinuousBackups", ("journal",)),
        Permission("dynamodb:DescribeTable", ("journal",)),
        Permission("dynamodb:DescribeTimeToLive", ("journal",)),
        Permission("dynamodb:GetItem", ("journal",)),
        Permission("dynamodb:Query", ("journal",)),
        Permission("ec2:DescribeInstances", (ANYTHING,), _ALL_OR_NONE),
        Permission("ecr:DescribeImages", ("image repository",)),
        Permission("ecs:DescribeClusters", ("cluster",)),
        Permission("ecs:DescribeServiceRevisions", ("service revision",)),
        Permission("ecs:DescribeServices", ("service",)),
        Permission("ecs:DescribeTaskDefinition", (ANYTHING,), _DEFINITIONS),
        Permission("ecs:ListServiceDeployments", ("service",)),
        Permission("elasticache:DescribeReplicationGroups", ("cache",)),
        Permission("elasticloadbalancing:DescribeListeners", (ANYTHING,), _ALL_OR_NONE),
        Permission("elasticloadbalancing:DescribeLoadBalancers", (ANYTHING,), _ALL_OR_NONE),
        Permission("elasticloadbalancing:DescribeRules", (ANYTHING,), _ALL_OR_NONE),
        Permission("elasticloadbalancing:DescribeTargetGroups", (ANYTHING,), _ALL_OR_NONE),
        Permission("elasticloadbalancing:DescribeTargetHealth", (ANYTHING,), _ALL_OR_NONE),
        Permission("events:DescribeRule", ("event rule",)),
        Permission("events:ListTargetsByRule", ("event rule",)),
        Permission("iam:GetRole", ("own role",)),
        Permission("iam:SimulatePrincipalPolicy", ("own role",)),
        Permission("kms:DescribeKey", ("alert key",), only_if=_by_alias("alerts")),
        Permission("kms:GetKeyPolicy", ("alert key",), only_if=_by_alias("alerts")),
        Permission("lambda:GetAlias", ("function",)),
        Permission("lambda:GetFunctionConfiguration", ("function",)),
        Permission("logs:DescribeLogGroups", ("log group",)),
        Permission("rds:DescribeDBInstances", ("database",)),
        Permission("s3:GetBucketObjectLockConfiguration", ("evidence bucket",)),
        Permission("s3:GetBucketPolicy", ("evidence bucket",)),
        Permission("s3:GetBucketPublicAccessBlock", ("evidence bucket",)),
        Permission("s3:GetBucketVersioning", ("evidence bucket",)),
        Permission("secretsmanager:DescribeSecret", ("secret",)),
        Permission("sns:CheckIfPhoneNumberIsOptedOut", (ANYTHING,), _ALL_OR_NONE),
        Permission("sns:GetSMSAttributes", (ANYTHING,), _ALL_OR_NONE),
        Permission("sns:GetSMSSandboxAccountStatus", (ANYTHING,), _ALL_OR_NONE),
        Permission("sns:GetTopicAttributes", ("topic",)),
        Permission("sqs:GetQueueAttributes", ("own queue",)),
        Permission("sqs:GetQueueUrl", ("own queue",)),
        Permission("sqs:ListQueues", (ANYTHING,), _ALL_OR_NONE),
        Permission("ssm:GetParametersByPath", ("outputs", "outputs below")),
        Permission("states:DescribeStateMachine", ("own state machine",)),
    ),
    # A pager's key stands in its address.
    "watching automatic rollback": (
        Permission("states:DescribeExecution", ("own execution",)),
        Permission("states:ListExecutions", ("own state machine",)),
    ),
    "doing dead letters": (
        Permission("lambda:InvokeFunction", ("own recorder",)),
        Permission("sqs:DeleteMessage", ("own queue",)),
        Permission("sqs:ReceiveMessage", ("own queue",)),
        Permission("states:StartExecution", ("own state machine",)),
    ),
    "seeing who is told": (Permission("sns:ListSubscriptionsByTopic", ("topic",)),),
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
_LOOKS = (*_READS, "examining", "watching automatic rollback", "reading evidence")
_ACTS = (*_READS, "writing the journal", "rolling services back", "telling people", "keeping evidence")
_OPERATES = (
    *_ACTS,
    "examining",
    "watching automatic rollback",
    "doing dead letters",
    "seeing who is told",
    "reading evidence",
)

ROLES: Mapping[str, Role] = {
    "viewer": Role(_LOOKS, "person", "looks at everything and changes nothing", 8 * 3600),
    "operator": Role(_OPERATES, "person", "rolls back, holds, approves"),
    "ci": Role(
        (*_READS, "writing the journal", "telling people", "keeping evidence"),
        "pipeline",
        "asks whether it may deploy, and writes down what it has deployed",
    ),
    "break-glass": Role(
        (*_OPERATES, "ending evidence"),
        "person",
        "what an operator may, for those who are none; its use is told at once",
    ),
    "automatic": Role(_ACTS, "function", "rolls back by itself, where the stack's file says so"),
    "recorder": Role(
        ("reading the outputs", "reading the journal", "writing the journal", "reading the past of services"),
        "function",
        "writes down what was deployed, whoever deployed it",
    ),
}
"""The roles. Those of functions belong to the function; the others are made for whom the stack's file names."""
