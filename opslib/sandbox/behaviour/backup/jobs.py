"""Backup jobs: CREATED, RUNNING, then a recovery point, or why there is none.

Source: AWS Backup API, BackupRule and BackupJob; developer guide, "Backup plan options and configuration".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.backup.copies import start_copy
from opslib.sandbox.behaviour.backup.points import add_point, arn_of_point, misfit
from opslib.sandbox.behaviour.backup.resources import Resource, resource_with, too_close_to_maintenance
from opslib.sandbox.behaviour.backup.settings import outcome_of
from opslib.sandbox.behaviour.backup.telling import BACKUP, tell
from opslib.sandbox.behaviour.backup.world import NAME, Job, new_id, region_of_vault, settings_of, vault_named, world_of

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["BackupRequest", "start_backup", "stop_backup"]

ENDED = frozenset({"ABORTED", "COMPLETED", "FAILED", "EXPIRED"})

_NEVER_BEGUN = {
    "running": "Backup job failed because there was a running job for the same resource.",
    "maintenance": (
        "Backup job could not start because it is either inside or too close to the weekly maintenance window "
        "configured in RDS instance."
    ),
    "said": "Backup job expired before it could begin.",
}


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """What is to be backed up, by a rule or a call.

    Attributes:
        region: The region.
        vault: Name of the vault.
        resource: The resource's ARN.
        kind: Its type.
        role: ARN of the role.
        start_minutes: Within how many minutes it has to begin.
        completion_minutes: Within how many minutes after that it has to be complete.
        lifecycle: The recovery point's.
        copies: Copy actions, as a rule has them.
        created_by: The plan and rule, under AWS's names.
        continuous: Whether it is to be the log of all changes.
    """

    region: str
    vault: str
    resource: str
    kind: str
    role: str
    start_minutes: float
    completion_minutes: float
    lifecycle: Mapping[str, Any] = field(default_factory=dict)
    copies: Sequence[Mapping[str, Any]] = ()
    created_by: Mapping[str, Any] = field(default_factory=dict)
    continuous: bool = False


def start_backup(account: Account, wanted: BackupRequest, now: datetime) -> Job:
    """Create a job, which begins a little later. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        wanted: What is to be backed up.
        now: The time.
    """
    identity = new_id(account)
    job: Job = {
        "AccountId": account.account_id,
        "BackupJobId": identity,
        "BackupVaultName": wanted.vault,
        "BackupVaultArn": f"arn:aws:backup:{wanted.region}:{account.account_id}:backup-vault:{wanted.vault}",
        "ResourceArn": wanted.resource,
        "ResourceName": wanted.resource.rpartition(":")[2].rpartition("/")[2],
        "ResourceType": wanted.kind,
        "IamRoleArn": wanted.role,
        "CreationDate": now,
        "InitiationDate": now,
        "StartBy": now + timedelta(minutes=wanted.start_minutes),
        "State": "CREATED",
        "PercentDone": "0.0",
        "IsParent": False,
    }
    if wanted.created_by:
        job["CreatedBy"] = dict(wanted.created_by)
    if wanted.lifecycle:
        job["RecoveryPointLifecycle"] = dict(wanted.lifecycle)
    world = world_of(account, wanted.region)
    world.backups[identity] = world.under_way[identity] = job
    tell(account, BACKUP, job)
    _next(account, wanted, job, now + timedelta(seconds=settings_of(account).starting_seconds), _begin)
    return job


def stop_backup(account: Account, job: Job, now: datetime) -> None:
    """Somebody stops a job that has not ended. Hold `schedule.lock`."""
    _end(account, job, "ABORTED", now, "Backup job was stopped by user.")


def _next(account: Account, wanted: BackupRequest, job: Job, when: datetime, step: Any) -> None:
    key = f"{NAME}/{wanted.region}/backup/{job['BackupJobId']}"
    account.schedule.at(when, partial(step, account, wanted, job), key=key)


def _begin(account: Account, wanted: BackupRequest, job: Job, now: datetime) -> None:
    if job["State"] in ENDED:
        return
    resource = resource_with(account, wanted.region, wanted.resource)
    hindered = _hindered(account, wanted, resource, now)
    if hindered is not None:
        again = now + timedelta(seconds=settings_of(account).retry_seconds)
        if again > job["StartBy"]:
            _next(account, wanted, job, job["StartBy"], partial(_expire, why=_NEVER_BEGUN[hindered]))
        else:
            _next(account, wanted, job, again, _begin)
        return
    vault = vault_named(account, wanted.region, wanted.vault)
    refused = (
        f"Backup job failed because backup vault {job['BackupVaultArn']} does not exist."
        if vault is None
        else misfit(vault, wanted.lifecycle) or _unfit(resource)
    )
    if refused is not None:
        _end(account, job, "FAILED", now, refused)
        return
    settings = settings_of(account)
    longest, wanted_seconds = 60 * wanted.completion_minutes, settings.backing_up_seconds
    job["State"] = "RUNNING"
    job["ExpectedCompletionDate"] = now + timedelta(seconds=wanted_seconds)
    tell(account, BACKUP, job)
    too_long = wanted_seconds > longest
    ends = now + timedelta(seconds=longest if too_long else wanted_seconds)
    _next(account, wanted, job, ends, partial(_finish, began=now, too_long=too_long))


def _hindered(account: Account, wanted: BackupRequest, resource: Resource | None, now: datetime) -> str | None:
    """Why a job cannot begin now; None: it can."""
    if outcome_of(settings_of(account).backups, wanted.resource, wanted.kind) == "EXPIRED":
        return "said"
    if any(
        other["State"] == "RUNNING" and other["ResourceArn"] == wanted.resource
        for other in world_of(account, wanted.region).under_way.values()
    ):
        return "running"
    return "maintenance" if resource is not None and too_close_to_maintenance(resource, now) else None


def _unfit(resource: Resource | None) -> str | None:
    """Why a resource cannot be backed up. AWS, "Amazon S3 backups": the bucket has to keep versions."""
    if resource is not None and resource.kind == "S3" and not resource.kept.is_versioned:
        return "Bucket versioning is not enabled."
    return None


def _finish(
    account: Account, wanted: BackupRequest, job: Job, now: datetime, *, began: datetime, too_long: bool
) -> None:
    if job["State"] in ENDED:
        return
    said = outcome_of(settings_of(account).backups, wanted.resource, wanted.kind)
    vault = vault_named(account, wanted.region, wanted.vault)
    if said == "ABORTED":
        _end(account, job, "ABORTED", now, "Backup job was stopped by user.")
    elif too_long:
        _end(account, job, "ABORTED", now, "Backup job was not complete within its completion window.")
    elif said == "FAILED" or vault is None:
        _end(account, job, "FAILED", now, "Backup job failed.")
    else:
        job["RecoveryPointArn"] = _point_arn(account, wanted, job)
        job |= {"PercentDone": "100.0", "BackupSizeInBytes": 0, "BytesTransferred": 0, "IsEncrypted": True}
        _end(account, job, "COMPLETED", now, None)
        point = add_point(
            account,
            vault,
            {
                "RecoveryPointArn": job["RecoveryPointArn"],
                **{
                    name: job[name]
                    for name in ("ResourceArn", "ResourceType", "ResourceName", "IamRoleArn", "IsParent")
                },
                **({"CreatedBy": job["CreatedBy"]} if "CreatedBy" in job else {}),
                "Status": "COMPLETED",
                "InitiationDate": job["InitiationDate"],
                "CreationDate": began,
                "CompletionDate": now,
                "BackupSizeInBytes": 0,
                "Lifecycle": dict(wanted.lifecycle),
            },
        )
        for copy in wanted.copies:
            start_copy(account, point, copy["DestinationBackupVaultArn"], copy.get("Lifecycle") or {}, now, job)


def _point_arn(account: Account, wanted: BackupRequest, job: Job) -> str:
    if wanted.continuous:
        ending = f"{job['ResourceName']}-{job['BackupJobId'][:8]}"
        return f"arn:aws:backup:{wanted.region}:{account.account_id}:recovery-point:continuous:{ending}"
    return arn_of_point(account, wanted.region, wanted.resource, job["BackupJobId"])


def _expire(account: Account, _: BackupRequest, job: Job, now: datetime, *, why: str) -> None:
    if job["State"] not in ENDED:
        _end(account, job, "EXPIRED", now, why)


def _end(account: Account, job: Job, state: str, now: datetime, why: str | None) -> None:
    world_of(account, region_of_vault(job["BackupVaultArn"])).under_way.pop(job["BackupJobId"], None)
    job |= {"State": state, "CompletionDate": now}
    if why is not None:
        job["StatusMessage"] = why
    tell(account, BACKUP, job)
