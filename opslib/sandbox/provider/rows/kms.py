"""KMS: keys and aliases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document, KeyId
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import is_json, within
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_KEY = {"KeyId": "{id}"}


def _rotation(inputs: Known) -> Iterator[CheckFailure]:
    if inputs.sets("rotationPeriodInDays") and inputs.get("enableKeyRotation") is False:
        yield CheckFailure("rotationPeriodInDays", "needs enableKeyRotation")


KEY = ResourceType(
    token="aws:kms/key:Key",  # noqa: S106 - Pulumi's word for a type's name
    service="kms",
    fields=(
        Field("description", "Description", computed=True),
        Field("keyUsage", "KeyUsage", default="ENCRYPT_DECRYPT"),
        Field("customerMasterKeySpec", "KeySpec", default="SYMMETRIC_DEFAULT"),
        Field("multiRegion", "MultiRegion", computed=True),
        Field("policy", "Policy", Document(policy=True), live="KeyPolicy.Policy", computed=True),
        Field("bypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", live="-", default=False),
        Field("isEnabled", "", live="Enabled", default=True),
        Field("enableKeyRotation", "", live="Rotation.KeyRotationEnabled", default=False),
        Field("rotationPeriodInDays", "", live="Rotation.RotationPeriodInDays", computed=True),
        Field("deletionWindowInDays", ""),
    ),
    create=Call("create_key"),
    changes=(
        Change(call=Call("enable_key", _KEY), on=frozenset({"isEnabled"}), when=("isEnabled", True)),
        Change(
            call=Call("enable_key_rotation", _KEY),
            fields=(Field("rotationPeriodInDays", "RotationPeriodInDays"),),
            on=frozenset({"enableKeyRotation", "rotationPeriodInDays"}),
            when=("enableKeyRotation", True),
            otherwise=Call("disable_key_rotation", _KEY),
            at_create=("enableKeyRotation", True),
        ),
        Change(call=Call("update_key_description", _KEY), fields=(Field("description", "Description"),)),
        Change(
            call=Call("put_key_policy", {**_KEY, "PolicyName": "default"}),
            fields=(
                Field("policy", "Policy"),
                Field("bypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck"),
            ),
            on=frozenset({"policy"}),
        ),
        Change(
            call=Call("disable_key", _KEY),  # last: a disabled key takes no other change
            on=frozenset({"isEnabled"}),
            when=("isEnabled", False),
            at_create=("isEnabled", False),
        ),
    ),
    delete=Call("schedule_key_deletion", {**_KEY, "PendingWindowInDays": "{deletionWindowInDays?}"}),
    lookups=(
        Lookup(call=Call("describe_key", _KEY), at="KeyMetadata"),
        Lookup(call=Call("get_key_policy", {**_KEY, "PolicyName": "default"}), into="KeyPolicy"),
        Lookup(call=Call("get_key_rotation_status", _KEY), into="Rotation"),
    ),
    identity_at="KeyMetadata.KeyId",
    gone_when=("KeyState", "PendingDeletion"),
    outputs={"arn": "{live.Arn}", "keyId": "{live.KeyId}"},
    # ForceNew: customer_master_key_spec, key_usage, multi_region; no operation of KMS changes them.
    replace_on=frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion"}),
    tags=Tagging(
        path="Tags",
        pair=("TagKey", "TagValue"),
        tag=Call("tag_resource", {**_KEY, "Tags": "{tags}"}),
        untag=Call("untag_resource", {**_KEY, "TagKeys": "{keys}"}),
        listing=Call("list_resource_tags", _KEY),
    ),
    rules=(
        is_json("policy"),
        within("deletionWindowInDays", 7, 30),
        within("rotationPeriodInDays", 90, 2560),
        _rotation,
    ),
)


def _alias_name(inputs: Known) -> Iterator[CheckFailure]:
    name = inputs.get("name")
    if name is not None and not re.fullmatch(r"alias/[A-Za-z0-9/_-]+", name):
        yield CheckFailure("name", f"is {name!r}; it starts with alias/, then letters, digits, /, _ and -")
    if name is not None and name.startswith("alias/aws/"):
        yield CheckFailure("name", f"is {name!r}; alias/aws/ is for AWS's own keys")


ALIAS = ResourceType(
    token="aws:kms/alias:Alias",  # noqa: S106 - a type's name
    service="kms",
    fields=(Field("name", "AliasName"), Field("targetKeyId", "TargetKeyId", KeyId())),
    create=Call("create_alias"),
    changes=(Change(call=Call("update_alias", {"AliasName": "{id}"}), fields=(Field("targetKeyId", "TargetKeyId"),)),),
    delete=Call("delete_alias", {"AliasName": "{id}"}),
    lookups=(Lookup(call=Call("list_aliases"), at="Aliases", where={"AliasName": "{id}"}),),
    identity="{name}",
    outputs={
        "arn": "{live.AliasArn}",
        "targetKeyArn": "arn:{partition}:kms:{region}:{account_id}:key/{live.TargetKeyId}",
    },
    replace_on=frozenset({"name"}),  # ForceNew; UpdateAlias changes the key only
    autoname="alias/",
    rules=(_alias_name,),
)

ROWS = (KEY, ALIAS)
