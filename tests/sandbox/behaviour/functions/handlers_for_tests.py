"""Handlers that the sandbox runs in its own process."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import boto3


def echo(event: Any, context: Any) -> Any:
    return {
        "event": event,
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "has_time": context.get_remaining_time_in_millis() > 0,
        "table": os.environ.get("TABLE"),
        "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    }


def fail(event: Any, _: Any) -> Any:
    raise ValueError(f"no good: {event}")


def sleep(_event: Any, _context: Any) -> None:
    time.sleep(30)


def nap(_event: Any, _context: Any) -> None:
    time.sleep(0.2)


def count(event: Any, _: Any) -> Any:
    """Call the sandbox from inside, as a real handler calls AWS: also the service that it runs in, and its own."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.update_item(
        TableName="counts",
        Key={"pk": {"S": event["name"]}},
        UpdateExpression="ADD times :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    versions = boto3.client("lambda").list_versions_by_function(FunctionName=os.environ["AWS_LAMBDA_FUNCTION_NAME"])
    if event.get("fails"):
        raise RuntimeError("counted, then failed")
    return len(versions["Versions"])


def keep(event: Any, _: Any) -> None:
    """Write down what came, as an item."""
    boto3.client("dynamodb").put_item(
        TableName="kept",
        Item={"pk": {"S": event["Records"][0]["Sns"]["MessageId"]}, "event": {"S": json.dumps(event)}},
    )
