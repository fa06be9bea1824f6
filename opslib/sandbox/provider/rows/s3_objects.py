"""S3: objects whose content a program writes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.provider.codecs import Plain, Trail
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_OF = {"Bucket": "{bucket}", "Key": "{key}"}


@dataclass(frozen=True, slots=True)
class _Bytes(Plain):
    """Bytes that Pulumi has as base64."""

    def encode(self, value: Any, trail: Trail) -> Any:  # noqa: ARG002 - a scalar has no steps down
        """The bytes; text that is no base64 stays text, which the check refuses."""
        if value is UNKNOWN:
            return value
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return value


def _content(inputs: Known) -> Iterator[CheckFailure]:
    if not inputs.sets("contentBase64"):
        yield CheckFailure("contentBase64", "is required (the stand-in provider knows neither content nor source)")
    if isinstance(inputs.get("contentBase64"), str) and isinstance(
        _Bytes().encode(inputs["contentBase64"], Trail((), "")), str
    ):
        yield CheckFailure("contentBase64", "is no base64")


OBJECT = ResourceType(
    token="aws:s3/bucketObjectv2:BucketObjectv2",  # noqa: S106 - Pulumi's word for a type's name
    service="s3",
    fields=(
        Field("bucket", "Bucket", live="-"),
        Field("key", "Key", live="-"),
        Field("contentBase64", "Body", _Bytes(), live="-"),
        Field("contentType", "ContentType", computed=True),
    ),
    create=Call("put_object"),
    update={},
    delete=Call("delete_object", _OF),
    lookups=(Lookup(call=Call("head_object", _OF)),),
    identity="{bucket}/{key}",
    outputs={"arn": "arn:{partition}:s3:::{bucket}/{key}", "etag": "{live.ETag}"},
    replace_on=frozenset({"bucket", "key"}),  # both ForceNew
    rules=(_content,),
)

ROWS = (OBJECT,)
