"""A stack's backups as a whole: the vault, the copies in a second region, the plan, and the tests of restores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.components.backup_plan import BackupPlan, BackupRuleArgs
from infra.components.backup_vault import BackupVault, BackupVaultArgs
from infra.components.restore_testing import RestoreTestArgs, RestoreTesting

__all__ = ["Backups", "BackupsArgs", "TestedArgs"]


class TestedArgs(TypedDict):
    """What is restored to see that it can be; the rest of :class:`RestoreTestingArgs` follows from the backups."""

    plans: Mapping[str, RestoreTestArgs]
    """Plans by name of ours."""
    resource_types: Sequence[str]
    """What is restored, as AWS Backup calls it."""
    metadata: Mapping[str, str]
    """AWS Backup's restore metadata, where it should not infer it."""
    validation_hours: int
    """How long what was restored stays."""


class BackupsArgs(TypedDict):
    """What backups need to know."""

    vault: BackupVaultArgs
    """The vault."""
    copies: NotRequired[BackupVaultArgs | None]
    """The vault of the copies, in another region; none: nothing is copied."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    plan_name: str
    """Name of the plan in AWS."""
    role_name: str
    """Name of the role that AWS Backup takes."""
    rules: Mapping[str, BackupRuleArgs]
    """What is taken, by name."""
    copied: Mapping[str, int]
    """For how many days the copies of a rule's backups are kept, by the rule's name."""
    select_tags: Mapping[str, str]
    """What is backed up: every resource of the region that has all of these tags."""
    tests: NotRequired[TestedArgs | None]
    """What is restored to see that it can be; none: nothing."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Backups(pulumi.ComponentResource):
    """Vaults, a plan, tests of restores.

    Attributes:
        vault: The vault.
        copies: The vault in the second region, where there is one.
        plan: The plan.
        testing: The tests of restores, where there are some.
    """

    vault: BackupVault
    copies: BackupVault | None
    plan: BackupPlan
    testing: RestoreTesting | None

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Backups", name, None, opts)
        child, tags, copies = pulumi.ResourceOptions(parent=self), args.get("tags", {}), args.get("copies")
        self.vault = BackupVault(name, args["vault"], child)
        self.copies = None if copies is None else BackupVault(f"{name}-copies", copies, child)
        self.plan = BackupPlan(
            name,
            {
                "plan_name": args["plan_name"],
                "role_name": args["role_name"],
                "partition": args["partition"],
                "vault": self.vault.vault_name,
                "rules": {key: self._copied(key, rule, args["copied"]) for key, rule in args["rules"].items()},
                "select_tags": args["select_tags"],
                "tags": tags,
            },
            child,
        )
        self.testing, tests = None, args.get("tests")
        if tests is not None:
            self.testing = RestoreTesting(
                f"{name}-restore",
                {
                    **tests,
                    "role_arn": self.plan.role_arn,
                    "vault_arn": self.vault.vault_arn,
                    "point_types": ["SNAPSHOT", "CONTINUOUS"] if _continuous(args["rules"]) else ["SNAPSHOT"],
                    "select_tags": args["select_tags"],
                    "tags": tags,
                },
                child,
            )
        self.register_outputs({})

    def _copied(self, key: str, rule: BackupRuleArgs, copied: Mapping[str, int]) -> BackupRuleArgs:
        if self.copies is None or key not in copied:
            return rule
        return {**rule, "copy_to": self.copies.vault_arn, "copy_keep_days": copied[key]}


def _continuous(rules: Mapping[str, BackupRuleArgs]) -> bool:
    return any(rule.get("continuous") for rule in rules.values())
