"""Restore jobs: of somebody's, and of tests, with their validation and what is deleted after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.behaviour.backup.conftest import DATABASE, HOME, ROLE, TABLE, Backups

pytestmark = pytest.mark.feature("M22")

VAULT = f"arn:aws:backup:{HOME}:123456789012:backup-vault:shop"
KEPT = {"Lifecycle": {"DeleteAfterDays": 35}}


def back_up(backups: Backups, *arns: str) -> None:
    for arn in arns:
        backups.api.start_backup_job(BackupVaultName="shop", ResourceArn=arn, IamRoleArn=ROLE, **KEPT)
    backups.passes(minutes=10)


def plan_of_tests(backups: Backups, *, kind: str = "RDS", hours: int = 4, **more: Any) -> str:
    points = {"Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": [VAULT], "RecoveryPointTypes": ["SNAPSHOT"], **more}
    made = backups.api.create_restore_testing_plan(
        RestoreTestingPlan={
            "RestoreTestingPlanName": "weekly",
            "ScheduleExpression": "cron(0 14 * * ? *)",
            "RecoveryPointSelection": points,
        }
    )
    backups.api.create_restore_testing_selection(
        RestoreTestingPlanName="weekly",
        RestoreTestingSelection={
            "RestoreTestingSelectionName": "all",
            "ProtectedResourceType": kind,
            "IamRoleArn": ROLE,
            "ProtectedResourceConditions": {"StringEquals": [{"Key": "aws:ResourceTag/backup", "Value": "yes"}]},
            "ValidationWindowHours": hours,
        },
    )
    return str(made["RestoreTestingPlanArn"])


def restores(backups: Backups, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = backups.api.list_restore_jobs(**asked)["RestoreJobs"]
    return list(reversed(found))


def instances(backups: Backups) -> dict[str, str]:
    found = backups.sandbox.client("rds", HOME).describe_db_instances()["DBInstances"]
    return {one["DBInstanceIdentifier"]: one["DBInstanceStatus"] for one in found}


def test_a_test_restores_the_latest_and_deletes_it_when_nobody_looked_into_it(backups: Backups) -> None:
    heard = backups.listen()
    backups.database()
    backups.passes(minutes=15)
    back_up(backups, DATABASE)
    back_up(backups, DATABASE)
    plan = plan_of_tests(backups, hours=2)
    backups.until(14)
    (job,) = restores(backups, ByRestoreTestingPlanArn=plan)
    assert (job["Status"], job["RecoveryPointArn"]) == ("PENDING", backups.points()[-1]["RecoveryPointArn"])
    backups.passes(minutes=2)
    (name,) = set(instances(backups)) - {"shop-main"}
    assert name.startswith("awsbackup-restore-test-")
    backups.passes(minutes=18)
    (job,) = restores(backups, ByStatus="COMPLETED")
    assert job["CreatedResourceArn"] == f"arn:aws:rds:{HOME}:123456789012:db:{name}"
    assert (job["ValidationStatus"], job.get("DeletionStatus")) == ("VALIDATING", None)
    assert instances(backups)[name] == "available"
    told = backups.api.get_restore_job_metadata(RestoreJobId=job["RestoreJobId"])["Metadata"]
    assert (told["DBInstanceIdentifier"], told["DBInstanceClass"]) == (name, "db.t4g.medium")
    assert backups.counted("RestoreJobsCompleted") == 1
    backups.passes(hours=2, minutes=5)
    described = backups.api.describe_restore_job(RestoreJobId=job["RestoreJobId"])
    assert (described["ValidationStatus"], described["DeletionStatus"]) == ("TIMED_OUT", "SUCCESSFUL")
    assert set(instances(backups)) == {"shop-main"}
    events = [one["detail"] for one in heard() if one["detail-type"] == "Restore Job State Change"]
    assert [one["status"] for one in events[:3]] == ["PENDING", "RUNNING", "COMPLETED"]
    assert {one["restoreTestingPlanArn"] for one in events} == {plan}
    assert events[-1]["deletionStatus"] == "SUCCESSFUL"
    told_of_plan = backups.api.get_restore_testing_plan(RestoreTestingPlanName="weekly")["RestoreTestingPlan"]
    assert backups.now() - told_of_plan["LastExecutionTime"] < timedelta(hours=3)
    backups.passes(days=1)
    assert len(restores(backups)) == 2


def test_the_result_of_a_validation_ends_a_test(backups: Backups, refused: Any) -> None:
    backups.table()
    back_up(backups, TABLE)
    plan_of_tests(backups, kind="DynamoDB")
    backups.until(14, 30)
    (job,) = restores(backups)
    tables = backups.sandbox.client("dynamodb", HOME)
    assert len(tables.list_tables()["TableNames"]) == 2
    result = {"RestoreJobId": job["RestoreJobId"], "ValidationStatus": "SUCCESSFUL", "ValidationStatusMessage": "seen"}
    backups.api.put_restore_validation_result(**result)
    backups.passes(minutes=10)
    (job,) = restores(backups)
    assert (job["ValidationStatus"], job["ValidationStatusMessage"]) == ("SUCCESSFUL", "seen")
    assert job["DeletionStatus"] == "SUCCESSFUL"
    assert tables.list_tables()["TableNames"] == ["shop"]
    assert refused(backups.api.put_restore_validation_result, **result)[0] == "InvalidRequestException"


def test_without_a_window_nobody_validates(backups: Backups) -> None:
    backups.table()
    back_up(backups, TABLE)
    plan_of_tests(backups, kind="DynamoDB", hours=0)
    backups.until(14, 30)
    (job,) = restores(backups)
    assert (job["Status"], job.get("ValidationStatus"), job["DeletionStatus"]) == ("COMPLETED", None, "SUCCESSFUL")


@pytest.mark.parametrize(
    "more",
    [
        {"IncludeVaults": [VAULT + "-other"]},
        {"ExcludeVaults": ["*"]},
        {"RecoveryPointTypes": ["CONTINUOUS"]},
        {"SelectionWindowDays": 1},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_a_plan_does_not_mean_is_not_restored(backups: Backups, more: dict[str, Any]) -> None:
    backups.table()
    back_up(backups, TABLE)
    plan_of_tests(backups, kind="DynamoDB", **more)
    if "SelectionWindowDays" in more:
        backups.until(14, 30)
        assert len(restores(backups)) == 1, "it is an hour or two old"
        backups.passes(days=2)
        assert len(restores(backups)) == 1
    else:
        backups.until(14, 30)
        assert restores(backups) == []


def test_a_restore_into_a_subnet_group_that_is_not_there_fails(backups: Backups) -> None:
    backups.database()
    backups.passes(minutes=15)
    back_up(backups, DATABASE)
    plan_of_tests(backups)
    backups.api.update_restore_testing_selection(
        RestoreTestingPlanName="weekly",
        RestoreTestingSelectionName="all",
        RestoreTestingSelection={"RestoreMetadataOverrides": {"dbSubnetGroupName": "gone"}},
    )
    backups.until(14, 30)
    (job,) = restores(backups)
    assert job["Status"] == "FAILED"
    assert "gone" in job["StatusMessage"]
    assert backups.counted("RestoreJobsFailed") == 1


@pytest.mark.parametrize("outcome", ["FAILED", "ABORTED"])
def test_restores_end_as_they_were_told_to_and_leave_nothing(backups: Backups, outcome: str) -> None:
    backups.table()
    back_up(backups, TABLE)
    backups.behaves(restores={"DynamoDB": outcome})
    plan_of_tests(backups, kind="DynamoDB")
    backups.until(14, 30)
    assert [job["Status"] for job in restores(backups)] == [outcome]
    assert backups.sandbox.client("dynamodb", HOME).list_tables()["TableNames"] == ["shop"]


def test_what_cannot_be_deleted_stays_and_says_so(backups: Backups) -> None:
    backups.table()
    back_up(backups, TABLE)
    backups.behaves(deletions={"*": "FAILED"})
    plan_of_tests(backups, kind="DynamoDB", hours=0)
    backups.until(14, 30)
    (job,) = restores(backups)
    assert (job["Status"], job["DeletionStatus"]) == ("COMPLETED", "FAILED")
    assert len(backups.sandbox.client("dynamodb", HOME).list_tables()["TableNames"]) == 2


def test_somebody_restores_and_keeps_it(backups: Backups, refused: Any) -> None:
    backups.table()
    back_up(backups, TABLE)
    (point,) = backups.points()
    metadata = {"TargetTableName": "shop-restored", "OriginalTableName": "shop"}
    asked = {"RecoveryPointArn": point["RecoveryPointArn"], "IamRoleArn": ROLE, "Metadata": metadata}
    made = backups.api.start_restore_job(**asked)
    backups.passes(hours=6)
    job = backups.api.describe_restore_job(RestoreJobId=made["RestoreJobId"])
    assert (job["Status"], job.get("ValidationStatus")) == ("COMPLETED", None)
    assert job["CreatedResourceArn"] == f"{TABLE}-restored"
    assert "shop-restored" in backups.sandbox.client("dynamodb", HOME).list_tables()["TableNames"]
    gone = {**asked, "RecoveryPointArn": point["RecoveryPointArn"] + "-gone"}
    assert refused(backups.api.start_restore_job, **gone)[0] == "ResourceNotFoundException"
