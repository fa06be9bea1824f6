"""A bad release, its alarm, EventBridge, the state machine, opslib in Lambda: and the service is back."""

from __future__ import annotations

import json

import pytest

from opslib.guard.proposals import Proposals
from opslib.sandbox import Fault
from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import REGION, SYMPTOM

pytestmark = pytest.mark.feature("M25")


def bad_release(guarded: Guarded, minutes: float = 25) -> None:
    """A release whose alarm rings, and time for what follows; the alarm rests when the old revision serves."""
    guarded.release(wait=0)
    settle(guarded, minutes)


def settle(guarded: Guarded, minutes: float = 25) -> None:
    for _ in range(round(minutes * 2)):
        if guarded.running() == "shop-api:3":
            guarded.alarm("OK")
        guarded.wait(30)


def test_a_bad_release_is_rolled_back_and_the_service_held(guarded: Guarded) -> None:
    bad_release(guarded)
    [execution] = guarded.executions()
    assert execution["status"] == "SUCCEEDED", execution
    assert guarded.said()["exitCode"] == 0
    assert guarded.running() == "shop-api:3"
    [entry] = guarded.journal().history()
    assert (entry.procedure, entry.actor) == ("rollback.service", f"automatic: {SYMPTOM}")
    assert {call.actor for call in guarded.sandbox.calls() if call.operation == "UpdateService"} == {
        "deployer",
        f"lambda-{PREFIX}-auto-rollback",
    }

    # It rings again: the hold that was set stands for the cool-down.
    guarded.alarm("ALARM")
    guarded.wait(60)
    assert guarded.said()["state"] == "nothing"
    assert "held before" in guarded.said()["why"]
    assert len(guarded.journal().history()) == 1


def test_a_proposal_changes_nothing_and_is_told(guarded: Guarded) -> None:
    guarded.tell_mode("propose")
    subscribe(guarded)
    bad_release(guarded, minutes=3)
    assert guarded.said()["state"] == "proposed"
    assert guarded.running() == "shop-api:4"
    [proposal] = Proposals(guarded.journal().store).all()
    assert (proposal.service, proposal.alarm, proposal.to.rpartition("/")[2]) == ("api", SYMPTOM, "shop-api:3")
    told = guarded.sandbox.client("sqs", REGION).receive_message(QueueUrl=url(guarded))["Messages"]
    assert "opslib rollback service api --to shop-api:3 --stack shop/prod" in json.loads(told[0]["Body"])["Message"]


def test_it_gets_there_through_whatever_goes_wrong(guarded: Guarded) -> None:
    """Throttled, with lost answers and a function that cannot be invoked for a minute: it ends in the same way."""
    who = f"lambda-{PREFIX}-auto-rollback"
    guarded.sandbox.faults(
        Fault.throttle("ecs", "DescribeServices", actor=who, nth=3, times=2),
        Fault.lost_response("ecs", "UpdateService", actor=who, nth=1),
        Fault.internal_error("dynamodb", "PutItem", actor=who, nth=2, times=2),
        Fault.lost_response("dynamodb", "PutItem", actor=who, nth=9),
    )
    functions = guarded.sandbox.client("lambda", REGION)
    functions.put_function_concurrency(FunctionName=f"{PREFIX}-auto-rollback", ReservedConcurrentExecutions=0)
    guarded.release(wait=60)
    assert guarded.executions()[0]["status"] == "RUNNING"
    functions.delete_function_concurrency(FunctionName=f"{PREFIX}-auto-rollback")
    settle(guarded)
    assert {fired.kind for fired in guarded.sandbox.fired()} == {"throttle", "lost_response", "internal_error"}
    assert [one["status"] for one in guarded.executions()] == ["SUCCEEDED"]
    assert guarded.running() == "shop-api:3"
    assert len(guarded.journal().history()) == 1


def test_when_opslib_cannot_be_called_at_all_somebody_else_says_so(guarded: Guarded) -> None:
    subscribe(guarded)
    guarded.sandbox.client("lambda", REGION).put_function_concurrency(
        FunctionName=f"{PREFIX}-auto-rollback", ReservedConcurrentExecutions=0
    )
    guarded.release(wait=1200)
    assert guarded.executions()[0]["status"] == "FAILED"
    [told] = guarded.sandbox.client("sqs", REGION).receive_message(QueueUrl=url(guarded))["Messages"]
    assert json.loads(told["Body"])["Subject"] == f"{PREFIX}: automatic rollback does not work"


def subscribe(guarded: Guarded) -> None:
    topic = f"arn:aws:sns:{REGION}:123456789012:{PREFIX}-info"
    guarded.sandbox.client("sns", REGION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue(guarded))


def queue(guarded: Guarded) -> str:
    made = guarded.sandbox.client("sqs", REGION).create_queue(QueueName="people")
    assert made
    return f"arn:aws:sqs:{REGION}:123456789012:people"


def url(guarded: Guarded) -> str:
    return str(guarded.sandbox.client("sqs", REGION).get_queue_url(QueueName="people")["QueueUrl"])


def test_an_alarm_that_rings_while_the_deployment_is_under_way_is_not_forgotten(guarded: Guarded) -> None:
    guarded.sandbox.behaviour(ecs={"start_seconds": 120})
    guarded.push("2.15.0", "2.15.0")
    arn = guarded.register("2.15.0")
    guarded.ecs.update_service(cluster="shop", service="api", taskDefinition=arn)
    guarded.wait(20)
    guarded.alarm("ALARM")
    guarded.wait(30)
    assert guarded.executions()[0]["status"] == "RUNNING"
    assert guarded.journal().history() == ()
    settle(guarded)
    assert [one["status"] for one in guarded.executions()] == ["SUCCEEDED"]
    assert guarded.said()["exitCode"] == 0
    assert guarded.running() == "shop-api:3"
