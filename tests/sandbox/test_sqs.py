"""What is relied on of queues."""

from __future__ import annotations

import pytest

from opslib.sandbox import Sandbox
from tests.conftest import REGION


@pytest.mark.feature("M25")
def test_messages_are_handed_out_once_while_they_are_hidden_and_gone_with_their_receipt(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", REGION)
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def received() -> list[dict[str, str]]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        return list(found.get("Messages", ()))

    first, then = received(), received()
    assert (len(first), len(then), received()) == (10, 2, [])
    for message in first:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sandbox.clock.advance(61)
    assert sorted(message["Body"] for message in received()) == sorted(message["Body"] for message in then)
