"""Functions: handlers that run, errors in AWS's form, versions, aliases, revision ids, retries by the clock."""

from __future__ import annotations

import io
import json
import os
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

ECHO, FAIL, SLEEP, COUNT = (f"handlers_for_tests:{name}" for name in ("echo", "fail", "sleep", "count"))


def code(text: str = "") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("handler.py", f"# {text}\n")
    return archive.getvalue()


class Functions:
    """Lambda, with a function that is made and changed in one word."""

    def __init__(self, sandbox: Any, aws: Any) -> None:
        self.sandbox, self.client = sandbox, aws("lambda")
        trust = {"Version": "2012-10-17", "Statement": []}
        self.role = aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.tell("/handlers", function_name="unused", handler=ECHO, path=str(Path(__file__).parent))

    def tell(self, route: str, **message: Any) -> int:
        request = urllib.request.Request(
            f"{self.sandbox.url}/_sandbox{route}", json.dumps(message).encode(), method="POST"
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    def make(self, handler: str | None, name: str = "f", **options: Any) -> dict[str, Any]:
        variables = {"TABLE": "t"} | ({"OPSLIB_SANDBOX_HANDLER": handler} if handler else {})
        return self.client.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=self.role,
            Handler="handler.handle",
            Code={"ZipFile": code()},
            Environment={"Variables": variables},
            **options,
        )

    def invoke(self, name: str = "f", payload: Any = None, **options: Any) -> dict[str, Any]:
        body = {} if payload is None else {"Payload": json.dumps(payload)}
        answer = self.client.invoke(FunctionName=name, **body, **options)
        return {**answer, "result": json.loads(answer["Payload"].read() or b"null")}

    def settle(self) -> None:
        self.sandbox.clock.advance(5)

    def change(self, **changes: Any) -> dict[str, Any]:
        changed = self.client.update_function_configuration(FunctionName="f", **changes)
        self.settle()
        return changed


@pytest.fixture
def functions(account, aws):
    return Functions(account, aws)


def test_a_handler_gets_its_event_context_and_environment(functions):
    functions.make(ECHO)
    answer = functions.invoke(payload={"a": 1})
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert answer["result"] == {
        "event": {"a": 1},
        "version": "$LATEST",
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "has_time": True,
        "table": "t",
        "function": "f",
    }


def test_a_handler_can_be_registered(functions):
    functions.make(None)
    assert functions.tell("/handlers", function_name="f", handler=FAIL) == 200
    assert functions.invoke()["FunctionError"] == "Unhandled"
    assert functions.tell("/handlers", function_name="f", handler="nowhere:at_all") == 400
    assert functions.tell("/handlers", function_name="f", handler="no handler") == 400


def test_an_error_has_the_form_of_the_runtime(functions):
    functions.make(FAIL)
    answer = functions.invoke(payload="x")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["result"]["errorType"] == "ValueError"
    assert answer["result"]["errorMessage"] == "no good: x"
    assert any("handlers_for_tests" in line for line in answer["result"]["stackTrace"])


