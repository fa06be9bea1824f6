"""What of plain moto is relied on, where no other test shows it: signatures and objects."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


def test_signatures_are_made_and_checked(aws):
    kms = aws("kms")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    how = {"KeyId": key, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**how, Message=b"evidence")["Signature"]
    assert kms.verify(**how, Message=b"evidence", Signature=signature)["SignatureValid"]
    with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
        kms.verify(**how, Message=b"another", Signature=signature)


def test_objects_are_kept_with_what_is_said_of_them(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="evidence", VersioningConfiguration={"Status": "Enabled"})
    versions = [
        s3.put_object(Bucket="evidence", Key="a", Body=body, Metadata={"run": run})["VersionId"]
        for body, run in ((b"one", "1"), (b"two", "2"))
    ]
    assert s3.get_object(Bucket="evidence", Key="a")["Body"].read() == b"two"
    assert s3.get_object(Bucket="evidence", Key="a", VersionId=versions[0])["Body"].read() == b"one"
    found = s3.head_object(Bucket="evidence", Key="a")
    assert (found["Metadata"], found["ContentLength"], found["VersionId"]) == ({"run": "2"}, 3, versions[1])
    with pytest.raises(ClientError) as missing:
        s3.head_object(Bucket="evidence", Key="b")
    assert missing.value.response["Error"]["Code"] == "404"
