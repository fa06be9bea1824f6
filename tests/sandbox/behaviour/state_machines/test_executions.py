"""Executions on the sandbox's clock: an hour of waiting in one call, in order with everything else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

SUCCEED = {"Type": "Succeed"}


def test_an_hour_of_waiting_is_one_call(machines):
    arn = machines.start(
        machines.make("A", A={"Type": "Wait", "Seconds": 3_600, "Next": "B"}, B={"Type": "Pass", "End": True}), {"a": 1}
    )
    machines.sandbox.clock.advance(3_590)
    assert machines.see(arn)["status"] == "RUNNING"
    machines.sandbox.clock.advance(20)
    seen = machines.see(arn)
    assert (seen["status"], json.loads(seen["output"])) == ("SUCCEEDED", {"a": 1})
    assert timedelta(seconds=3_600) <= seen["stopDate"] - seen["startDate"] < timedelta(seconds=3_605)
    assert machines.history(arn) == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_it_waits_as_long_as_its_input_says(machines):
    until = machines.sandbox.clock.now() + timedelta(seconds=600)
    arn = machines.start(
        machines.make(
            "A",
            A={"Type": "Wait", "TimestampPath": "$.until", "Next": "B"},
            B={"Type": "Wait", "SecondsPath": "$.then", "End": True},
        ),
        {"until": until.isoformat(), "then": 300},
    )
    machines.sandbox.clock.advance(890)
    assert machines.see(arn)["status"] == "RUNNING"
    machines.sandbox.clock.advance(20)
    assert machines.see(arn)["status"] == "SUCCEEDED"


def test_executions_and_everything_else_happen_in_order(machines):
    """A state machine that scales a service down and up again, with somebody looking in between."""
    ecs = machines.aws("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(family="api", containerDefinitions=[{"name": "api", "image": "i", "memory": 128}])
    ecs.create_service(cluster="shop", serviceName="api", taskDefinition="api", desiredCount=2)

    def scale(count: int, **more: Any) -> dict[str, Any]:
        parameters = {"Cluster": "shop", "Service": "api", "DesiredCount": count}
        resource = "arn:aws:states:::aws-sdk:ecs:updateService"
        return {"Type": "Task", "Resource": resource, "Parameters": parameters, **more}

    states = {
        "A": scale(5, ResultSelector={"now.$": "$.Service.DesiredCount"}, ResultPath="$.first", Next="B"),
        "B": {"Type": "Wait", "Seconds": 60, "Next": "C"},
        "C": scale(3, ResultPath=None, End=True),
    }
    arn = machines.start(machines.make("A", **states), {"why": "test"})
    seen = []
    for seconds in (5, 50, 10):
        machines.sandbox.clock.advance(seconds)
        seen.append(ecs.describe_services(cluster="shop", services=["api"])["services"][0]["desiredCount"])
    assert seen == [5, 5, 3]
    assert machines.output(arn) == {"why": "test", "first": {"now": 5}}
    counted = [call.operation for call in machines.sandbox.calls()]
    assert "UpdateService" not in counted  # the service calls, not the user


def test_a_choice_goes_its_way(machines):
    states = {
        "A": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Big"}],
            "Default": "Small",
        },
        "Big": {"Type": "Pass", "Result": "big", "End": True},
        "Small": {"Type": "Pass", "Result": "small", "End": True},
    }
    arn = machines.make("A", **states)
    assert machines.output(machines.start(arn, {"n": 9})) == "big"
    assert machines.output(machines.start(arn, {"n": 1})) == "small"


def test_a_function_is_a_task_in_both_ways(machines):
    arn = machines.function("f", "echo")
    states = {
        "A": {"Type": "Task", "Resource": arn, "ResultSelector": {"got.$": "$.event"}, "Next": "B"},
        "B": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload": {"before.$": "$.got", "id.$": "$$.Execution.Name"}},
            "OutputPath": "$.Payload.event",
            "End": True,
        },
    }
    execution = machines.start(machines.make("A", **states), {"a": 1}, name="one")
    assert machines.output(execution) == {"before": {"a": 1}, "id": "one"}
    assert machines.history(execution)[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]


def test_a_failing_task_is_tried_again_with_growing_pauses_and_then_caught(machines):
    retry = {"ErrorEquals": ["RuntimeError"], "IntervalSeconds": 10, "BackoffRate": 3, "MaxAttempts": 2}
    catch = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "B"}
    arn = machines.start(
        machines.make(
            "A",
            A=machines.counting("n", Retry=[retry], Catch=[catch], Next="C"),
            B={"Type": "Pass", "End": True},
            C=SUCCEED,
        ),
        {"a": 1},
    )
    seen = []
    for seconds in (3, 5, 5, 20, 15):  # tried at 0, 10 and 40 seconds
        machines.sandbox.clock.advance(seconds)
        seen.append(machines.times("n"))
    assert seen == [1, 1, 2, 2, 3]
    output = machines.output(arn)
    assert (output["a"], output["why"]["Error"]) == (1, "RuntimeError")
    assert json.loads(output["why"]["Cause"])["errorMessage"] == "counted, then failed"


def test_a_failure_that_nobody_catches_ends_the_execution(machines):
    missing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ecs:updateService",
        "Parameters": {"Cluster": "none", "Service": "x"},
        "End": True,
    }
    arn = machines.start(machines.make("A", A=missing))
    machines.sandbox.clock.advance(5)
    seen = machines.see(arn)
    assert (seen["status"], seen["error"]) == ("FAILED", "Ecs.ClusterNotFoundException")
    assert machines.history(arn)[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_fail_gives_its_error(machines):
    arn = machines.start(machines.make("A", A={"Type": "Fail", "Error": "Bad", "CausePath": "$.why"}), {"why": "so"})
    machines.sandbox.clock.advance(5)
    seen = machines.see(arn)
    assert (seen["status"], seen["error"], seen["cause"]) == ("FAILED", "Bad", "so")


def test_branches_run_beside_one_another(machines):
    def wait(seconds: int, result: str) -> dict[str, Any]:
        return {
            "StartAt": "W",
            "States": {
                "W": {"Type": "Wait", "Seconds": seconds, "Next": "R"},
                "R": {"Type": "Pass", "Result": result, "End": True},
            },
        }

    states = {"A": {"Type": "Parallel", "Branches": [wait(60, "slow"), wait(10, "fast")], "End": True}}
    arn = machines.start(machines.make("A", **states))
    machines.sandbox.clock.advance(50)
    assert machines.see(arn)["status"] == "RUNNING"
    assert machines.output(arn, after=15) == ["slow", "fast"]


def test_one_branch_that_fails_ends_the_others(machines):
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad"}}}
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    catch = [{"ErrorEquals": ["Bad"], "ResultPath": "$.why", "Next": "B"}]
    states = {
        "A": {"Type": "Parallel", "Branches": [waits, fails], "Catch": catch, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 120, "End": True},  # the branch that waits would end meanwhile
    }
    arn = machines.start(machines.make("A", **states))
    assert machines.output(arn, after=130)["why"]["Error"] == "Bad"
    assert machines.history(arn).count("WaitStateExited") == 1


def test_a_map_runs_for_each_item(machines):
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    selector = {"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "of.$": "$.of"}
    states = {
        "A": {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "ItemProcessor": processor, "End": True}
    }
    assert machines.run({"items": ["x", "y"], "of": 2}, **states) == [
        {"n": "x", "at": 0, "of": 2},
        {"n": "y", "at": 1, "of": 2},
    ]


def test_an_execution_has_its_time(machines):
    arn = machines.start(machines.make("A", timeout=60, A={"Type": "Wait", "Seconds": 600, "End": True}))
    machines.sandbox.clock.advance(70)
    assert machines.see(arn)["status"] == "TIMED_OUT"


def test_a_stopped_execution_does_no_more(machines):
    arn = machines.start(
        machines.make("A", A={"Type": "Wait", "Seconds": 60, "Next": "B"}, B=machines.counting("n", End=True))
    )
    machines.sandbox.clock.advance(5)
    machines.client.stop_execution(executionArn=arn, error="Enough", cause="test")
    machines.sandbox.clock.advance(600)
    seen = machines.see(arn)
    assert (seen["status"], seen["error"]) == ("ABORTED", "Enough")
    assert machines.times("n") == 0
    assert machines.history(arn)[-1] == "ExecutionAborted"


def test_eventbridge_starts_it_and_hears_of_its_end(machines):
    arn = machines.make("A", A={"Type": "Pass", "End": True})
    events, sqs = machines.aws("events"), machines.aws("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    events.put_rule(Name="go", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="go", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
    ended = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    events.put_rule(Name="ended", EventPattern=json.dumps(ended))
    queue = "arn:aws:sqs:eu-west-1:123456789012:q"
    events.put_targets(Rule="ended", Targets=[{"Id": "1", "Arn": queue, "InputPath": "$.detail.output"}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "Bad", "Detail": '{"service": "api"}'}])
    machines.sandbox.clock.advance(5)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(json.loads(message["Body"])) == {"service": "api"}
