"""Which calls a trail of management events records: a table of those that it does not, and where each happens."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GLOBAL_REGION", "is_recorded", "region_of"]

GLOBAL_REGION = "us-east-1"

_GLOBAL = frozenset({"budgets", "ce", "cloudfront", "iam", "organizations", "route53"})
"""Services whose calls are recorded in us-east-1, wherever they come from (CloudTrail, "Global service events")."""

_READS = frozenset({("sts", "AssumeRole"), ("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity")})
"""Of the calls that change nothing, those that are recorded here: who takes on which role."""

# Data events (CloudTrail, "Logging data events"), and what CloudTrail does not record at all: no management events.
_NOT_MANAGEMENT: Mapping[str, frozenset[str]] = {
    "cloudwatch": frozenset({"PutMetricData"}),
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement",
            "BatchWriteItem",
            "DeleteItem",
            "ExecuteStatement",
            "ExecuteTransaction",
            "PutItem",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "events": frozenset({"PutEvents"}),
    "lambda": frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"}),
    "logs": frozenset({"PutLogEvents"}),
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjects",
            "PutObject",
            "RestoreObject",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        }
    ),
}


def is_recorded(service: str, operation: str, *, mutating: bool) -> bool:
    """Whether a call is a management event that is recorded here.

    Args:
        service: botocore's name of the service.
        operation: The operation's name.
        mutating: Whether such a call can change anything.
    """
    if not mutating:
        return (service, operation) in _READS
    return operation not in _NOT_MANAGEMENT.get(service, ())


def region_of(service: str, called: str) -> str:
    """Where a call is recorded.

    Args:
        service: botocore's name of the service.
        called: The region that was called.
    """
    return GLOBAL_REGION if service in _GLOBAL else called
