"""What is backed up, when, for how long, and into which vaults; and the role that AWS Backup takes for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import backup, iam

__all__ = ["BackupPlan", "BackupPlanArgs", "BackupRuleArgs", "conditions"]

_MANAGED = ("AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores")
"""AWS's own policies for this role: AWS Backup calls whatever a type of resource needs, and AWS adds to that."""


class BackupRuleArgs(TypedDict):
    """One kind of backup."""

    schedule: str
    """When it begins, as AWS Backup takes it: `cron(0 3 * * ? *)`, in UTC."""
    keep_days: int
    """How long it is kept."""
    cold_after_days: NotRequired[int | None]
    """When it moves to cold storage; none: never."""
    continuous: NotRequired[bool]
    """Whether it is the log of all changes, where the type of resource has one."""
    copy_to: NotRequired[pulumi.Input[str] | None]
    """ARN of the vault into which it is copied."""
    copy_keep_days: NotRequired[int]
    """How long the copy is kept."""


class BackupPlanArgs(TypedDict):
    """A plan."""

    plan_name: str
    """Name of the plan and of its selection in AWS."""
    role_name: str
    """Name of the role that AWS Backup takes."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    vault: pulumi.Input[str]
    """Name of the vault."""
    rules: Mapping[str, BackupRuleArgs]
    """Rules by name."""
    select_tags: Mapping[str, str]
    """What is backed up: every resource of the region that has all of these tags."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class BackupPlan(pulumi.ComponentResource):
    """A plan and what it selects.

    Attributes:
        plan_id: The plan's id.
        role_arn: ARN of the role that backs up and restores.
    """

    plan_id: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupPlanArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:BackupPlan", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), args.get("tags", {})
        role = iam.Role(name, name=args["role_name"], assume_role_policy=_TRUST, tags=tags, opts=child)
        allowed = [
            iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=f"arn:{args['partition']}:iam::aws:policy/service-role/{policy}",
                opts=child,
            )
            for policy in _MANAGED
        ]
        plan = backup.Plan(
            name,
            name=args["plan_name"],
            rules=[_rule(key, rule, args) for key, rule in args["rules"].items()],
            tags=tags,
            opts=child,
        )
        backup.Selection(
            name,
            name=args["plan_name"],
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=["*"],
            # Conditions hold together; tags in `selection_tags` would each be enough.
            conditions=[{"string_equals": conditions(args["select_tags"])}],
            opts=pulumi.ResourceOptions(parent=self, depends_on=allowed),
        )
        self.plan_id, self.role_arn = plan.id, role.arn
        self.register_outputs({"plan_id": self.plan_id})


def conditions(tags: Mapping[str, str]) -> list[backup.SelectionConditionStringEqualArgsDict]:
    """That a resource has all of these tags, as AWS Backup says it.

    Args:
        tags: The tags.
    """
    return [{"key": f"aws:ResourceTag/{key}", "value": value} for key, value in tags.items()]


def _rule(key: str, rule: BackupRuleArgs, args: BackupPlanArgs) -> backup.PlanRuleArgsDict:
    lifecycle: backup.PlanRuleLifecycleArgsDict = {"delete_after": rule["keep_days"]}
    cold = rule.get("cold_after_days")
    if cold is not None:
        lifecycle["cold_storage_after"] = cold
    made: backup.PlanRuleArgsDict = {
        "rule_name": key,
        "target_vault_name": args["vault"],
        "schedule": rule["schedule"],
        "start_window": 60,
        "completion_window": 180,
        "lifecycle": lifecycle,
        "recovery_point_tags": dict(args.get("tags", {})),
    }
    if rule.get("continuous"):
        made["enable_continuous_backup"] = True
    copy = rule.get("copy_to")
    if copy is not None:
        made["copy_actions"] = [
            {
                "destination_vault_arn": copy,
                "lifecycle": {"delete_after": rule.get("copy_keep_days", rule["keep_days"])},
            }
        ]
    return made


_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
