"""AWS Backup: jobs that back up, copy and restore, which moto lacks; how they go is `opslib.sandbox.behaviour.backup`.

Rules: AWS Backup API; the messages are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.copies import start_copy
from opslib.sandbox.behaviour.backup.jobs import BackupRequest, start_backup, stop_backup
from opslib.sandbox.behaviour.backup.resources import kind_of
from opslib.sandbox.behaviour.backup.restores import start_restore, validated
from opslib.sandbox.behaviour.backup.world import Job, vault_with_arn, world_of
from opslib.sandbox.gaps.backup_recovery_points import INVALID, called_vault, filtered, page_of, point_called
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

# AWS, StartBackupJob: eight hours to begin, seven days to complete.
START_MINUTES = 480
COMPLETE_MINUTES = 10_080

_TOLD_AT_ONCE = ("DynamoDB", "EFS")  # AWS, StartBackupJob: "only returned for Amazon EFS and Advanced DynamoDB"

_TIMES = {
    "ByCreatedAfter": "CreationDate",
    "ByCreatedBefore": "CreationDate",
    "ByCompleteAfter": "CompletionDate",
    "ByCompleteBefore": "CompletionDate",
    "ByResourceType": "ResourceType",
    "ByAccountId": "AccountId",
}


@dataclass(frozen=True, slots=True)
class _Listed:
    """How jobs of a kind are told.

    Attributes:
        kept: Where the region's are.
        identity: The parameter that names one.
        member: What a list calls them.
        about: Which field each of a list's parameters is about.
    """

    kept: str
    identity: str
    member: str
    about: Mapping[str, str]


_BACKUPS = _Listed(
    "backups",
    "BackupJobId",
    "BackupJobs",
    {**_TIMES, "ByResourceArn": "ResourceArn", "ByState": "State", "ByBackupVaultName": "BackupVaultName"},
)
_COPIES = _Listed(
    "copies",
    "CopyJobId",
    "CopyJobs",
    {
        **_TIMES,
        "ByResourceArn": "ResourceArn",
        "ByState": "State",
        "ByDestinationVaultArn": "DestinationBackupVaultArn",
        "BySourceRecoveryPointArn": "SourceRecoveryPointArn",
    },
)
_RESTORES = _Listed("restores", "RestoreJobId", "RestoreJobs", {**_TIMES, "ByStatus": "Status"})


def _jobs(call: GapCall, listed: _Listed) -> dict[str, Job]:
    found: dict[str, Job] = getattr(world_of(call.account, call.region), listed.kept)
    return found


def _called(call: GapCall, listed: _Listed) -> Job:
    identity = call.parameters[listed.identity]
    found = _jobs(call, listed).get(identity)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find a job with ID {identity}")
    return found


def _list(call: GapCall, listed: _Listed) -> Mapping[str, Any]:
    """Those that fit, the newest first, in pages."""
    check_constraints(call, INVALID)
    plan = call.parameters.get("ByRestoreTestingPlanArn")
    newest_first = [
        job
        for job in reversed(_jobs(call, listed).values())
        if plan in (None, job.get("CreatedBy", {}).get("RestoreTestingPlanArn"))
    ]
    return page_of(filtered(newest_first, call.parameters, listed.about), call.parameters, listed.member)


def start_backup_job(call: GapCall) -> Mapping[str, Any]:
    """Of anything that has an ARN of a type that AWS Backup knows."""
    check_constraints(call, INVALID)
    asked, vault = call.parameters, called_vault(call)
    kind = kind_of(asked["ResourceArn"])
    if kind is None:
        raise AwsError(INVALID, f"Invalid ARN: {asked['ResourceArn']}")
    with call.account.schedule.lock:
        wanted = BackupRequest(
            region=call.region,
            vault=vault.backup_vault_name,
            resource=asked["ResourceArn"],
            kind=kind.name,
            role=asked["IamRoleArn"],
            start_minutes=asked.get("StartWindowMinutes") or START_MINUTES,
            completion_minutes=asked.get("CompleteWindowMinutes") or COMPLETE_MINUTES,
            lifecycle=asked.get("Lifecycle") or {},
        )
        job = start_backup(call.account, wanted, call.account.clock.now())
    told = {"BackupJobId": job["BackupJobId"], "CreationDate": job["CreationDate"], "IsParent": False}
    if kind.name in _TOLD_AT_ONCE:
        arn = f"arn:aws:backup:{call.region}:{call.account_id}:recovery-point:{job['BackupJobId']}"
        told["RecoveryPointArn"] = arn
    return told


def stop_backup_job(call: GapCall) -> Mapping[str, Any]:
    """One that has not ended."""
    with call.account.schedule.lock:
        job = _called(call, _BACKUPS)
        if job["BackupJobId"] not in world_of(call.account, call.region).under_way:
            raise AwsError("InvalidRequestException", f"Backup job {job['BackupJobId']} has ended: {job['State']}")
        stop_backup(call.account, job, call.account.clock.now())
    return {}


def start_copy_job(call: GapCall) -> Mapping[str, Any]:
    """Of a recovery point in a vault of the region, into another vault."""
    check_constraints(call, INVALID)
    asked = call.parameters
    with call.account.schedule.lock:
        point = point_called(call, asked["SourceBackupVaultName"])
        if vault_with_arn(call.account, asked["DestinationBackupVaultArn"]) is None:
            arn = asked["DestinationBackupVaultArn"]
            raise AwsError("ResourceNotFoundException", f"Backup vault {arn} does not exist")
        now, lifecycle = call.account.clock.now(), asked.get("Lifecycle") or {}
        destination, role = asked["DestinationBackupVaultArn"], asked["IamRoleArn"]
        job = start_copy(call.account, point, destination, lifecycle, now, role=role)
    return {"CopyJobId": job["CopyJobId"], "CreationDate": job["CreationDate"], "IsParent": False}


def start_restore_job(call: GapCall) -> Mapping[str, Any]:
    """Of a recovery point of the region, by metadata that say how."""
    check_constraints(call, INVALID)
    asked = call.parameters
    with call.account.schedule.lock:
        point = point_called(call)
        role = asked.get("IamRoleArn") or point["IamRoleArn"]
        job = start_restore(call.account, point, role, asked["Metadata"], call.account.clock.now())
    return {"RestoreJobId": job["RestoreJobId"]}


def get_restore_job_metadata(call: GapCall) -> Mapping[str, Any]:
    """What a restore was told, and what was inferred."""
    identity = _called(call, _RESTORES)["RestoreJobId"]
    return {"RestoreJobId": identity, "Metadata": world_of(call.account, call.region).metadata[identity]}


def put_restore_validation_result(call: GapCall) -> Mapping[str, Any]:
    """Of a test whose validation window is open."""
    check_constraints(call, INVALID)
    asked = call.parameters
    with call.account.schedule.lock:
        job, now = _called(call, _RESTORES), call.account.clock.now()
        validated(call.account, job, asked["ValidationStatus"], asked.get("ValidationStatusMessage"), now)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("backup", "DescribeBackupJob"): lambda call: _called(call, _BACKUPS),
    ("backup", "DescribeCopyJob"): lambda call: {"CopyJob": _called(call, _COPIES)},
    ("backup", "DescribeRestoreJob"): lambda call: _called(call, _RESTORES),
    ("backup", "GetRestoreJobMetadata"): get_restore_job_metadata,
    ("backup", "ListBackupJobs"): lambda call: _list(call, _BACKUPS),
    ("backup", "ListCopyJobs"): lambda call: _list(call, _COPIES),
    ("backup", "ListRestoreJobs"): lambda call: _list(call, _RESTORES),
    ("backup", "PutRestoreValidationResult"): put_restore_validation_result,
    ("backup", "StartBackupJob"): start_backup_job,
    ("backup", "StartCopyJob"): start_copy_job,
    ("backup", "StartRestoreJob"): start_restore_job,
    ("backup", "StopBackupJob"): stop_backup_job,
}
