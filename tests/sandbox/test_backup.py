"""AWS Backup: what moto lacks of plans, selections, vaults' policies and tests of restores."""

from __future__ import annotations

import json
from typing import Any

import pytest

RULE = {
    "RuleName": "daily",
    "TargetBackupVaultName": "shop",
    "ScheduleExpression": "cron(0 3 * * ? *)",
    "Lifecycle": {"DeleteAfterDays": 35},
}
ROLE = "arn:aws:iam::123456789012:role/backups"
TESTED = {
    "RestoreTestingPlanName": "weekly",
    "ScheduleExpression": "cron(0 5 ? * 1 *)",
    "RecoveryPointSelection": {
        "Algorithm": "LATEST_WITHIN_WINDOW",
        "IncludeVaults": ["*"],
        "RecoveryPointTypes": ["SNAPSHOT"],
    },
}
DATABASES = {
    "RestoreTestingSelectionName": "rds",
    "ProtectedResourceType": "RDS",
    "IamRoleArn": ROLE,
    "ProtectedResourceArns": ["*"],
}


def policy(**more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", **more}]})


@pytest.fixture
def backup(aws: Any) -> Any:
    client = aws("backup")
    client.create_backup_vault(BackupVaultName="shop")
    return client


def plan(backup: Any, *rules: dict[str, Any], name: str = "shop") -> str:
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": list(rules or (RULE,))})
    return str(made["BackupPlanId"])


@pytest.mark.feature("M22")
def test_a_plan_changes_and_goes_once_it_selects_nothing(backup: Any, refused: Any) -> None:
    made = plan(backup)
    before = backup.get_backup_plan(BackupPlanId=made)
    later = {**RULE, "ScheduleExpression": "cron(0 4 * * ? *)"}
    backup.update_backup_plan(BackupPlanId=made, BackupPlan={"BackupPlanName": "shop", "Rules": [later]})
    after = backup.get_backup_plan(BackupPlanId=made)
    assert after["BackupPlan"]["Rules"][0]["ScheduleExpression"] == "cron(0 4 * * ? *)"
    assert after["VersionId"] != before["VersionId"]

    selection = {"SelectionName": "all", "IamRoleArn": ROLE, "Resources": ["*"]}
    chosen = backup.create_backup_selection(BackupPlanId=made, BackupSelection=selection)["SelectionId"]
    assert refused(backup.delete_backup_plan, BackupPlanId=made)[0] == "InvalidRequestException"
    backup.delete_backup_selection(BackupPlanId=made, SelectionId=chosen)
    backup.delete_backup_plan(BackupPlanId=made)
    assert refused(backup.get_backup_plan, BackupPlanId=made)[0] == "ResourceNotFoundException"
    plan(backup)  # the name is free again


@pytest.mark.feature("M22")
def test_rules_that_make_no_sense_are_refused(backup: Any, refused: Any) -> None:
    def code(**more: Any) -> str:
        bad = {"BackupPlanName": "bad", "Rules": [{**RULE, **more}]}
        return str(refused(backup.create_backup_plan, BackupPlan=bad)[0])

    assert code(TargetBackupVaultName="nowhere") == "ResourceNotFoundException"
    cold = {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 100}
    assert code(Lifecycle=cold) == "InvalidParameterValueException"
    assert code(EnableContinuousBackup=True, Lifecycle={"DeleteAfterDays": 36}) == "InvalidParameterValueException"
    backup.put_backup_vault_lock_configuration(BackupVaultName="shop", MinRetentionDays=7, MaxRetentionDays=30)
    assert code(Lifecycle={"DeleteAfterDays": 35}) == "InvalidParameterValueException"
    assert code(Lifecycle={"DeleteAfterDays": 6}) == "InvalidParameterValueException"
    plan(backup, {**RULE, "Lifecycle": {"DeleteAfterDays": 7}})


@pytest.mark.feature("M22")
def test_a_selection_lives_with_its_plan(backup: Any, refused: Any) -> None:
    made = plan(backup)
    tag = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}
    given = {"SelectionName": "tagged", "IamRoleArn": ROLE, "ListOfTags": [tag]}
    chosen = backup.create_backup_selection(BackupPlanId=made, BackupSelection=given)["SelectionId"]
    found = backup.get_backup_selection(BackupPlanId=made, SelectionId=chosen)
    assert found["BackupSelection"] == given
    [listed] = backup.list_backup_selections(BackupPlanId=made)["BackupSelectionsList"]
    assert (listed["SelectionId"], listed["SelectionName"]) == (chosen, "tagged")
    again = refused(backup.create_backup_selection, BackupPlanId=made, BackupSelection=given)
    assert again[0] == "AlreadyExistsException"
    nothing = {"SelectionName": "none", "IamRoleArn": ROLE}
    code, _ = refused(backup.create_backup_selection, BackupPlanId=made, BackupSelection=nothing)
    assert code == "InvalidParameterValueException"
    assert refused(backup.get_backup_selection, BackupPlanId=made, SelectionId="x")[0] == "ResourceNotFoundException"