def test_a_handler_has_its_timeout_in_real_time(functions):
    functions.make(SLEEP, Timeout=1)
    answer = functions.invoke()
    assert answer["FunctionError"] == "Unhandled"
    assert answer["result"]["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_a_handler_calls_the_sandbox_and_its_own_service(functions, aws):
    table(aws)
    functions.make(COUNT)
    assert functions.invoke(payload={"name": "n"})["result"] == 1
    assert times(aws, "n") == 1
    assert "lambda-f" in {call.actor for call in functions.sandbox.calls()}


def test_a_function_is_known_by_its_own_name_whatever_ran_in_this_process_before(functions, aws):
    table(aws)
    for name in ("f", "g"):
        functions.make(COUNT, name)
        functions.invoke(name, payload={"name": name})
    writers = {call.actor for call in functions.sandbox.calls() if call.operation == "UpdateItem"}
    assert writers == {"lambda-f", "lambda-g"}


def test_what_was_not_there_is_not_found(functions, refused):
    functions.make(ECHO)
    for name, qualifier in (("other", None), ("f", "7"), ("f", "live")):
        options = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
        assert refused(functions.client.invoke, **options)[0] == "ResourceNotFoundException"


def test_versions_keep_what_they_were_published_with(functions):
    functions.make(ECHO)
    first = functions.client.publish_version(FunctionName="f")
    assert first["Version"] == "1"
    functions.change(Environment={"Variables": {"OPSLIB_SANDBOX_HANDLER": FAIL}})
    assert functions.client.publish_version(FunctionName="f")["Version"] == "2"
    assert "FunctionError" not in functions.invoke(Qualifier="1", payload={})
    assert functions.invoke(Qualifier="2", payload={})["FunctionError"] == "Unhandled"
    assert functions.invoke("f:1", payload={})["ExecutedVersion"] == "1"
    assert functions.invoke(first["FunctionArn"], payload={})["ExecutedVersion"] == "1"


def test_nothing_new_publishes_nothing_and_numbers_are_not_used_again(functions):
    functions.make(ECHO)
    publish = functions.client.publish_version
    assert publish(FunctionName="f")["Version"] == "1"
    assert publish(FunctionName="f")["Version"] == "1"
    functions.change(Timeout=9)
    assert publish(FunctionName="f")["Version"] == "2"
    functions.client.delete_function(FunctionName="f", Qualifier="2")
    functions.change(Timeout=10)
    assert publish(FunctionName="f")["Version"] == "3"


def test_an_alias_points_where_it_was_last_set_to(functions):
    functions.make(ECHO)
    functions.client.publish_version(FunctionName="f")
    functions.change(Environment={"Variables": {"OPSLIB_SANDBOX_HANDLER": FAIL}})
    functions.client.publish_version(FunctionName="f")
    functions.client.create_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert functions.invoke(Qualifier="live", payload={})["FunctionError"] == "Unhandled"
    functions.client.update_alias(FunctionName="f", Name="live", FunctionVersion="1")
    answer = functions.invoke(Qualifier="live", payload={})
    assert answer["ExecutedVersion"] == "1"
    assert answer["result"]["arn"].endswith(":function:f:live")


def test_an_aliass_weights_share_its_invocations(functions, refused):
    functions.make(ECHO)
    functions.client.publish_version(FunctionName="f")
    functions.change(Timeout=9)
    functions.client.publish_version(FunctionName="f")
    alias = {"FunctionName": "f", "Name": "live"}
    functions.client.create_alias(**alias, FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}})
    ran = [functions.invoke(Qualifier="live", payload={})["ExecutedVersion"] for _ in range(60)]
    assert 6 <= ran.count("2") <= 32
    for weights in ({"9": 0.1}, {"1": 0.1}, {"$LATEST": 0.1}, {"2": 1.5}):
        code_, _ = refused(functions.client.update_alias, **alias, RoutingConfig={"AdditionalVersionWeights": weights})
        assert code_ in ("InvalidParameterValueException", "ResourceNotFoundException")
    functions.client.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {}})
    assert {functions.invoke(Qualifier="live", payload={})["ExecutedVersion"] for _ in range(20)} == {"1"}


def test_an_outdated_revision_id_is_refused(functions, refused):
    functions.make(ECHO)
    client = functions.client
    seen = client.get_function_configuration(FunctionName="f")["RevisionId"]
    assert client.get_function(FunctionName="f")["Configuration"]["RevisionId"] == seen
    functions.change(Timeout=9)  # somebody else
    for operation, parameters in (
        (client.update_function_configuration, {"Timeout": 10}),
        (client.update_function_code, {"ZipFile": code("new")}),
        (client.publish_version, {}),
    ):
        assert refused(operation, FunctionName="f", RevisionId=seen, **parameters)[0] == "PreconditionFailedException"
    now = client.get_function_configuration(FunctionName="f")["RevisionId"]
    client.update_function_configuration(FunctionName="f", Timeout=10, RevisionId=now)


def test_an_outdated_revision_id_of_an_alias_is_refused(functions, refused):
    functions.make(ECHO)
    functions.client.publish_version(FunctionName="f")
    alias = {"FunctionName": "f", "Name": "live"}
    made = functions.client.create_alias(**alias, FunctionVersion="1")["RevisionId"]
    changed = functions.client.update_alias(**alias, Description="somebody else")["RevisionId"]
    assert functions.client.get_alias(**alias)["RevisionId"] == changed != made
    code_, message = refused(functions.client.update_alias, **alias, FunctionVersion="$LATEST", RevisionId=made)
    assert code_ == "PreconditionFailedException"
    assert "Call the GetAlias API" in message
    assert functions.client.get_alias(**alias)["FunctionVersion"] == "1"


