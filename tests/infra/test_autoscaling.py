"""How a service scales: from a stack's file to Application Auto Scaling, and what the sandbox's service then does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra.assembly.autoscaling import autoscaling
from infra.components.autoscaling import ServiceAutoscaling, ServiceAutoscalingArgs
from infra.config import StackConfig
from opslib.errors import BadRequest
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.product import product
from tests.infra.shop import of_type, only, run

pytestmark = pytest.mark.feature("M18")

SERVICE = {"cluster": "many", "service": "service-0", "loadBalancer": "public", "targetGroup": "service-0"}
OFFICE = {"time": "07:30", "days": ["Mon", "Tue"], "zone": "Europe/Berlin", "minimum": 6, "maximum": 30}
NIGHT = {"time": "20:00", "minimum": 2}


def config(written: dict[str, Any], **service: Any) -> StackConfig:
    whole = product(1)
    whole["services"]["service-0"] = {**SERVICE, **service, "autoscaling": written}
    return StackConfig.parse(whole, source="test")


def args(written: dict[str, Any]) -> ServiceAutoscalingArgs:
    return autoscaling(config(written), {})["service-0"]


def test_each_target_is_a_policy_of_its_own() -> None:
    written = {
        "cpuTargetPercent": 60,
        "memoryTargetPercent": 75,
        "requestsPerTarget": 900,
        "scaleOutCooldownSeconds": 30,
    }
    ran = run(lambda: ServiceAutoscaling("api", args(written)))
    policies = of_type(ran, "aws:appautoscaling/policy:Policy")
    tracked = {name: one.inputs["targetTrackingScalingPolicyConfiguration"] for name, one in policies.items()}
    assert {name: (one["predefinedMetricSpecification"], one["targetValue"]) for name, one in tracked.items()} == {
        "api-cpu": ({"predefinedMetricType": "ECSServiceAverageCPUUtilization"}, 60),
        "api-memory": ({"predefinedMetricType": "ECSServiceAverageMemoryUtilization"}, 75),
        "api-requests": (
            {
                "predefinedMetricType": "ALBRequestCountPerTarget",
                "resourceLabel": "app/many/1/targetgroup/service-0/1",
            },
            900,
        ),
    }
    assert {one.inputs["name"] for one in policies.values()} == {
        "many-test-service-0-cpu",
        "many-test-service-0-memory",
        "many-test-service-0-requests",
    }
    assert {(one["scaleInCooldown"], one["scaleOutCooldown"]) for one in tracked.values()} == {(300, 30)}
    assert not any("disableScaleIn" in one for one in tracked.values())


def test_a_service_that_only_grows() -> None:
    ran = run(lambda: ServiceAutoscaling("api", args({"scaleIn": False})))
    policy = only(ran, "aws:appautoscaling/policy:Policy").inputs
    assert policy["targetTrackingScalingPolicyConfiguration"]["disableScaleIn"] is True


def test_schedules_set_bounds_and_an_up_later_in_the_day_leaves_them() -> None:
    ran = run(lambda: ServiceAutoscaling("api", args({"schedules": {"office": OFFICE, "night": NIGHT}})))
    actions = of_type(ran, "aws:appautoscaling/scheduledAction:ScheduledAction")
    assert {name: (one.inputs["schedule"], one.inputs["timezone"]) for name, one in actions.items()} == {
        "api-at-office": ("cron(30 7 ? * MON,TUE *)", "Europe/Berlin"),
        "api-at-night": ("cron(0 20 * * ? *)", "UTC"),
    }
    assert actions["api-at-office"].inputs["scalableTargetAction"] == {"minCapacity": 6, "maxCapacity": 30}
    assert actions["api-at-night"].inputs["scalableTargetAction"] == {"minCapacity": 2}
    assert only(ran, "aws:appautoscaling/target:Target").ignore_changes == ("minCapacity", "maxCapacity")
    plain = run(lambda: ServiceAutoscaling("api", args({})))
    assert only(plain, "aws:appautoscaling/target:Target").ignore_changes == ()


@pytest.mark.parametrize("quantity", ["cpu", "memory"])
def test_an_alarm_rings_where_scaling_no_longer_keeps_up(quantity: str) -> None:
    whole = config({f"{quantity}TargetPercent": 80})
    assert whole.overrides("service-0")[f"{quantity}Percent"].warning == 90
    assert "cpuPercent" not in config({"cpuTargetPercent": None, "requestsPerTarget": 10}).overrides("service-0")


ALONE = {"loadBalancer": None, "targetGroup": None}
BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"minimum": 5, "maximum": 4}, {}, "minimum 5 is above maximum 4"),
    ({"cpuTargetPercent": None}, {}, "nothing to follow"),
    ({"requestsPerTarget": 9}, ALONE, "autoscaling.requestsPerTarget needs loadBalancer and targetGroup"),
    ({"requestsPerTarget": 9}, {"alternateTargetGroup": "green"}, "one target group, not of two"),
    ({"schedules": {"night": {"time": "20:00"}}}, {}, "give a minimum, a maximum, or both"),
    ({"schedules": {"night": {**NIGHT, "time": "8pm"}}}, {}, "schedules.night.time"),
    ({"schedules": {"night": {**NIGHT, "zone": "Mars"}}}, {}, "there is no time zone 'Mars'"),
    ({"schedules": {"night": {**NIGHT, "days": ["Funday"]}}}, {}, "schedules.night.days"),
    ({"schedules": {"night": {"time": "20:00", "minimum": 25}}}, {}, "minimum 25 would be above maximum 20"),
]


@pytest.mark.parametrize(("written", "service", "says"), BAD, ids=[says for _, _, says in BAD])
def test_what_cannot_be_is_told_on_one_line(written: dict[str, Any], service: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        config(written, **service)
    assert says in str(refused.value)
    assert str(refused.value).startswith("test: services.service-0")


class Shop:
    """A service in the sandbox whose scaling was deployed from a stack's file."""

    def __init__(self, sandbox: Sandbox, written: dict[str, Any]) -> None:
        self.sandbox = sandbox
        self.ecs = sandbox.client("ecs", REGION)
        self.ecs.create_cluster(clusterName="many")
        container = {"name": "api", "image": "i", "memory": 128}
        self.ecs.register_task_definition(family="api", containerDefinitions=[container])
        self.ecs.create_service(cluster="many", serviceName="service-0", taskDefinition="api", desiredCount=4)
        run_program(
            lambda: ServiceAutoscaling("api", args(written)),
            project="shop",
            stack="test",
            config={"aws:region": REGION},
            provider=StandInProvider(endpoint_url=sandbox.url, region=REGION),
        )
        sandbox.clock.advance(30)

    def desired(self) -> int:
        return int(self.ecs.describe_services(cluster="many", services=["service-0"])["services"][0]["desiredCount"])

    def minutes(self, count: int, **values: float) -> None:
        dimensions = {"RequestCountPerTarget": {"LoadBalancer": "app/many/1", "TargetGroup": "targetgroup/service-0/1"}}
        service = {"ClusterName": "many", "ServiceName": "service-0"}
        for _ in range(count):
            samples = [
                {
                    "namespace": "AWS/ApplicationELB" if name in dimensions else "AWS/ECS",
                    "name": name,
                    "value": value,
                    "region": REGION,
                    "dimensions": dimensions.get(name, service),
                }
                for name, value in values.items()
            ]
            body = json.dumps({"samples": samples}).encode()
            urlopen(Request(f"{self.sandbox.url}/_sandbox/metrics", body, method="POST"), timeout=120).close()
            self.sandbox.clock.advance(60)