@pytest.mark.feature("S4")
def test_a_vault_keeps_its_policy_and_its_lock(backup: Any, refused: Any) -> None:
    named = {"BackupVaultName": "shop"}
    assert refused(backup.get_backup_vault_access_policy, **named)[0] == "ResourceNotFoundException"
    assert refused(backup.put_backup_vault_access_policy, **named, Policy="{}")[0] == "InvalidParameterValueException"
    backup.put_backup_vault_access_policy(**named, Policy=policy(Action="backup:DeleteRecoveryPoint"))
    assert "DeleteRecoveryPoint" in backup.get_backup_vault_access_policy(**named)["Policy"]
    backup.put_backup_vault_lock_configuration(**named, MinRetentionDays=7)
    told = backup.describe_backup_vault(**named)
    assert (told["Locked"], told["MinRetentionDays"], told["NumberOfRecoveryPoints"]) == (True, 7, 0)
    backup.delete_backup_vault_access_policy(**named)
    backup.delete_backup_vault(**named)
    assert refused(backup.delete_backup_vault, **named)[0] == "ResourceNotFoundException"


@pytest.mark.feature("M22")
def test_a_test_of_restores_lives_as_in_aws(backup: Any, refused: Any) -> None:
    backup.create_restore_testing_plan(RestoreTestingPlan=TESTED)
    assert refused(backup.create_restore_testing_plan, RestoreTestingPlan=TESTED)[0] == "AlreadyExistsException"
    named = {"RestoreTestingPlanName": "weekly"}
    backup.update_restore_testing_plan(**named, RestoreTestingPlan={"ScheduleExpression": "cron(0 6 ? * 1 *)"})
    told = backup.get_restore_testing_plan(**named)["RestoreTestingPlan"]
    assert (told["ScheduleExpression"], told["StartWindowHours"]) == ("cron(0 6 ? * 1 *)", 24)
    assert [one["RestoreTestingPlanName"] for one in backup.list_restore_testing_plans()["RestoreTestingPlans"]] == [
        "weekly"
    ]

    backup.create_restore_testing_selection(**named, RestoreTestingSelection=DATABASES)
    assert refused(backup.delete_restore_testing_plan, **named)[0] == "InvalidRequestException"
    one = {**named, "RestoreTestingSelectionName": "rds"}
    changed = {"IamRoleArn": ROLE, "ValidationWindowHours": 4}
    backup.update_restore_testing_selection(**one, RestoreTestingSelection=changed)
    found = backup.get_restore_testing_selection(**one)["RestoreTestingSelection"]
    assert (found["ValidationWindowHours"], found["ProtectedResourceType"]) == (4, "RDS")
    assert len(backup.list_restore_testing_selections(**named)["RestoreTestingSelections"]) == 1
    backup.delete_restore_testing_selection(**one)
    backup.delete_restore_testing_plan(**named)
    assert refused(backup.get_restore_testing_plan, **named)[0] == "ResourceNotFoundException"


def test_tests_of_restores_that_aws_refuses_are_refused(backup: Any, refused: Any) -> None:
    hyphen = {**TESTED, "RestoreTestingPlanName": "every-week"}
    code, _ = refused(backup.create_restore_testing_plan, RestoreTestingPlan=hyphen)
    assert code == "InvalidParameterValueException"
    backup.create_restore_testing_plan(RestoreTestingPlan=TESTED)
    nothing = {key: value for key, value in DATABASES.items() if key != "ProtectedResourceArns"}
    code, _ = refused(
        backup.create_restore_testing_selection, RestoreTestingPlanName="weekly", RestoreTestingSelection=nothing
    )
    assert code == "InvalidParameterValueException"


@pytest.mark.feature("M22")
def test_a_role_takes_a_policy_of_aws_and_none_that_there_is_not(aws: Any, refused: Any) -> None:
    iam = aws("iam")
    iam.create_role(RoleName="backups", AssumeRolePolicyDocument=policy(Action="sts:AssumeRole", Principal="*"))
    arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor{}"
    iam.attach_role_policy(RoleName="backups", PolicyArn=arn.format("Backup"))
    attached = iam.list_attached_role_policies(RoleName="backups")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["AWSBackupServiceRolePolicyForBackup"]
    assert refused(iam.attach_role_policy, RoleName="backups", PolicyArn=arn.format("Nothing"))[0] == "NoSuchEntity"


def test_preferences_of_text_messages_make_sense_and_are_told(aws: Any, refused: Any) -> None:
    sns = aws("sns")
    assert sns.get_sms_attributes()["attributes"] == {}
    sns.set_sms_attributes(attributes={"MonthlySpendLimit": "20", "DefaultSMSType": "Transactional"})
    sns.set_sms_attributes(attributes={"DefaultSMSType": ""})
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "20"}
    for bad in ({"MonthlySpendLimit": "much"}, {"DefaultSMSType": "Spam"}, {"Limit": "1"}):
        assert refused(sns.set_sms_attributes, attributes=bad)[0] == "InvalidParameter"
