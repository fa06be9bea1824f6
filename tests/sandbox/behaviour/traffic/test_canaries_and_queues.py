"""What canaries and queues publish while there is traffic: runs at their times, and messages that wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.stack_file import StackFile
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("M20")

CLUSTER = "parcel-staging"


def canary(sandbox: Sandbox, name: str, *urls: str, minutes: int = 5, starts: bool = True) -> None:
    checks = ", ".join(f'{{"url": "{url}", "contains": "", "seconds": 10}}' for url in urls)
    synthetics = sandbox.client("synthetics")
    synthetics.create_canary(
        Name=name,
        Code={"Handler": "canary_script.handler", "S3Bucket": "b", "S3Key": "k"},
        ArtifactS3Location="s3://b/runs",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/canaries",
        Schedule={"Expression": f"rate({minutes} minutes)"},
        RunConfig={"TimeoutInSeconds": 60, "EnvironmentVariables": {"CHECKS": f"[{checks}]"}},
        RuntimeVersion="syn-python-selenium-6.0",
    )
    if starts:
        synthetics.start_canary(Name=name)


def points(sandbox: Sandbox, namespace: str, metric: str, since: datetime, **dimensions: str) -> list[float]:
    """The minutes' values since then, the oldest first."""
    found = sandbox.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=since,
        EndTime=sandbox.clock.now() + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    return [point["Maximum"] for point in sorted(found["Datapoints"], key=lambda point: point["Timestamp"])]


def test_a_canary_runs_at_its_times_and_fails_with_what_it_asks(account: Sandbox, staging: StackFile, ask: Any) -> None:
    del staging
    web, api = "https://parcel.example/web/basket", "https://parcel.example/api/parcels?of=me"
    canary(account, "web", web)
    canary(account, "both", api, web, minutes=10)
    canary(account, "elsewhere", "https://other.example/")
    canary(account, "stopped", web, starts=False)
    ask("POST", "/traffic", {})
    account.clock.advance(300)
    since = account.clock.now()
    account.clock.advance(1_200)

    def success(name: str, metric: str = "SuccessPercent") -> list[float]:
        return points(account, "CloudWatchSynthetics", metric, since, CanaryName=name)

    assert success("web") == success("elsewhere") == [100.0] * 4
    assert (success("both"), success("stopped")) == ([100.0] * 2, [])
    assert (success("web", "Failed"), success("both", "Failed")) == ([0.0] * 4, [0.0] * 2)
    assert success("both", "Duration") > success("web", "Duration")[:2], "two addresses take longer than one"

    account.client("ecs").update_service(cluster=CLUSTER, service="web", desiredCount=0)
    account.clock.advance(900)
    since = account.clock.now()
    account.clock.advance(1_200)
    assert success("web") == [0.0] * 4
    assert success("both") == [0.0] * 2, "at the address of another service it got through, and not at this one"
    assert success("elsewhere") == [100.0] * 4
    assert success("web", "Failed") == [1.0] * 4


def test_a_canary_meets_the_errors_that_users_meet(account: Sandbox, staging: StackFile, ask: Any) -> None:
    del staging
    canary(account, "api", "https://parcel.example/api/parcels", minutes=1)
    ask("POST", "/traffic", {"flows": [{"errors_percent": 50}]})
    account.clock.advance(300)
    since = account.clock.now()
    account.clock.advance(3_600)
    runs = points(account, "CloudWatchSynthetics", "SuccessPercent", since, CanaryName="api")
    assert len(runs) == 60
    assert 15 <= runs.count(0.0) <= 45


def test_a_queue_is_told_of_while_it_holds_something_and_for_six_hours(account: Sandbox, ask: Any) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    sqs.create_queue(QueueName="idle")
    ask("POST", "/traffic", {})
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="event")
    since = account.clock.now()
    account.clock.advance(300)
    visible = "ApproximateNumberOfMessagesVisible"
    assert set(points(account, "AWS/SQS", visible, since, QueueName="failed")) == {2.0}
    assert points(account, "AWS/SQS", visible, since, QueueName="idle") == []
    sqs.purge_queue(QueueUrl=url)
    since = account.clock.now()
    account.clock.advance(6 * 3_600 + 1_800)
    after = points(account, "AWS/SQS", visible, since + timedelta(minutes=1), QueueName="failed")
    assert set(after) == {0.0}
    assert 355 <= len(after) <= 365
