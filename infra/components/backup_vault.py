"""A vault in AWS Backup, with its key, its lock, and who may delete what is in it: nobody, or a few."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import backup, kms

__all__ = ["BackupVault", "BackupVaultArgs", "VaultLockArgs"]

_DELETING = ("backup:DeleteBackupVault", "backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")
"""What ends a recovery point before its time. AWS Backup itself ends those whose time has come, and asks nobody."""


class VaultLockArgs(TypedDict):
    """The lock of a vault."""

    minimum_days: int
    """The shortest retention that the vault takes."""
    maximum_days: int
    """The longest."""
    grace_days: NotRequired[int | None]
    """Compliance mode: after so many days nobody can change the lock any more. None: governance mode."""


class BackupVaultArgs(TypedDict):
    """What a vault needs to know."""

    vault_name: str
    """Name of the vault in AWS, and of its key's alias."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    lock: NotRequired[VaultLockArgs | None]
    """Its lock; none: whoever may delete recovery points can."""
    deleters: NotRequired[Sequence[str]]
    """ARNs of the roles that may delete recovery points."""
    region: NotRequired[str]
    """Where it is, if not where the provider is."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete it and its key."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class BackupVault(pulumi.ComponentResource):
    """A vault with a key of its own.

    Attributes:
        vault_name: Its name.
        vault_arn: Its ARN.
    """

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:BackupVault", name, None, opts)
        region, tags = args.get("region"), args.get("tags", {})
        kept = pulumi.ResourceOptions(parent=self, protect=args.get("protect", True))
        key = kms.Key(
            f"{name}-key",
            description=f"Encrypts the backups in {args['vault_name']}",
            enable_key_rotation=True,
            # The longest that KMS waits: a key that is gone takes every backup with it.
            deletion_window_in_days=30,
            policy=_key_policy(args),
            tags=tags,
            region=region,
            opts=kept,
        )
        kms.Alias(
            f"{name}-key",
            name=f"alias/{args['vault_name']}",
            target_key_id=key.key_id,
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        vault = backup.Vault(name, name=args["vault_name"], kms_key_arn=key.arn, tags=tags, region=region, opts=kept)
        guarded: list[pulumi.Resource] = []
        lock = args.get("lock")
        if lock is not None:
            guarded.append(
                backup.VaultLockConfiguration(
                    name,
                    backup_vault_name=vault.name,
                    min_retention_days=lock["minimum_days"],
                    max_retention_days=lock["maximum_days"],
                    changeable_for_days=lock.get("grace_days"),
                    region=region,
                    # Putting a lock overwrites the one that is there: made first and deleted after, a changed lock
                    # would be none.
                    opts=pulumi.ResourceOptions(
                        parent=self, protect=args.get("protect", True), delete_before_replace=True
                    ),
                )
            )
        backup.VaultPolicy(
            name,
            backup_vault_name=vault.name,
            policy=json.dumps(_vault_policy(args.get("deleters", ()))),
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=guarded),
        )
        self.vault_name, self.vault_arn = vault.name, vault.arn
        self.register_outputs({"vault_name": self.vault_name, "vault_arn": self.vault_arn})


def _key_policy(args: BackupVaultArgs) -> str:
    """The account's own policies decide: the role of AWS Backup has what it needs by AWS's policy for it."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AccountAdministersKey",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{args['partition']}:iam::{args['account']}:root"},
                    "Action": "kms:*",  # in a key's policy: of this key
                    "Resource": "*",  # in a key's policy: this key
                }
            ],
        }
    )


def _vault_policy(deleters: Sequence[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": "NobodyDeletes",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": list(_DELETING),
        "Resource": "*",  # in a vault's policy: this vault and what is in it
    }
    if deleters:
        statement["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": list(deleters)}}
    return {"Version": "2012-10-17", "Statement": [statement]}
