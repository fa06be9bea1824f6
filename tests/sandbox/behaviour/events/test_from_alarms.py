"""From an alarm to what it sets off: by EventBridge a function and a state machine, and a function directly."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest


@pytest.fixture
def world(account, aws):
    home = str(Path(__file__).parent.parent / "functions")
    message = {"function_name": "guard", "handler": "handlers_for_tests:count", "path": home}
    request = urllib.request.Request(f"{account.url}/_sandbox/handlers", json.dumps(message).encode())
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    function = aws("lambda").create_function(
        FunctionName="guard", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": b""}
    )["FunctionArn"]
    aws("dynamodb").create_table(
        TableName="counts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {"function": function, "role": role}


def put_alarm(aws, **options):
    aws("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        **options,
    )


def times(aws, name):
    item = aws("dynamodb").get_item(TableName="counts", Key={"pk": {"S": name}}).get("Item")
    return int(item["times"]["N"]) if item else 0


RULE = {"source": ["aws.cloudwatch"], "detail": {"alarmName": ["errors"], "state": {"value": ["ALARM"]}}}
TEMPLATE = {"InputPathsMap": {"name": "$.detail.alarmName"}, "InputTemplate": '{"name": <name>}'}


def test_an_alarm_sets_off_a_function_by_eventbridge(account, aws, world):
    put_alarm(aws)
    events = aws("events")
    events.put_rule(Name="r", EventPattern=json.dumps(RULE))
    target = {"Id": "1", "Arn": world["function"], "InputTransformer": TEMPLATE}
    events.put_targets(Rule="r", Targets=[target])
    aws("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 9}])
    account.clock.advance(180)
    assert times(aws, "errors") == 1


def test_an_alarm_sets_off_a_state_machine_that_waits_and_acts(account, aws, world):
    put_alarm(aws)
    states = {
        "Wait": {"Type": "Wait", "Seconds": 300, "Next": "Act"},
        "Act": {"Type": "Task", "Resource": world["function"], "End": True},
    }
    machine = aws("stepfunctions").create_state_machine(
        name="m", definition=json.dumps({"StartAt": "Wait", "States": states}), roleArn=world["role"]
    )["stateMachineArn"]
    events = aws("events")
    events.put_rule(Name="r", EventPattern=json.dumps(RULE))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": machine, "InputTransformer": TEMPLATE}])
    aws("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    account.clock.advance(290)
    assert times(aws, "errors") == 0
    account.clock.advance(20)
    assert times(aws, "errors") == 1


def test_a_function_can_be_an_alarms_action(account, aws, world):
    put_alarm(aws, AlarmActions=[world["function"]])
    aws("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    account.clock.advance(1)
    now = account.clock.now()
    found = aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": "guard"}],
        StartTime=now.replace(year=now.year - 1),
        EndTime=now.replace(year=now.year + 1),
        Period=86_400,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in found["Datapoints"]) >= 1
