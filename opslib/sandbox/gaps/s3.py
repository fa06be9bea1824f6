"""S3: every new object is encrypted, and every bucket has a default for that, which moto only has where it was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from opslib.sandbox.gaps.call import GapCall, Handler

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


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("s3", operation): with_default_encryption
    for operation in ("PutObject", "CopyObject", "CompleteMultipartUpload", "GetBucketEncryption")
}
