"""A team's account: the sample workload, and the alarms that somebody once made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opslib.sandbox import Sandbox, Workload

REGION, ACCOUNT = "eu-west-1", "123456789012"
OPS = f"arn:aws:sns:{REGION}:{ACCOUNT}:ops"


@pytest.fixture
def shop(aws: Sandbox) -> Sandbox:
    aws.seed(Workload.sample())
    aws.reset_calls()
    return aws


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.prod.yaml"


@pytest.fixture
def put_alarm(shop: Sandbox) -> Callable[..., None]:
    """Makes an alarm on the CPU of the service api, or on what is said instead."""

    def put(name: str, **more: Any) -> None:
        service = [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "api"}]
        plain = {
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Dimensions": service,
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 3,
            "Threshold": 80,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [OPS],
        }
        shop.client("cloudwatch", REGION).put_metric_alarm(AlarmName=name, **plain | more)

    return put
