"""A topic's message invokes the function that is subscribed to it.

Source: Lambda's developer guide, "Invoking Lambda functions with Amazon SNS notifications": asynchronously, one record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke_later
from opslib.sandbox.behaviour.functions.resolving import parse_name
from opslib.sandbox.behaviour.metrics.inbox import for_protocol, passes
from opslib.sandbox.behaviour.metrics.times import stamp

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["deliver"]

_EXAMPLE = "EXAMPLE"  # as AWS's own example has it: nobody checks the signature of an event


def deliver(account: Account, subscription: Any, message: str, message_id: str, options: Mapping[str, Any]) -> None:
    """Invoke a function with a message, if the subscription's filter policy lets it pass.

    Args:
        account: The sandbox's account.
        subscription: moto's record of the subscription.
        message: What was published.
        message_id: Its id.
        options: What else was published: `subject`, `message_attributes`, `message_structure`.

    Raises:
        AwsError: There is no such function.
    """
    if not passes(subscription, options.get("message_attributes"), message):
        return
    region = str(subscription.endpoint).split(":")[3]
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic_arn,
        "Subject": options.get("subject"),
        "Message": for_protocol("lambda", message, options),
        "Timestamp": stamp(account.clock.now()),
        "SignatureVersion": "1",
        "Signature": _EXAMPLE,
        "SigningCertUrl": _EXAMPLE,
        "UnsubscribeUrl": _EXAMPLE,
        "MessageAttributes": options.get("message_attributes") or {},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }
    payload = json.dumps({"Records": [record]}).encode()
    invoke_later(account, Invocation(region, parse_name(subscription.endpoint), payload))
