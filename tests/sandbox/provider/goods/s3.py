"""Good and bad ones of S3: buckets and what belongs to them."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, Bad, Good

_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"


def _policy(action: str) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::there/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _encrypted(**by: str) -> dict[str, object]:
    return {"applyServerSideEncryptionByDefault": by, "bucketKeyEnabled": True}


def _locked(mode: str, days: float) -> dict[str, object]:
    return {"defaultRetention": {"mode": mode, "days": days}}


_EXPIRES = {"id": "old", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 400.0}}

GOODS = (
    Good(
        token="aws:s3/bucket:Bucket",
        inputs={"bucket": "shop-trail", "tags": TAGS},
        change={"tags": OTHER_TAGS},
        replacements={"bucket": "shop-trail-2", "objectLockEnabled": True},
        outside=(
            "s3",
            "put_bucket_tagging",
            {"Bucket": "{id}", "Tagging": {"TagSet": [{"Key": "team", "Value": "by hand"}]}},
        ),
        drift=("tags",),
        bads=(
            Bad({"bucket": "Shop"}, "bucket", "small letters"),
            Bad({"bucket": "x" * 64}, "bucket", "3 to 63"),
            Bad({"forceDestroy": "yes"}, "forceDestroy", "boolean"),
            Bad({"buckets": "x"}, "buckets", "did you mean bucket"),
        ),
    ),
    Good(
        token="aws:s3/bucketPolicy:BucketPolicy",
        needs=("bucket",),
        inputs={"bucket": "there", "policy": _policy("s3:PutObject")},
        change={"policy": _policy("s3:DeleteObject")},
        replacements={"bucket": "other"},
        outside=("s3", "put_bucket_policy", {"Bucket": "{id}", "Policy": _policy("s3:GetObject")}),
        drift=("policy",),
        bads=(
            Bad({"policy": "{"}, "policy", "JSON"),
            Bad({"policy": DROP}, "policy", "required"),
            Bad({"bucket": DROP}, "bucket", "required"),
        ),
    ),
    Good(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        needs=("bucket",),
        inputs={"bucket": "there", "blockPublicAcls": True, "blockPublicPolicy": True},
        change={"restrictPublicBuckets": True},
        replacements={"bucket": "other"},
        outside=(
            "s3",
            "put_public_access_block",
            {
                "Bucket": "{id}",
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": False, "BlockPublicPolicy": True},
            },
        ),
        drift=("blockPublicAcls",),
        bads=(
            Bad({"blockPublicAcls": "yes"}, "blockPublicAcls", "boolean"),
            Bad({"bucket": DROP}, "bucket", "required"),
            Bad({"blockPublicAcl": True}, "blockPublicAcl", "did you mean blockPublicAcls"),
        ),
    ),
    Good(
        token="aws:s3/bucketVersioning:BucketVersioning",
        needs=("bucket",),
        inputs={"bucket": "there", "versioningConfiguration": {"status": "Enabled"}},
        change={},
        replacements={"bucket": "other"},
        fixed=True,
        bads=(
            Bad({"versioningConfiguration": {"status": "On"}}, "versioningConfiguration.status", "Enabled"),
            Bad({"versioningConfiguration": DROP}, "versioningConfiguration", "required"),
            Bad({"bucket": DROP}, "bucket", "required"),
        ),
    ),
    Good(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        needs=("bucket",),
        inputs={"bucket": "there", "rules": [_encrypted(sseAlgorithm="aws:kms", kmsMasterKeyId=_KEY)]},
        change={"rules": [_encrypted(sseAlgorithm="aws:kms", kmsMasterKeyId=_KEY.replace("1234-", "4321-", 1))]},
        replacements={"bucket": "other"},
        outside=(
            "s3",
            "put_bucket_encryption",
            {
                "Bucket": "{id}",
                "ServerSideEncryptionConfiguration": {
                    "Rules": [
                        {
                            "ApplyServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": "87654321-1234-1234-1234-123456789012",
                            }
                        }
                    ]
                },
            },
        ),
        drift=("rules",),
        bads=(
            Bad(
                {"rules": [_encrypted(sseAlgorithm="ROT13")]},
                "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
                "AES256",
            ),
            Bad({"rules": [_encrypted(sseAlgorithm="AES256")]}, "rules", "every bucket has"),
            Bad({"rules": DROP}, "rules", "required"),
            Bad({"rule": []}, "rule", "did you mean rules"),
        ),
    ),
    Good(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        needs=("bucket",),
        inputs={"bucket": "there", "rules": [_EXPIRES]},
        change={"rules": [{**_EXPIRES, "expiration": {"days": 500.0}}]},
        replacements={"bucket": "other"},
        outside=(
            "s3",
            "put_bucket_lifecycle_configuration",
            {
                "Bucket": "{id}",
                "LifecycleConfiguration": {
                    "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}]
                },
            },
        ),
        drift=("rules",),
        bads=(
            Bad({"rules": [{**_EXPIRES, "status": "On"}]}, "rules[0].status", "Enabled"),
            Bad({"rules": [{**_EXPIRES, "expiration": {"days": "soon"}}]}, "rules[0].expiration.days", "number"),
            Bad({"bucket": DROP}, "bucket", "required"),
        ),
    ),
    Good(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        needs=("bucket",),
        inputs={"bucket": "there", "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        change={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        replacements={"bucket": "other"},
        outside=(
            "s3",
            "put_bucket_ownership_controls",
            {"Bucket": "{id}", "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
        ),
        drift=("rule",),
        bads=(
            Bad({"rule": {"objectOwnership": "Mine"}}, "rule.objectOwnership", "BucketOwnerEnforced"),
            Bad({"rule": DROP}, "rule", "required"),
            Bad({"rules": []}, "rules", "did you mean rule"),
        ),
    ),
    Good(
        token="aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        needs=("locked bucket",),
        inputs={"bucket": "locked", "rule": _locked("GOVERNANCE", 400.0)},
        change={"rule": _locked("COMPLIANCE", 500.0)},
        replacements={"bucket": "other"},
        outside=(
            "s3",
            "put_object_lock_configuration",
            {
                "Bucket": "{id}",
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 9}},
                },
            },
        ),
        drift=("rule",),
        bads=(
            Bad({"rule": _locked("FIRMLY", 400.0)}, "rule.defaultRetention.mode", "GOVERNANCE"),
            Bad({"rule": {"defaultRetention": {"days": "long"}}}, "rule.defaultRetention.days", "number"),
            Bad({"bucket": DROP}, "bucket", "required"),
        ),
    ),
)
