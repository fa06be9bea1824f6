"""What a job's new state is told to: EventBridge, CloudWatch, and the topic of its vault.

Sources: AWS Backup developer guide, "Monitoring AWS Backup events using Amazon EventBridge" (details of events),
"AWS Backup metrics with Amazon CloudWatch", "Notification options with AWS Backup".
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.world import NAME, Job, region_of_vault, world_of
from opslib.sandbox.behaviour.events import put
from opslib.sandbox.behaviour.metrics import publish
from opslib.sandbox.behaviour.service_calls import ask

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["BACKUP", "COPY", "RESTORE", "JobKind", "tell", "tell_event", "tell_point"]

_CREATOR = {
    "BackupPlanId": "backupPlanId",
    "BackupPlanArn": "backupPlanArn",
    "BackupPlanVersion": "backupPlanVersion",
    "BackupRuleId": "backupPlanRuleId",  # the event calls it so
}


@dataclass(frozen=True, slots=True)
class JobKind:
    """One of the three kinds of jobs.

    Attributes:
        name: Its name in notifications.
        identity: What Describe calls its id.
        state: What Describe calls its state.
        vault: What Describe calls the vault that its metrics are under.
        point: What Describe calls the recovery point that an event is about.
        detail_type: The event's.
        metric: What stands between `NumberOf` and the state.
        counted: The states of which there is a metric.
        detail: What of Describe stands in the event's detail, with the first letter small.
    """

    name: str
    identity: str
    state: str
    vault: str
    point: str
    detail_type: str
    metric: str
    counted: frozenset[str]
    detail: tuple[str, ...]


_OF_ALL = ("CreationDate", "CompletionDate", "IamRoleArn", "ResourceType", "StatusMessage", "BackupSizeInBytes")

BACKUP = JobKind(
    "BACKUP_JOB",
    "BackupJobId",
    "State",
    "BackupVaultArn",
    "RecoveryPointArn",
    "Backup Job State Change",
    "BackupJobs",
    frozenset({"CREATED", "PENDING", "RUNNING", "ABORTED", "COMPLETED", "FAILED", "EXPIRED"}),
    (*_OF_ALL, "BackupJobId", "BackupVaultArn", "BackupVaultName", "ResourceArn", "State", "StartBy", "PercentDone"),
)
COPY = JobKind(
    "COPY_JOB",
    "CopyJobId",
    "State",
    "SourceBackupVaultArn",
    "SourceRecoveryPointArn",
    "Copy Job State Change",
    "CopyJobs",
    frozenset({"CREATED", "RUNNING", "COMPLETED", "FAILED"}),
    (
        *_OF_ALL,
        "CopyJobId",
        "ResourceArn",
        "SourceBackupVaultArn",
        "State",
        "DestinationBackupVaultArn",
        "DestinationRecoveryPointArn",
    ),
)
RESTORE = JobKind(
    "RESTORE_JOB",
    "RestoreJobId",
    "Status",
    "BackupVaultArn",
    "RecoveryPointArn",
    "Restore Job State Change",
    "RestoreJobs",
    frozenset({"PENDING", "RUNNING", "COMPLETED", "FAILED"}),
    (
        *_OF_ALL,
        "RestoreJobId",
        "BackupVaultArn",
        "RecoveryPointArn",
        "SourceResourceArn",
        "Status",
        "PercentDone",
        "CreatedResourceArn",
        "ValidationStatus",
        "ValidationStatusMessage",
        "DeletionStatus",
        "DeletionStatusMessage",
    ),
)

# Which of a vault's events a new state is. A subscriber of several gets one message.
_NOTIFIED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("BACKUP_JOB", "CREATED"): ("BACKUP_JOB_STARTED",),
    ("BACKUP_JOB", "COMPLETED"): ("BACKUP_JOB_COMPLETED", "BACKUP_JOB_SUCCESSFUL"),
    ("BACKUP_JOB", "FAILED"): ("BACKUP_JOB_COMPLETED", "BACKUP_JOB_FAILED"),
    ("BACKUP_JOB", "ABORTED"): ("BACKUP_JOB_COMPLETED",),
    ("BACKUP_JOB", "EXPIRED"): ("BACKUP_JOB_COMPLETED", "BACKUP_JOB_EXPIRED"),
    ("COPY_JOB", "CREATED"): ("COPY_JOB_STARTED",),
    ("COPY_JOB", "COMPLETED"): ("COPY_JOB_SUCCESSFUL",),
    ("COPY_JOB", "FAILED"): ("COPY_JOB_FAILED",),
    ("RESTORE_JOB", "PENDING"): ("RESTORE_JOB_STARTED",),
    ("RESTORE_JOB", "COMPLETED"): ("RESTORE_JOB_COMPLETED", "RESTORE_JOB_SUCCESSFUL"),
    ("RESTORE_JOB", "FAILED"): ("RESTORE_JOB_COMPLETED", "RESTORE_JOB_FAILED"),
    ("RESTORE_JOB", "ABORTED"): ("RESTORE_JOB_COMPLETED",),
}
_SAYS = {"CREATED": "was started", "PENDING": "was started", "COMPLETED": "was completed successfully"}


def tell(account: Account, kind: JobKind, job: Job) -> None:
    """Tell of a job's new state. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        kind: The kind of job.
        job: It, in its new state.
    """
    region, state, vault = region_of_vault(job[kind.vault]), job[kind.state], job[kind.vault].rpartition(":")[2]
    if state in kind.counted:
        name = f"NumberOf{kind.metric}{state.title()}"
        for dimensions in ({}, {"ResourceType": job["ResourceType"]}):
            publish(account, region, "AWS/Backup", name, {"BackupVaultName": vault, **dimensions}, 1, "Count")
    tell_event(account, kind, job)
    _notify(account, region, kind, job, vault)


def tell_event(account: Account, kind: JobKind, job: Job) -> None:
    """Tell EventBridge alone: of what changes in a job that has ended, its validation and what is deleted after it."""
    point = job.get(kind.point)
    resources = [point] if point else []
    put(account, region_of_vault(job[kind.vault]), "aws.backup", kind.detail_type, _detail(kind, job), resources)


def tell_point(account: Account, point: Job, status: str) -> None:
    """Tell of a recovery point's new status. Hold `schedule.lock`."""
    region = region_of_vault(point["BackupVaultArn"])
    names = ("BackupVaultName", "BackupVaultArn", "CreationDate", "CompletionDate", "IamRoleArn")
    detail: dict[str, Any] = {_small(name): point[name] for name in (*names, "ResourceType", "ResourceArn")}
    detail |= {"status": status, "storageClass": "WARM", "isEncrypted": str(point["IsEncrypted"]).lower()}
    if "CreatedBy" in point:
        detail["createdBy"] = _creator(point)
    if point.get("Lifecycle"):
        detail["lifecycle"] = {_small(name): value for name, value in point["Lifecycle"].items()}
        detail["calculatedLifeCycle"] = {_small(name): value for name, value in point["CalculatedLifecycle"].items()}
    put(account, region, "aws.backup", "Recovery Point State Change", detail, [point["RecoveryPointArn"]])


