"""S3: every object is encrypted and is what its checksum says, a locked bucket keeps its versions; moto is kinder."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.s3_policies import refuse_denied

__all__ = ["OPERATIONS"]

# S3, PutObject: "Amazon S3 encrypts all new objects with SSE-S3 by default", since January 2023, and no bucket can be
# without a default: GetBucketEncryption answers this one where none was put, and after DeleteBucketEncryption.
_DEFAULT = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


def with_default_encryption(call: GapCall) -> Mapping[str, Any] | None:
    """Give each bucket without one the default that AWS gives it; moto carries on."""
    # Of all of them: the call's bucket may be in its host or its path, and the body, which may be large, is not parsed.
    for backend in s3_backends[call.account_id].values():
        for bucket in backend.buckets.values():
            bucket.encryption = bucket.encryption or _DEFAULT
    return None


def put_object(call: GapCall) -> Mapping[str, Any] | None:
    """Refuse what is denied, and what is not what its SHA-256 says; moto believes the checksum, and carries on."""
    refuse_denied(call)
    said = call.header("x-amz-checksum-sha256")
    if said and said != base64.b64encode(hashlib.sha256(call.body).digest()).decode("ascii"):
        raise AwsError("BadDigest", "The SHA256 you specified did not match the calculated checksum.", 400)
    return with_default_encryption(call)


def unless_denied(call: GapCall) -> Mapping[str, Any] | None:
    """Refuse what the bucket's policy denies; moto carries on."""
    refuse_denied(call)
    return None


def get_object_lock_configuration(call: GapCall) -> Mapping[str, Any]:
    """Days or years, whichever was put; moto tells the other as 0."""
    found = call.through()
    retention = found["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    for unit in ("Days", "Years"):
        if not retention.get(unit):
            retention.pop(unit, None)
    return found


def put_object_lock_configuration(call: GapCall) -> Mapping[str, Any] | None:
    """Change it where there are objects already, which moto refuses; otherwise moto carries on."""
    bucket = s3_backends[call.account_id]["aws"].buckets.get(call.parameters["Bucket"])
    if bucket is None or not bucket.object_lock_enabled or not bucket.keys.item_size():
        return None
    retention = call.parameters["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    bucket.default_lock_mode = retention.get("Mode")
    bucket.default_lock_days, bucket.default_lock_years = retention.get("Days", 0), retention.get("Years", 0)
    return {}


def put_bucket_versioning(call: GapCall) -> Mapping[str, Any] | None:
    """Refuse to suspend the versions of a bucket with Object Lock; moto carries on."""
    name, wanted = call.parameters["Bucket"], call.parameters["VersioningConfiguration"]
    bucket = s3_backends[call.account_id]["aws"].buckets.get(name)
    if wanted.get("Status") == "Suspended" and bucket is not None and bucket.object_lock_enabled:
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise AwsError("InvalidBucketState", message, 409)
    return None


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **{
        ("s3", operation): with_default_encryption
        for operation in ("CopyObject", "CompleteMultipartUpload", "GetBucketEncryption")
    },
    **{("s3", operation): unless_denied for operation in ("DeleteObject", "GetObject", "HeadObject")},
    ("s3", "GetObjectLockConfiguration"): get_object_lock_configuration,
    ("s3", "PutBucketVersioning"): put_bucket_versioning,
    ("s3", "PutObject"): put_object,
    ("s3", "PutObjectLockConfiguration"): put_object_lock_configuration,
}
