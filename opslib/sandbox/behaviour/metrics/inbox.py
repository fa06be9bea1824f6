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

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["ARRIVING", "Delivery", "Inbox", "arrive", "for_protocol", "forget_inbox", "passes", "read_inbox"]

ARRIVING = frozenset({"email", "email-json", "http", "https", "sms"})
"""The protocols of SNS whose messages arrive here."""

_CALLED = ("http", "https")
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
    """Deliver a message to a confirmed subscription, if its filter policy lets it pass.

    Args:
        account: The sandbox's account.
        subscription: moto's record of it.
        message: What was published.
        message_id: Its id.
        options: What else was published: `subject`, `message_attributes`, `message_structure`.
    """
    subject = options.get("subject")
    if not passes(subscription, options.get("message_attributes"), message):
        return
    protocol: str = subscription.protocol
    message = for_protocol(protocol, message, options)
    posted = protocol in _CALLED and _is_here(subscription.endpoint)
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
        threading.Thread(target=_post, args=(subscription, body, message_id), daemon=True).start()


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


def _is_here(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_raw(subscription: Any) -> bool:
    return str(subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"


def _post(subscription: Any, body: str, message_id: str) -> None:
    """As SNS does it; an endpoint that does not answer is given up."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic_arn,
        "x-amz-sns-subscription-arn": subscription.arn,
    }
    with suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False  # a proxy would lead away from this machine
        session.post(
            subscription.endpoint,
            data=body.encode(),
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            verify=False,  # on the loopback interface certificates are made up
        )
