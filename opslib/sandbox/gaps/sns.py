"""SNS: subscriptions that wait to be confirmed, topics that say no, deliveries that do not hold up the publisher."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.models import Subscription, sns_backends

from opslib.errors import SandboxError
from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.topic_delivery import deliver
from opslib.sandbox.behaviour.metrics.delivery_counts import DELIVERED, FAILED, count_delivery, count_filtered_out
from opslib.sandbox.behaviour.metrics.handshake import ask_to_confirm, subscription_of
from opslib.sandbox.behaviour.metrics.inbox import ARRIVING, arrive, passes
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.sns_sms import OPERATIONS as TEXT_MESSAGES

__all__ = ["OPERATIONS", "confirm"]

_ARN = r"arn:aws[a-z-]*:{}:[a-z0-9-]+:\d{{12}}:.+"

# Protocol, what its endpoint has to look like, and whether the endpoint's owner must confirm it.
_PROTOCOLS: Mapping[str, tuple[re.Pattern[str], bool]] = {
    "http": (re.compile(r"http://.+"), True),
    "https": (re.compile(r"https://.+"), True),
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), True),
    "email-json": (re.compile(r"[^@\s]+@[^@\s]+"), True),
    "sms": (re.compile(r"\+?[\d\s./-]+"), False),
    "sqs": (re.compile(_ARN.format("sqs")), False),
    "lambda": (re.compile(_ARN.format("lambda")), False),
    "firehose": (re.compile(_ARN.format("firehose")), False),
    "application": (re.compile(_ARN.format("sns")), False),
}

# Attributes of a topic that moto takes and does not give back.
_FORGOTTEN = (
    "ArchivePolicy",
    "FifoThroughputScope",
    "SignatureVersion",
    "TracingConfig",
    *(
        f"{channel}{kind}"
        for channel in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
        for kind in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
    ),
)
_SETTABLE = frozenset(
    {"ContentBasedDeduplication", "DeliveryPolicy", "DisplayName", "FifoTopic", "KmsMasterKeyId", "Policy", *_FORGOTTEN}
)
_JSON_ATTRIBUTES = ("ArchivePolicy", "DeliveryPolicy", "Policy")

_PENDING = "PendingConfirmation"


def confirm(account_id: str, wanted: str) -> None:
    """Confirm subscriptions, as the owner of their endpoint would by the link in the message.

    Args:
        account_id: The account.
        wanted: The ARN of a subscription, or an endpoint: then all of its subscriptions, in every region.

    Raises:
        SandboxError: There is no such subscription.
    """
    everything = [found for backend in sns_backends[account_id].values() for found in backend.subscriptions.values()]
    found = [subscription for subscription in everything if wanted in (subscription.arn, subscription.endpoint)]
    if not found:
        raise SandboxError(f"there is no subscription {wanted}", "sns.list_subscriptions_by_topic names them")
    for subscription in found:
        subscription.attributes[_PENDING] = False


def _refuse(parameter: str, reason: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {parameter} Reason: {reason}")


def _backend(call: GapCall) -> Any:
    return sns_backends[call.account_id][call.region]


def _topic(call: GapCall) -> Any:
    topic = _backend(call).topics.get(call.parameters["TopicArn"])
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist", 404)
    return topic


def create_topic(call: GapCall) -> Mapping[str, Any] | None:
    """Idempotent for the same attributes and tags, refused for others; moto hands back what is there."""
    given = call.parameters.get("Attributes", {})
    for name, value in given.items():
        _check_attribute(name, value)
    existing = next((t for t in _backend(call).topics.values() if t.name == call.parameters["Name"]), None)
    if existing is not None:
        tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags", [])}
        if tags and tags != existing._tags:  # noqa: SLF001  # moto keeps them nowhere else
            raise _refuse("Tags", "Topic already exists with different tags")
        if any(not _same(getattr(existing, camelcase_to_underscores(n), ""), value) for n, value in given.items()):
            raise _refuse("Attributes", "Topic already exists with different attributes")
    return None


def _same(one: Any, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except (TypeError, ValueError):
        return str(one) == other


def set_topic_attributes(call: GapCall) -> Mapping[str, Any] | None:
    """Of attributes that there are, with values that they can have."""
    _topic(call)
    _check_attribute(call.parameters["AttributeName"], call.parameters.get("AttributeValue", ""))
    return None


def _check_attribute(name: str, value: str) -> None:
    if name not in _SETTABLE:
        raise AwsError("InvalidParameter", f"Invalid parameter: AttributeName {name}")
    if name in _JSON_ATTRIBUTES and value:
        try:
            parsed = json.loads(value)
        except ValueError as error:
            raise AwsError("InvalidParameter", f"Invalid parameter: {name} Error: {error}") from error
        if name == "Policy" and not parsed.get("Statement"):
            raise AwsError("InvalidParameter", "Invalid parameter: Policy Error: the policy has no Statement")


def get_topic_attributes(call: GapCall) -> Mapping[str, Any]:
    """With what moto forgets, and the subscriptions counted."""
    topic = _topic(call)
    attributes = call.through()["Attributes"]
    for name in _FORGOTTEN:
        if value := getattr(topic, camelcase_to_underscores(name), ""):
            attributes[name] = value
    if not attributes.get("DeliveryPolicy"):
        attributes.pop("DeliveryPolicy", None)
    mine = [s for s in _backend(call).subscriptions.values() if s.topic_arn == topic.arn]
    pending = sum(_is_pending(subscription) for subscription in mine)
    attributes["SubscriptionsPending"] = str(pending)
    attributes["SubscriptionsConfirmed"] = str(len(mine) - pending)
    return {"Attributes": attributes}


def subscribe(call: GapCall) -> Mapping[str, Any]:
    """E-mail and HTTP wait for a confirmation; the others need none."""
    _topic(call)
    protocol, endpoint = call.parameters["Protocol"], call.parameters.get("Endpoint", "")
    if protocol not in _PROTOCOLS:
        raise AwsError("InvalidParameter", f"Invalid parameter: Does not support this protocol string: {protocol}")
    pattern, must_confirm = _PROTOCOLS[protocol]
    if not pattern.fullmatch(endpoint):
        raise AwsError("InvalidParameter", f"Invalid parameter: {protocol} endpoint {endpoint}")
    before = set(_backend(call).subscriptions)
    arn = call.through()["SubscriptionArn"]
    subscription = _backend(call).subscriptions[arn]
    if arn not in before:
        if must_confirm:
            subscription.attributes.update({_PENDING: True, "ConfirmationWasAuthenticated": False})
        subscription.publish = partial(_deliver, call.account, subscription)
    if _is_pending(subscription):  # who asks again is asked again
        ask_to_confirm(call.account, subscription)
    wants_arn = call.parameters.get("ReturnSubscriptionArn", False) or not _is_pending(subscription)
    return {"SubscriptionArn": arn if wants_arn else "pending confirmation"}


def confirm_subscription(call: GapCall) -> Mapping[str, Any]:
    """By the token that the endpoint was sent; nobody has to sign it."""
    topic = call.parameters["TopicArn"]
    backend = sns_backends[call.account_id][[*topic.split(":"), "", "", ""][3] or call.region]
    if topic not in backend.topics:
        raise AwsError("NotFound", "Topic does not exist", 404)
    arn = subscription_of(call.account, topic, call.parameters["Token"])
    if arn not in backend.subscriptions:
        raise AwsError("InvalidParameter", "Invalid parameter: Token")
    backend.subscriptions[arn].attributes[_PENDING] = False
    return {"SubscriptionArn": arn}


def _is_pending(subscription: Any) -> bool:
    return bool(subscription.attributes[_PENDING])


def _deliver(account: Account, subscription: Any, message: str, message_id: str, **options: Any) -> None:
    """Deliver as AWS does: not before it is confirmed, and the publisher does not hear of an endpoint that is down."""
    if _is_pending(subscription):
        return
    try:
        if not passes(subscription, options.get("message_attributes"), message):
            count_filtered_out(account, subscription, message)
            return
        if subscription.protocol in ARRIVING:
            arrive(account, subscription, message, message_id, options)  # it counts by itself: some of it comes later
            return
        if subscription.protocol == "lambda":
            deliver(account, subscription, message, message_id, options)
        else:
            Subscription.publish(subscription, message, message_id, **options)
    except Exception:  # noqa: BLE001  # whatever it is, the publisher does not hear of it
        count_delivery(account, subscription, FAILED)
    else:
        count_delivery(account, subscription, DELIVERED)


def list_subscriptions(call: GapCall) -> Mapping[str, Any]:
    """Pending ones have no ARN to be listed under."""
    if "TopicArn" in call.parameters:
        _topic(call)
    answer = call.through()
    known = _backend(call).subscriptions
    for listed in answer.get("Subscriptions", []):
        if _is_pending(known[listed["SubscriptionArn"]]):
            listed["SubscriptionArn"] = _PENDING
    return answer


def unsubscribe(call: GapCall) -> Mapping[str, Any] | None:
    """Not before it is confirmed; it goes with its topic, or in AWS by itself after two days."""
    subscription = _backend(call).subscriptions.get(call.parameters["SubscriptionArn"])
    if subscription is not None and _is_pending(subscription):
        raise _refuse("SubscriptionArn", "Cannot unsubscribe a subscription that is pending confirmation")
    return None


def get_sms_sandbox_account_status(call: GapCall) -> Mapping[str, Any]:
    """Whether the account is in the SMS sandbox: a setting of the metrics' behaviour, `sms_sandbox`."""
    return {"IsInSandbox": call.account.behaviour["metrics"].sms_sandbox}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **TEXT_MESSAGES,
    ("sns", "ConfirmSubscription"): confirm_subscription,
    ("sns", "CreateTopic"): create_topic,
    ("sns", "GetSMSSandboxAccountStatus"): get_sms_sandbox_account_status,
    ("sns", "GetTopicAttributes"): get_topic_attributes,
    ("sns", "ListSubscriptions"): list_subscriptions,
    ("sns", "ListSubscriptionsByTopic"): list_subscriptions,
    ("sns", "SetTopicAttributes"): set_topic_attributes,
    ("sns", "Subscribe"): subscribe,
    ("sns", "Unsubscribe"): unsubscribe,
}