def test_an_update_takes_a_while_and_keeps_others_out(functions, refused):
    functions.make(ECHO)
    client = functions.client
    client.update_function_configuration(FunctionName="f", Timeout=9)
    assert client.get_function_configuration(FunctionName="f")["LastUpdateStatus"] == "InProgress"
    assert refused(client.publish_version, FunctionName="f")[0] == "ResourceConflictException"
    code_, _ = refused(client.update_function_code, FunctionName="f", ZipFile=code("new"))
    assert code_ == "ResourceConflictException"
    functions.settle()
    assert client.get_function_configuration(FunctionName="f")["LastUpdateStatus"] == "Successful"
    assert client.publish_version(FunctionName="f")["Version"] == "1"


def test_code_that_is_published_in_one_call_is_one_version(functions):
    functions.make(ECHO)
    before = functions.client.get_function_configuration(FunctionName="f")["CodeSha256"]
    published = functions.client.update_function_code(FunctionName="f", ZipFile=code("new"), Publish=True)
    assert published["Version"] == "1"
    assert published["CodeSha256"] != before
    functions.settle()
    dry = functions.client.update_function_code(FunctionName="f", ZipFile=code("newer"), DryRun=True)
    assert dry["CodeSha256"] == published["CodeSha256"]


def test_code_that_was_read_is_the_code_that_is_published(functions, refused):
    functions.make(ECHO)
    code_, message = refused(functions.client.publish_version, FunctionName="f", CodeSha256="x")
    assert code_ == "InvalidParameterValueException"
    assert "is different from current CodeSHA256 in $LATEST" in message


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"S3Bucket": "none", "S3Key": "k"}, "NoSuchBucket"),
        ({"S3Bucket": "code", "S3Key": "none"}, "NoSuchKey"),
        ({"S3Bucket": "code", "S3Key": "k", "S3ObjectVersion": "none"}, "NoSuchVersion"),
    ],
)
def test_code_that_is_not_in_s3_is_refused(functions, aws, refused, source, says):
    s3 = aws("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="code", Key="k", Body=code("in s3"))
    functions.make(ECHO)
    before = functions.client.get_function_configuration(FunctionName="f")
    code_, message = refused(functions.client.update_function_code, FunctionName="f", **source)
    assert code_ == "InvalidParameterValueException"
    assert says in message
    after = functions.client.get_function_configuration(FunctionName="f")
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}
    functions.client.update_function_code(FunctionName="f", S3Bucket="code", S3Key="k")
    assert functions.client.get_function_configuration(FunctionName="f")["CodeSha256"] != before["CodeSha256"]


def table(aws: Any) -> None:
    aws("dynamodb").create_table(
        TableName="counts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def times(aws: Any, name: str) -> int:
    item = aws("dynamodb").get_item(TableName="counts", Key={"pk": {"S": name}}).get("Item")
    return int(item["times"]["N"]) if item else 0


def test_an_event_is_tried_three_times(functions, aws):
    """At once, a minute later, and two minutes after that."""
    table(aws)
    functions.make(COUNT)
    answer = functions.invoke(payload={"name": "n", "fails": True}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    seen = []
    for seconds in (1, 55, 10, 100, 30, 600):
        functions.sandbox.clock.advance(seconds)
        seen.append(times(aws, "n"))
    assert seen == [1, 1, 2, 2, 3, 3]


def test_an_event_is_tried_as_often_as_it_was_configured(functions, aws):
    table(aws)
    functions.make(COUNT)
    functions.client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    functions.invoke(payload={"name": "n", "fails": True}, InvocationType="Event")
    functions.sandbox.clock.advance(3_600)
    assert times(aws, "n") == 1


def test_a_dry_run_runs_nothing(functions, aws):
    table(aws)
    functions.make(COUNT)
    assert functions.invoke(payload={"name": "n"}, InvocationType="DryRun")["StatusCode"] == 204
    assert times(aws, "n") == 0


def test_reserved_concurrency_of_zero_stops_a_function(functions, refused):
    functions.make(ECHO)
    functions.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert refused(functions.client.invoke, FunctionName="f", Payload=b"{}")[0] == "TooManyRequestsException"


def test_invocations_show_in_the_metrics(functions, aws):
    functions.make(FAIL)
    functions.invoke(payload={})
    now = functions.sandbox.clock.now()
    found = aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "f"}],
        StartTime=now.replace(year=now.year - 1),
        EndTime=now.replace(year=now.year + 1),
        Period=86_400,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [1]


def test_the_sandboxs_environment_is_as_before(functions):
    functions.make(ECHO)
    functions.invoke(payload={})
    assert "AWS_LAMBDA_FUNCTION_NAME" not in os.environ
