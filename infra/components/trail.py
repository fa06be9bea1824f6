"""The trail of an account: every call in every region, in a bucket that keeps it and a log group that counts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudtrail, cloudwatch, iam, kms, s3

from infra.components.kept_bucket import encrypted_on_the_way, kept

__all__ = ["Trail", "TrailArgs"]

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


class TrailArgs(TypedDict):
    """What a trail needs to know."""

    trail_name: str
    """Name of the trail in AWS, of its role and of its key's alias."""
    bucket: str
    """Name of the bucket; names of buckets are unique in the world."""
    log_group: str
    """Name of the log group."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """Where the provider is: the trail's home."""
    keep_days: int
    """How long the bucket keeps what was recorded."""
    retention_days: int
    """How long the log group does."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the trail, the bucket, the key and the log group."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Trail(pulumi.ComponentResource):
    """A trail of all regions, encrypted, with digests by which a changed file is found.

    Attributes:
        trail_arn: The trail's ARN.
        log_group: The log group.
    """

    trail_arn: pulumi.Output[str]
    log_group: cloudwatch.LogGroup

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Trail", name, None, opts)
        tags, protect = args.get("tags", {}), args.get("protect", True)
        held = pulumi.ResourceOptions(parent=self, protect=protect)
        child = pulumi.ResourceOptions(parent=self)
        trail_arn = f"arn:{args['partition']}:cloudtrail:{args['region']}:{args['account']}:trail/{args['trail_name']}"
        key = kms.Key(
            f"{name}-key",
            description=f"Encrypts what {args['trail_name']} records",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps(_key_policy(args, trail_arn)),
            tags=tags,
            opts=held,
        )
        kms.Alias(f"{name}-key", name=f"alias/{args['trail_name']}", target_key_id=key.key_id, opts=child)
        bucket = s3.Bucket(name, bucket=args["bucket"], tags=tags, opts=held)
        ready = kept(name, bucket, key, hidden_days=args["keep_days"], expires_days=args["keep_days"], opts=child)
        ready.append(
            s3.BucketVersioning(name, bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child)
        )
        ready.append(
            s3.BucketPolicy(name, bucket=bucket.bucket, policy=json.dumps(_bucket_policy(args, trail_arn)), opts=child)
        )
        group = cloudwatch.LogGroup(
            name, name=args["log_group"], retention_in_days=args["retention_days"], tags=tags, opts=held
        )
        role = iam.Role(
            name, name=args["trail_name"], assume_role_policy=json.dumps(_trust(args)), tags=tags, opts=child
        )
        written = iam.RolePolicy(name, name="write", role=role.name, policy=json.dumps(_writes(args)), opts=child)
        trail = cloudtrail.Trail(
            name,
            name=args["trail_name"],
            s3_bucket_name=bucket.bucket,
            kms_key_id=key.arn,
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            tags=tags,
            # CloudTrail tries to write when it is created, and is refused without these.
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=[*ready, written]),
        )
        self.trail_arn, self.log_group = trail.arn, group
        self.register_outputs({"trail_arn": self.trail_arn})


def _policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _key_policy(args: TrailArgs, trail_arn: str) -> dict[str, Any]:
    """Of this key: `*` is the key itself."""
    this_trail = {"StringEquals": {"aws:SourceArn": trail_arn}}
    return _policy(
        {
            "Sid": "AccountAdministersKey",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{args['partition']}:iam::{args['account']}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "TrailEncrypts",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDTRAIL},
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": this_trail,
        },
        {
            "Sid": "TrailDescribesKey",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDTRAIL},
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": this_trail,
        },
    )


def _bucket_policy(args: TrailArgs, trail_arn: str) -> dict[str, Any]:
    """This trail writes, under this account; nobody calls without encryption on the way."""
    bucket = f"arn:{args['partition']}:s3:::{args['bucket']}"
    this_trail = {"aws:SourceArn": trail_arn}
    return _policy(
        {
            "Sid": "TrailLooksAtAcl",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDTRAIL},
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": {"StringEquals": this_trail},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDTRAIL},
            "Action": "s3:PutObject",
            "Resource": f"{bucket}/AWSLogs/{args['account']}/*",
            "Condition": {"StringEquals": {**this_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
        encrypted_on_the_way(bucket),
    )


def _trust(args: TrailArgs) -> dict[str, Any]:
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDTRAIL},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": args["account"]}},
        }
    )


def _writes(args: TrailArgs) -> dict[str, Any]:
    """CloudTrail writes to streams that it calls after the account and its region."""
    group = f"arn:{args['partition']}:logs:{args['region']}:{args['account']}:log-group:{args['log_group']}"
    stream = f"{group}:log-stream:{args['account']}_CloudTrail_{args['region']}*"
    return _policy(
        {
            "Sid": "TrailWritesToItsLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": stream,
        }
    )
