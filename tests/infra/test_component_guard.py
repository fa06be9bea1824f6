"""The components that guard a stack, each in a stranger's program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.auto_rollback import AutoRollback
from infra.components.ops_function import OpsFunction
from infra.components.recorder import Recorder
from infra.components.roles import Roles
from opslib.sandbox.programs.in_process import Resource, Run
from tests.infra.shop import ACCOUNT, TOPICS, of_type, only, run

STATEMENT = {"Sid": "Look", "Effect": "Allow", "Action": "ecs:DescribeServices", "Resource": "arn:aws:ecs:x:y:z"}
SERVICES = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/shop/"


def document(resource: Resource, name: str = "policy") -> list[dict[str, Any]]:
    return list(json.loads(resource.inputs[name])["Statement"])


@pytest.fixture(scope="module")
def function() -> Run:
    def program() -> None:
        made = OpsFunction(
            "summary",
            {
                "function_name": "shop-summary",
                "handler": "opslib.guard.recorder.handler",
                "statements": [STATEMENT],
                "environment": {"OPSLIB_STACK": "shop/prod"},
                "reserved_concurrency": 2,
                "tags": {"team": "web"},
                "protect": True,
            },
        )
        made.let("morning", "scheduler.amazonaws.com", "arn:aws:scheduler:eu-west-1:123456789012:schedule/x/y")

    return run(program)


@pytest.mark.feature("M25")
def test_a_function_has_exactly_what_it_was_given_and_its_own_log_and_queue(function: Run) -> None:
    statements = document(only(function, "aws:iam/rolePolicy:RolePolicy"))
    assert statements[0] == STATEMENT
    assert [one["Action"] for one in statements[1:]] == [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        "sqs:SendMessage",
    ]
    assert "*" not in [one["Resource"] for one in statements]
    log_group, queue = only(function, "aws:cloudwatch/logGroup:LogGroup"), only(function, "aws:sqs/queue:Queue")
    assert (log_group.inputs["name"], log_group.inputs["retentionInDays"]) == ("/aws/lambda/shop-summary", 30)
    assert queue.inputs["sqsManagedSseEnabled"] is True
    assert log_group.protect
    assert queue.protect
    made = only(function, "aws:lambda/function:Function")
    assert made.inputs["deadLetterConfig"] == {"targetArn": queue.outputs["arn"]}
    assert made.inputs["reservedConcurrentExecutions"] == 2
    assert made.inputs["publish"] is True
    permission = only(function, "aws:lambda/permission:Permission")
    assert permission.inputs["principal"] == "scheduler.amazonaws.com"
    assert permission.inputs["sourceArn"].endswith("schedule/x/y")


@pytest.mark.feature("R1")
def test_the_recorder_hears_of_completed_deployments_of_the_stacks_clusters_and_looks_every_hour() -> None:
    def program() -> None:
        Recorder(
            "recorder",
            {"prefix": "shop", "service_prefixes": [SERVICES], "statements": [STATEMENT], "environment": {}},
        )

    rules = of_type(run(program), "aws:cloudwatch/eventRule:EventRule")
    pattern = json.loads(rules["recorder-deployed"].inputs["eventPattern"])
    assert pattern["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]}
    assert pattern["resources"] == [{"prefix": SERVICES}]
    assert rules["recorder-hourly"].inputs["scheduleExpression"] == "rate(1 hour)"


def going_back(alarms: list[str]) -> Run:
    def program() -> None:
        AutoRollback(
            "auto-rollback",
            {
                "prefix": "shop",
                "account": ACCOUNT,
                "partition": "aws",
                "region": "eu-west-1",
                "alarms": alarms,
                "statements": [STATEMENT],
                "environment": {"OPSLIB_STACK": "shop/prod"},
                "topic": TOPICS["info"],
                "topic_statements": [],
            },
        )

    return run(program)


@pytest.mark.feature("M25")
def test_only_the_rule_may_start_it_and_what_it_cannot_start_is_kept() -> None:
    ran = going_back(["shop-api-errors"])
    queue = of_type(ran, "aws:sqs/queue:Queue")["auto-rollback-unheard"]
    [statement] = document(queue)
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/shop-auto-rollback"}
    }
    target = only(ran, "aws:cloudwatch/eventTarget:EventTarget")
    assert target.inputs["deadLetterConfig"] == {"arn": queue.outputs["arn"]}
    machine = only(ran, "aws:sfn/stateMachine:StateMachine")
    states = json.loads(machine.inputs["definition"])["States"]
    versioned = only(ran, "aws:lambda/function:Function").outputs["qualifiedArn"]
    assert {states[name]["Resource"] for name in ("Decide", "Advance")} == {versioned}
    assert states["Tell"]["Resource"] == "arn:aws:states:::sns:publish"


@pytest.mark.feature("M25")
@pytest.mark.parametrize("count", [1, 30, 300])
def test_its_pattern_fits_however_many_alarms_there_are(count: int) -> None:
    names = [f"shop-service-{number}-target-errors-critical" for number in range(count)]
    text = only(going_back(names), "aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"]
    assert len(text) <= 2048
    asked = json.loads(text)["detail"]["alarmName"]
    assert asked == sorted(names) if count < 30 else [{"prefix": "shop-"}]


@pytest.mark.feature("S1")
def test_roles_are_what_they_were_given_and_a_told_one_is_told() -> None:
    trust = {
        "Sid": "Ada",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::1:user/ada"},
        "Action": "sts:AssumeRole",
    }

    def program() -> None:
        Roles(
            "roles",
            {
                "topic": TOPICS["critical"],
                "roles": {
                    key: {
                        "role_name": f"shop-{key}",
                        "description": "acts",
                        "trust": [trust],
                        "statements": [STATEMENT],
                        "session_seconds": 3600,
                        "told": key == "break-glass",
                    }
                    for key in ("operator", "break-glass")
                },
            },
        )

    ran = run(program)
    roles = of_type(ran, "aws:iam/role:Role")
    assert {role.inputs["name"] for role in roles.values()} == {"shop-operator", "shop-break-glass"}
    assert all(document(role, "assumeRolePolicy") == [trust] for role in roles.values())
    rule = only(ran, "aws:cloudwatch/eventRule:EventRule")
    asked = json.loads(rule.inputs["eventPattern"])["detail"]["requestParameters"]["roleArn"]
    assert asked == [roles["roles-break-glass"].outputs["arn"]]
    told = json.loads(only(ran, "aws:cloudwatch/eventTarget:EventTarget").inputs["inputTransformer"]["inputTemplate"])
    assert (told["AlarmName"], told["NewStateValue"]) == ("shop-break-glass-taken-on", "ALARM")
