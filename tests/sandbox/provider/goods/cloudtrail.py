"""Good and bad ones of CloudTrail: trails."""

from __future__ import annotations

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, Bad, Good

_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/cloudtrail/shop:*"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/trail"

GOODS = (
    Good(
        token="aws:cloudtrail/trail:Trail",
        needs=("bucket",),
        inputs={
            "name": "shop",
            "s3BucketName": "there",
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "cloudWatchLogsGroupArn": _GROUP,
            "cloudWatchLogsRoleArn": _ROLE,
            "tags": TAGS,
        },
        change={"enableLogFileValidation": False, "tags": OTHER_TAGS},
        replacements={"name": "other"},
        outside=("cloudtrail", "stop_logging", {"Name": "shop"}),
        drift=("enableLogging",),
        bads=(
            Bad({"name": "a"}, "name", "3 to 128"),
            Bad({"s3BucketName": DROP}, "s3BucketName", "required"),
            Bad({"includeGlobalServiceEvents": False}, "includeGlobalServiceEvents", "all regions"),
            Bad({"cloudWatchLogsRoleArn": DROP}, "cloudWatchLogsGroupArn", "both or neither"),
            Bad({"cloudWatchLogsGroupArn": _GROUP.removesuffix(":*")}, "cloudWatchLogsGroupArn", "ends in"),
            Bad({"cloudWatchLogsRoleArn": "me"}, "cloudWatchLogsRoleArn", "ARN"),
            Bad({"s3Bucket": "x"}, "s3Bucket", "did you mean s3BucketName"),
        ),
    ),
)
