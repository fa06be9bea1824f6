"""Secrets Manager: secrets, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import is_json, matching
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_SECRET = {"SecretId": "{id}"}


def _window(inputs: Known) -> Iterator[CheckFailure]:
    if inputs.get("recoveryWindowInDays", 30) != 0 and "recoveryWindowInDays" not in inputs.unknown:
        yield CheckFailure("recoveryWindowInDays", "the stand-in deletes at once, which is 0")


SECRET = ResourceType(
    token="aws:secretsmanager/secret:Secret",  # noqa: S106 - Pulumi's word for a type's name
    service="secretsmanager",
    fields=(
        Field("name", "Name"),
        Field("description", "Description"),
        Field("kmsKeyId", "KmsKeyId"),
        Field("policy", "", Document(policy=True), computed=True),
        Field("recoveryWindowInDays", ""),
        Field("forceOverwriteReplicaSecret", "", default=False),
    ),
    create=Call("create_secret"),
    changes=(
        Change(
            call=Call("update_secret", _SECRET),
            fields=(Field("description", "Description"), Field("kmsKeyId", "KmsKeyId")),
        ),
    ),
    delete=Call("delete_secret", {**_SECRET, "ForceDeleteWithoutRecovery": True}),
    lookups=(Lookup(call=Call("describe_secret", _SECRET)),),
    identity_at="ARN",
    search=Lookup(call=Call("describe_secret", {"SecretId": "{name}"})),
    outputs={"arn": "{live.ARN}"},
    replace_on=frozenset({"name"}),  # ForceNew; UpdateSecret has none
    autoname="",
    tags=Tagging(
        path="Tags",
        tag=Call("tag_resource", {**_SECRET, "Tags": "{tags}"}),
        untag=Call("untag_resource", {**_SECRET, "TagKeys": "{keys}"}),
        listing=Call("describe_secret", _SECRET),
    ),
    rules=(
        matching("name", r"[A-Za-z0-9/_+=.@-]{1,512}", "up to 512 letters, digits and /_+=.@-"),
        is_json("policy"),
        _window,
    ),
)

VERSION = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",  # noqa: S106 - a type's name
    service="secretsmanager",
    fields=(Field("secretId", "SecretId", live="ARN"), Field("secretString", "SecretString")),
    create=Call("put_secret_value"),
    # A version that is current cannot be deleted, and goes with its secret: the real provider leaves it there too.
    delete=Call("describe_secret", {"SecretId": "{secretId}"}),
    lookups=(Lookup(call=Call("get_secret_value", {"SecretId": "{secretId}"}), where={"VersionId": "{id}"}),),
    identity_at="VersionId",
    outputs={"arn": "{live.ARN}", "versionId": "{id}", "versionStages": "{live.VersionStages}"},
    replace_on=frozenset({"secretId", "secretString"}),  # ForceNew
    secrets=frozenset({"secretString"}),  # Sensitive
)

ROWS = (SECRET, VERSION)
