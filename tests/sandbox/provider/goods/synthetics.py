"""Good and bad ones of CloudWatch Synthetics: canaries."""

from __future__ import annotations

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, TAGS, Bad, Good

ROLE = f"arn:aws:iam::{ACCOUNT}:role/there"

GOODS = (
    Good(
        token="aws:synthetics/canary:Canary",
        inputs={
            "name": "shop-checkout",
            "runtimeVersion": "syn-python-selenium-6.0",
            "handler": "canary_script.handler",
            "s3Bucket": "there",
            "s3Key": "script/1.zip",
            "executionRoleArn": ROLE,
            "artifactS3Location": "s3://there/runs",
            "schedule": {"expression": "rate(5 minutes)"},
            "runConfig": {"timeoutInSeconds": 60.0, "environmentVariables": {"CHECKS": "[]"}},
            "startCanary": True,
            "tags": TAGS,
        },
        change={
            "s3Key": "script/2.zip",
            "schedule": {"expression": "rate(1 minute)"},
            "runConfig": {"timeoutInSeconds": 30.0, "environmentVariables": {"CHECKS": "[1]"}},
            "tags": OTHER_TAGS,
        },
        replacements={"name": "shop-other"},
        outside=(
            "synthetics",
            "update_canary",
            {"Name": "shop-checkout", "RuntimeVersion": "syn-python-selenium-5.0"},
        ),
        drift=("runtimeVersion",),
        bads=(
            *(
                Bad({name: DROP}, name, "required")
                for name in ("runtimeVersion", "handler", "executionRoleArn", "schedule", "s3Bucket", "s3Key")
            ),
            Bad({"handler": "canary.run"}, "handler", "ends in .handler"),
            Bad({"name": "Shop Checkout"}, "name"),
            Bad({"executionRoleArn": "there"}, "executionRoleArn"),
            Bad({"zipFile": "x.zip"}, "zipFile", "stand-in"),
            Bad({"runtimVersion": "x"}, "runtimVersion", "did you mean runtimeVersion"),
        ),
    ),
)
