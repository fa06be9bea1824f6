"""Where messages arrive that leave AWS: e-mail, SMS and HTTP endpoints. Nothing leaves this machine.

An endpoint on the loopback interface is really called, apart from the publisher; every other one only has its message
written down.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from moto.sns.utils import FilterPolicyMatcher
from pydantic import BaseModel, ConfigDict

from opslib.sandbox.behaviour.metrics.delivery_counts import DELIVERED, FAILED, count_delivery

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = [
    "ARRIVING",
    "CALLED",
    "Delivery",
    "Inbox",
    "arrive",
    "called",
    "for_protocol",
    "forget_inbox",
    "is_here",
    "passes",
    "read_inbox",
    "sns_headers",
]

ARRIVING = frozenset({"email", "email-json", "http", "https", "sms"})
"""The protocols of SNS whose messages arrive here."""

CALLED = ("http", "https")
"""The protocols whose endpoints are called."""
_REFUSED = 300  # AWS, SNS: 4XX and 5XX are failures; a redirect is not followed
TIMEOUT_SECONDS = 15.0  # AWS, SNS: an endpoint has 15 seconds to answer
MOST_CHARACTERS_OF_SMS = 1_600  # AWS, SNS Publish: what is longer is refused for a phone number, and cut for a topic


class Delivery(BaseModel):
    """A message that arrived.

    Attributes:
        at: When.
        protocol: `email`, `email-json`, `sms`, `http` or `https`.
        endpoint: The address, the phone number or the URL.
        topic_arn: The topic it was published to.
        subscription_arn: The subscription by which it came.
        subject: Its subject; None without one.
        message: Its text.
        posted: Whether the endpoint was really called.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    protocol: str
    endpoint: str
    topic_arn: str
    subscription_arn: str
    subject: str | None
    message: str
    posted: bool


class Inbox(BaseModel):
    """Every message that arrived since the start or the last reset, in order."""

    model_config = ConfigDict(frozen=True)

    deliveries: tuple[Delivery, ...]


def arrive(account: Account, subscription: Any, message: str, message_id: str, options: Mapping[str, Any]) -> None:
    """Deliver a message to a confirmed subscription whose filter policy lets it pass.

    Args:
        account: The sandbox's account.
        subscription: moto's record of it.
        message: What was published.
        message_id: Its id.
        options: What else was published: `subject`, `message_attributes`, `message_structure`.
    """
    subject = options.get("subject")
    protocol: str = subscription.protocol
    if protocol == "sms" and account.behaviour["metrics"].sms_sandbox:
        count_delivery(account, subscription, FAILED)
        return
    message = for_protocol(protocol, message, options)
    posted = protocol in CALLED and is_here(subscription.endpoint)
    with account.schedule.lock:
        _deliveries(account).append(
            Delivery(
                at=account.clock.now(),
                protocol=protocol,
                endpoint=subscription.endpoint,
                topic_arn=subscription.topic_arn,
                subscription_arn=subscription.arn,
                subject=subject,
                message=message[:MOST_CHARACTERS_OF_SMS] if protocol == "sms" else message,
                posted=posted,
            )
        )
    if posted:
        body = message
        if not _is_raw(subscription):
            body = json.dumps(subscription.get_post_data(message, message_id, subject))
        threading.Thread(target=_post, args=(account, subscription, body, message_id), daemon=True).start()
    else:
        count_delivery(account, subscription, DELIVERED)


def passes(subscription: Any, attributes: Any, message: str) -> bool:
    """Whether a subscription's filter policy lets a message pass.

    moto's matcher breaks on `$or` in a policy on the body, so each of the alternatives is put to it alone.
    """
    given = subscription.attributes.get("FilterPolicy")
    if not given:
        return True
    policy = json.loads(given)
    scope = subscription.attributes.get("FilterPolicyScope") or "MessageAttributes"
    rest = {name: rules for name, rules in policy.items() if name != "$or"}
    alternatives = policy.get("$or") or [{}]
    return any(FilterPolicyMatcher({**rest, **one}, scope).matches(attributes, message) for one in alternatives)


def for_protocol(protocol: str, message: str, options: Mapping[str, Any]) -> str:
    """A message's text for a protocol: with MessageStructure `json` each may have its own (AWS, SNS Publish)."""
    if options.get("message_structure") != "json":
        return message
    chosen = json.loads(message)
    return str(chosen.get(protocol) or chosen["default"])


def read_inbox(account: Account, _: bytes) -> Inbox:
    """`GET /_sandbox/inbox`."""
    with account.schedule.lock:
        return Inbox(deliveries=tuple(_deliveries(account)))


def forget_inbox(account: Account, _: bytes) -> Inbox:
    """`DELETE /_sandbox/inbox`."""
    with account.schedule.lock:
        _deliveries(account).clear()
    return Inbox(deliveries=())


def _deliveries(account: Account) -> list[Delivery]:
    deliveries: list[Delivery] = account.record("inbox").setdefault("deliveries", [])
    return deliveries


def is_here(endpoint: str) -> bool:
    """Whether an endpoint is on this machine: no other is ever called."""
    host = urlsplit(endpoint).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_raw(subscription: Any) -> bool:
    return str(subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"


def _post(account: Account, subscription: Any, body: str, message_id: str) -> None:
    headers = sns_headers(subscription, "Notification", message_id)
    arrived = called(subscription.endpoint, body, {**headers, "x-amz-sns-subscription-arn": subscription.arn})
    count_delivery(account, subscription, DELIVERED if arrived else FAILED)


def sns_headers(subscription: Any, kind: str, message_id: str) -> dict[str, str]:
    """The headers that SNS calls an endpoint with, a notification's own apart."""
    return {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic_arn,
    }


def called(endpoint: str, body: str, headers: Mapping[str, str]) -> bool:
    """Call an endpoint as SNS does; one that does not answer, or refuses, is given up.

    Returns:
        Whether it took the message.
    """
    with suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False  # a proxy would lead away from this machine
        answer = session.post(
            endpoint,
            data=body.encode(),
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            verify=False,  # on the loopback interface certificates are made up
        )
        return answer.status_code < _REFUSED
    return False
