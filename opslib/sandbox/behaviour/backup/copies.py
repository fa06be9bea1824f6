"""Copy jobs: a recovery point is copied into another vault, of this region or another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.backup.points import add_point, arn_of_point, misfit
from opslib.sandbox.behaviour.backup.settings import outcome_of
from opslib.sandbox.behaviour.backup.telling import COPY, tell
from opslib.sandbox.behaviour.backup.world import (
    NAME,
    Job,
    new_id,
    region_of_vault,
    settings_of,
    vault_with_arn,
    world_of,
)

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["start_copy"]


def start_copy(  # noqa: PLR0917  # what is copied, where to, for how long, and why
    account: Account,
    point: Job,
    destination: str,
    lifecycle: Mapping[str, Any],
    now: datetime,
    backup_job: Job | None = None,
    role: str = "",
) -> Job:
    """Create a copy job, which begins a little later. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        point: The recovery point.
        destination: ARN of the vault into which it is copied.
        lifecycle: The copy's.
        now: The time.
        backup_job: The job whose rule asks for the copy; None: somebody does.
        role: ARN of the role; empty: the recovery point's.
    """
    region, identity = region_of_vault(point["BackupVaultArn"]), new_id(account)
    job: Job = {
        "AccountId": account.account_id,
        "CopyJobId": identity,
        "SourceBackupVaultArn": point["BackupVaultArn"],
        "SourceRecoveryPointArn": point["RecoveryPointArn"],
        "DestinationBackupVaultArn": destination,
        **{name: point[name] for name in ("ResourceArn", "ResourceName", "ResourceType", "IsParent")},
        "IamRoleArn": role or point["IamRoleArn"],
        "BackupSizeInBytes": 0,
        "CreationDate": now,
        "State": "CREATED",
    }
    if lifecycle:
        job["DestinationRecoveryPointLifecycle"] = dict(lifecycle)
    if backup_job is not None:
        job["CreatedByBackupJobId"] = backup_job["BackupJobId"]
    if "CreatedBy" in point:
        job["CreatedBy"] = point["CreatedBy"]
    world_of(account, region).copies[identity] = job
    tell(account, COPY, job)
    began = now + timedelta(seconds=settings_of(account).starting_seconds)
    account.schedule.at(began, partial(_begin, account, job, point, dict(lifecycle)), key=_key(region, identity))
    return job


def _key(region: str, identity: str) -> str:
    return f"{NAME}/{region}/copy/{identity}"


def _begin(account: Account, job: Job, point: Job, lifecycle: dict[str, Any], now: datetime) -> None:
    vault = vault_with_arn(account, job["DestinationBackupVaultArn"])
    refused = (
        f"Backup vault {job['DestinationBackupVaultArn']} does not exist."
        if vault is None
        else misfit(vault, lifecycle)
    )
    if refused is not None:
        _fail(account, job, now, refused)
        return
    job["State"] = "RUNNING"
    tell(account, COPY, job)
    ends = now + timedelta(seconds=settings_of(account).copying_seconds)
    key = _key(region_of_vault(job["SourceBackupVaultArn"]), job["CopyJobId"])
    account.schedule.at(ends, partial(_finish, account, job, point, lifecycle, now), key=key)


def _finish(  # noqa: PLR0917  # the job, what it copies, how long it is kept, and when it began
    account: Account, job: Job, point: Job, lifecycle: dict[str, Any], began: datetime, now: datetime
) -> None:
    vault = vault_with_arn(account, job["DestinationBackupVaultArn"])
    if vault is None or outcome_of(settings_of(account).copies, job["ResourceArn"], job["ResourceType"]) == "FAILED":
        _fail(account, job, now, "Copy job failed.")
        return
    region = region_of_vault(vault.backup_vault_arn)
    made = arn_of_point(account, region, job["ResourceArn"], job["CopyJobId"], copied=True)
    job |= {"State": "COMPLETED", "CompletionDate": now, "DestinationRecoveryPointArn": made}
    tell(account, COPY, job)
    kept = ("ResourceArn", "ResourceName", "ResourceType", "IsParent", "CreatedBy", "BackupSizeInBytes")
    add_point(
        account,
        vault,
        {
            **{name: point[name] for name in kept if name in point},
            "RecoveryPointArn": made,
            "SourceBackupVaultArn": job["SourceBackupVaultArn"],
            "IamRoleArn": job["IamRoleArn"],
            "Status": "COMPLETED",
            "InitiationDate": job["CreationDate"],
            "CreationDate": began,
            "CompletionDate": now,
            "Lifecycle": lifecycle,
        },
    )


def _fail(account: Account, job: Job, now: datetime, why: str) -> None:
    job |= {"State": "FAILED", "CompletionDate": now, "StatusMessage": why}
    tell(account, COPY, job)
