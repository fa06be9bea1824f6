"""S3: every object is encrypted and is what its checksum says; what is locked stays."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from opslib.sandbox import Sandbox


@pytest.fixture
def s3(account: Sandbox) -> Any:
    client = account.client("s3", "us-east-1")
    client.create_bucket(Bucket="points")
    return client


def encryption(s3: Any, key: str) -> tuple[str, str | None]:
    head = s3.head_object(Bucket="points", Key=key)
    return head["ServerSideEncryption"], head.get("SSEKMSKeyId")


def default(s3: Any) -> dict[str, Any]:
    (rule,) = s3.get_bucket_encryption(Bucket="points")["ServerSideEncryptionConfiguration"]["Rules"]
    return dict(rule["ApplyServerSideEncryptionByDefault"])


def test_an_object_that_is_put_without_a_word_of_it_is_encrypted(s3: Any) -> None:
    answer = s3.put_object(Bucket="points", Key="plain", Body=b"x")
    assert answer["ServerSideEncryption"] == "AES256"
    s3.copy_object(Bucket="points", Key="copy", CopySource={"Bucket": "points", "Key": "plain"})
    upload = s3.create_multipart_upload(Bucket="points", Key="parts")["UploadId"]
    where = {"Bucket": "points", "Key": "parts", "UploadId": upload}
    part = {"PartNumber": 1, "ETag": s3.upload_part(**where, PartNumber=1, Body=b"y")["ETag"]}
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [part]})
    assert {encryption(s3, key) for key in ("plain", "copy", "parts")} == {("AES256", None)}


def test_what_is_said_of_an_object_or_its_bucket_holds(s3: Any, sandbox: Sandbox) -> None:
    key = sandbox.client("kms", "us-east-1").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket="points", Key="one", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert default(s3) == {"SSEAlgorithm": "AES256"}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="points", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="points", Key="two", Body=b"x")
    assert {encryption(s3, name) for name in ("one", "two")} == {("aws:kms", key)}
    s3.delete_bucket_encryption(Bucket="points")
    assert default(s3) == {"SSEAlgorithm": "AES256"}


def test_an_object_is_what_its_checksum_says(s3: Any) -> None:
    def put(of: bytes, **more: str) -> str:
        digest = base64.b64encode(hashlib.sha256(of).digest()).decode()
        what = {"Bucket": "points", "Key": "k", "Body": b"x", "ChecksumAlgorithm": "SHA256", **more}
        return str(s3.put_object(**what, ChecksumSHA256=digest)["ChecksumSHA256"])

    assert refusal(put, b"y") == "BadDigest"
    stored = put(b"x", IfNoneMatch="*")
    assert s3.head_object(Bucket="points", Key="k", ChecksumMode="ENABLED")["ChecksumSHA256"] == stored
    assert refusal(put, b"x", IfNoneMatch="*") == "PreconditionFailed"


def refusal(call: Any, *args: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(*args, **parameters)
    return str(refused.value.response["Error"]["Code"])


@pytest.fixture
def locked(account: Sandbox) -> Any:
    client = account.client("s3", "us-east-1")
    client.create_bucket(Bucket="evidence", ObjectLockEnabledForBucket=True)
    lock(client, days=9)
    return client


def lock(client: Any, *, days: int) -> None:
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}
    client.put_object_lock_configuration(
        Bucket="evidence", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )


def test_a_locked_bucket_keeps_its_versions(locked: Any, s3: Any) -> None:
    locked.put_object(Bucket="evidence", Key="a", Body=b"x", ChecksumAlgorithm="SHA256")
    lock(locked, days=10)
    lock(locked, days=9)
    told = locked.get_object_lock_configuration(Bucket="evidence")["ObjectLockConfiguration"]
    assert told["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 9}
    suspended = {"Status": "Suspended"}
    for setting in (suspended, {"Status": "Enabled"}):
        s3.put_bucket_versioning(Bucket="points", VersioningConfiguration=setting)
    put = locked.put_bucket_versioning
    assert refusal(put, Bucket="evidence", VersioningConfiguration=suspended) == "InvalidBucketState"
    assert locked.get_bucket_versioning(Bucket="evidence")["Status"] == "Enabled"


def test_what_is_locked_is_kept_until_its_time(locked: Any, sandbox: Sandbox) -> None:
    put = {"Bucket": "evidence", "Key": "a", "ChecksumAlgorithm": "SHA256"}
    version = {"Bucket": "evidence", "Key": "a", "VersionId": locked.put_object(**put, Body=b"x")["VersionId"]}
    assert refusal(locked.delete_object, **version) == "AccessDenied"
    assert locked.delete_object(Bucket="evidence", Key="a")["DeleteMarker"]
    assert locked.list_objects_v2(Bucket="evidence")["KeyCount"] == 0
    listed = locked.list_object_versions(Bucket="evidence")
    assert ([one["IsLatest"] for one in listed["Versions"]], len(listed["DeleteMarkers"])) == ([False], 1)
    held = locked.head_object(**version)
    assert held["ObjectLockMode"] == "GOVERNANCE"
    sandbox.clock.advance(timedelta(days=9, minutes=1).total_seconds())
    locked.delete_object(**version)
    assert "Versions" not in locked.list_object_versions(Bucket="evidence")


def test_a_buckets_policy_denies_to_all_but_who_is_named(locked: Any, sandbox: Sandbox) -> None:
    def only(actions: list[str], condition: dict[str, Any]) -> dict[str, Any]:
        of = {"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::evidence/*"}
        return {**of, "Action": actions, "Condition": condition}

    role = sandbox.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    but_reader = {"ArnNotEquals": {"aws:PrincipalArn": [role]}}
    statements = [
        only(["s3:GetObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"], but_reader),
        only(["s3:PutObject"], {"Null": {"s3:if-none-match": "true"}}),
        only(["s3:*"], {"Bool": {"aws:SecureTransport": "false"}}),
        only(["s3:*"], {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    locked.put_bucket_policy(Bucket="evidence", Policy=policy)
    it = {"Bucket": "evidence", "Key": "it"}
    assert refusal(locked.put_object, **it, Body=b"x", ChecksumAlgorithm="SHA256") == "AccessDenied"
    put = locked.put_object(**it, Body=b"x", ChecksumAlgorithm="SHA256", IfNoneMatch="*")
    assert refusal(locked.get_object, **it) == "AccessDenied"
    session = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="kim")["Credentials"]
    reader = sandbox.client("s3", "us-east-1", actor=session["AccessKeyId"])
    assert reader.get_object(**it)["Body"].read() == b"x"
    version = {**it, "VersionId": put["VersionId"], "BypassGovernanceRetention": True}
    assert refusal(locked.delete_object, **version) == "AccessDenied"
    reader.delete_object(**version)
    assert refusal(reader.get_object, **it) == "NoSuchKey"
