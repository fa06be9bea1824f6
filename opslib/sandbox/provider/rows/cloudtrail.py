"""CloudTrail: trails."""

from __future__ import annotations

from collections.abc import Iterator

from opslib.sandbox.provider.codecs import KeyId
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, matching
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["ROWS"]

_NAME = {"Name": "{name}"}


def _together(inputs: Known) -> Iterator[CheckFailure]:
    if inputs.get("isMultiRegionTrail") and inputs.get("includeGlobalServiceEvents") is False:
        yield CheckFailure("includeGlobalServiceEvents", "has to be true for a trail of all regions")
    group, role = inputs.sets("cloudWatchLogsGroupArn"), inputs.sets("cloudWatchLogsRoleArn")
    if bool(group) != bool(role):
        yield CheckFailure("cloudWatchLogsGroupArn", "goes with cloudWatchLogsRoleArn: AWS takes both or neither")
    if "cloudWatchLogsGroupArn" in inputs and not inputs["cloudWatchLogsGroupArn"].endswith(":*"):
        yield CheckFailure("cloudWatchLogsGroupArn", "ends in :* where CloudTrail takes it")


TRAIL = ResourceType(
    token="aws:cloudtrail/trail:Trail",  # noqa: S106 - Pulumi's word for a type's name
    service="cloudtrail",
    fields=(
        Field("name", "Name"),
        Field("s3BucketName", "S3BucketName"),
        Field("s3KeyPrefix", "S3KeyPrefix"),
        Field("snsTopicName", "SnsTopicName"),
        Field("cloudWatchLogsGroupArn", "CloudWatchLogsLogGroupArn"),
        Field("cloudWatchLogsRoleArn", "CloudWatchLogsRoleArn"),
        Field("kmsKeyId", "KmsKeyId", KeyId()),
        Field("enableLogFileValidation", "EnableLogFileValidation", live="LogFileValidationEnabled", default=False),
        Field("includeGlobalServiceEvents", "IncludeGlobalServiceEvents", default=True),
        Field("isMultiRegionTrail", "IsMultiRegionTrail", default=False),
        Field("isOrganizationTrail", "IsOrganizationTrail", default=False),
        Field("enableLogging", "", live="Status.IsLogging", default=True),
    ),
    create=Call("create_trail"),
    changes=(
        Change(
            call=Call("update_trail", _NAME),
            fields=(
                Field("s3BucketName", "S3BucketName"),
                Field("s3KeyPrefix", "S3KeyPrefix"),
                Field("snsTopicName", "SnsTopicName"),
                Field("cloudWatchLogsGroupArn", "CloudWatchLogsLogGroupArn"),
                Field("cloudWatchLogsRoleArn", "CloudWatchLogsRoleArn"),
                Field("kmsKeyId", "KmsKeyId", KeyId()),
                Field("enableLogFileValidation", "EnableLogFileValidation"),
                Field("includeGlobalServiceEvents", "IncludeGlobalServiceEvents"),
                Field("isMultiRegionTrail", "IsMultiRegionTrail"),
                Field("isOrganizationTrail", "IsOrganizationTrail"),
            ),
        ),
        Change(
            call=Call("start_logging", _NAME),
            on=frozenset({"enableLogging"}),
            when=("enableLogging", True),
            otherwise=Call("stop_logging", _NAME),
            at_create=("enableLogging", True),
        ),
    ),
    delete=Call("delete_trail", _NAME),
    lookups=(
        Lookup(call=Call("get_trail", {"Name": "{id}"}), at="Trail"),
        Lookup(call=Call("get_trail_status", {"Name": "{id}"}), into="Status"),
    ),
    identity="arn:{partition}:cloudtrail:{region}:{account_id}:trail/{name}",
    outputs={"arn": "{live.TrailARN}", "homeRegion": "{region}"},
    replace_on=frozenset({"name"}),  # ForceNew
    autoname="",
    tags=Tagging(
        path="TagsList",
        tag=Call("add_tags", {"ResourceId": "{arn}", "TagsList": "{tags}"}),
        untag=Call("remove_tags", {"ResourceId": "{arn}", "TagsList": "{pairs}"}),
        listing=Call("list_tags", {"ResourceIdList": ["{arn}"]}),
        at="ResourceTagList[0].TagsList",
    ),
    rules=(
        matching("name", r"[A-Za-z0-9._-]{3,128}", "3 to 128 letters, digits, . _ and -"),
        arns("cloudWatchLogsGroupArn", "cloudWatchLogsRoleArn"),
        _together,
    ),
)

ROWS = (TRAIL,)
