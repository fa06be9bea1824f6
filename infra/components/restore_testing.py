"""Restores that AWS Backup makes by itself to see that they can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi
from pulumi_aws import backup

__all__ = ["RestoreTestArgs", "RestoreTesting", "RestoreTestingArgs"]


class RestoreTestArgs(TypedDict):
    """One plan of tests."""

    plan_name: str
    """Its name in AWS: letters, digits and _."""
    schedule: str
    """When it begins, as AWS Backup takes it: `cron(0 5 ? * 1 *)`, in UTC."""
    algorithm: Literal["LATEST_WITHIN_WINDOW", "RANDOM_WITHIN_WINDOW"]
    """Which recovery point is restored."""
    window_days: int
    """How far back it may be, 365 days at most."""


class RestoreTestingArgs(TypedDict):
    """What is restored, and how."""

    plans: Mapping[str, RestoreTestArgs]
    """Plans by name of ours."""
    role_arn: pulumi.Input[str]
    """ARN of the role that restores."""
    vault_arn: pulumi.Input[str]
    """ARN of the vault from which it is restored."""
    point_types: Sequence[Literal["SNAPSHOT", "CONTINUOUS"]]
    """The types of recovery points."""
    resource_types: Sequence[str]
    """What is restored, as AWS Backup calls it, such as `RDS`."""
    select_tags: Mapping[str, str]
    """Only what has all of these tags."""
    metadata: NotRequired[Mapping[str, str]]
    """AWS Backup's restore metadata, where it should not infer it."""
    validation_hours: NotRequired[int]
    """How long what was restored stays for somebody to look into it."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of every plan."""


class RestoreTesting(pulumi.ComponentResource):
    """Restore-testing plans; AWS Backup deletes what it restored.

    Attributes:
        plans: Name of each plan in AWS by the name of ours.
    """

    plans: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RestoreTestingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:RestoreTesting", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.plans = {}
        for key, one in args["plans"].items():
            plan = backup.RestoreTestingPlan(
                f"{name}-{key}",
                name=one["plan_name"],
                schedule_expression=one["schedule"],
                start_window_hours=1,
                recovery_point_selection={
                    "algorithm": one["algorithm"],
                    "include_vaults": [args["vault_arn"]],
                    "recovery_point_types": list(args["point_types"]),
                    "selection_window_days": one["window_days"],
                },
                tags=args.get("tags", {}),
                opts=child,
            )
            for kind in args["resource_types"]:
                backup.RestoreTestingSelection(
                    f"{name}-{key}-{kind.lower()}",
                    name=kind.lower(),
                    restore_testing_plan_name=plan.name,
                    protected_resource_type=kind,
                    protected_resource_conditions={
                        "string_equals": [
                            {"key": f"aws:ResourceTag/{tag}", "value": value}
                            for tag, value in args["select_tags"].items()
                        ]
                    },
                    iam_role_arn=args["role_arn"],
                    restore_metadata_overrides=dict(args.get("metadata", {})) or None,
                    validation_window_hours=args.get("validation_hours", 0),
                    opts=child,
                )
            self.plans[key] = plan.name
        self.register_outputs({})