@pytest.mark.parametrize(
    ("written", "metric", "value"),
    [
        ({"cpuTargetPercent": 70}, "CPUUtilization", 140.0),
        ({"cpuTargetPercent": None, "memoryTargetPercent": 40}, "MemoryUtilization", 80.0),
        ({"cpuTargetPercent": None, "requestsPerTarget": 500}, "RequestCountPerTarget", 1000.0),
    ],
)
def test_a_service_follows_its_load(aws: Sandbox, written: dict[str, Any], metric: str, value: float) -> None:
    shop = Shop(aws, {**written, "scaleOutCooldownSeconds": 600})
    assert shop.desired() == 4
    shop.minutes(4, **{metric: value})
    assert shop.desired() == 8, "twice the load for as many"


def test_the_target_that_asks_for_most_counts_and_all_agree_before_a_task_goes(aws: Sandbox) -> None:
    shop = Shop(aws, {"requestsPerTarget": 500, "scaleOutCooldownSeconds": 600, "scaleInCooldownSeconds": 0})
    shop.minutes(4, CPUUtilization=71.0, RequestCountPerTarget=1500.0)
    assert shop.desired() == 12
    shop.minutes(20, CPUUtilization=10.0, RequestCountPerTarget=490.0)
    assert shop.desired() == 12, "CPU would do with fewer, the requests would not"


def test_capacity_by_the_time_of_day(aws: Sandbox) -> None:
    soon = (aws.clock.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    later = soon + timedelta(minutes=30)
    shop = Shop(
        aws,
        {
            "schedules": {
                "rush": {"time": f"{soon:%H:%M}", "minimum": 9},
                "after": {"time": f"{later:%H:%M}", "minimum": 2, "maximum": 5},
            }
        },
    )
    aws.clock.advance(15 * 60)
    assert shop.desired() == 9
    aws.clock.advance(30 * 60)
    assert shop.desired() == 5
