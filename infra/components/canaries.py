"""Canaries: a script in CloudWatch Synthetics that asks addresses every few minutes, and what it needs to run."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import iam, s3, synthetics

__all__ = ["Canaries", "CanariesArgs", "CanaryArgs"]

_SCRIPT = Path(__file__).with_name("canary_script.py")
_KEPT_DAYS = 31
"""How long pictures and requests of a run are kept: AWS's own default for what it says of a run."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the bundle, so that the same script is the same bundle."""


class CanaryArgs(TypedDict):
    """Addresses that one script asks, one after the other."""

    urls: Sequence[str]
    """What is asked, http or https."""
    contains: NotRequired[str]
    """What has to stand in every answer."""
    every_minutes: int
    """How often."""
    time_out_seconds: int
    """After how long a run is given up."""
    runtime: str
    """A Python runtime of Synthetics that AWS supports, such as `syn-python-selenium-6.0`."""


class CanariesArgs(TypedDict):
    """The canaries of a stack."""

    prefix: str
    """What the name of every canary starts with."""
    bucket: str
    """Name of the bucket for script and runs; names of buckets are unique in the world."""
    role_name: str
    """Name of the role; roles are global in the account."""
    account: str
    """The account's id."""
    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    """Where they run."""
    canaries: Mapping[str, CanaryArgs]
    """By a key that stays."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of everything that takes tags."""


class Canaries(pulumi.ComponentResource):
    """Canaries with one bucket for what they record, and one role that may write there and nothing else.

    Attributes:
        names: The name of each canary, by key.
    """

    names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CanariesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:Canaries", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), args.get("tags", {})
        bucket, guards = _bucket(name, args, child)
        bundle = _bundle()
        code = s3.BucketObjectv2(
            f"{name}-script",
            bucket=bucket.bucket,
            key=f"script/{hashlib.sha256(bundle).hexdigest()[:16]}.zip",
            content_base64=base64.b64encode(bundle).decode(),
            opts=child,
        )
        role = iam.Role(
            name,
            name=args["role_name"],
            assume_role_policy=json.dumps(
                _policy(_allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
            ),
            tags=tags,
            opts=child,
        )
        may = iam.RolePolicy(
            name, name="record", role=role.name, policy=json.dumps(_policy(*_writes(args))), opts=child
        )
        self.names = {}
        for key, canary in args["canaries"].items():
            made = synthetics.Canary(
                f"{name}-{key}",
                name=f"{args['prefix']}-{key}",
                runtime_version=canary["runtime"],
                handler="canary_script.handler",
                s3_bucket=bucket.bucket,
                s3_key=code.key,
                execution_role_arn=role.arn,
                artifact_s3_location=pulumi.Output.concat("s3://", bucket.bucket, "/runs/", key),
                schedule={"expression": _rate(canary["every_minutes"])},
                run_config={
                    "timeout_in_seconds": canary["time_out_seconds"],
                    "environment_variables": {"CHECKS": _checks(canary)},
                },
                success_retention_period=_KEPT_DAYS,
                failure_retention_period=_KEPT_DAYS,
                start_canary=True,
                delete_lambda=True,
                tags=tags,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[may, *guards]),
            )
            self.names[key] = made.name
        self.register_outputs({})


def _bucket(name: str, args: CanariesArgs, opts: pulumi.ResourceOptions) -> tuple[s3.Bucket, Sequence[pulumi.Resource]]:
    """Private, encrypted by S3's own key as every bucket is; what runs record travels by TLS and goes after a month."""
    # What is in it is made again by the next run.
    bucket = s3.Bucket(name, bucket=args["bucket"], force_destroy=True, tags=args.get("tags", {}), opts=opts)
    arn = f"arn:{args['partition']}:s3:::{args['bucket']}"
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"{arn}/runs/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return bucket, (
        s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=opts,
        ),
        s3.BucketPolicy(name, bucket=bucket.bucket, policy=json.dumps(_policy(tls_only)), opts=opts),
        s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "runs",
                    "status": "Enabled",
                    "filter": {"prefix": "runs/"},
                    "expiration": {"days": _KEPT_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            opts=opts,
        ),
    )


def _writes(args: CanariesArgs) -> list[dict[str, Any]]:
    """What a canary's role needs (CloudWatch user guide, "Required roles and permissions for canaries")."""
    bucket = f"arn:{args['partition']}:s3:::{args['bucket']}"
    here = f"arn:{args['partition']}:logs:{args['region']}:{args['account']}"
    logs = f"{here}:log-group:/aws/lambda/cwsyn-{args['prefix']}-*"
    return [
        _allow("s3:PutObject", Resource=f"{bucket}/runs/*"),
        _allow("s3:GetObject", Resource=f"{bucket}/script/*"),
        _allow("s3:GetBucketLocation", Resource=bucket),
        _allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", Resource=logs),
        # Neither has a resource in IAM; the namespace is what can be said of the second.
        _allow("s3:ListAllMyBuckets", Resource="*"),
        _allow(
            "cloudwatch:PutMetricData",
            Resource="*",
            Condition={"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}},
        ),
    ]


def _allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), **more}


def _policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _rate(minutes: int) -> str:
    return f"rate({minutes} minute{'s' if minutes > 1 else ''})"


def _checks(canary: CanaryArgs) -> str:
    seconds = canary["time_out_seconds"] / len(canary["urls"])
    checks = [{"url": url, "contains": canary.get("contains", ""), "seconds": seconds} for url in canary["urls"]]
    return json.dumps(checks, sort_keys=True)


def _bundle() -> bytes:
    """The script as Synthetics wants it, the same bytes wherever it is built."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(zipfile.ZipInfo("python/canary_script.py", _EPOCH), _SCRIPT.read_text(encoding="utf-8"))
    return written.getvalue()
