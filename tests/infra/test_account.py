"""The stack of an account: what there is once, refused where it cannot be, and what a trail writes, to its alarm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo import stack_file
from infra import program
from infra.config import StackConfig
from infra.kinds.trail_events import TRAIL_EVENTS
from opslib.errors import BadRequest
from opslib.sandbox.behaviour.logs.patterns import read_pattern
from opslib.sandbox.programs.in_process import Run, run_program
from tests.infra.conftest import shipped
from tests.infra.shop import of_type, only

ROOT = {"type": "Root", "arn": "arn:aws:iam::210987654321:root"}
PERSON = {"type": "IAMUser", "userName": "kim"}


@pytest.fixture(scope="module")
def ran() -> Run:
    account = stack_file.read("account")
    return run_program(
        program.main,
        project=stack_file.PROJECT,
        stack="account",
        config={**account.values, **account.secrets},
        secret_keys=tuple(account.secrets),
    )


@pytest.mark.feature("M23")
def test_the_trail_has_every_region_is_encrypted_and_can_be_proven(ran: Run) -> None:
    trail = only(ran, "aws:cloudtrail/trail:Trail")
    for setting in ("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation"):
        assert trail.inputs[setting] is True
    assert trail.inputs["kmsKeyId"]
    assert trail.protect
    block = only(ran, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert [block[name] for name in block if name != "bucket"] == [True] * 4
    [rule] = only(ran, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 400}


@pytest.mark.feature("M23")
def test_the_bucket_takes_from_this_trail_alone(ran: Run) -> None:
    statements = json.loads(only(ran, "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])["Statement"]
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/platform-account-trail"
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    assert {one["Action"] for one in allowed} == {"s3:GetBucketAcl", "s3:PutObject"}
    for one in allowed:
        assert one["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert (
            one["Condition"]["StringEquals"]["aws:SourceArn"]
            .partition(":cloudtrail:")[2]
            .endswith(arn.rpartition(":")[2])
        )
    [denied] = [one for one in statements if one["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.feature("M23", "M13")
def test_there_is_a_set_of_preferences_in_each_region_and_one_monitor(ran: Run) -> None:
    texts = of_type(ran, "aws:sns/smsPreferences:SmsPreferences")
    assert {one.inputs.get("region") for one in texts.values()} == {None, "eu-central-1"}
    assert {one.inputs["monthlySpendLimit"] for one in texts.values()} == {20}
    assert len(of_type(ran, "aws:costexplorer/anomalyMonitor:AnomalyMonitor")) == 1


def test_a_stack_of_an_account_has_names_and_tags_of_its_own_from_one_place(ran: Run) -> None:
    expected = shipped("account").all_tags
    assert (expected["opslib:product"], expected["opslib:environment"]) == ("platform", "account")
    tagged = [resource for resource in ran.resources if resource.inputs.get("tags") is not None]
    assert all(resource.inputs["tags"] == expected for resource in tagged)
    names = {str(resource.inputs["name"]) for resource in tagged if "name" in resource.inputs}
    assert all("platform-account" in name or name.startswith("/opslib/platform/account") for name in names), names


EVENTS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "root_use": (
        [{"userIdentity": ROOT, "eventType": "AwsApiCall"}, {"userIdentity": ROOT, "eventType": "AwsConsoleSignIn"}],
        [
            {"userIdentity": PERSON, "eventType": "AwsApiCall"},
            {"userIdentity": {**ROOT, "invokedBy": "support.amazonaws.com"}, "eventType": "AwsApiCall"},
            {"userIdentity": ROOT, "eventType": "AwsServiceEvent"},
        ],
    ),
    "trail_tampering": (
        [{"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"}],
        [{"eventSource": "cloudtrail.amazonaws.com", "eventName": "DescribeTrails"}],
    ),
    "key_deletion": (
        [{"eventSource": "kms.amazonaws.com", "eventName": "ScheduleKeyDeletion"}],
        [{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}],
    ),
    "backup_tampering": (
        [
            {"eventSource": "backup.amazonaws.com", "eventName": "DeleteRecoveryPoint"},
            {"eventSource": "backup.amazonaws.com", "eventName": "DeleteBackupVaultLockConfiguration"},
        ],
        [
            {"eventSource": "backup.amazonaws.com", "eventName": "StartBackupJob"},
            {"eventSource": "backup.amazonaws.com", "eventName": "RecoveryPointDeleted"},
        ],
    ),
    "failed_sign_ins": (
        [{"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"}],
        [{"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}],
    ),
    "sign_in_without_mfa": (
        [
            {
                "eventName": "ConsoleLogin",
                "userIdentity": PERSON,
                "additionalEventData": {"MFAUsed": "No"},
                "responseElements": {"ConsoleLogin": "Success"},
            }
        ],
        [
            {
                "eventName": "ConsoleLogin",
                "userIdentity": PERSON,
                "additionalEventData": {"MFAUsed": "Yes"},
                "responseElements": {"ConsoleLogin": "Success"},
            },
            {
                "eventName": "ConsoleLogin",
                "userIdentity": {"type": "AssumedRole"},
                "additionalEventData": {"MFAUsed": "No"},
                "responseElements": {"ConsoleLogin": "Success"},
            },
        ],
    ),
    "refused_calls": (
        [{"errorCode": "Client.UnauthorizedOperation"}, {"errorCode": "AccessDenied"}],
        [{"errorCode": "ThrottlingException"}, {}],
    ),
    "iam_changes": (
        [
            {"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy", "userIdentity": PERSON},
            {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": PERSON},
        ],
        [
            {"eventSource": "iam.amazonaws.com", "eventName": "GetRole", "userIdentity": PERSON},
            {
                "eventSource": "iam.amazonaws.com",
                "eventName": "CreateServiceLinkedRole",
                "userIdentity": {"invokedBy": "ecs.amazonaws.com"},
            },
        ],
    ),
    "security_group_changes": (
        [{"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress"}],
        [{"eventSource": "ec2.amazonaws.com", "eventName": "DescribeSecurityGroups"}],
    ),
    "network_changes": (
        [{"eventSource": "ec2.amazonaws.com", "eventName": "ReplaceRouteTableAssociation"}],
        [{"eventSource": "ec2.amazonaws.com", "eventName": "DescribeRouteTables"}],
    ),
    "bucket_policy_changes": (
        [{"eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy"}],
        [{"eventSource": "s3.amazonaws.com", "eventName": "GetBucketPolicy"}],
    ),
    "detection_changes": (
        [{"eventSource": "guardduty.amazonaws.com", "eventName": "DeleteDetector"}],
        [
            {"eventSource": "guardduty.amazonaws.com", "eventName": "ListDetectors"},
            {"eventSource": "rds.amazonaws.com", "eventName": "DeleteDBInstance"},
        ],
    ),
}
"""What CloudTrail writes, of which a pattern counts the first and not the second."""


@pytest.mark.feature("M23", "M6")
@pytest.mark.parametrize("event", TRAIL_EVENTS, ids=lambda event: event.key)
def test_what_a_trail_writes_is_counted_where_it_should_be_and_not_where_it_should_not(event: Any) -> None:
    pattern, (counted, passed) = read_pattern(event.pattern), EVENTS[event.key]
    assert [one for one in counted if pattern.match(json.dumps(one)) is None] == []
    assert [one for one in passed if pattern.match(json.dumps(one)) is not None] == []


@pytest.mark.feature("M23")
def test_signs_of_a_breach_feed_the_trigger_of_a_security_incident(ran: Run) -> None:
    alarms = {alarm["name"].removeprefix("platform-account-"): alarm for alarm in ran.outputs["alarms"]}
    of_trail = {name: alarm for name, alarm in alarms.items() if alarm["workload"] == "trail"}
    assert {alarm["trigger"] for alarm in of_trail.values()} == {"security-incident"}
    for key in ("root-use", "iam-changes", "security-group-changes", "failed-sign-ins"):
        assert [name for name in of_trail if name.startswith(f"trail-{key}")], key
    assert of_trail["trail-breached"]["severity"] == "critical"


def settings(**more: Any) -> dict[str, Any]:
    return {"product": "platform", "environment": "account", "account": {"trail": {"bucket": "a-bucket"}}, **more}


def test_the_trail_is_where_the_root_users_events_are() -> None:
    config = StackConfig.parse(settings(), source="test")
    config.refuse_elsewhere("test", account="210987654321", region="us-east-1")
    with pytest.raises(BadRequest, match=r"account\.trail is in eu-central-1.*us-east-1 alone"):
        config.refuse_elsewhere("test", account="210987654321", region="eu-central-1")


MISTAKES = [
    (settings(queues={"mail": {"queue": "mail"}}), r"queues\.mail: a stack with `account` is the account's"),
    (settings(security={"trail": {"trailLogGroup": "/x"}}), r"security\.trail: the program makes this one itself"),
    (settings(account={"trail": {"bucket": "Not A Bucket"}}), r"account\.trail\.bucket"),
    (settings(account={"textMessages": {"monthlyLimitUsd": 0}}), r"account\.textMessages\.monthlyLimitUsd"),
    (settings(account={"trails": {}}), r"account\.trails"),
]


@pytest.mark.parametrize(("written", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_path(written: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said) as refused:
        StackConfig.parse(written, source="test")
    assert "\n" not in str(refused.value)
