"""What a trail records of calls, where it delivers it, and what EventBridge is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import pytest
from boto3.session import Session

from tests.sandbox.behaviour.trail.conftest import ABROAD, BUCKET, GROUP, HOME, OWNER, Trails

pytestmark = pytest.mark.feature("M23")

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def open_a_door(trails: Trails, region: str = ABROAD) -> str:
    ec2 = trails.sandbox.client("ec2", region)
    group: str = ec2.create_security_group(GroupName="open", Description="a door")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    return group


@pytest.fixture
def heard(trails: Trails) -> Callable[..., Callable[[], list[dict[str, Any]]]]:
    """Lets events of CloudTrail go into a log; what gives them."""

    def listen(region: str = ABROAD, state: str = "ENABLED") -> Callable[[], list[dict[str, Any]]]:
        logs, events = (trails.sandbox.client(name, region) for name in ("logs", "events"))
        logs.create_log_group(logGroupName="/aws/events/calls")
        pattern = {"detail-type": [{"suffix": " via CloudTrail"}]}
        events.put_rule(Name="calls", EventPattern=json.dumps(pattern), State=state)
        arn = f"arn:aws:logs:{region}:{OWNER}:log-group:/aws/events/calls"
        events.put_targets(Rule="calls", Targets=[{"Id": "log", "Arn": arn}])

        def told() -> list[dict[str, Any]]:
            return [
                json.loads(one["message"]) for one in logs.filter_log_events(logGroupName="/aws/events/calls")["events"]
            ]

        return told

    return listen


def test_a_call_is_in_a_file_of_its_region_and_in_the_log_group_within_five_minutes(trails: Trails) -> None:
    trails.trail()
    trails.passes()
    group = open_a_door(trails)
    assert trails.written("AuthorizeSecurityGroupIngress") == []
    trails.passes()
    (key,) = [key for key in trails.files() if f"/{ABROAD}/" in key]
    assert re.fullmatch(
        rf"AWSLogs/{OWNER}/CloudTrail/{ABROAD}/\d{{4}}/\d\d/\d\d/"
        rf"{OWNER}_CloudTrail_{ABROAD}_\d{{8}}T\d{{4}}Z_[A-Za-z0-9]{{16}}\.json\.gz",
        key,
    )
    made, opened = trails.files()[key]
    assert (made["eventName"], opened["eventName"]) == ("CreateSecurityGroup", "AuthorizeSecurityGroupIngress")
    expected = {
        "eventVersion": "1.11",
        "eventSource": "ec2.amazonaws.com",
        "awsRegion": ABROAD,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "readOnly": False,
        "managementEvent": True,
        "recipientAccountId": OWNER,
    }
    assert expected.items() <= opened.items()
    assert opened["requestParameters"]["groupId"] == group
    assert opened["requestParameters"]["cidrIp"] == "0.0.0.0/0"
    assert opened["userIdentity"]["type"] == "IAMUser"
    assert opened["eventID"] != made["eventID"]
    assert {"errorCode", "errorMessage"}.isdisjoint(opened)
    assert opened in trails.logged()
    (stream,) = trails.logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["logStreamName"] == f"{OWNER}_CloudTrail_{HOME}"


def test_reads_and_what_happens_to_data_are_not_recorded(trails: Trails) -> None:
    trails.trail()
    trails.sandbox.client("ec2", HOME).describe_security_groups()
    trails.s3.put_object(Bucket=BUCKET, Key="paper", Body=b"1")
    trails.s3.delete_object(Bucket=BUCKET, Key="paper")
    trails.sandbox.client("cloudwatch", HOME).put_metric_data(
        Namespace="a", MetricData=[{"MetricName": "b", "Value": 1}]
    )
    trails.passes()
    assert {record["eventName"] for record in trails.written()} == {"StartLogging"}


def test_calls_of_services_without_a_region_are_recorded_in_one(trails: Trails) -> None:
    trails.trail()
    trails.sandbox.client("iam", ABROAD).create_role(RoleName="new", AssumeRolePolicyDocument=TRUST)
    trails.passes()
    (record,) = trails.written("CreateRole")
    assert (record["awsRegion"], record["eventSource"]) == (HOME, "iam.amazonaws.com")


def test_a_refused_call_is_recorded_with_its_error(trails: Trails, refused: Any) -> None:
    trails.trail()
    iam = trails.sandbox.client("iam", HOME)
    code, message = refused(iam.attach_role_policy, RoleName="gone", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    of_json = refused(trails.logs.put_retention_policy, logGroupName="/gone", retentionInDays=30)
    trails.passes()
    for name, said in (("AttachRolePolicy", (code, message)), ("PutRetentionPolicy", of_json)):
        (record,) = trails.written(name)
        assert (record["errorCode"], record["errorMessage"]) == said


def test_no_secret_is_recorded(trails: Trails) -> None:
    trails.trail()
    secret = "correct horse"
    trails.sandbox.client("secretsmanager", HOME).create_secret(Name="shop", SecretString=secret)
    trails.sandbox.client("ssm", HOME).put_parameter(Name="/shop", Value=secret, Type="SecureString")
    trails.sandbox.client("rds", HOME).create_db_instance(
        DBInstanceIdentifier="shop",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        MasterUsername="shop",
        MasterUserPassword=secret,
        AllocatedStorage=20,
    )
    trails.passes()
    names = {"CreateSecret", "PutParameter", "CreateDBInstance"}
    assert {record["eventName"] for record in trails.written(*names)} == names
    assert secret not in json.dumps(trails.written())
    assert secret not in json.dumps(trails.logged())
    (made,) = trails.written("CreateDBInstance")
    assert made["requestParameters"]["masterUserPassword"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert made["requestParameters"]["dBInstanceIdentifier"] == "shop"


def test_a_session_of_a_role_is_told_as_one(trails: Trails) -> None:
    trails.trail()
    iam, sts = trails.sandbox.client("iam", HOME), trails.sandbox.client("sts", ABROAD)
    role = iam.create_role(RoleName="operator", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    given = sts.assume_role(RoleArn=role, RoleSessionName="kim")["Credentials"]
    session = Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    ec2 = session.client("ec2", region_name=ABROAD, endpoint_url=trails.sandbox.url)
    ec2.create_security_group(GroupName="open", Description="a door")
    trails.passes()
    (taken,) = trails.written("AssumeRole")
    assert (taken["readOnly"], taken["requestParameters"]["roleArn"]) == (True, role)
    (record,) = trails.written("CreateSecurityGroup")
    who = record["userIdentity"]
    assert (who["type"], who["arn"]) == ("AssumedRole", f"arn:aws:sts::{OWNER}:assumed-role/operator/kim")
    assert who["sessionContext"]["sessionIssuer"]["userName"] == "operator"


def test_whoever_stops_a_trail_is_its_last_record(trails: Trails) -> None:
    arn = trails.trail()
    trails.api.stop_logging(Name=arn)
    open_a_door(trails)
    trails.passes()
    assert [record["eventName"] for record in trails.written()] == ["StartLogging", "StopLogging"]
    trails.api.start_logging(Name=arn)
    trails.api.delete_trail(Name=arn)
    open_a_door(trails, HOME)
    trails.passes()
    assert trails.written("CreateSecurityGroup") == []


def test_a_trail_of_one_region_records_its_own_and_what_has_none(trails: Trails) -> None:
    trails.trail(IsMultiRegionTrail=False)
    open_a_door(trails, ABROAD)
    trails.sandbox.client("iam", ABROAD).create_role(RoleName="new", AssumeRolePolicyDocument=TRUST)
    open_a_door(trails, HOME)
    trails.passes()
    assert {record["awsRegion"] for record in trails.written()} == {HOME}
    assert len(trails.written("CreateRole")) == 1


def test_a_trail_that_is_off_or_not_there_records_nothing(trails: Trails, heard: Any) -> None:
    told = heard()
    trails.trail(logging=False)
    open_a_door(trails)
    trails.passes()
    assert (trails.files(), told()) == ({}, [])


def test_a_status_tells_when_it_was_delivered_and_why_not(trails: Trails) -> None:
    trails.trail(S3KeyPrefix="kept")
    assert "LatestDeliveryTime" not in trails.api.get_trail_status(Name="all")
    trails.passes()
    status = trails.api.get_trail_status(Name="all")
    assert status["LatestDeliveryTime"] == status["LatestCloudWatchLogsDeliveryTime"]
    assert all(key.startswith("kept/AWSLogs/") for key in trails.files())
    for key in trails.files():
        trails.s3.delete_object(Bucket=BUCKET, Key=key)
    trails.s3.delete_bucket(Bucket=BUCKET)
    trails.passes()
    assert trails.api.get_trail_status(Name="all")["LatestDeliveryError"] == "NoSuchBucket"
    assert [record["eventName"] for record in trails.logged()][-1] == "DeleteBucket"


def test_eventbridge_is_told_in_the_region_of_the_call_and_of_reads_only_who_asks(trails: Trails, heard: Any) -> None:
    changes, everything = heard(ABROAD), heard(HOME, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    trails.trail()
    role = trails.sandbox.client("iam", HOME).create_role(RoleName="operator", AssumeRolePolicyDocument=TRUST)
    for region in (HOME, ABROAD):
        trails.sandbox.client("sts", region).assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="kim")
    open_a_door(trails, ABROAD)
    trails.passes(60)
    assert [event["detail"]["eventName"] for event in changes()] == [
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
    ]
    (event, *_) = changes()
    assert (event["source"], event["detail-type"]) == ("aws.ec2", "AWS API Call via CloudTrail")
    assert {event["detail"]["eventName"] for event in everything()} == {"StartLogging", "CreateRole", "AssumeRole"}


def test_what_the_root_user_does_can_be_told(trails: Trails, heard: Any) -> None:
    told = heard(HOME)
    trails.trail()
    trails.passes()
    root = {"type": "Root", "arn": f"arn:aws:iam::{OWNER}:root", "accountId": OWNER}
    (made,) = trails.happens(
        {
            "userIdentity": root,
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "eventType": "AwsConsoleSignIn",
            "awsRegion": HOME,
            "responseElements": {"ConsoleLogin": "Success"},
        }
    )
    trails.passes()
    assert trails.written("ConsoleLogin") == [made]
    (event,) = [one for one in told() if one["detail"]["eventName"] == "ConsoleLogin"]
    assert (event["source"], event["detail-type"]) == ("aws.signin", "AWS Console Sign In via CloudTrail")
    with pytest.raises(HTTPError) as refused:
        trails.happens({"eventName": "ConsoleLogin"})
    assert b"a record without eventSource" in refused.value.read()


def test_an_account_is_never_quite_still(trails: Trails) -> None:
    """Services of AWS take on their roles: a trail that is silent is one that was stopped."""
    trails.sandbox.behaviour(trail={"background_seconds": 900})
    trails.trail()
    trails.passes(3_600)
    assert len(trails.written("AssumeRole")) >= 3
    assert {record["userIdentity"]["type"] for record in trails.written("AssumeRole")} == {"AWSService"}
    trails.api.stop_logging(Name="all")
    trails.passes()
    before = len(trails.written())
    trails.passes(3_600)
    assert len(trails.written()) == before
