"""DynamoDB: tables without secondary indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import KeyId, Many, Status
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import matching
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_TABLE = {"TableName": "{id}"}
_ENCRYPTION = Record(
    (
        Field("enabled", "Enabled", Status(), live="Status"),
        Field("kmsKeyArn", "KMSMasterKeyId", KeyId(), live="KMSMasterKeyArn", computed=True),
    )
)
_EXPIRY = Record(
    (
        Field("attributeName", "AttributeName"),
        Field("enabled", "Enabled", Status(), live="TimeToLiveStatus", default=False),
    )
)
_RECOVERY = Record(
    (
        Field("enabled", "PointInTimeRecoveryEnabled", Status(), live="PointInTimeRecoveryStatus"),
        Field("recoveryPeriodInDays", "RecoveryPeriodInDays", computed=True),
    )
)
_CAPACITY = (
    Field("billingMode", "BillingMode", live="BillingModeSummary.BillingMode", default="PROVISIONED"),
    Field("readCapacity", "ProvisionedThroughput.ReadCapacityUnits", computed=True, quiet=True),
    Field("writeCapacity", "ProvisionedThroughput.WriteCapacityUnits", computed=True, quiet=True),
)
_STREAM = (
    Field("streamEnabled", "StreamSpecification.StreamEnabled"),
    Field("streamViewType", "StreamSpecification.StreamViewType", computed=True),
)


def _keys(inputs: Known) -> Iterator[CheckFailure]:
    if not inputs.sets("hashKey"):
        yield CheckFailure("hashKey", "is required")
    attributes: Any = inputs.get("attributes", [])
    names = [one.get("name") if isinstance(one, Mapping) else UNKNOWN for one in attributes]
    if {"hashKey", "rangeKey", "attributes"} & inputs.unknown or UNKNOWN in names:
        return
    keys = [inputs[key] for key in ("hashKey", "rangeKey") if key in inputs]
    for key in keys:
        if key not in names:
            yield CheckFailure("attributes", f"lacks {key!r}, which is a key: AWS wants the type of every key")
    for index, name in enumerate(names):
        if name not in keys:
            yield CheckFailure(f"attributes[{index}]", f"{name!r} is no key: AWS takes key attributes only")


def _modes(inputs: Known) -> Iterator[CheckFailure]:
    capacities = inputs.sets("readCapacity", "writeCapacity")
    if inputs.get("billingMode") == "PAY_PER_REQUEST":
        for name in capacities:
            yield CheckFailure(name, "cannot be set together with the billingMode PAY_PER_REQUEST")
    elif inputs.get("billingMode") == "PROVISIONED" and len(capacities) != 2:  # noqa: PLR2004 - read and write
        yield CheckFailure("readCapacity", "and writeCapacity are required by the billingMode PROVISIONED, the default")
    if inputs.get("streamEnabled") and not inputs.sets("streamViewType"):
        yield CheckFailure("streamViewType", "is required where streamEnabled is true")


TABLE = ResourceType(
    token="aws:dynamodb/table:Table",  # noqa: S106 - Pulumi's word for a type's name
    service="dynamodb",
    fields=(
        Field("name", "TableName"),
        Field(
            "attributes",
            "AttributeDefinitions",
            Many(Record((Field("name", "AttributeName"), Field("type", "AttributeType"))), unordered=True, key="name"),
            computed=True,
        ),
        Field("hashKey", "KeySchema[KeyType=HASH].AttributeName", computed=True),
        Field("rangeKey", "KeySchema[KeyType=RANGE].AttributeName"),
        *_CAPACITY,
        *_STREAM,
        Field("tableClass", "TableClass", live="TableClassSummary.TableClass", computed=True),
        Field("deletionProtectionEnabled", "DeletionProtectionEnabled"),
        Field("serverSideEncryption", "SSESpecification", _ENCRYPTION, live="SSEDescription", computed=True),
        Field("ttl", "", _EXPIRY, live="Expiry", computed=True),
        Field("pointInTimeRecovery", "", _RECOVERY, live="Recovery", computed=True),
    ),
    create=Call("create_table"),
    changes=(
        Change(call=Call("update_table", _TABLE), fields=_CAPACITY),
        Change(call=Call("update_table", _TABLE), fields=_STREAM),
        Change(call=Call("update_table", _TABLE), fields=(Field("tableClass", "TableClass"),)),
        Change(
            call=Call("update_table", _TABLE),
            fields=(Field("deletionProtectionEnabled", "DeletionProtectionEnabled"),),
            otherwise=Call("update_table", {**_TABLE, "DeletionProtectionEnabled": False}),
        ),
        Change(
            call=Call("update_table", _TABLE),
            fields=(Field("serverSideEncryption", "SSESpecification", _ENCRYPTION),),
        ),
        Change(
            call=Call("update_time_to_live", _TABLE),
            fields=(Field("ttl", "TimeToLiveSpecification", _EXPIRY),),
            at_create=("ttl.enabled", True),
        ),
        Change(
            call=Call("update_continuous_backups", _TABLE),
            fields=(Field("pointInTimeRecovery", "PointInTimeRecoverySpecification", _RECOVERY),),
            at_create=("pointInTimeRecovery.enabled", True),
        ),
    ),
    delete=Call("delete_table", _TABLE),
    lookups=(
        Lookup(call=Call("describe_table", _TABLE), at="Table"),
        Lookup(call=Call("describe_time_to_live", _TABLE), at="TimeToLiveDescription", into="Expiry"),
        Lookup(
            call=Call("describe_continuous_backups", _TABLE),
            at="ContinuousBackupsDescription.PointInTimeRecoveryDescription",
            into="Recovery",
        ),
    ),
    waits=("table_exists", "table_not_exists"),
    identity="{name}",
    outputs={
        "arn": "{live.TableArn}",
        "streamArn": "{live.LatestStreamArn}",
        "streamLabel": "{live.LatestStreamLabel}",
    },
    replace_on=frozenset({"name", "hashKey", "rangeKey"}),  # ForceNew; UpdateTable has no parameter for them
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("tag_resource", {"ResourceArn": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceArn": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_of_resource", {"ResourceArn": "{arn}"}),
    ),
    rules=(matching("name", r"[A-Za-z0-9_.-]{3,255}", "3 to 255 letters, digits, _ . and -"), _keys, _modes),
)

ROWS = (TABLE,)
