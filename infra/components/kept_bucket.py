"""What makes of a bucket one that nobody reads who should not, and from which nothing is lost before its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import kms, s3

__all__ = ["encrypted_on_the_way", "kept"]


def kept(
    name: str,
    bucket: s3.Bucket,
    key: kms.Key,
    *,
    hidden_days: int,
    expires_days: int | None = None,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Make a bucket private, encrypted, and the only owner of what is in it.

    Its versions are not switched on here: Object Lock brings them, and then they cannot be switched off.

    Args:
        name: What Pulumi calls these.
        bucket: The bucket.
        key: What it encrypts with.
        hidden_days: For how many days what was overwritten or deleted can be got back.
        expires_days: After how many days an object expires; None: never.
        opts: Their parent.
    """
    named = bucket.bucket
    rule: s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "kept-long-enough",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": hidden_days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    if expires_days is not None:
        rule["expiration"] = {"days": expires_days}
    return [
        s3.BucketPublicAccessBlock(
            name,
            bucket=named,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=opts,
        ),
        # No access lists: whoever puts an object in has no say in who reads it.
        s3.BucketOwnershipControls(name, bucket=named, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts),
        s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=named,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=opts,
        ),
        s3.BucketLifecycleConfiguration(
            name,
            bucket=named,
            rules=[rule],
            opts=opts,
        ),
    ]


def encrypted_on_the_way(bucket_arn: str) -> Mapping[str, Any]:
    """The statement of a bucket's policy that refuses every call in plain text."""
    return {
        "Sid": "NobodyInPlainText",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",  # refused, whatever it is
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
