"""SNS: topics, their policies, subscriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import Document, Plain, Text
from opslib.sandbox.provider.records import NOTHING, Field
from opslib.sandbox.provider.row import Attributes, Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, is_json, one_of, within
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_DELIVERIES = ("application", "firehose", "http", "lambda", "sqs")
_ATTRIBUTES: tuple[tuple[str, Plain], ...] = (
    ("archivePolicy", Document()),
    ("contentBasedDeduplication", Text(bool)),
    ("deliveryPolicy", Document()),
    ("displayName", Text()),
    ("fifoThroughputScope", Text()),
    ("fifoTopic", Text(bool)),
    ("kmsMasterKeyId", Text()),
    ("policy", Document(policy=True)),
    ("signatureVersion", Text(int)),
    ("tracingConfig", Text()),
)
_COMPUTED = {
    "fifoThroughputScope",
    "policy",
    "signatureVersion",
    "tracingConfig",
}  # Optional and Computed in the schema


def _attribute(name: str) -> str:
    return f"Attributes.{name[0].upper()}{name[1:]}"


def _topic_name(inputs: Known) -> Iterator[CheckFailure]:
    fifo, name = inputs.get("fifoTopic", False), inputs.get("name")
    pattern = r"[0-9A-Za-z_-]{1,251}\.fifo" if fifo else r"[0-9A-Za-z_-]{1,256}"
    if name is not None and not re.fullmatch(pattern, name):
        ending = "; the name of a FIFO topic ends in .fifo" if fifo else ""
        yield CheckFailure("name", f"AWS takes up to 256 letters, digits, - and _{ending}")
    if not fifo and "fifoTopic" not in inputs.unknown:
        for only in ("archivePolicy", "fifoThroughputScope"):
            if only in inputs:
                yield CheckFailure(only, "is for FIFO topics only")
        if inputs.get("contentBasedDeduplication"):
            yield CheckFailure("contentBasedDeduplication", "is for FIFO topics only")


TOPIC = ResourceType(
    token="aws:sns/topic:Topic",  # noqa: S106 - Pulumi's word for a type's name
    service="sns",
    fields=(
        Field("name", "Name", live="-"),
        *(
            Field(
                name,
                _attribute(name),
                codec,
                default=False if name in {"fifoTopic", "contentBasedDeduplication"} else NOTHING,
                computed=name in _COMPUTED,
            )
            for name, codec in _ATTRIBUTES
        ),
        *(
            Field(name, _attribute(name), Text(int) if name.endswith("Rate") else Text())
            for via in _DELIVERIES
            for name in (
                f"{via}FailureFeedbackRoleArn",
                f"{via}SuccessFeedbackRoleArn",
                f"{via}SuccessFeedbackSampleRate",
            )
        ),
    ),
    create=Call("create_topic"),
    update=Attributes(
        Call("set_topic_attributes", {"TopicArn": "{id}", "AttributeName": "{attribute}", "AttributeValue": "{value}"})
    ),
    delete=Call("delete_topic", {"TopicArn": "{id}"}),
    lookups=(Lookup(call=Call("get_topic_attributes", {"TopicArn": "{id}"})),),
    identity="arn:{partition}:sns:{region}:{account_id}:{name}",
    outputs={"arn": "{live.Attributes.TopicArn}", "owner": "{live.Attributes.Owner}", "name": "{name}"},
    replace_on=frozenset({"name", "fifoTopic"}),  # both ForceNew; neither is among the attributes that AWS can set
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("tag_resource", {"ResourceArn": "{id}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceArn": "{id}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceArn": "{id}"}),
    ),
    rules=(
        _topic_name,
        is_json("policy", "deliveryPolicy", "archivePolicy"),
        one_of("tracingConfig", "PassThrough", "Active"),
        within("signatureVersion", 1, 2),
        *(arns(f"{via}FailureFeedbackRoleArn", f"{via}SuccessFeedbackRoleArn") for via in _DELIVERIES),
        *(within(f"{via}SuccessFeedbackSampleRate", 0, 100) for via in _DELIVERIES),
    ),
)


def _own_policy(live: Mapping[str, Any]) -> bool:
    """Every topic has a policy; what stands in the way is one that somebody has put there."""
    policy = json.loads(live["Attributes"].get("Policy") or "{}")
    return bool(policy) and policy.get("Id") != "__default_policy_ID"


# A topic cannot be without a policy: deleting puts back the one that AWS gives to a new topic (SNS Developer Guide).
_DEFAULT_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip
_DEFAULT_POLICY = json.dumps(
    {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
                "Resource": "{id}",
                "Condition": {"StringEquals": {"AWS:SourceOwner": "{account_id}"}},
            }
        ],
    }
)

TOPIC_POLICY = ResourceType(
    token="aws:sns/topicPolicy:TopicPolicy",  # noqa: S106 - a type's name
    service="sns",
    fields=(
        Field("arn", "TopicArn", live="Attributes.TopicArn"),
        Field("policy", "AttributeValue", Document(policy=True), live="Attributes.Policy"),
    ),
    create=Call("set_topic_attributes", {"AttributeName": "Policy"}),
    update={},
    delete=Call(
        "set_topic_attributes", {"TopicArn": "{id}", "AttributeName": "Policy", "AttributeValue": _DEFAULT_POLICY}
    ),
    lookups=(Lookup(call=Call("get_topic_attributes", {"TopicArn": "{id}"})),),
    identity="{arn}",
    taken=_own_policy,
    outputs={"owner": "{live.Attributes.Owner}"},
    replace_on=frozenset({"arn"}),  # ForceNew
    rules=(is_json("policy"), arns("arn")),
)

_PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")
_ENDPOINTS = {
    "email": r"[^@\s]+@[^@\s]+",
    "email-json": r"[^@\s]+@[^@\s]+",
    "http": r"http://\S+",
    "https": r"https://\S+",
    "sms": r"\+[1-9]\d{6,14}",
    "sqs": r"arn:[\w-]+:sqs:.+",
    "lambda": r"arn:[\w-]+:lambda:.+",
    "firehose": r"arn:[\w-]+:firehose:.+",
    "application": r"arn:[\w-]+:sns:.+",
}


def _endpoint(inputs: Known) -> Iterator[CheckFailure]:
    protocol, endpoint = inputs.get("protocol"), inputs.get("endpoint")
    pattern = _ENDPOINTS.get(protocol or "")
    if pattern and endpoint is not None and not re.fullmatch(pattern, endpoint):
        yield CheckFailure("endpoint", f"is not what the protocol {protocol!r} takes: {pattern}")
    if protocol == "firehose" and not inputs.sets("subscriptionRoleArn"):
        yield CheckFailure("subscriptionRoleArn", "is required by the protocol 'firehose'")
    if "filterPolicyScope" in inputs and not inputs.sets("filterPolicy"):
        yield CheckFailure("filterPolicyScope", "says where to look for a filterPolicy, but there is none")


def _confirmed(found: Mapping[str, Any]) -> bool:
    """One that still waits for its confirmation is not in the way: Subscribe asks for the confirmation again."""
    return bool(found["SubscriptionArn"] != "PendingConfirmation")


TOPIC_SUBSCRIPTION = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",  # noqa: S106 - a type's name
    service="sns",
    fields=(
        Field("topic", "TopicArn", live="Attributes.TopicArn"),
        Field("protocol", "Protocol", live="Attributes.Protocol"),
        Field("endpoint", "Endpoint", live="Attributes.Endpoint"),
        Field("deliveryPolicy", "Attributes.DeliveryPolicy", Document()),
        Field("filterPolicyScope", "Attributes.FilterPolicyScope", Text(), computed=True),
        Field("filterPolicy", "Attributes.FilterPolicy", Document(), cleared="{}"),
        Field("rawMessageDelivery", "Attributes.RawMessageDelivery", Text(bool), default=False, cleared="false"),
        Field("redrivePolicy", "Attributes.RedrivePolicy", Document(), cleared="{}"),
        Field("replayPolicy", "Attributes.ReplayPolicy", Document(), cleared="{}"),
        Field("subscriptionRoleArn", "Attributes.SubscriptionRoleArn", Text()),
        # The last two only tell the real provider how long to wait for a confirmation.
        Field("pendingConfirmation", "", Text(bool), live="Attributes.PendingConfirmation"),
        Field("confirmationWasAuthenticated", "", Text(bool), live="Attributes.ConfirmationWasAuthenticated"),
        Field("endpointAutoConfirms", "", default=False),
        Field("confirmationTimeoutInMinutes", "", default=1),
    ),
    create=Call("subscribe", {"ReturnSubscriptionArn": True}),
    update=Attributes(
        Call(
            "set_subscription_attributes",
            {"SubscriptionArn": "{id}", "AttributeName": "{attribute}", "AttributeValue": "{value}"},
        )
    ),
    delete=Call("unsubscribe", {"SubscriptionArn": "{id}"}),
    lookups=(Lookup(call=Call("get_subscription_attributes", {"SubscriptionArn": "{id}"})),),
    identity_at="SubscriptionArn",
    stays="pending confirmation",  # it ends by itself; Unsubscribe takes confirmed ones only
    search=Lookup(
        call=Call("list_subscriptions_by_topic", {"TopicArn": "{topic}"}),
        at="Subscriptions",
        where={"Protocol": "{protocol}", "Endpoint": "{endpoint}"},
    ),
    taken=_confirmed,
    outputs={
        "arn": "{id}",
        "ownerId": "{live.Attributes.Owner}",
    },
    replace_on=frozenset({"topic", "protocol", "endpoint"}),  # all ForceNew; they are what Subscribe identifies it by
    rules=(
        _endpoint,
        arns("topic", "subscriptionRoleArn"),
        is_json("deliveryPolicy", "filterPolicy", "redrivePolicy", "replayPolicy"),
        one_of("protocol", *_PROTOCOLS),
        one_of("filterPolicyScope", "MessageAttributes", "MessageBody"),
    ),
)

ROWS = (TOPIC, TOPIC_POLICY, TOPIC_SUBSCRIPTION)
