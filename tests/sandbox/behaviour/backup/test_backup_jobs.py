"""Backup jobs: started by rules and by calls, what they leave behind, and how they go wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.behaviour.backup.conftest import ABROAD, ABROAD_VAULT, DATABASE, HOME, ROLE, TABLE, Backups

pytestmark = pytest.mark.feature("M22")

DAILY = {"RuleName": "daily", "ScheduleExpression": "cron(0 12 * * ? *)", "Lifecycle": {"DeleteAfterDays": 2}}
HOURLY = {"RuleName": "hourly", "ScheduleExpression": "cron(0 * * * ? *)", "Lifecycle": {"DeleteAfterDays": 1}}


def test_a_rule_backs_up_what_its_plan_selects_and_the_backup_ends_when_its_time_has_come(backups: Backups) -> None:
    heard = backups.listen()
    backups.database()
    backups.table("left-out", tags=[{"Key": "backup", "Value": "no"}])
    plan = backups.plan(DAILY)
    backups.until(11, 59)
    assert backups.jobs() == []
    backups.until(12)
    (job,) = backups.jobs()
    assert (job["State"], job["ResourceArn"], job["ResourceType"]) == ("CREATED", DATABASE, "RDS")
    assert job["StartBy"] - job["CreationDate"] == timedelta(hours=1)
    assert (job["CreatedBy"]["BackupPlanId"], job["CreatedBy"]["BackupRuleName"]) == (plan, "daily")
    backups.passes(minutes=2)
    assert backups.jobs()[0]["State"] == "RUNNING"
    assert backups.points() == []
    backups.passes(minutes=5)
    (job,) = backups.jobs(ByState="COMPLETED", ByResourceType="RDS", ByBackupVaultName="shop")
    assert backups.api.describe_backup_job(BackupJobId=job["BackupJobId"])["PercentDone"] == "100.0"
    (point,) = backups.points()
    assert (
        point["RecoveryPointArn"]
        == job["RecoveryPointArn"]
        == (f"arn:aws:rds:{HOME}:123456789012:snapshot:awsbackup:job-{job['BackupJobId']}")
    )
    assert point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"] == timedelta(days=2)
    for state in ("Created", "Running", "Completed"):
        assert backups.counted(f"BackupJobs{state}") == 1
    assert backups.counted("BackupJobsCompleted", ResourceType="RDS") == 1
    events = [event for event in heard() if event["detail-type"] == "Backup Job State Change"]
    assert [event["detail"]["state"] for event in events] == ["CREATED", "RUNNING", "COMPLETED"]
    assert events[-1]["resources"] == [point["RecoveryPointArn"]]
    assert events[-1]["detail"]["createdBy"]["backupPlanRuleId"] == job["CreatedBy"]["BackupRuleId"]
    assert backups.api.describe_backup_vault(BackupVaultName="shop")["NumberOfRecoveryPoints"] == 1

    backups.passes(days=1)
    assert len(backups.points()) == 2
    backups.passes(days=1)
    assert [found["RecoveryPointArn"] for found in backups.points()].count(point["RecoveryPointArn"]) == 0
    assert len(backups.points()) == 2, "the first is gone, the third is there"


def test_a_rule_goes_by_the_clocks_of_its_time_zone(backups: Backups) -> None:
    backups.table()
    backups.plan({**DAILY, "ScheduleExpressionTimezone": "Asia/Kolkata"})  # no summer time
    backups.until(6, 29)
    assert backups.jobs() == []
    backups.until(6, 31)
    assert len(backups.jobs()) == 1


def test_a_plan_that_changed_goes_by_its_new_rules_and_a_deleted_one_by_none(backups: Backups) -> None:
    backups.table()
    plan = backups.plan(DAILY)
    later = {**DAILY, "ScheduleExpression": "cron(0 13 * * ? *)", "TargetBackupVaultName": "shop"}
    backups.api.update_backup_plan(BackupPlanId=plan, BackupPlan={"BackupPlanName": "shop", "Rules": [later]})
    backups.until(12, 30)
    assert backups.jobs() == []
    backups.until(13, 30)
    assert len(backups.jobs()) == 1
    (selection,) = backups.api.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    backups.api.delete_backup_selection(BackupPlanId=plan, SelectionId=selection["SelectionId"])
    backups.passes(days=1)
    assert len(backups.jobs()) == 1, "it selects nothing any more"
    backups.api.delete_backup_plan(BackupPlanId=plan)
    backups.passes(days=1)
    assert len(backups.jobs()) == 1


def test_where_rules_overlap_that_which_keeps_longest_is_taken(backups: Backups) -> None:
    """With its copy; an hour later the other is taken again."""
    backups.table()
    copy = {"DestinationBackupVaultArn": ABROAD_VAULT, "Lifecycle": {"DeleteAfterDays": 9}}
    half_past = {**DAILY, "ScheduleExpression": "cron(30 12 * * ? *)", "CopyActions": [copy]}
    backups.plan(half_past, HOURLY)
    backups.until(15, 30)
    taken = [(job["CreatedBy"]["BackupRuleName"], f"{job['CreationDate']:%H:%M}") for job in backups.jobs()]
    assert taken == [("daily", "12:30"), ("hourly", "14:00"), ("hourly", "15:00")], "12:00 and 13:00 reach into 12:30"


def test_a_copy_is_a_job_of_its_own_and_a_recovery_point_in_the_other_region(backups: Backups) -> None:
    heard = backups.listen()
    backups.database()
    copy = {"DestinationBackupVaultArn": ABROAD_VAULT, "Lifecycle": {"DeleteAfterDays": 1}}
    backups.plan({**DAILY, "CopyActions": [copy]})
    backups.until(12)
    backups.passes(minutes=15)
    (point,) = backups.points()
    (copied,) = backups.points("copies", ABROAD)
    (job,) = backups.api.list_copy_jobs(ByDestinationVaultArn=ABROAD_VAULT)["CopyJobs"]
    assert backups.api.describe_copy_job(CopyJobId=job["CopyJobId"])["CopyJob"]["State"] == "COMPLETED"
    assert job["SourceRecoveryPointArn"] == point["RecoveryPointArn"]
    assert job["DestinationRecoveryPointArn"] == copied["RecoveryPointArn"]
    assert copied["RecoveryPointArn"].startswith(f"arn:aws:rds:{ABROAD}:123456789012:snapshot:awsbackup:copyjob-")
    assert copied["SourceBackupVaultArn"] == point["BackupVaultArn"]
    assert backups.counted("CopyJobsCompleted") == 1, "under the vault it is copied from"
    states = [one["detail"]["state"] for one in heard() if one["detail-type"] == "Copy Job State Change"]
    assert states == ["CREATED", "RUNNING", "COMPLETED"]
    backups.passes(days=1, minutes=-10)
    assert len(backups.points("copies", ABROAD)) == 1
    backups.passes(minutes=10)
    assert backups.points("copies", ABROAD)[0]["RecoveryPointArn"] != copied["RecoveryPointArn"]


def test_a_call_backs_up_and_copies_too(backups: Backups, refused: Any) -> None:
    backups.table()
    made = backups.api.start_backup_job(
        BackupVaultName="shop", ResourceArn=TABLE, IamRoleArn=ROLE, Lifecycle={"DeleteAfterDays": 7}
    )
    backups.passes(minutes=10)
    assert backups.points()[0]["RecoveryPointArn"] == made["RecoveryPointArn"]
    asked = {
        "SourceBackupVaultName": "shop",
        "RecoveryPointArn": made["RecoveryPointArn"],
        "DestinationBackupVaultArn": ABROAD_VAULT,
        "IamRoleArn": ROLE,
    }
    backups.api.start_copy_job(**asked)
    backups.passes(minutes=10)
    assert len(backups.points("copies", ABROAD)) == 1
    nowhere = {**asked, "DestinationBackupVaultArn": ABROAD_VAULT + "-gone"}
    assert refused(backups.api.start_copy_job, **nowhere)[0] == "ResourceNotFoundException"
    assert refused(backups.api.describe_backup_job, BackupJobId="gone")[0] == "ResourceNotFoundException"


def test_a_continuous_rule_keeps_one_recovery_point_and_takes_snapshots_of_what_has_no_log(backups: Backups) -> None:
    backups.database()
    backups.table()
    backups.plan({**HOURLY, "EnableContinuousBackup": True})
    backups.until(12)
    backups.passes(hours=3, minutes=30)
    points = backups.points()
    (continuous,) = [point for point in points if point["ResourceType"] == "RDS"]
    assert ":recovery-point:continuous:shop-main-" in continuous["RecoveryPointArn"]
    assert len([point for point in points if point["ResourceType"] == "DynamoDB"]) == 4
    backups.passes(days=2)
    assert continuous["RecoveryPointArn"] in [point["RecoveryPointArn"] for point in backups.points()]


def test_jobs_of_one_resource_wait_for_each_other(backups: Backups) -> None:
    backups.table()
    backups.behaves(backing_up_seconds=1_200)
    for _ in range(2):
        backups.api.start_backup_job(BackupVaultName="shop", ResourceArn=TABLE, IamRoleArn=ROLE)
    backups.passes(minutes=15)
    assert [job["State"] for job in backups.jobs()] == ["RUNNING", "CREATED"]
    backups.passes(minutes=40)
    assert [job["State"] for job in backups.jobs()] == ["COMPLETED", "COMPLETED"]
    assert backups.counted("BackupJobsExpired") == 0


def test_what_cannot_begin_in_its_window_expires(backups: Backups) -> None:
    """A job of the same resource runs for longer than the window."""
    backups.table()
    backups.behaves(backing_up_seconds=7_200)
    backups.plan(HOURLY)
    backups.until(12)
    backups.passes(hours=2, minutes=10)
    assert [job["State"] for job in backups.jobs()] == ["COMPLETED", "EXPIRED", "RUNNING"]
    assert "running job for the same resource" in backups.jobs()[1]["StatusMessage"]
    assert backups.counted("BackupJobsExpired") == 1


def test_an_instance_takes_no_backup_in_its_maintenance_window_nor_in_the_hour_before(backups: Backups) -> None:
    today = f"{backups.now():%a}"
    backups.database(PreferredMaintenanceWindow=f"{today}:13:30-{today}:14:00".lower())
    backups.plan(HOURLY)
    backups.until(15, 30)
    states = {f"{job['CreationDate']:%H}": job["State"] for job in backups.jobs()}
    assert states == {"12": "COMPLETED", "13": "EXPIRED", "14": "COMPLETED", "15": "COMPLETED"}
    assert "maintenance window" in backups.jobs(ByState="EXPIRED")[0]["StatusMessage"]


@pytest.mark.parametrize("outcome", ["FAILED", "ABORTED", "EXPIRED"])
def test_jobs_end_as_they_were_told_to(backups: Backups, outcome: str) -> None:
    backups.table()
    backups.database()
    backups.behaves(backups={TABLE: outcome})
    backups.plan(DAILY)
    backups.until(12)
    backups.passes(hours=1, minutes=10)
    assert {job["ResourceType"]: job["State"] for job in backups.jobs()} == {"DynamoDB": outcome, "RDS": "COMPLETED"}
    assert [point["ResourceType"] for point in backups.points()] == ["RDS"]
    assert backups.counted(f"BackupJobs{outcome.title()}") == 1
    assert backups.counted("BackupJobsCompleted") == 1
    backups.behaves(backups={})
    backups.passes(days=1)
    assert backups.jobs()[-1]["State"] == "COMPLETED"


def test_what_takes_longer_than_its_window_is_aborted(backups: Backups) -> None:
    backups.table()
    backups.behaves(backing_up_seconds=7_200)
    backups.plan({**DAILY, "CompletionWindowMinutes": 90})
    backups.until(12)
    backups.passes(hours=3)
    assert [job["State"] for job in backups.jobs()] == ["ABORTED"]
    assert backups.points() == []


def test_somebody_stops_a_job_once(backups: Backups, refused: Any) -> None:
    backups.table()
    made = backups.api.start_backup_job(BackupVaultName="shop", ResourceArn=TABLE, IamRoleArn=ROLE)
    backups.api.stop_backup_job(BackupJobId=made["BackupJobId"])
    backups.passes(minutes=30)
    (job,) = backups.jobs()
    assert (job["State"], job["StatusMessage"]) == ("ABORTED", "Backup job was stopped by user.")
    code = refused(backups.api.stop_backup_job, BackupJobId=made["BackupJobId"])[0]
    assert code == "InvalidRequestException"


def test_a_bucket_is_backed_up_once_it_keeps_versions(backups: Backups) -> None:
    s3 = backups.sandbox.client("s3", HOME)
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_bucket_tagging(Bucket="papers", Tagging={"TagSet": [{"Key": "backup", "Value": "yes"}]})
    backups.plan(DAILY)
    backups.until(12, 30)
    s3.put_bucket_versioning(Bucket="papers", VersioningConfiguration={"Status": "Enabled"})
    backups.passes(days=1)
    assert [(job["ResourceArn"], job["State"]) for job in backups.jobs()] == [
        ("arn:aws:s3:::papers", "FAILED"),
        ("arn:aws:s3:::papers", "COMPLETED"),
    ]
    assert "versioning" in backups.jobs()[0]["StatusMessage"]


def test_a_locked_vault_keeps_what_is_in_it_and_takes_only_what_fits(backups: Backups, refused: Any) -> None:
    backups.table()
    backups.api.put_backup_vault_lock_configuration(BackupVaultName="shop", MinRetentionDays=2, MaxRetentionDays=9)
    for days in (1, 3, None):
        lifecycle = {} if days is None else {"Lifecycle": {"DeleteAfterDays": days}}
        backups.api.start_backup_job(BackupVaultName="shop", ResourceArn=TABLE, IamRoleArn=ROLE, **lifecycle)
        backups.passes(minutes=20)
    assert [job["State"] for job in backups.jobs()] == ["FAILED", "COMPLETED", "FAILED"]
    (point,) = backups.points()
    named = {"BackupVaultName": "shop", "RecoveryPointArn": point["RecoveryPointArn"]}
    assert "Lock" in refused(backups.api.delete_recovery_point, **named)[1]
    backups.passes(days=3)
    assert backups.points() == [], "its lifecycle ends it, locked or not"


def test_a_recovery_point_is_told_and_deleted(backups: Backups, refused: Any) -> None:
    backups.table()
    made = backups.api.start_backup_job(BackupVaultName="shop", ResourceArn=TABLE, IamRoleArn=ROLE)
    backups.passes(minutes=10)
    named = {"BackupVaultName": "shop", "RecoveryPointArn": made["RecoveryPointArn"]}
    told = backups.api.describe_recovery_point(**named)
    assert (told["Status"], told["ResourceType"], told["IsEncrypted"]) == ("COMPLETED", "DynamoDB", True)
    assert len(backups.api.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]) == 1
    assert refused(backups.api.delete_backup_vault, BackupVaultName="shop")[0] == "InvalidRequestException"
    backups.api.delete_recovery_point(**named)
    assert refused(backups.api.describe_recovery_point, **named)[0] == "ResourceNotFoundException"
    backups.api.delete_backup_vault(BackupVaultName="shop")


def test_a_topic_is_told_what_a_vault_was_asked_to_tell(backups: Backups, refused: Any) -> None:
    sns = backups.sandbox.client("sns", HOME)
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+4915112345678")
    assert refused(backups.api.get_backup_vault_notifications, BackupVaultName="shop")[0] == "ResourceNotFoundException"
    events = ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED"]
    backups.api.put_backup_vault_notifications(BackupVaultName="shop", SNSTopicArn=topic, BackupVaultEvents=events)
    told = backups.api.get_backup_vault_notifications(BackupVaultName="shop")
    assert (told["SNSTopicArn"], told["BackupVaultEvents"]) == (topic, events)
    backups.table()
    backups.behaves(copies={"*": "FAILED"})
    backups.plan({**DAILY, "CopyActions": [{"DestinationBackupVaultArn": ABROAD_VAULT}]})
    backups.until(12, 30)
    first, second = (one["message"] for one in backups.inbox())
    assert first.startswith("An AWS Backup job was completed successfully. Recovery point ARN: arn:aws:backup:")
    assert second.startswith("An AWS Backup copy job is FAILED.")
    assert backups.counted("CopyJobsFailed") == 1
    backups.api.delete_backup_vault_notifications(BackupVaultName="shop")
    backups.passes(days=1)
    assert len(backups.inbox()) == 2


def test_a_schedule_that_is_none_is_refused(backups: Backups, refused: Any) -> None:
    rule = {**DAILY, "TargetBackupVaultName": "shop", "ScheduleExpression": "cron(0 12 * * * *)"}
    plan = {"BackupPlanName": "shop", "Rules": [rule]}
    assert refused(backups.api.create_backup_plan, BackupPlan=plan)[0] == "InvalidParameterValueException"


def test_a_month_of_hourly_backups_leaves_what_their_lifecycles_keep(backups: Backups) -> None:
    backups.table()
    backups.plan(HOURLY, DAILY)
    backups.passes(days=30)
    kept = [point["CreatedBy"]["BackupRuleName"] for point in backups.points()]
    assert (kept.count("hourly"), kept.count("daily")) == (23, 2)
