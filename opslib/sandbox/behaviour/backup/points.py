"""Recovery points: made, found, and gone when their time has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.backup.resources import kind_of
from opslib.sandbox.behaviour.backup.telling import tell_point
from opslib.sandbox.behaviour.backup.world import NAME, Job, region_of_vault, vault_named, vault_with_arn, world_of

if TYPE_CHECKING:
    from moto.backup.models import Vault

    from opslib.sandbox.account import Account

__all__ = ["add_point", "arn_of_point", "continuous_point", "delete_point", "misfit", "points_of"]

_COLD = ("DynamoDB", "EFS")  # of the types here, those that have cold storage (AWS, "Feature availability")


def points_of(account: Account, region: str, vault: str) -> list[Job]:
    """The recovery points in a vault, the oldest first."""
    return world_of(account, region).points.setdefault(vault, [])


def arn_of_point(account: Account, region: str, resource: str, job: str, *, copied: bool = False) -> str:
    """The ARN that the recovery point of a resource gets.

    Args:
        account: The sandbox's account.
        region: Where the recovery point is.
        resource: The resource's ARN.
        job: The id of the job that makes it.
        copied: Whether it is a copy.
    """
    kind = kind_of(resource)
    if kind is None or kind.point is None:
        return f"arn:aws:backup:{region}:{account.account_id}:recovery-point:{job}"
    service, _, rest = kind.point.partition(":")
    return f"arn:aws:{service}:{region}:{account.account_id}:{rest}{'copyjob' if copied else 'job'}-{job}"


def continuous_point(account: Account, region: str, vault: str, resource: str) -> Job | None:
    """The continuous recovery point of a resource in a vault, if there is one."""
    points = points_of(account, region, vault)
    return next((one for one in points if one["ResourceArn"] == resource and _is_continuous(one)), None)


def _is_continuous(point: Job) -> bool:
    return ":continuous:" in point["RecoveryPointArn"]


def misfit(vault: Vault, lifecycle: Mapping[str, Any]) -> str | None:
    """Why a vault's lock does not take what is kept so long; None: it does.

    AWS, "AWS Backup Vault Lock": a job whose retention lies outside of the lock's fails.
    """
    days, least, most = lifecycle.get("DeleteAfterDays"), vault.min_retention_days, vault.max_retention_days
    if not vault.locked:
        return None
    if (least and days is not None and days < least) or (most and (days is None or days > most)):
        return f"Retention period conflicts with the lock of vault {vault.backup_vault_name}: {least} to {most} days"
    return None


def add_point(account: Account, vault: Vault, point: Job) -> Job:
    """Put a recovery point that is complete into a vault, and plan its end. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        vault: The vault.
        point: It, without what follows from the vault and its lifecycle.
    """
    lifecycle = point.get("Lifecycle") or {}
    ends = {
        told: point["CreationDate"] + timedelta(days=lifecycle[said])
        for said, told in (("MoveToColdStorageAfterDays", "MoveToColdStorageAt"), ("DeleteAfterDays", "DeleteAt"))
        if lifecycle.get(said) is not None and (told == "DeleteAt" or point["ResourceType"] in _COLD)
    }
    made = {
        **point,
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "VaultType": "BACKUP_VAULT",
        "EncryptionKeyArn": vault.encryption_key_arn,
        "IsEncrypted": True,
        "CalculatedLifecycle": ends,
    }
    region = region_of_vault(vault.backup_vault_arn)
    points_of(account, region, vault.backup_vault_name).append(made)
    vault.num_of_recovery_points += 1
    # A continuous recovery point has a window that moves: it ends when nothing keeps it, which is not modelled.
    if "DeleteAt" in ends and not _is_continuous(made):
        key = f"{NAME}/{region}/expiry/{vault.backup_vault_name}/{made['RecoveryPointArn']}"
        account.schedule.at(ends["DeleteAt"], partial(_expire, account, made), key=key)
    tell_point(account, made, "COMPLETED")
    return made


def delete_point(account: Account, point: Job) -> None:
    """Take a recovery point away, whatever its vault's lock says. Hold `schedule.lock`."""
    region, name = region_of_vault(point["BackupVaultArn"]), point["BackupVaultName"]
    points = points_of(account, region, name)
    if any(one is point for one in points):
        points[:] = [one for one in points if one is not point]
        vault = vault_named(account, region, name)
        if vault is not None:
            vault.num_of_recovery_points -= 1
        tell_point(account, point, "DELETED")


def _expire(account: Account, point: Job, _: datetime) -> None:
    """Its time has come: AWS Backup deletes it, and no lock keeps it longer."""
    if vault_with_arn(account, point["BackupVaultArn"]) is not None:
        delete_point(account, point)
