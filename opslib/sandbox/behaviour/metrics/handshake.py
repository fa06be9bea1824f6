"""A subscription over HTTP is confirmed by its endpoint: it is sent a token, and gives it back.

Source: SNS's developer guide, "HTTP/HTTPS subscription confirmation JSON format", "Confirm the subscription".
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from opslib.sandbox.behaviour.metrics.inbox import CALLED, called, is_here, sns_headers
from opslib.sandbox.behaviour.metrics.times import stamp

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["ask_to_confirm", "subscription_of"]

_RECORD = "sns confirmations"
_TOKEN_BITS = 4 * 128  # AWS's tokens are long; nothing is said of how


def ask_to_confirm(account: Account, subscription: Any) -> None:
    """Ask the endpoint of a subscription to confirm it; one that is not on this machine is not asked.

    Args:
        account: The sandbox's account.
        subscription: moto's record of it.
    """
    if subscription.protocol in CALLED and is_here(subscription.endpoint):
        asked = _confirmation(account, subscription)
        headers = sns_headers(subscription, asked["Type"], asked["MessageId"])
        sent = (subscription.endpoint, json.dumps(asked), headers)
        threading.Thread(target=called, args=sent, daemon=True).start()


def _confirmation(account: Account, subscription: Any) -> dict[str, Any]:
    topic = subscription.topic_arn
    token = f"{account.random.getrandbits(_TOKEN_BITS):0128x}"
    account.record(_RECORD)[token] = subscription.arn
    asked = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token})
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(UUID(int=account.random.getrandbits(128), version=4)),
        "Token": token,
        "TopicArn": topic,
        "Message": f"You have chosen to subscribe to the topic {topic}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        # AWS's own is that of SNS in the topic's region; the sandbox is where this one leads.
        "SubscribeURL": f"{account.url}/?{asked}",
        "Timestamp": stamp(account.clock.now()),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": f"https://sns.{topic.split(':')[3]}.amazonaws.com/SimpleNotificationService-example.pem",
    }


def subscription_of(account: Account, topic: str, token: str) -> str | None:
    """The ARN of the subscription whose token this is, if it is one of the topic's."""
    arn: str | None = account.record(_RECORD).get(token)
    return arn if arn is not None and arn.rpartition(":")[0] == topic else None
