from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.serialize import create_serializer
from botocore.session import get_session
from werkzeug.test import EnvironBuilder

from opslib.sandbox.request import identify, read_body

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


class Sent(Exception):
    """A request that boto3 was about to send."""


def environ_of(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The WSGI environment of the request that boto3 really sends."""
    client = boto3.session.Session().client(
        service,
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )

    def catch(request: Any, **_: Any) -> None:
        raise Sent(request)

    client.meta.events.register("before-send", catch)
    with pytest.raises(Sent) as caught:
        getattr(client, operation)(**parameters)
    request = caught.value.args[0]
    headers = [(name, v.decode() if isinstance(v, bytes) else str(v)) for name, v in request.headers.items()]
    body = request.body.read() if hasattr(request.body, "read") else request.body
    path = request.url.replace("http://127.0.0.1:1", "")
    return EnvironBuilder(path=path, method=request.method, headers=headers, data=body).get_environ()


TABLE = [
    (("cloudwatch", "describe_alarms", {}), ("cloudwatch", "DescribeAlarms", "json")),
    (("ecs", "list_clusters", {}), ("ecs", "ListClusters", "json")),
    (("stepfunctions", "list_state_machines", {}), ("stepfunctions", "ListStateMachines", "json")),
    (("dynamodb", "list_tables", {}), ("dynamodb", "ListTables", "json")),
    (("dynamodbstreams", "list_streams", {}), ("dynamodbstreams", "ListStreams", "json")),
    (("budgets", "describe_budgets", {"AccountId": "123456789012"}), ("budgets", "DescribeBudgets", "json")),
    (("sns", "list_topics", {}), ("sns", "ListTopics", "query")),
    (("rds", "describe_db_instances", {}), ("rds", "DescribeDBInstances", "query")),
    (("elbv2", "describe_load_balancers", {}), ("elbv2", "DescribeLoadBalancers", "query")),
    (("elb", "describe_load_balancers", {}), ("elb", "DescribeLoadBalancers", "query")),
    (("ses", "list_identities", {}), ("ses", "ListIdentities", "query")),
    (("ec2", "describe_vpcs", {}), ("ec2", "DescribeVpcs", "ec2")),
    (("sesv2", "list_email_identities", {}), ("sesv2", "ListEmailIdentities", "rest-json")),
    (("lambda", "get_function", {"FunctionName": "f"}), ("lambda", "GetFunction", "rest-json")),
    (("lambda", "update_alias", {"FunctionName": "f", "Name": "live"}), ("lambda", "UpdateAlias", "rest-json")),
    (("backup", "list_backup_vaults", {}), ("backup", "ListBackupVaults", "rest-json")),
    (("apigatewayv2", "get_apis", {}), ("apigatewayv2", "GetApis", "rest-json")),
    (("route53", "list_hosted_zones", {}), ("route53", "ListHostedZones", "rest-xml")),
    (("s3", "put_object", {"Bucket": "b", "Key": "a/b", "Body": b"x"}), ("s3", "PutObject", "rest-xml")),
    (("s3", "head_object", {"Bucket": "b", "Key": "a/b"}), ("s3", "HeadObject", "rest-xml")),
    (("s3", "get_bucket_versioning", {"Bucket": "b"}), ("s3", "GetBucketVersioning", "rest-xml")),
]


@pytest.mark.parametrize(("call", "expected"), TABLE)
def test_every_protocol_tells_service_operation_and_region(call, expected):
    environ = environ_of(*call)
    body = read_body(environ)
    request = identify(environ, body)
    assert request is not None
    assert (request.service, request.operation, request.protocol) == expected
    assert (request.region, request.access_key, request.known) == ("eu-west-1", "AKIA", True)
    assert environ["wsgi.input"].read() == body, "the next reader finds the body whole"


def test_cbor_tells_its_operation_in_the_path():
    model = get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")
    http = create_serializer("smithy-rpc-v2-cbor").serialize_to_request({"AlarmName": "a"}, model)
    environ = EnvironBuilder(
        path=http["url_path"],
        method="POST",
        headers={**http["headers"], "Authorization": CREDENTIAL.format("monitoring")},
        data=http["body"],
    ).get_environ()
    request = identify(environ, read_body(environ))
    assert request is not None
    assert str(request) == "cloudwatch:PutMetricAlarm"
    assert request.protocol == "smithy-rpc-v2-cbor"


def test_a_query_in_the_url_and_a_presigned_one_are_understood():
    scope = "X-Amz-Credential=AKIA%2F20261121%2Fus-east-1%2Fsts%2Faws4_request"
    url = f"/?Action=GetCallerIdentity&Version=2011-06-15&{scope}"
    environ = EnvironBuilder(path=url, method="GET").get_environ()
    request = identify(environ, b"")
    assert request is not None
    assert str(request) == "sts:GetCallerIdentity"


def test_calls_without_a_signature_are_known_by_their_action():
    form = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15"}
    environ = EnvironBuilder(path="/", method="POST", data=form).get_environ()
    request = identify(environ, read_body(environ))
    assert request is not None
    assert str(request) == "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("signing_name", "path", "target", "expected"),
    [
        ("nosuchservice", "/v1/things", "", "nosuchservice:GET /v1/things"),
        ("lambda", "/2015-03-31/nothing", "", "lambda:GET /2015-03-31/nothing"),
        ("ecs", "/", "AmazonEC2ContainerServiceV20141113.Levitate", "ecs:Levitate"),
    ],
)
def test_what_botocore_does_not_know_is_still_named(signing_name, path, target, expected):
    headers = {"Authorization": CREDENTIAL.format(signing_name)}
    if target:
        headers["X-Amz-Target"] = target
    environ = EnvironBuilder(path=path, method="GET", headers=headers).get_environ()
    request = identify(environ, b"")
    assert request is not None
    assert (str(request), request.known) == (expected, False)


def test_what_is_no_aws_call_is_none():
    assert identify(EnvironBuilder(path="/index.html", method="GET").get_environ(), b"") is None
