"""S3: buckets, and what is set on each: policy, public access, ownership, versions, encryption, lifecycle, lock."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import Document, KeyId, Many
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import is_json, matching
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_OF = {"Bucket": "{id}"}
_BUCKET = Field("bucket", "Bucket", live="-")
_REPLACED = frozenset({"bucket"})  # ForceNew; it is what every call identifies it by

BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",  # noqa: S106 - Pulumi's word for a type's name
    service="s3",
    fields=(
        _BUCKET,
        Field("forceDestroy", "", default=False),
        Field("objectLockEnabled", "ObjectLockEnabledForBucket", live="-", computed=True),
    ),
    create=Call("create_bucket", {"CreateBucketConfiguration": {"LocationConstraint": "{location?}"}}),
    delete=Call("delete_bucket", _OF),
    lookups=(Lookup(call=Call("head_bucket", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}", "arn": "arn:{partition}:s3:::{bucket}"},
    replace_on=frozenset({"bucket", "objectLockEnabled"}),  # ForceNew
    tags=Tagging(
        path="",
        whole=True,
        none="NoSuchTagSet",
        tag=Call("put_bucket_tagging", {**_OF, "Tagging": {"TagSet": "{tags}"}}),
        untag=Call("delete_bucket_tagging", _OF),
        listing=Call("get_bucket_tagging", _OF),
        at="TagSet",
    ),
    rules=(matching("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "3 to 63 small letters, digits, . and -"),),
)

BUCKET_POLICY = ResourceType(
    token="aws:s3/bucketPolicy:BucketPolicy",  # noqa: S106 - a type's name
    service="s3",
    fields=(_BUCKET, Field("policy", "Policy", Document(policy=True))),
    create=Call("put_bucket_policy"),
    update={},
    delete=Call("delete_bucket_policy", _OF),
    lookups=(Lookup(call=Call("get_bucket_policy", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
    rules=(is_json("policy"),),
)

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

PUBLIC_ACCESS_BLOCK = ResourceType(
    token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",  # noqa: S106 - a type's name
    service="s3",
    fields=(
        _BUCKET,
        *(Field(n, f"PublicAccessBlockConfiguration.{n[0].upper()}{n[1:]}", default=False) for n in _BLOCKS),
        Field("skipDestroy", "", computed=True),
    ),
    create=Call("put_public_access_block"),
    update={},
    delete=Call("delete_public_access_block", _OF),
    lookups=(Lookup(call=Call("get_public_access_block", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
)

_SUSPENDED = {"Status": "Suspended"}

VERSIONING = ResourceType(
    token="aws:s3/bucketVersioning:BucketVersioning",  # noqa: S106 - a type's name
    service="s3",
    fields=(
        _BUCKET,
        Field(
            "versioningConfiguration",
            "VersioningConfiguration",
            Record((Field("status", "Status"), Field("mfaDelete", "MFADelete", computed=True))),
            live=".",
        ),
    ),
    create=Call("put_bucket_versioning"),
    update={},
    # A bucket that once had versions cannot be without: deleting suspends.
    delete=Call("put_bucket_versioning", {**_OF, "VersioningConfiguration": _SUSPENDED}),
    lookups=(Lookup(call=Call("get_bucket_versioning", _OF)),),
    identity="{bucket}",
    taken=lambda found: found.get("Status") == "Enabled",
    gone_when=("Status", "Suspended"),
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
)

_ENCRYPTION = Many(
    Record(
        (
            Field(
                "applyServerSideEncryptionByDefault",
                "ApplyServerSideEncryptionByDefault",
                Record((Field("sseAlgorithm", "SSEAlgorithm"), Field("kmsMasterKeyId", "KMSMasterKeyID", KeyId()))),
            ),
            Field("bucketKeyEnabled", "BucketKeyEnabled", computed=True),
        )
    )
)

_BY_DEFAULT = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"


def _by_a_key(inputs: Known) -> Iterator[CheckFailure]:
    if "AES256" in str(inputs.get("rules")):
        yield CheckFailure("rules", "say AES256, which every bucket has: the stand-in provider knows aws:kms alone")


ENCRYPTION = ResourceType(
    token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",  # noqa: S106 - a type's name
    service="s3",
    fields=(_BUCKET, Field("rules", "ServerSideEncryptionConfiguration.Rules", _ENCRYPTION)),
    create=Call("put_bucket_encryption"),
    update={},
    delete=Call("delete_bucket_encryption", _OF),
    lookups=(Lookup(call=Call("get_bucket_encryption", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
    # Every bucket is encrypted, with S3's own key where nothing else is said: that is none of ours.
    gone_when=(f"{_BY_DEFAULT}.SSEAlgorithm", "AES256"),
    rules=(_by_a_key,),
)

_LIFECYCLE = Many(
    Record(
        (
            Field("id", "ID"),
            Field("status", "Status"),
            Field("filter", "Filter", Record((Field("prefix", "Prefix"),)), computed=True),
            Field("expiration", "Expiration", Record((Field("days", "Days"),))),
            Field(
                "noncurrentVersionExpiration",
                "NoncurrentVersionExpiration",
                Record((Field("noncurrentDays", "NoncurrentDays"),)),
            ),
            Field(
                "abortIncompleteMultipartUpload",
                "AbortIncompleteMultipartUpload",
                Record((Field("daysAfterInitiation", "DaysAfterInitiation"),)),
            ),
        )
    ),
    key="id",
)

LIFECYCLE = ResourceType(
    token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",  # noqa: S106 - a type's name
    service="s3",
    fields=(_BUCKET, Field("rules", "LifecycleConfiguration.Rules", _LIFECYCLE, live="Rules")),
    create=Call("put_bucket_lifecycle_configuration"),
    update={},
    delete=Call("delete_bucket_lifecycle", _OF),
    lookups=(Lookup(call=Call("get_bucket_lifecycle_configuration", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
)

OWNERSHIP = ResourceType(
    token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",  # noqa: S106 - a type's name
    service="s3",
    fields=(
        _BUCKET,
        # One rule in Pulumi, a list of one in AWS.
        Field("rule", "OwnershipControls.Rules[0]", Record((Field("objectOwnership", "ObjectOwnership"),))),
    ),
    create=Call("put_bucket_ownership_controls"),
    update={},
    delete=Call("delete_bucket_ownership_controls", _OF),
    lookups=(Lookup(call=Call("get_bucket_ownership_controls", _OF)),),
    identity="{bucket}",
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
)

_RETENTION = Record((Field("mode", "Mode"), Field("days", "Days"), Field("years", "Years")))
_ON = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}

OBJECT_LOCK = ResourceType(
    token="aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",  # noqa: S106 - a type's name
    service="s3",
    fields=(
        _BUCKET,
        Field("objectLockEnabled", "ObjectLockConfiguration.ObjectLockEnabled", default="Enabled"),
        Field(
            "rule",
            "ObjectLockConfiguration.Rule",
            Record((Field("defaultRetention", "DefaultRetention", _RETENTION),)),
        ),
    ),
    create=Call("put_object_lock_configuration"),
    update={},
    # Object Lock cannot be switched off; what a new object is locked for by default can be left out.
    delete=Call("put_object_lock_configuration", {**_OF, **_ON}),
    lookups=(Lookup(call=Call("get_object_lock_configuration", _OF)),),
    identity="{bucket}",
    gone_when=("ObjectLockConfiguration.Rule", None),
    outputs={"bucket": "{bucket}"},
    replace_on=_REPLACED,
)

ROWS = (BUCKET, BUCKET_POLICY, PUBLIC_ACCESS_BLOCK, VERSIONING, ENCRYPTION, LIFECYCLE, OWNERSHIP, OBJECT_LOCK)
