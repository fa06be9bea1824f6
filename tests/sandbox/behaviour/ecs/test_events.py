"""What ECS says on the default event bus: rules of anybody take it from there."""

from __future__ import annotations

import json

import pytest

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def heard(shop):
    """Reads, in order, the events of ECS that were sent since the last time."""
    sqs, events = shop.sandbox.client("sqs"), shop.sandbox.client("events")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    events.put_targets(Rule="ecs", Targets=[{"Id": "1", "Arn": arn}])

    def read(detail_type):
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in found if event["detail-type"] == detail_type]

    return read


def test_a_deployment_that_fails_and_is_rolled_back(shop, heard):
    before = shop.service()["deployments"][0]["id"]
    bad = shop.register(dockerLabels={"sandbox.crashes_after_seconds": "1"})
    shop.update(taskDefinition=bad, deploymentConfiguration=BREAKER)
    failed = shop.service()["deployments"][0]["id"]
    shop.wait(60)
    events = heard("ECS Deployment State Change")
    assert [(e["detail"]["eventType"], e["detail"]["eventName"], e["detail"]["deploymentId"]) for e in events] == [
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", failed),
        ("ERROR", "SERVICE_DEPLOYMENT_FAILED", failed),
        ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS", before),
        ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", before),
    ]
    assert [e["detail"]["reason"] for e in events] == [
        f"ECS deployment {failed} in progress.",
        "ECS deployment circuit breaker: tasks failed to start.",
        f"ECS deployment circuit breaker: rolling back to deploymentId {before}.",
        f"ECS deployment {before} completed.",
    ]
    assert events[0]["resources"] == [shop.service()["serviceArn"]]
    assert events[0]["detail"]["updatedAt"].endswith("Z")


def test_a_task_tells_of_each_of_its_states(shop, heard):
    shop.update(desiredCount=4)
    shop.wait(30)
    task = shop.tasks()[-1]
    events = heard("ECS Task State Change")
    details = [event["detail"] for event in events if event["resources"] == [task["taskArn"]]]
    assert [d["lastStatus"] for d in details] == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    assert [d["version"] for d in details] == [1, 2, 3, 4]
    last = details[-1]
    assert last["group"] == "service:api"
    assert last["containers"][0]["imageDigest"].startswith("sha256:")
    assert {"updatedAt", "createdAt", "startedAt", "clusterArn", "taskDefinitionArn"} <= set(last)
    assert "healthStatus" not in last


def test_a_service_tells_of_its_steady_state_and_of_no_room(shop, heard):
    shop.update(desiredCount=4)
    shop.wait(60)
    actions = heard("ECS Service Action")
    assert [(e["detail"]["eventType"], e["detail"]["eventName"]) for e in actions] == [("INFO", "SERVICE_STEADY_STATE")]
    assert actions[0]["detail"]["clusterArn"] == shop.service()["clusterArn"]
    shop.set(most_tasks=4)
    shop.update(desiredCount=5)
    shop.wait(60)
    action = heard("ECS Service Action")[0]["detail"]
    assert (action["eventName"], action["reason"]) == ("SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:FARGATE")
