"""A sample of alarms as AWS would have them: created by the component, driven by metrics, evaluated by the sandbox."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra.components.alarms import WorkloadAlarms, WorkloadAlarmsArgs
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.shop import SERVICE

TARGETS = {"LoadBalancer": "app/shop/1", "TargetGroup": "tg/2"}
QUEUE: WorkloadAlarmsArgs = {
    "kind": "queue",
    "key": "mail",
    "prefix": "shop",
    "identifiers": {"queue": "shop-mail"},
    "topics": SERVICE["topics"],
}


def deployed(sandbox: Sandbox, args: WorkloadAlarmsArgs) -> None:
    for arn in args["topics"].values():
        sandbox.client("sns", REGION).create_topic(Name=str(arn).rpartition(":")[2])
    provider = StandInProvider(endpoint_url=sandbox.url, region=REGION)
    run_program(
        lambda: WorkloadAlarms(args["key"], args),
        project="shop",
        stack="test",
        config={"aws:region": REGION},
        provider=provider,
    )


def minutes(sandbox: Sandbox, count: int, namespace: str, dimensions: dict[str, str], **values: float) -> None:
    """Some minutes in which these metrics are published, with the evaluation at the end of each."""
    for _ in range(count):
        samples = [
            {"namespace": namespace, "name": name, "value": value, "region": REGION, "dimensions": dimensions}
            for name, value in values.items()
        ]
        if samples:
            body = json.dumps({"samples": samples}).encode()
            urlopen(Request(f"{sandbox.url}/_sandbox/metrics", body, method="POST"), timeout=120).close()
        now = sandbox.clock.now()
        target = now.replace(second=0, microsecond=0) + timedelta(minutes=1, seconds=4)
        sandbox.clock.advance((target - now).total_seconds())


def state(sandbox: Sandbox, name: str) -> str:
    found = sandbox.client("cloudwatch", REGION).describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms: list[dict[str, Any]] = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(alarms[0]["StateValue"])


@pytest.mark.feature("M15", "M16")
def test_a_queue_that_gets_stuck_and_falls_silent(aws: Sandbox) -> None:
    deployed(aws, QUEUE)
    queue = {"QueueName": "shop-mail"}
    names = ("shop-mail-age-warning", "shop-mail-age-critical", "shop-mail-stuck")

    minutes(aws, 7, "AWS/SQS", queue, ApproximateAgeOfOldestMessage=300)
    assert [state(aws, name) for name in names] == ["OK", "OK", "OK"], "300 s is not above 300 s"
    minutes(aws, 5, "AWS/SQS", queue, ApproximateAgeOfOldestMessage=301)
    assert [state(aws, name) for name in names] == ["ALARM", "OK", "OK"]
    minutes(aws, 6, "AWS/SQS", queue, ApproximateAgeOfOldestMessage=901)
    assert [state(aws, name) for name in names] == ["ALARM", "ALARM", "ALARM"]
    minutes(aws, 6, "AWS/SQS", queue, ApproximateAgeOfOldestMessage=1)
    assert [state(aws, name) for name in names] == ["OK", "OK", "OK"]


@pytest.mark.feature("M2", "M16")
def test_a_service_whose_metrics_never_come_is_not_told_at_once(aws: Sandbox) -> None:
    deployed(aws, SERVICE)
    minutes(aws, 10, "AWS/ECS", {})
    assert state(aws, "shop-api-silent-critical") == "INSUFFICIENT_DATA"
    assert state(aws, "shop-api-unavailable") != "ALARM"
    minutes(aws, 56, "AWS/ECS", {})
    assert state(aws, "shop-api-silent-critical") == "ALARM"
    assert state(aws, "shop-api-unavailable") == "ALARM"


@pytest.mark.feature("M3")
def test_a_service_with_little_traffic_that_is_slow_is_told(aws: Sandbox) -> None:
    deployed(aws, SERVICE)
    requests = {"RequestCount": 30.0, "TargetResponseTime": 6.0}
    minutes(aws, 14, "AWS/ApplicationELB", TARGETS, **requests)
    assert state(aws, "shop-api-response-quiet-critical") == "ALARM"
    assert state(aws, "shop-api-response-critical") != "ALARM", "too few samples for a p95"
