"""A trail of all regions with a bucket and a log group, and short ways to look at what it wrote."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from opslib.sandbox import Sandbox

HOME, ABROAD, OWNER = "us-east-1", "eu-west-1", "123456789012"
GROUP, BUCKET = "/aws/cloudtrail/account", "the-trail"


class Trails:
    """CloudTrail in a sandbox.

    Args:
        sandbox: The sandbox.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        sandbox.behaviour(trail={"background_seconds": 0})
        self.api, self.logs, self.s3 = (sandbox.client(name, HOME) for name in ("cloudtrail", "logs", "s3"))
        self.s3.create_bucket(Bucket=BUCKET)
        self.logs.create_log_group(logGroupName=GROUP)

    def trail(self, name: str = "all", *, logging: bool = True, **more: Any) -> str:
        """A trail; the ARN."""
        given = {
            "S3BucketName": BUCKET,
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{OWNER}:log-group:{GROUP}:*",
            "CloudWatchLogsRoleArn": f"arn:aws:iam::{OWNER}:role/trail",
            **more,
        }
        arn: str = self.api.create_trail(Name=name, **given)["TrailARN"]
        if logging:
            self.api.start_logging(Name=name)
        return arn

    def passes(self, seconds: float = 600) -> None:
        """Let some time pass: enough for a delivery."""
        self.sandbox.clock.advance(seconds)

    def files(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each file in the bucket, by its key."""
        found = {}
        for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            body = self.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
            found[one["Key"]] = json.loads(gzip.decompress(body))["Records"]
        return found

    def written(self, *names: str) -> list[dict[str, Any]]:
        """The records in the bucket, of some calls."""
        records = [record for records in self.files().values() for record in records]
        return [record for record in records if not names or record["eventName"] in names]

    def logged(self) -> list[dict[str, Any]]:
        """The records in the log group."""
        found = self.logs.filter_log_events(logGroupName=GROUP)["events"]
        return [json.loads(one["message"]) for one in found]

    def happens(self, *records: dict[str, Any]) -> list[dict[str, Any]]:
        """Let something happen that is no call of the sandbox."""
        body = json.dumps({"records": records}).encode()
        with urlopen(Request(f"{self.sandbox.url}/_sandbox/trail", body, method="POST"), timeout=60) as answer:
            return list(json.loads(answer.read())["records"])


@pytest.fixture
def trails(account: Sandbox) -> Trails:
    return Trails(account)
