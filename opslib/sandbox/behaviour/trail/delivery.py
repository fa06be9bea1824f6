"""Delivering records: a compressed file for each region into a trail's bucket, a line each into its log group.

Sources: CloudTrail user guide, "CloudTrail log file name format", "Sending events to CloudWatch Logs".
"""

from __future__ import annotations

import gzip
import json
import string
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.service_calls import ask

if TYPE_CHECKING:
    from opslib.sandbox.account import Account
    from opslib.sandbox.behaviour.trail.records import Record

__all__ = ["DELIVERED", "deliver"]

DELIVERED = "trail deliveries"
"""Under which name it is on record when and how each trail was last delivered, by its ARN."""

MOST_BYTES = 262_144
"""Of a record: CloudTrail sends no larger one to CloudWatch Logs ("Sending events to CloudWatch Logs")."""

_LETTERS = string.ascii_letters + string.digits
_UNIQUE = 16


def deliver(account: Account, trail: Any, records: Sequence[Record], now: datetime) -> None:
    """Deliver what was recorded to a trail's bucket and its log group. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        trail: The trail, as moto keeps it.
        records: The records.
        now: The time.
    """
    told = account.record(DELIVERED).setdefault(trail.arn, {})
    try:
        for region in sorted({record["awsRegion"] for record in records}):
            _file(account, trail, region, [record for record in records if record["awsRegion"] == region], now)
        told.pop("LatestDeliveryError", None)
        told["LatestDeliveryTime"] = now
    except AwsError as error:
        told["LatestDeliveryError"] = error.code
    if trail.cw_log_group_arn:
        try:
            _log(account, trail, records)
            told.pop("LatestCloudWatchLogsDeliveryError", None)
            told["LatestCloudWatchLogsDeliveryTime"] = now
        except AwsError as error:
            told["LatestCloudWatchLogsDeliveryError"] = error.message


def _file(account: Account, trail: Any, region: str, records: Sequence[Record], now: datetime) -> None:
    at, owner = now.astimezone(UTC), account.account_id
    unique = "".join(account.random.choices(_LETTERS, k=_UNIQUE))
    prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
    key = (
        f"{prefix}AWSLogs/{owner}/CloudTrail/{region}/{at:%Y/%m/%d}/"
        f"{owner}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
    )
    asked: dict[str, Any] = {
        "Bucket": trail.bucket_name,
        "Key": key,
        "Body": gzip.compress(json.dumps({"Records": list(records)}, default=str).encode(), mtime=0),
        "ContentType": "application/json",
        "ContentEncoding": "gzip",
    }
    if trail.kms_key_id:
        asked |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": trail.kms_key_id}
    ask(account, trail.region_name, "s3", "PutObject", asked)


def _log(account: Account, trail: Any, records: Sequence[Record]) -> None:
    """Into the stream that is called after the account and the trail's home, each at the time that it happened."""
    group = str(trail.cw_log_group_arn).split(":")[6]
    stream = {"logGroupName": group, "logStreamName": f"{account.account_id}_CloudTrail_{trail.region_name}"}
    with suppress(AwsError):  # it is there already; whether the group is, the next call says
        ask(account, trail.region_name, "logs", "CreateLogStream", stream)
    dated = sorted((_milliseconds(record["eventTime"]), json.dumps(record, default=str)) for record in records)
    lines = [{"timestamp": at, "message": line} for at, line in dated if len(line) <= MOST_BYTES]
    ask(account, trail.region_name, "logs", "PutLogEvents", {**stream, "logEvents": lines})


def _milliseconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)
