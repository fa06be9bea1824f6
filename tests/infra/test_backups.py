"""The stack's backups: vaults nobody empties, a plan, copies in a second region, tests of restores, their alarms."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra import program
from infra.components.backup_vault import BackupVault
from infra.config import StackConfig
from opslib.contract import StackOutputs
from opslib.errors import BadRequest
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Resource, Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.shop import ACCOUNT, of_type, only, run

VAULT, LOCK = "aws:backup/vault:Vault", "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
POLICY, PLAN = "aws:backup/vaultPolicy:VaultPolicy", "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
TESTS = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
TESTED = "aws:backup/restoreTestingSelection:RestoreTestingSelection"

BACKUPS: dict[str, Any] = {
    "selectTags": {"opslib:backup": "shop-prod", "team": "shop"},
    "daily": {"at": "03:30", "keepDays": 35},
    "hourly": {"keepDays": 3},
    "continuous": {"keepDays": 14},
    "secondRegion": {"region": "eu-central-1", "keepDays": 90},
    "restoreTests": {"weekday": "saturday", "at": "05:15", "metadata": {"dbSubnetGroupName": "tests"}},
}


def written(**backups: Any) -> dict[str, Any]:
    given = {key: value for key, value in {**BACKUPS, **backups}.items() if value is not None}
    return {"product": "shop", "environment": "prod", "protect": True, "mirror": False, "backups": given}


def up(provider: StandInProvider | None = None, **backups: Any) -> Run:
    values = {"aws:region": REGION, **{f"opslib:{key}": value for key, value in written(**backups).items()}}
    return run_program(program.main, project="opslib", stack="test", config=values, provider=provider)


@pytest.fixture(scope="module")
def ran() -> Run:
    return up()


def rules(ran: Run) -> dict[str, dict[str, Any]]:
    return {rule["ruleName"]: rule for rule in only(ran, PLAN).inputs["rules"]}


@pytest.mark.feature("M22")
def test_a_full_backup_every_day_is_copied_and_the_rest_is_taken_every_hour(ran: Run) -> None:
    daily, hourly, continuous = (rules(ran)[name] for name in ("daily", "hourly", "continuous"))
    assert daily["schedule"] == "cron(30 3 * * ? *)"
    assert daily["lifecycle"] == {"deleteAfter": 35}
    [copy] = daily["copyActions"]
    assert copy["lifecycle"] == {"deleteAfter": 90}
    assert (hourly["schedule"], hourly["lifecycle"]) == ("cron(0 * * * ? *)", {"deleteAfter": 3})
    assert continuous["enableContinuousBackup"] is True
    assert "copyActions" not in hourly


@pytest.mark.feature("M22")
def test_what_has_all_of_the_tags_is_backed_up(ran: Run) -> None:
    inputs = only(ran, SELECTION).inputs
    assert inputs["resources"] == ["*"]
    assert "selectionTags" not in inputs, "each of those would be enough"
    assert inputs["conditions"] == [
        {
            "stringEquals": [
                {"key": "aws:ResourceTag/opslib:backup", "value": "shop-prod"},
                {"key": "aws:ResourceTag/team", "value": "shop"},
            ]
        }
    ]


@pytest.mark.feature("M22", "S4")
def test_vaults_are_encrypted_locked_and_kept_in_two_regions(ran: Run) -> None:
    vaults = of_type(ran, VAULT)
    assert {one.inputs["name"] for one in vaults.values()} == {"shop-prod-backups"}
    assert {one.inputs.get("region") for one in vaults.values()} == {None, "eu-central-1"}
    assert all(one.protect and one.inputs["kmsKeyArn"] for one in vaults.values())
    for lock in of_type(ran, LOCK).values():
        assert (lock.inputs["minRetentionDays"], lock.inputs["maxRetentionDays"]) == (1, 365)
        assert "changeableForDays" not in lock.inputs, "governance mode"
        assert lock.protect
        assert lock.delete_before_replace, "put after and deleted before, a changed lock would be none"
    keys = [key for name, key in of_type(ran, "aws:kms/key:Key").items() if name.startswith("backups")]
    assert [key.inputs["deletionWindowInDays"] for key in keys] == [30, 30]


@pytest.mark.feature("S4")
def test_nobody_deletes_backups_but_who_is_named(ran: Run) -> None:
    def statement(found: Resource) -> dict[str, Any]:
        [one] = json.loads(found.inputs["policy"])["Statement"]
        return dict(one)

    for policy in of_type(ran, POLICY).values():
        assert statement(policy)["Effect"] == "Deny"
        assert "backup:DeleteRecoveryPoint" in statement(policy)["Action"]
        assert "Condition" not in statement(policy), "nobody at all"
    role = f"arn:aws:iam::{ACCOUNT}:role/break-glass"
    vault: Any = {"vault_name": "shop", "account": ACCOUNT, "partition": "aws", "deleters": [role]}
    named = only(run(lambda: BackupVault("vault", vault)), POLICY)
    assert statement(named)["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [role]}}
    assert not of_type(run(lambda: BackupVault("vault", vault)), LOCK)


@pytest.mark.feature("M22")
def test_restores_are_tested_every_week_and_every_month(ran: Run) -> None:
    plans = {plan.inputs["name"]: plan.inputs for plan in of_type(ran, TESTS).values()}
    weekly, monthly = plans["shop_prod_weekly"], plans["shop_prod_monthly"]
    assert weekly["scheduleExpression"] == "cron(15 5 ? * 7 *)", "cron's Saturday is 7"
    assert monthly["scheduleExpression"] == "cron(15 5 1 * ? *)"
    points = weekly["recoveryPointSelection"]
    assert (points["algorithm"], points["selectionWindowDays"]) == ("LATEST_WITHIN_WINDOW", 7)
    points = monthly["recoveryPointSelection"]
    assert (points["algorithm"], points["selectionWindowDays"]) == ("RANDOM_WITHIN_WINDOW", 35)
    assert points["recoveryPointTypes"] == ["SNAPSHOT", "CONTINUOUS"]
    for selection in of_type(ran, TESTED).values():
        assert selection.inputs["protectedResourceType"] == "RDS"
        assert selection.inputs["restoreMetadataOverrides"] == {"dbSubnetGroupName": "tests"}
        assert selection.inputs["validationWindowHours"] == 4


@pytest.mark.feature("M22", "M26")
def test_the_contract_names_the_vaults(ran: Run) -> None:
    outputs = StackOutputs.parse(ran.outputs, source="run")
    vault, copies = outputs.vaults["backups"], outputs.vaults["copies"]
    assert (vault.name, vault.region, vault.lock) == ("shop-prod-backups", REGION, "governance")
    assert set(vault.restore_tests) == {"shop_prod_weekly", "shop_prod_monthly"}
    assert (copies.region, copies.copy_of) == ("eu-central-1", "backups")
    assert outputs.watched["backups"].kind == "backup_vault"
    assert "vaults" not in StackOutputs.parse(up_without(), source="run").document()


def up_without() -> dict[str, Any]:
    values = {"aws:region": REGION, "opslib:product": "shop", "opslib:environment": "prod", "opslib:mirror": False}
    return run_program(program.main, project="opslib", stack="test", config=values).outputs


@pytest.mark.feature("M22", "M16")
def test_a_failed_backup_warns_and_none_for_two_days_pages(aws: Sandbox) -> None:
    up(StandInProvider(endpoint_url=aws.url, region=REGION))
    cloudwatch = aws.client("cloudwatch", REGION)

    def jobs(hours: float, **counted: int) -> None:
        """Some hours, with a count of jobs at their beginning."""
        samples = [
            {
                "namespace": "AWS/Backup",
                "name": f"NumberOf{name}",
                "value": count,
                "region": REGION,
                "dimensions": {"BackupVaultName": "shop-prod-backups"},
            }
            for name, count in counted.items()
        ]
        body = json.dumps({"samples": samples}).encode()
        urlopen(Request(f"{aws.url}/_sandbox/metrics", body, method="POST"), timeout=120).close()
        aws.clock.advance(timedelta(hours=hours).total_seconds())

    def ringing() -> set[str]:
        found = cloudwatch.describe_alarms(
            AlarmNamePrefix="shop-prod-backups", StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = (*found["MetricAlarms"], *found["CompositeAlarms"])
        return {alarm["AlarmName"].removeprefix("shop-prod-backups-") for alarm in alarms}

    for _ in range(2):
        jobs(24, BackupJobsCompleted=1, CopyJobsCompleted=1)
    assert ringing() == set()
    jobs(0.5, BackupJobsFailed=1)
    assert ringing() == {"failed-warning"}
    jobs(23, CopyJobsCompleted=1)
    assert ringing() == set()
    jobs(24, CopyJobsCompleted=1)
    jobs(6, CopyJobsCompleted=1)
    assert ringing() == {"silent-critical", "unprotected"}


MISTAKES = [
    ({"lock": {"minimumDays": 7}}, "hourly.keepDays is 3, and the lock takes 7 to 365 days"),
    ({"lock": {"mode": "compliance"}}, "graceDays goes with the mode compliance"),
    ({"lock": {"mode": "governance", "graceDays": 3}}, "graceDays"),
    ({"lock": {"minimumDays": 9, "maximumDays": 8}}, "minimumDays 9 is above maximumDays 8"),
    ({"continuous": {"keepDays": 36}}, "backups.continuous.keepDays"),
    ({"daily": {"keepDays": 100, "coldAfterDays": 30}}, "90 days at least after coldAfterDays"),
    ({"daily": {"at": "3 o'clock"}}, "backups.daily.at"),
    ({"selectTags": {}}, "backups.selectTags"),
    ({"restoreTests": {"day": 31}}, "backups.restoreTests.day"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_path(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said) as refused:
        StackConfig.parse(written(**change), source="test")
    assert "\n" not in str(refused.value)


def test_copies_are_in_another_region_than_the_stack() -> None:
    config = StackConfig.parse(written(), source="test")
    config.refuse_elsewhere("test", account=ACCOUNT, region=REGION)
    with pytest.raises(BadRequest, match=r"backups\.secondRegion\.region is eu-central-1"):
        config.refuse_elsewhere("test", account=ACCOUNT, region="eu-central-1")


def test_what_the_program_watches_itself_is_not_written_too() -> None:
    mine = {**written(), "backupVaults": {"backups": {"vault": "other"}}}
    with pytest.raises(BadRequest, match=r"backupVaults\.backups: the program makes this one itself"):
        StackConfig.parse(mine, source="test")
