"""How each service says "too many requests" and "our fault": a table of error codes and HTTP statuses.

The codes are those of botocore's models of the services where these name them, else AWS's common errors
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html and its like for each service), which the
services of the query protocol shorten to `Throttling`. What SDKs take for throttling:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["INTERNAL", "THROTTLING", "Code", "internal_error_of", "throttling_of"]


class Code(NamedTuple):
    """An error code, the HTTP status and the text that go with it."""

    code: str
    status: int
    message: str = "Rate exceeded"


_THROTTLING = Code("ThrottlingException", 400)
_QUERY_THROTTLING = Code("Throttling", 400)

THROTTLING: Mapping[str, Code] = {
    "apigateway": Code("TooManyRequestsException", 429),
    "autoscaling": _QUERY_THROTTLING,
    "ce": Code("LimitExceededException", 400),
    "cloudformation": _QUERY_THROTTLING,
    "cloudwatch": _QUERY_THROTTLING,
    "dynamodb": _THROTTLING,
    "ec2": Code("RequestLimitExceeded", 503, "Request limit exceeded."),
    "efs": Code("ThrottlingException", 429),
    "elasticache": _QUERY_THROTTLING,
    "elb": _QUERY_THROTTLING,
    "elbv2": _QUERY_THROTTLING,
    "iam": _QUERY_THROTTLING,
    "lambda": Code("TooManyRequestsException", 429, "Rate Exceeded."),
    "rds": _QUERY_THROTTLING,
    "resourcegroupstaggingapi": Code("ThrottledException", 429),
    "route53": _QUERY_THROTTLING,
    "s3": Code("SlowDown", 503, "Please reduce your request rate."),
    "scheduler": Code("ThrottlingException", 429),
    "sns": _QUERY_THROTTLING,
    "sqs": Code("RequestThrottled", 403),
    "sts": _QUERY_THROTTLING,
    "synthetics": Code("TooManyRequestsException", 429),
}
"""By service; all others answer ThrottlingException, status 400."""

_DATA_PLANE = frozenset(
    {
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    }
)
_THROUGHPUT = Code(
    "ProvisionedThroughputExceededException",
    400,
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API.",
)

_OUR_FAULT = "The request processing has failed because of an unknown error, exception or failure."

INTERNAL: Mapping[str, str] = {
    "application-autoscaling": "InternalServiceException",
    "budgets": "InternalErrorException",
    "cloudwatch": "InternalServiceError",
    "dynamodb": "InternalServerError",
    "ecr": "ServerException",
    "ecs": "ServerException",
    "efs": "InternalServerError",
    "events": "InternalException",
    "kms": "KMSInternalException",
    "lambda": "ServiceException",
    "logs": "InternalServerException",
    "resourcegroupstaggingapi": "InternalServiceException",
    "s3": "InternalError",
    "scheduler": "InternalServerException",
    "secretsmanager": "InternalServiceError",
    "sns": "InternalError",
    "ssm": "InternalServerError",
    "synthetics": "InternalServerException",
}
"""By service, its code for status 500; all others answer InternalFailure. With 503 all answer ServiceUnavailable."""


def throttling_of(service: str, operation: str) -> Code:
    """How a service throttles an operation.

    Args:
        service: botocore's name of the service.
        operation: The operation's name.
    """
    if service == "dynamodb" and operation in _DATA_PLANE:
        return _THROUGHPUT
    return THROTTLING.get(service, _THROTTLING)


def internal_error_of(service: str, status: int) -> Code:
    """How a service says that something broke inside it.

    Args:
        service: botocore's name of the service.
        status: The HTTP status, 500 or 503.
    """
    if status == 503:  # noqa: PLR2004  # HTTP's own number
        return Code("ServiceUnavailable", status, "The request has failed due to a temporary failure of the server.")
    return Code(INTERNAL.get(service, "InternalFailure"), status, _OUR_FAULT)