def _detail(kind: JobKind, job: Job) -> dict[str, Any]:
    detail: dict[str, Any] = {_small(name): job[name] for name in kind.detail if name in job}
    if "percentDone" in detail:
        detail["percentDone"] = float(detail["percentDone"].rstrip("%"))
    if "backupSizeInBytes" in detail and kind is not COPY:  # a number in events of copies, text in the others
        detail["backupSizeInBytes"] = str(detail["backupSizeInBytes"])
    if "CreatedBy" in job and kind is RESTORE:
        detail["restoreTestingPlanArn"] = job["CreatedBy"]["RestoreTestingPlanArn"]
    elif "CreatedBy" in job:
        detail["createdBy"] = _creator(job)
    return detail


def _creator(job: Job) -> dict[str, Any]:
    return {said: job["CreatedBy"][name] for name, said in _CREATOR.items() if name in job["CreatedBy"]}


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


def _notify(account: Account, region: str, kind: JobKind, job: Job, vault: str) -> None:
    topic, wanted = world_of(account, region).notifications.get(vault, ("", frozenset()))
    state, identity = job[kind.state], job[kind.identity]
    if not wanted.intersection(_NOTIFIED.get((kind.name, state), ())):
        return
    title = kind.name.split("_", maxsplit=1)[0].title()
    resource, outcome = job.get("ResourceArn") or job.get("SourceResourceArn"), _SAYS.get(state, f"is {state}")
    message = (
        f"An AWS Backup {'' if kind is BACKUP else f'{title.lower()} '}job {outcome}. "
        f"Recovery point ARN: {job.get(kind.point)}. Resource ARN : {resource}. {title}Job ID : {identity}"
    )
    attributes = {
        "EventType": kind.name,
        "State": state,
        "AccountId": account.account_id,
        "Id": identity,
        "StartTime": job["CreationDate"].isoformat().replace("+00:00", "Z"),
    }
    asked = {
        "TopicArn": topic,
        "Subject": "Notification from AWS Backup",
        "Message": message,
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    }

    def publish_it(_: object) -> None:
        with suppress(AwsError):  # a topic that is gone: AWS tells nobody either
            ask(account, region_of_vault(topic), "sns", "Publish", asked)

    # Not at once: a gap's handler may be at work, which holds its service's lock.
    account.schedule.at(account.clock.now(), publish_it, key=f"{NAME}/{region}/told/{identity}/{state}")
