"""The stack that was adopted, deployed beside what the team has: nothing of theirs changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import program
from infra.adopt import main
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.infra.adopt.conftest import REGION

pytestmark = pytest.mark.feature("P5")

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/api",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


def theirs(sandbox: Sandbox) -> dict[str, Any]:
    """Everything of the team's that a deployment could overwrite, without what moves by itself."""
    cloudwatch = sandbox.client("cloudwatch", REGION)
    kinds = ["MetricAlarm", "CompositeAlarm"]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=kinds)
    alarms = {
        one["AlarmName"]: {key: value for key, value in one.items() if not key.startswith("State")}
        for page in pages
        for one in (*page["MetricAlarms"], *page["CompositeAlarms"])
        if not one["AlarmName"].startswith("shop-prod-")
    }
    scaling = sandbox.client("application-autoscaling", REGION)
    described = sandbox.client("ecs", REGION).describe_services(cluster="shop", services=["api", "web", "worker"])
    return {
        "alarms": alarms,
        "dashboard": cloudwatch.get_dashboard(DashboardName="old")["DashboardBody"],
        "targets": scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"],
        "policies": scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"],
        "subscriptions": sandbox.client("sns", REGION).list_subscriptions_by_topic(
            TopicArn=sandbox.client("sns", REGION).create_topic(Name="ops")["TopicArn"]
        )["Subscriptions"],
        "services": [(one["serviceName"], one["taskDefinition"], one["desiredCount"]) for one in described["services"]],
    }


def test_what_the_team_has_is_the_same_after_the_first_up(shop: Sandbox, out: Path, put_alarm: Any) -> None:
    sns = shop.client("sns", REGION)
    topic = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@shop.example")
    put_alarm("old-cpu")
    put_alarm("old-memory", MetricName="MemoryUtilization")
    cloudwatch = shop.client("cloudwatch", REGION)
    cloudwatch.put_composite_alarm(AlarmName="old-all", AlarmRule='ALARM("old-cpu")', AlarmActions=[topic])
    cloudwatch.put_dashboard(DashboardName="old", DashboardBody='{"widgets": []}')
    scaling = shop.client("application-autoscaling", REGION)
    scaling.register_scalable_target(**TARGET, MinCapacity=3, MaxCapacity=7)
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 60.0, **CPU},
    )
    before = theirs(shop)
    assert main(["--out", str(out)]) == 0

    config = yaml.safe_load(out.read_text())["config"]
    provider = StandInProvider(endpoint_url=shop.url, region=REGION)
    provider.configure({key.removeprefix("aws:"): value for key, value in config.items() if key.startswith("aws:")})
    run = run_program(program.main, project="opslib", stack="prod", config=config, provider=provider)
    made = {one.inputs.get("name") for one in run.resources if one.token == "aws:cloudwatch/metricAlarm:MetricAlarm"}
    assert "shop-prod-api-cpu-warning" in made
    assert theirs(shop) == before
