"""SQS: queues."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Document, Tail, Text
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Lookup, ResourceType, Tagging, under
from opslib.sandbox.provider.rows.rules import is_json, matching, within

__all__ = ["ROWS"]

_QUEUE = {"QueueUrl": "{id}"}

_ATTRIBUTES = (
    Field("delaySeconds", "DelaySeconds", Text(int), default=0),
    Field("kmsMasterKeyId", "KmsMasterKeyId", Text()),
    Field("maxMessageSize", "MaximumMessageSize", Text(int), computed=True),
    Field("messageRetentionSeconds", "MessageRetentionPeriod", Text(int), default=345_600),
    Field("policy", "Policy", Document(policy=True), computed=True),
    Field("receiveWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", Text(int), default=0),
    Field("redrivePolicy", "RedrivePolicy", Document()),
    Field("sqsManagedSseEnabled", "SqsManagedSseEnabled", Text(bool), computed=True),
    Field("visibilityTimeoutSeconds", "VisibilityTimeout", Text(int), default=30),
)

QUEUE = ResourceType(
    token="aws:sqs/queue:Queue",  # noqa: S106 - Pulumi's word for a type's name
    service="sqs",
    fields=(Field("name", "QueueName", Tail(), live="Attributes.QueueArn"), *under("Attributes", _ATTRIBUTES)),
    create=Call("create_queue"),
    changes=(Change(call=Call("set_queue_attributes", _QUEUE), fields=under("Attributes", _ATTRIBUTES)),),
    delete=Call("delete_queue", _QUEUE),
    lookups=(Lookup(call=Call("get_queue_attributes", {**_QUEUE, "AttributeNames": ["All"]})),),
    identity_at="QueueUrl",
    search=Lookup(call=Call("get_queue_url", {"QueueName": "{name}"})),
    outputs={"arn": "{live.Attributes.QueueArn}", "url": "{id}"},
    replace_on=frozenset({"name"}),  # ForceNew; SetQueueAttributes has none
    autoname="",
    tags=Tagging(
        path="tags",
        pair=(),
        tag=Call("tag_queue", {**_QUEUE, "Tags": "{tags}"}),
        untag=Call("untag_queue", {**_QUEUE, "TagKeys": "{keys}"}),
        listing=Call("list_queue_tags", _QUEUE),
    ),
    rules=(
        is_json("policy", "redrivePolicy"),
        matching("name", r"[A-Za-z0-9_-]{1,80}", "letters, digits, - and _, 80 at most"),
        within("delaySeconds", 0, 900),
        within("messageRetentionSeconds", 60, 1_209_600),
        within("visibilityTimeoutSeconds", 0, 43_200),
    ),
)

ROWS = (QUEUE,)
