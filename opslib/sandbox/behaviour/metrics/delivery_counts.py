"""What SNS publishes of itself: how many messages of a topic were delivered, filtered out, or failed.

AWS, "Monitoring Amazon SNS topics using CloudWatch": `AWS/SNS` by TopicName, each delivery a sample of 1. A body that a
filter on the body cannot read counts as filtered out, and by a metric of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from opslib.sandbox.behaviour.metrics.world import publish

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["DELIVERED", "FAILED", "FILTERED_OUT", "count_delivery", "count_filtered_out"]

NAMESPACE: Final = "AWS/SNS"
DELIVERED: Final = "NumberOfNotificationsDelivered"
FAILED: Final = "NumberOfNotificationsFailed"
FILTERED_OUT: Final = "NumberOfNotificationsFilteredOut"
INVALID_BODY: Final = f"{FILTERED_OUT}-InvalidMessageBody"


def count_delivery(account: Account, subscription: Any, metric: str) -> None:
    """Count what became of one message for one subscription.

    Args:
        account: The sandbox's account.
        subscription: moto's record of the subscription.
        metric: `DELIVERED`, `FAILED` or `FILTERED_OUT`.
    """
    region, topic = subscription.topic_arn.split(":")[3], subscription.topic_arn.rpartition(":")[2]
    with account.schedule.lock:
        publish(account, region, NAMESPACE, metric, {"TopicName": topic}, 1.0, "Count")


def count_filtered_out(account: Account, subscription: Any, message: str) -> None:
    """Count a message that a subscription's filter did not let pass, and why where its body could not be read.

    Args:
        account: The sandbox's account.
        subscription: moto's record of the subscription.
        message: What was published.
    """
    count_delivery(account, subscription, FILTERED_OUT)
    if subscription.attributes.get("FilterPolicyScope") == "MessageBody" and not _is_object(message):
        count_delivery(account, subscription, INVALID_BODY)


def _is_object(message: str) -> bool:
    try:
        return isinstance(json.loads(message), dict)
    except ValueError:
        return False
