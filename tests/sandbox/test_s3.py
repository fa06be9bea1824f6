"""S3's default encryption: every object has one, and every bucket."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.sandbox import Sandbox


@pytest.fixture
def s3(sandbox: Sandbox) -> Any:
    client = sandbox.client("s3", "us-east-1")
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
