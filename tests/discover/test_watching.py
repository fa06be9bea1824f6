"""Who watches: alarms in pages, dashboards by their size, addresses that are no secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opslib.discover import Subscription, read_watching
from opslib.discover.asking import Asking
from opslib.sandbox import Fault, Sandbox

pytestmark = pytest.mark.feature("P5")

REGION, ACCOUNT = "eu-west-1", "123456789012"
CPU: dict[str, Any] = {
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 80,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_hundreds_of_alarms_are_read_page_by_page(shop: Sandbox, asking: Asking) -> None:
    cloudwatch = shop.client("cloudwatch", REGION)
    for number in range(230):
        cloudwatch.put_metric_alarm(AlarmName=f"old-{number:03}", **CPU)
    for number in range(3):
        cloudwatch.put_composite_alarm(AlarmName=f"group-{number}", AlarmRule='ALARM("old-000")')
    shop.reset_calls()
    shop.faults(Fault.throttle("cloudwatch", "DescribeAlarms", nth=2, times=2))
    found = read_watching(asking)
    assert [one["AlarmName"] for one in found.metric_alarms] == [f"old-{number:03}" for number in range(230)]
    assert [one["AlarmName"] for one in found.composite_alarms] == ["group-0", "group-1", "group-2"]
    calls = [call for call in shop.calls() if call.operation == "DescribeAlarms"]
    assert len([call for call in calls if call.status == 200]) == 4
    assert [call for call in shop.calls() if call.mutating] == []


def test_addresses_are_told_of_topics_that_alarms_act_on_and_secrets_are_not_kept(
    shop: Sandbox, asking: Asking
) -> None:
    sns = shop.client("sns", REGION)
    used, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("ops", "orders"))
    sns.subscribe(TopicArn=used, Protocol="email", Endpoint="team@shop.example")
    sns.subscribe(TopicArn=used, Protocol="https", Endpoint="https://events.example/secret-key")
    sns.subscribe(TopicArn=other, Protocol="email", Endpoint="customers@shop.example")
    shop.client("cloudwatch", REGION).put_metric_alarm(AlarmName="cpu", AlarmActions=[used], **CPU)
    found = read_watching(asking)
    assert found.topics == ("ops", "orders")
    assert set(found.subscriptions) == {
        Subscription(used, "email", "team@shop.example"),
        Subscription(used, "https", ""),
    }
    assert "secret-key" not in repr(found)


def test_a_topic_of_another_account_is_no_obstacle(shop: Sandbox, asking: Asking) -> None:
    foreign = f"arn:aws:sns:{REGION}:999999999999:central"
    shop.client("cloudwatch", REGION).put_metric_alarm(AlarmName="cpu", AlarmActions=[foreign], **CPU)
    assert read_watching(asking).subscriptions == ()


def test_dashboards_are_counted_by_their_metrics(shop: Sandbox, asking: Asking) -> None:
    metrics = [["AWS/ECS", "CPUUtilization", "ClusterName", "shop", "ServiceName", name] for name in ("api", "web")]
    where = {"x": 0, "y": 0, "width": 6, "height": 6}
    widgets = [
        {"type": "metric", **where, "properties": {"metrics": metrics, "region": REGION}},
        {"type": "text", **where, "properties": {"markdown": "hello"}},
    ]
    shop.client("cloudwatch", REGION).put_dashboard(DashboardName="old", DashboardBody=json.dumps({"widgets": widgets}))
    assert read_watching(asking).dashboards == (("old", 2),)
