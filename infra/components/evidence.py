"""The bucket of evidence: what is in it cannot be changed, is read by a few, and is added to by a few others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

import pulumi
from pulumi_aws import kms, s3

from infra.components.kept_bucket import encrypted_on_the_way, kept

__all__ = ["Evidence", "EvidenceArgs"]

_READING = ("s3:GetObject", "s3:GetObjectVersion")
_WRITING = ("s3:PutObject",)
_ENDING = (
    *("s3:DeleteObject", "s3:DeleteObjectVersion"),
    *("s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectLegalHold"),
)
"""What removes or hides an object, or changes for how long it is locked."""


class EvidenceArgs(TypedDict):
    """What the bucket needs to know."""

    bucket: str
    """Its name; names of buckets are unique in the world."""
    key_alias: str
    """Name of its key's alias, without `alias/`."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    keep_days: int
    """For how long everything is locked."""
    mode: Literal["governance", "compliance"]
    """Whether whoever is named can end a lock, or nobody can."""
    readers: Sequence[str]
    """ARNs of the roles that may read."""
    writers: Sequence[str]
    """ARNs of the roles that may add."""
    enders: NotRequired[Sequence[str]]
    """ARNs of the roles that may end a lock in governance mode; none: nobody."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete it and its key."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Evidence(pulumi.ComponentResource):
    """A bucket with Object Lock and a key of its own.

    Who may do what needs both: the policies of whoever asks allow it, and the bucket's does not deny it. The bucket's
    denies to everybody who is not named, whatever their own say; it allows nothing.

    Attributes:
        bucket_name: Its name.
        bucket_arn: Its ARN.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EvidenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Evidence", name, None, opts)
        tags, protect = args.get("tags", {}), args.get("protect", True)
        held, child = pulumi.ResourceOptions(parent=self, protect=protect), pulumi.ResourceOptions(parent=self)
        key = kms.Key(
            f"{name}-key",
            description=f"Encrypts the evidence in {args['bucket']}",
            enable_key_rotation=True,
            # The longest that KMS waits: a key that is gone takes all evidence with it.
            deletion_window_in_days=30,
            policy=json.dumps(_key_policy(args)),
            tags=tags,
            opts=held,
        )
        kms.Alias(f"{name}-key", name=f"alias/{args['key_alias']}", target_key_id=key.key_id, opts=child)
        bucket = s3.Bucket(name, bucket=args["bucket"], object_lock_enabled=True, tags=tags, opts=held)
        ready = kept(name, bucket, key, hidden_days=args["keep_days"], opts=child)
        ready.append(
            s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": args["mode"].upper(), "days": args["keep_days"]}},
                opts=held,
            )
        )
        ready.append(s3.BucketPolicy(name, bucket=bucket.bucket, policy=json.dumps(_bucket_policy(args)), opts=child))
        # Whoever hears its name may put something in: only once that is private and locked.
        self.bucket_name = pulumi.Output.all(bucket.bucket, *(one.urn for one in ready)).apply(
            lambda told: str(told[0])
        )
        self.bucket_arn = bucket.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})


def _key_policy(args: EvidenceArgs) -> dict[str, Any]:
    """The account's own policies decide, and the roles' name this key by its alias."""
    return _policy(
        {
            "Sid": "AccountAdministersKey",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{args['partition']}:iam::{args['account']}:root"},
            "Action": "kms:*",  # in a key's policy: of this key
            "Resource": "*",  # in a key's policy: this key
        }
    )


def _bucket_policy(args: EvidenceArgs) -> dict[str, Any]:
    """What is denied, and to whom.

    Nothing that is set on the bucket itself (its policy, lock, lifecycle) is denied to anybody: whoever deploys would
    lock themselves out, and only the root user could let them in again. Nor is listing, which is what HeadBucket needs,
    by which Pulumi looks whether the bucket is there. What is locked stays locked whatever becomes of those.
    """
    bucket = f"arn:{args['partition']}:s3:::{args['bucket']}"
    objects = f"{bucket}/*"
    return _policy(
        encrypted_on_the_way(bucket),
        _only("NobodyElseReads", _READING, objects, args["readers"]),
        _only("NobodyElseAdds", _WRITING, objects, args["writers"]),
        _only("NobodyElseEnds", _ENDING, objects, args.get("enders", ())),
        {
            "Sid": "NobodyOverwrites",
            "Effect": "Deny",
            "Principal": "*",
            "Action": list(_WRITING),
            "Resource": objects,
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
    )


def _only(sid: str, actions: Sequence[str], on: str, roles: Sequence[str]) -> dict[str, Any]:
    """Denied to everybody but these roles: a session's principal is its role."""
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": on,
    }
    if roles:
        statement["Condition"] = {"ArnNotEquals": {"aws:PrincipalArn": sorted(roles)}}
    return statement


def _policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
