"""What SQS publishes of queues: `AWS/SQS`, of those that are active.

AWS, "Available CloudWatch metrics for Amazon SQS": a queue is active for six hours after it held a message or was used.
Here only what it holds counts, for the daemons of a product are not in the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from moto.sqs.models import sqs_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions

__all__ = ["queue_samples"]

NAMESPACE = "AWS/SQS"
ACTIVE = timedelta(hours=6)

_RECORD = "queues that held messages"


def queue_samples(account: Account, region: str, now: datetime) -> Iterator[Sample]:
    """All samples of a minute.

    Args:
        account: The account.
        region: Where the queues are.
        now: When the minute begins.
    """
    held = account.record(_RECORD, region)
    for name, queue in list(sqs_backends[account.account_id][region].queues.items()):
        visible, hidden = queue.approximate_number_of_messages, queue.approximate_number_of_messages_not_visible
        if visible or hidden:
            held[name] = now
        if name not in held or now - held[name] > ACTIVE:
            continue
        where = dimensions(QueueName=name)
        yield Sample(NAMESPACE, "ApproximateNumberOfMessagesVisible", where, {float(visible): 1.0}, "Count")
        yield Sample(NAMESPACE, "ApproximateNumberOfMessagesNotVisible", where, {float(hidden): 1.0}, "Count")
