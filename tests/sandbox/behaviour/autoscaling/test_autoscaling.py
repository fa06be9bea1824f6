"""A service that autoscaling watches, by the sandbox's clock: out, in, within bounds, on a schedule, and in a fight."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.feature("M18")

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/api",
    "ScalableDimension": "ecs:service:DesiredCount",
}
IN_AND_OUT = {"ScaleInCooldown": 300, "ScaleOutCooldown": 60}


class Shop:
    """An ECS service with a scalable target and a target-tracking policy on its CPU."""

    def __init__(self, sandbox: Any, aws: Any) -> None:
        self.sandbox = sandbox
        self.ecs, self.scaling, self.cloudwatch = aws("ecs"), aws("application-autoscaling"), aws("cloudwatch")
        self.ecs.create_cluster(clusterName="shop")
        self.ecs.register_task_definition(
            family="api", containerDefinitions=[{"name": "api", "image": "i", "memory": 128}]
        )
        self.ecs.create_service(cluster="shop", serviceName="api", taskDefinition="api", desiredCount=4)
        self.scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=20)
        sandbox.clock.advance(10)  # the bounds have been looked at

    def track(self, target: float = 70.0, name: str = "cpu", metric: str = "CPU", **options: Any) -> dict[str, str]:
        """Put a policy; gives the names of its alarms, under high and low."""
        predefined = {"PredefinedMetricType": f"ECSServiceAverage{metric}Utilization"}
        made = self.scaling.put_scaling_policy(
            **TARGET,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": target,
                "PredefinedMetricSpecification": predefined,
                **IN_AND_OUT,
                **options,
            },
        )
        return {("high" if "AlarmHigh" in a["AlarmName"] else "low"): a["AlarmName"] for a in made["Alarms"]}

    def load(self, value: float, minutes: int = 1, metric: str = "CPUUtilization") -> None:
        """The metric has a value for some minutes, one sample a minute."""
        for _ in range(minutes):
            self.publish(value, metric)
            self.sandbox.clock.advance(60)

    def publish(self, value: float, metric: str = "CPUUtilization") -> None:
        """The metric has a value now."""
        sample = {
            "namespace": "AWS/ECS",
            "name": metric,
            "dimensions": {"ClusterName": "shop", "ServiceName": "api"},
            "value": value,
            "region": "eu-west-1",
        }
        body = json.dumps({"samples": [sample]}).encode()
        request = urllib.request.Request(f"{self.sandbox.url}/_sandbox/metrics", body, method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()

    def desired(self) -> int:
        return int(self.ecs.describe_services(cluster="shop", services=["api"])["services"][0]["desiredCount"])

    def set_desired(self, count: int) -> None:
        self.ecs.update_service(cluster="shop", service="api", desiredCount=count)

    def activities(self, **options: Any) -> list[dict[str, Any]]:
        found = self.scaling.describe_scaling_activities(ServiceNamespace="ecs", **options)
        return list(found["ScalingActivities"])

    def ring(self, alarm: str, value: float, metric: str = "CPUUtilization") -> None:
        """The metric has a value now, and the alarm goes off at once."""
        self.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="before")
        self.load(value, metric=metric)
        self.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")


@pytest.fixture
def shop(account, aws):
    return Shop(account, aws)


def test_its_alarms_are_those_that_aws_makes(shop):
    names = shop.track(70.0)
    alarms = {a["AlarmName"]: a for a in shop.cloudwatch.describe_alarms()["MetricAlarms"]}
    high, low = alarms[names["high"]], alarms[names["low"]]
    assert (high["Threshold"], high["EvaluationPeriods"], high["ComparisonOperator"]) == (70, 3, "GreaterThanThreshold")
    assert (low["Threshold"], low["EvaluationPeriods"], low["ComparisonOperator"]) == (63, 15, "LessThanThreshold")
    policy = shop.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    assert high["AlarmActions"] == low["AlarmActions"] == [policy["PolicyARN"]]


def test_a_policy_that_is_put_again_keeps_its_arn_and_has_two_alarms(shop):
    shop.track(70.0)
    first = shop.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]["PolicyARN"]
    names = shop.track(50.0)
    again = shop.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]["PolicyARN"]
    found = shop.cloudwatch.describe_alarms()["MetricAlarms"]
    assert again == first
    assert {a["AlarmName"]: a["Threshold"] for a in found} == {names["high"]: 50, names["low"]: 45}


def test_load_scales_out_in_proportion_and_silence_in_again(shop):
    shop.track(70.0, ScaleOutCooldown=600)
    shop.load(140.0, minutes=3)
    shop.sandbox.clock.advance(5)
    assert shop.desired() == 8
    cause = shop.activities()[0]["Cause"]
    assert cause.startswith("monitor alarm TargetTracking-service/shop/api-AlarmHigh-")
    assert cause.endswith(" in state ALARM triggered policy cpu")
    assert shop.activities()[0]["StatusMessage"].startswith("Successfully set desired count to 8.")
    shop.load(35.0, minutes=16)
    assert shop.desired() == 4


def test_within_its_cooldown_only_a_larger_scale_out_counts(shop):
    names = shop.track(70.0, ScaleOutCooldown=600)
    shop.ring(names["high"], 140.0)
    assert shop.desired() == 8
    shop.ring(names["high"], 100.0)  # 4 x 100 / 70 is 6: not larger
    assert shop.desired() == 8
    shop.ring(names["high"], 210.0)  # 4 x 210 / 70 is 12
    assert shop.desired() == 12
    shop.cloudwatch.set_alarm_state(AlarmName=names["high"], StateValue="OK", StateReason="test")
    shop.sandbox.clock.advance(600)
    shop.ring(names["high"], 80.0)  # 12 x 80 / 70 is 14
    assert shop.desired() == 14


def test_scaling_in_waits_for_its_cooldown(shop):
    names = shop.track(70.0, ScaleInCooldown=600)
    shop.set_desired(16)
    shop.ring(names["low"], 35.0)
    assert shop.desired() == 8
    shop.ring(names["low"], 35.0)
    assert shop.desired() == 8
    shop.sandbox.clock.advance(600)
    shop.ring(names["low"], 35.0)
    assert shop.desired() == 4


def test_it_stays_within_its_bounds_and_says_why(shop):
    names = shop.track(70.0, ScaleOutCooldown=0)
    shop.ring(names["high"], 700.0)
    assert shop.desired() == 20
    shop.ring(names["high"], 700.0)
    assert [a["StatusCode"] for a in shop.activities()] == ["Successful"]
    unscaled = shop.activities(IncludeNotScaledActivities=True)[0]
    assert unscaled["NotScaledReasons"][0]["Code"] == "AlreadyAtMaxCapacity"


def test_it_fights_whoever_sets_the_count_otherwise(shop):
    """What a rollback meets that scales by hand and does not suspend autoscaling first."""
    names = shop.track(70.0, ScaleOutCooldown=0)
    shop.ring(names["high"], 140.0)
    assert shop.desired() == 8
    shop.set_desired(1)  # below the minimum: the next scale-out lifts it there first
    shop.load(140.0, minutes=3)
    assert shop.desired() >= 2


@pytest.mark.parametrize(("way", "value", "start"), [("high", 140.0, 4), ("low", 7.0, 10)])
def test_suspended_scaling_does_nothing(shop, way, value, start):
    names = shop.track(70.0)
    shop.set_desired(start)
    shop.scaling.register_scalable_target(
        **TARGET, SuspendedState={f"DynamicScaling{'Out' if way == 'high' else 'In'}Suspended": True}
    )
    shop.ring(names[way], value)
    assert shop.desired() == start
    shop.scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": False})
    shop.ring(names[way], value)
    assert shop.desired() == (8 if way == "high" else 2)


def test_what_is_suspended_is_shown_until_it_is_resumed(shop):
    shop.track(70.0)
    everything = {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": True,
        "ScheduledScalingSuspended": True,
    }

    def shown():
        [target] = shop.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        return target["MinCapacity"], target["MaxCapacity"], target["SuspendedState"]

    least, most, nothing = shown()
    assert not any(nothing.values())
    shop.scaling.register_scalable_target(**TARGET, SuspendedState=everything)
    assert shown() == (least, most, everything)
    shop.scaling.register_scalable_target(**TARGET, MinCapacity=least + 1)
    assert shown() == (least + 1, most, everything)
    shop.scaling.register_scalable_target(**TARGET, MinCapacity=least, SuspendedState=nothing)
    assert shown() == (least, most, nothing)


def test_all_policies_have_to_agree_before_it_scales_in(shop):
    cpu = shop.track(70.0)
    memory = shop.track(50.0, name="memory", metric="Memory")
    shop.set_desired(10)
    shop.load(40.0, metric="MemoryUtilization")
    shop.ring(cpu["low"], 7.0)
    assert shop.desired() == 10  # memory is not ready
    shop.load(7.0)
    shop.ring(memory["low"], 30.0, metric="MemoryUtilization")
    assert shop.desired() == 10  # now CPU is not
    shop.cloudwatch.set_alarm_state(AlarmName=cpu["low"], StateValue="ALARM", StateReason="test")
    assert shop.desired() == 6  # memory needs 10 x 30 / 50


def test_it_does_not_scale_in_during_a_deployment_but_out(shop):
    names = shop.track(70.0)
    shop.set_desired(10)
    shop.sandbox.clock.advance(600)
    shop.ecs.update_service(cluster="shop", service="api", forceNewDeployment=True)
    for name, value in (("low", 7.0), ("high", 77.0)):
        shop.cloudwatch.set_alarm_state(AlarmName=names[name], StateValue="OK", StateReason="before")
        shop.publish(value)
        shop.cloudwatch.set_alarm_state(AlarmName=names[name], StateValue="ALARM", StateReason="test")
        assert shop.desired() == (10 if name == "low" else 11)
        shop.cloudwatch.set_alarm_state(AlarmName=names[name], StateValue="OK", StateReason="after")
        shop.sandbox.clock.advance(60)  # the next sample is in a minute of its own


def test_new_bounds_move_the_service(shop):
    assert shop.desired() == 4
    shop.scaling.register_scalable_target(**TARGET, MinCapacity=6)
    shop.sandbox.clock.advance(10)
    assert shop.desired() == 6
    shop.scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=3)
    shop.sandbox.clock.advance(10)
    assert shop.desired() == 3
    causes = [activity["Cause"] for activity in shop.activities()]
    assert causes == ["maximum capacity was set to 3", "minimum capacity was set to 6"]


def test_a_service_set_beyond_its_bounds_by_hand_is_left_alone_until_an_alarm(shop):
    names = shop.track(70.0)
    shop.set_desired(1)
    shop.sandbox.clock.advance(600)
    assert shop.desired() == 1
    shop.ring(names["low"], 7.0)
    assert shop.desired() == 1
    shop.ring(names["high"], 77.0)
    assert shop.desired() == 2


def test_a_schedule_sets_the_bounds_at_its_time(shop):
    at = (shop.sandbox.clock.now() + timedelta(hours=2)).replace(microsecond=0)
    action = {"MinCapacity": 9, "MaxCapacity": 30}
    shop.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="peak",
        Schedule=f"at({at:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction=action,
    )
    shop.sandbox.clock.advance(7_100)
    assert shop.desired() == 4
    shop.sandbox.clock.advance(200)
    assert shop.desired() == 9
    target = shop.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (9, 30)
    assert shop.activities()[1]["Cause"] == "scheduled action name peak was triggered"


def test_a_suspended_schedule_does_nothing(shop):
    shop.scaling.put_scheduled_action(
        **TARGET, ScheduledActionName="peak", Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 9}
    )
    shop.scaling.register_scalable_target(**TARGET, SuspendedState={"ScheduledScalingSuspended": True})
    shop.sandbox.clock.advance(3_700)
    assert shop.desired() == 4


@pytest.mark.parametrize("schedule", ["cron(0 8 * * * *)", "rate(1 hours)", "every day"])
def test_a_schedule_that_makes_no_sense_is_refused(shop, refused, schedule):
    code, _ = refused(
        shop.scaling.put_scheduled_action,
        **TARGET,
        ScheduledActionName="peak",
        Schedule=schedule,
        ScalableTargetAction={"MinCapacity": 9},
    )
    assert code == "ValidationException"


def test_a_service_that_is_gone_is_not_scaled(shop):
    names = shop.track(70.0)
    shop.load(140.0)
    shop.ecs.delete_service(cluster="shop", service="api", force=True)
    shop.ring(names["high"], 140.0)
    assert shop.activities() == []
