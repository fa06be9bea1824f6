"""What tests of the stand-in provider share: a provider in front of an empty sandbox, and what its instances need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opslib.sandbox import Sandbox
from opslib.sandbox.provider import Checked, StandInProvider
from tests.sandbox.provider.good import ACCOUNT, REGION, TOPIC_ARN, Good
from tests.sandbox.provider.goods.appautoscaling import SCALED
from tests.sandbox.provider.goods.iam import TRUST, role_policy


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def checker(running_sandbox: Sandbox) -> StandInProvider:
    """A provider for what changes nothing in AWS; its clients are made once."""
    return StandInProvider(endpoint_url=running_sandbox.url, region=REGION)


@pytest.fixture
def provider(sandbox: Sandbox, checker: StandInProvider) -> StandInProvider:  # noqa: ARG001 - the account is empty
    return checker


@pytest.fixture
def checked(checker: StandInProvider) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Inputs as the provider completes them; what it refuses fails the test."""

    def check(token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        found: Checked = checker.check(token, inputs)
        assert not found.failures
        return found.inputs

    return check


def _two_keys(sandbox: Sandbox) -> dict[str, str]:
    kms = sandbox.client("kms", REGION)
    return {name: kms.create_key()["KeyMetadata"]["KeyId"] for name in ("key", "other_key")}


def _topic(sandbox: Sandbox) -> None:
    sandbox.client("sns", REGION).create_topic(Name=TOPIC_ARN.rpartition(":")[2])


def _alarms(sandbox: Sandbox) -> None:
    for number in (1, 2):
        sandbox.client("cloudwatch", REGION).put_metric_alarm(
            AlarmName=f"there-{number}",
            MetricName="Errors",
            Namespace="Shop",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


def _scalable_target(sandbox: Sandbox) -> None:
    sandbox.client("application-autoscaling", REGION).register_scalable_target(
        **{f"{name[0].upper()}{name[1:]}": value for name, value in SCALED.items()}, MinCapacity=1, MaxCapacity=9
    )


def _role(sandbox: Sandbox) -> None:
    sandbox.client("iam", REGION).create_role(RoleName="there", AssumeRolePolicyDocument=TRUST)


def _managed_policy(sandbox: Sandbox) -> None:
    sandbox.client("iam", REGION).create_policy(PolicyName="there", PolicyDocument=role_policy("sns:Publish"))


def _function(sandbox: Sandbox) -> None:
    _role(sandbox)
    sandbox.client("lambda", REGION).create_function(
        FunctionName="there",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/there",
        Handler="there.handler",
        Code={"ZipFile": b"there"},
    )


def _log_group(sandbox: Sandbox) -> None:
    sandbox.client("logs", REGION).create_log_group(logGroupName="/there")


def _bucket(sandbox: Sandbox) -> None:
    sandbox.client("s3", REGION).create_bucket(Bucket="there", CreateBucketConfiguration={"LocationConstraint": REGION})


def _locked_bucket(sandbox: Sandbox) -> None:
    sandbox.client("s3", REGION).create_bucket(
        Bucket="locked", CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
    )


def _vault(sandbox: Sandbox) -> None:
    sandbox.client("backup", REGION).create_backup_vault(BackupVaultName="there")


def _backup_plan(sandbox: Sandbox) -> dict[str, str]:
    _vault(sandbox)
    rule = {"RuleName": "daily", "TargetBackupVaultName": "there"}
    made = sandbox.client("backup", REGION).create_backup_plan(BackupPlan={"BackupPlanName": "there", "Rules": [rule]})
    return {"plan": made["BackupPlanId"]}


def _restore_testing_plan(sandbox: Sandbox) -> None:
    sandbox.client("backup", REGION).create_restore_testing_plan(
        RestoreTestingPlan={
            "RestoreTestingPlanName": "there",
            "ScheduleExpression": "cron(0 5 ? * 2 *)",
            "RecoveryPointSelection": {
                "Algorithm": "LATEST_WITHIN_WINDOW",
                "IncludeVaults": ["*"],
                "RecoveryPointTypes": ["SNAPSHOT"],
            },
        }
    )


def _rule(sandbox: Sandbox) -> None:
    sandbox.client("events", REGION).put_rule(Name="there", ScheduleExpression="rate(1 day)")


def _secret(sandbox: Sandbox) -> dict[str, str]:
    return {"secret": sandbox.client("secretsmanager", REGION).create_secret(Name="there")["ARN"]}


def _anomaly_monitor(sandbox: Sandbox) -> None:
    monitor = {"MonitorName": "there", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    sandbox.client("ce").create_anomaly_monitor(AnomalyMonitor=monitor)


PREREQUISITES: dict[str, Callable[[Sandbox], dict[str, str] | None]] = {
    "anomaly monitor": _anomaly_monitor,
    "key": _two_keys,
    "topic": _topic,
    "alarms": _alarms,
    "scalable target": _scalable_target,
    "role": _role,
    "function": _function,
    "rule": _rule,
    "log group": _log_group,
    "bucket": _bucket,
    "locked bucket": _locked_bucket,
    "vault": _vault,
    "backup plan": _backup_plan,
    "restore testing plan": _restore_testing_plan,
    "secret": _secret,
    "managed policy": _managed_policy,
}


@pytest.fixture
def prepared(sandbox: Sandbox) -> Callable[[Good], Good]:
    """Creates what an instance needs, and gives the instance with the identifiers that came out."""

    def prepare(good: Good) -> Good:
        made: dict[str, str] = {}
        for need in good.needs:
            made |= PREREQUISITES[need](sandbox) or {}
        return good.where(made)

    return prepare
