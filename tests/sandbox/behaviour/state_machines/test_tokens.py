"""Tasks that wait until somebody sends their token."""

from __future__ import annotations

import json
from typing import Any


def waiting_for_a_token(machines: Any, **more: Any) -> tuple[str, str]:
    """An execution that waits for its token, and the token, which it put into a queue."""
    sqs = machines.aws("sqs")
    url = sqs.create_queue(QueueName="tokens")["QueueUrl"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
        **more,
    }
    arn = machines.start(machines.make("A", A=task))
    machines.sandbox.clock.advance(5)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    return arn, json.loads(message["Body"])["token"]


def test_a_task_waits_until_its_token_is_sent(machines, refused):
    arn, token = waiting_for_a_token(machines)
    machines.sandbox.clock.advance(86_400)
    assert machines.see(arn)["status"] == "RUNNING"
    machines.client.send_task_success(taskToken=token, output='{"approved": true}')
    assert machines.output(arn) == {"approved": True}
    assert refused(machines.client.send_task_success, taskToken=token, output="{}")[0] == "TaskTimedOut"


def test_a_token_can_be_sent_a_failure(machines):
    arn, token = waiting_for_a_token(machines)
    machines.client.send_task_failure(taskToken=token, error="Refused", cause="by hand")
    machines.sandbox.clock.advance(1)
    assert machines.see(arn)["error"] == "Refused"


def test_a_heartbeat_keeps_a_task_alive(machines, refused):
    arn, token = waiting_for_a_token(machines, HeartbeatSeconds=60, TimeoutSeconds=200)
    for _ in range(3):
        machines.sandbox.clock.advance(50)
        machines.client.send_task_heartbeat(taskToken=token)
    assert machines.see(arn)["status"] == "RUNNING"
    machines.sandbox.clock.advance(100)
    assert machines.see(arn)["status"] != "RUNNING"
    assert refused(machines.client.send_task_heartbeat, taskToken=token)[0] == "TaskTimedOut"
