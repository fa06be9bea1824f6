"""Good and bad ones of S3: objects."""

from __future__ import annotations

import base64

from tests.sandbox.provider.good import DROP, Bad, Good

GOODS = (
    Good(
        token="aws:s3/bucketObjectv2:BucketObjectv2",
        needs=("bucket",),
        inputs={"bucket": "there", "key": "script/1.zip", "contentBase64": base64.b64encode(b"one").decode()},
        change={"contentBase64": base64.b64encode(b"two").decode()},
        replacements={"key": "script/2.zip", "bucket": "elsewhere"},
        outside=("s3", "put_object", {"Bucket": "there", "Key": "script/1.zip", "Body": b"by hand"}),
        bads=(
            Bad({"bucket": DROP}, "bucket", "required"),
            Bad({"key": DROP}, "key", "required"),
            Bad({"contentBase64": DROP}, "contentBase64", "required"),
            Bad({"contentBase64": "%"}, "contentBase64", "base64"),
            Bad({"content": "x"}, "content", "stand-in"),
            Bad({"contentBase46": "x"}, "contentBase46", "did you mean contentBase64"),
        ),
    ),
)
