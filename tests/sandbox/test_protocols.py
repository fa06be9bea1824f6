from __future__ import annotations

import http.client
import json
import os
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import get_session

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=sandbox/20261121/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def in_protocol(url: str, protocol: str, operation: str, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Call CloudWatch in a protocol that this boto3 would not choose; gives the status and the parsed answer."""
    model = get_session().get_service_model("cloudwatch").operation_model(operation)
    request = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, model)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    headers = {**request["headers"], "Authorization": CREDENTIAL.format("monitoring")}
    connection.request("POST", request["url_path"], body, headers)
    response = connection.getresponse()
    answer = {"status_code": response.status, "headers": dict(response.getheaders()), "body": response.read()}
    return response.status, create_parser(protocol).parse(answer, model.output_shape)


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_cloudwatch_answers_alike_in_every_protocol_it_speaks(account, protocol):
    alarm = {
        "AlarmName": "slow",
        "MetricName": "Latency",
        "Namespace": "Shop",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "Service", "Value": "api"}],
        "ActionsEnabled": False,
    }
    assert in_protocol(account.url, protocol, "PutMetricAlarm", alarm)[0] == 200
    status, answer = in_protocol(account.url, protocol, "DescribeAlarms", {"AlarmNames": ["slow"]})
    found = answer["MetricAlarms"][0]
    assert status == 200
    assert {name: found[name] for name in alarm} == alarm
    assert found["StateUpdatedTimestamp"].tzinfo is not None
    status, answer = in_protocol(account.url, protocol, "PutMetricAlarm", {**alarm, "Period": 61})
    assert (status, answer["Error"]["Code"]) == (400, "ValidationError")
    assert "Period must be" in answer["Error"]["Message"]
    assert [call.operation for call in account.calls()] == ["PutMetricAlarm", "DescribeAlarms", "PutMetricAlarm"]


NOT_MODELLED = [
    ("ecs", "list_services_by_namespace", {"namespace": "shop"}, "ecs:ListServicesByNamespace"),  # json
    ("cloudwatch", "list_metric_streams", {}, "cloudwatch:ListMetricStreams"),  # json where CBOR comes first
    ("rds", "describe_db_recommendations", {}, "rds:DescribeDBRecommendations"),  # query
    ("ec2", "describe_trunk_interface_associations", {}, "ec2:DescribeTrunkInterfaceAssociations"),  # ec2
    ("backup", "list_frameworks", {}, "backup:ListFrameworks"),  # rest-json
    ("cloudfront", "list_field_level_encryption_configs", {}, "cloudfront:ListFieldLevelEncryptionConfigs"),  # rest-xml
    ("devops-guru", "describe_account_health", {}, "devops-guru:DescribeAccountHealth"),  # no such service in moto
]


@pytest.mark.parametrize(("service", "method", "parameters", "named"), NOT_MODELLED)
def test_what_the_sandbox_does_not_model_is_said_once_and_not_retried(account, service, method, parameters, named):
    client = boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=account.url,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}, proxies={}),
    )
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**parameters)
    error = caught.value.response
    assert error["Error"]["Code"] == "SandboxNotModelled"
    assert named in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert [call.error for call in account.calls()] == ["SandboxNotModelled"], "one attempt"


def test_an_unknown_operation_of_cbor_is_answered_too(account):
    connection = http.client.HTTPConnection(urlsplit(account.url).netloc, timeout=60)
    headers = {"smithy-protocol": "rpc-v2-cbor", "Authorization": CREDENTIAL.format("monitoring")}
    connection.request("POST", "/service/GraniteServiceVersion20100801/operation/Levitate", b"", headers)
    response = connection.getresponse()
    assert response.status == 400
    assert b"SandboxNotModelled" in response.read()


def test_moto_breaking_is_told_from_an_answer_of_aws(aws, refused):
    ecs = aws("ecs")
    # AWS takes the default cluster when none is named; moto looks for one without a name.
    code, message = refused(ecs.put_attributes, attributes=[{"name": "a", "targetId": "b"}])
    assert code == "SandboxBroke"
    assert "ecs:PutAttributes: AttributeError" in message
    assert "its bug, not an answer of AWS" in message


def test_limits_that_boto3_checks_itself_are_checked_for_others_too(account):
    alarm = {"AlarmName": "a", "Period": 0, "EvaluationPeriods": 0}
    status, answer = in_protocol(account.url, "json", "PutMetricAlarm", alarm)
    assert (status, answer["Error"]["Code"]) == (400, "ValidationError")
    assert answer["Error"]["Message"].startswith("2 validation errors detected: Value '0' at 'period'")


def test_bodies_reach_moto_whole(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    content = os.urandom(3_000_000)
    s3.put_object(Bucket="bucket", Key="folder/file é.bin", Body=content)
    assert s3.get_object(Bucket="bucket", Key="folder/file é.bin")["Body"].read() == content
    assert s3.head_object(Bucket="bucket", Key="folder/file é.bin")["ContentLength"] == len(content)


def test_a_missing_object_is_still_aws_own_answer(aws, refused):
    s3 = aws("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert refused(s3.head_object, Bucket="bucket", Key="none")[0] == "404"


def test_motos_own_page_stays_reachable_and_uncounted(account):
    connection = http.client.HTTPConnection(urlsplit(account.url).netloc, timeout=60)
    connection.request("GET", "/moto-api/data.json")
    response = connection.getresponse()
    assert response.status == 200
    assert isinstance(json.loads(response.read()), dict)
    assert account.calls() == []
