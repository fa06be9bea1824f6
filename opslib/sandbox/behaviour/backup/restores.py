"""Restore jobs: PENDING, RUNNING, COMPLETED; of a test also its validation, and that what was restored is deleted.

Source: AWS Backup API, DescribeRestoreJob and PutRestoreValidationResult; developer guide, "Restore testing".
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.resources import resource_with
from opslib.sandbox.behaviour.backup.restored import RESTORED, inferred
from opslib.sandbox.behaviour.backup.settings import outcome_of
from opslib.sandbox.behaviour.backup.telling import RESTORE, tell, tell_event
from opslib.sandbox.behaviour.backup.world import NAME, Job, new_id, region_of_vault, settings_of, world_of

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["RestoreTest", "start_restore", "validated"]

_NOT_VALIDATED = "The validation window is over."


@dataclass(frozen=True, slots=True)
class RestoreTest:
    """Of which test a restore job is.

    Attributes:
        plan: ARN of the restore-testing plan.
        validation_hours: How long what was restored stays for somebody to look into it; 0: not at all.
    """

    plan: str
    validation_hours: int


def start_restore(  # noqa: PLR0917  # what is restored, by whom, how, for what
    account: Account, point: Job, role: str, metadata: Mapping[str, str], now: datetime, test: RestoreTest | None = None
) -> Job:
    """Create a restore job, which begins a little later. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        point: The recovery point.
        role: ARN of the role.
        metadata: How it is restored; of a test, what is not to be inferred.
        now: The time.
        test: The test that it is of; None: somebody asked for it.
    """
    region, identity = region_of_vault(point["BackupVaultArn"]), new_id(account)
    world = world_of(account, region)
    job: Job = {
        "AccountId": account.account_id,
        "RestoreJobId": identity,
        "RecoveryPointArn": point["RecoveryPointArn"],
        "RecoveryPointCreationDate": point["CreationDate"],
        "SourceResourceArn": point["ResourceArn"],
        "BackupVaultArn": point["BackupVaultArn"],
        "ResourceType": point["ResourceType"],
        "IamRoleArn": role,
        "BackupSizeInBytes": 0,
        "CreationDate": now,
        "PercentDone": "0.00%",
        "Status": "PENDING",
        "IsParent": False,
    }
    if test is not None:
        job["CreatedBy"] = {"RestoreTestingPlanArn": test.plan}
        guessed = inferred(resource_with(account, region, point["ResourceArn"]), identity)
        names = {name.lower(): name for name in guessed}
        metadata = guessed | {names.get(name.lower(), name): value for name, value in metadata.items()}
    world.restores[identity], world.metadata[identity] = job, dict(metadata)
    tell(account, RESTORE, job)
    _next(account, job, now + timedelta(seconds=settings_of(account).starting_seconds), partial(_begin, test=test))
    return job


def _next(account: Account, job: Job, when: datetime, step: Any) -> None:
    key = f"{NAME}/{region_of_vault(job['BackupVaultArn'])}/restore/{job['RestoreJobId']}"
    account.schedule.at(when, partial(step, account, job), key=key)


def _metadata(account: Account, job: Job) -> dict[str, str]:
    return world_of(account, region_of_vault(job["BackupVaultArn"])).metadata[job["RestoreJobId"]]


def _begin(account: Account, job: Job, now: datetime, *, test: RestoreTest | None) -> None:
    job["Status"] = "RUNNING"
    tell(account, RESTORE, job)
    region, row = region_of_vault(job["BackupVaultArn"]), RESTORED.get(job["ResourceType"])
    try:
        made = None if row is None else row.make(account, region, _metadata(account, job))
    except (AwsError, KeyError) as error:
        why = error.message if isinstance(error, AwsError) else f"Metadata {error} is missing."
        _end(account, job, "FAILED", now, why)
        return
    ends = now + timedelta(seconds=settings_of(account).restoring_seconds)
    _next(account, job, ends, partial(_finish, made=made, test=test))


def _finish(account: Account, job: Job, now: datetime, *, made: str | None, test: RestoreTest | None) -> None:
    said = outcome_of(settings_of(account).restores, job["SourceResourceArn"], job["ResourceType"])
    if said is not None:
        _delete(account, job)
        _end(account, job, said, now, "Restore job failed.")
        return
    job["PercentDone"] = "100.00%"
    if made is not None:
        job["CreatedResourceArn"] = made
    if test is not None and test.validation_hours:
        job["ValidationStatus"] = "VALIDATING"
        over = now + timedelta(hours=test.validation_hours)
        _next(account, job, over, _time_out)
    _end(account, job, "COMPLETED", now, None)
    if test is not None and not test.validation_hours:
        _clean_up(account, job, now)


def validated(account: Account, job: Job, status: str, message: str | None, now: datetime) -> None:
    """Take the result of a validation; what was restored is deleted then. Hold `schedule.lock`.

    Raises:
        AwsError: The job is no test that waits for one.
    """
    if job.get("ValidationStatus") != "VALIDATING":
        raise AwsError("InvalidRequestException", f"Restore job {job['RestoreJobId']} is not being validated")
    job["ValidationStatus"] = status
    if message:
        job["ValidationStatusMessage"] = message
    if status != "VALIDATING":
        _clean_up(account, job, now)


def _time_out(account: Account, job: Job, now: datetime) -> None:
    validated(account, job, "TIMED_OUT", _NOT_VALIDATED, now)


def _clean_up(account: Account, job: Job, now: datetime) -> None:
    job["DeletionStatus"] = "DELETING"
    _next(account, job, now + timedelta(seconds=settings_of(account).deleting_seconds), _cleaned)
    tell_event(account, RESTORE, job)
    if outcome_of(settings_of(account).deletions, job["SourceResourceArn"], job["ResourceType"]) is None:
        # Not at once: it may be a gap's handler that says so.
        key = f"{NAME}/{region_of_vault(job['BackupVaultArn'])}/deletion/{job['RestoreJobId']}"
        account.schedule.at(now, lambda _: _delete(account, job), key=key)


def _cleaned(account: Account, job: Job, _: datetime) -> None:
    failed = outcome_of(settings_of(account).deletions, job["SourceResourceArn"], job["ResourceType"])
    job["DeletionStatus"] = failed or "SUCCESSFUL"
    if failed:
        job["DeletionStatusMessage"] = "The restored resource could not be deleted."
    tell_event(account, RESTORE, job)


def _delete(account: Account, job: Job) -> None:
    row = RESTORED.get(job["ResourceType"])
    if row is not None:
        with suppress(AwsError):  # somebody has deleted it already
            row.delete(account, region_of_vault(job["BackupVaultArn"]), _metadata(account, job))


def _end(account: Account, job: Job, status: str, now: datetime, why: str | None) -> None:
    job |= {"Status": status, "CompletionDate": now}
    if why is not None:
        job["StatusMessage"] = why
    tell(account, RESTORE, job)
