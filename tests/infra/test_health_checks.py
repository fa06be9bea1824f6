"""Addresses from outside: from a stack's file to Route 53, alarms in us-east-1, and what they then say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from infra import program
from infra.assembly.health_checks import health_checks, made_identifiers
from infra.components.alarms import WorkloadAlarms
from infra.components.health_checks import HealthChecks
from infra.config import StackConfig
from infra.model import monitoring
from opslib.contract import StackOutputs
from opslib.errors import BadRequest
from opslib.sandbox import Sandbox
from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.product import product, values_of
from tests.infra.shop import TOPICS, of_type, only, run

pytestmark = pytest.mark.feature("M20")

CHECK = "aws:route53/healthCheck:HealthCheck"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
THERE = "01234567-89ab-cdef-0123-456789abcdef"


def config(**checks: Any) -> StackConfig:
    return StackConfig.parse({**product(1), "healthChecks": checks}, source="test")


def made(**written: Any) -> dict[str, Any]:
    args = health_checks(config(site=written), {"team": "web"})
    assert args is not None
    return only(run(lambda: HealthChecks("outside", args)), CHECK).inputs


def deployed(**checks: Any) -> Run:
    values = {**values_of(1), "opslib:healthChecks": checks}
    return run_program(program.main, project="opslib", stack="test", config=values)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            {"url": "https://shop.example"},
            {"type": "HTTPS", "fqdn": "shop.example", "port": 443, "resourcePath": "/", "enableSni": True},
        ),
        (
            {"url": "https://shop.example:8443/health?deep=1", "contains": "ok"},
            {"type": "HTTPS_STR_MATCH", "port": 8443, "resourcePath": "/health?deep=1", "searchString": "ok"},
        ),
        ({"url": "http://shop.example/", "contains": "ok"}, {"type": "HTTP_STR_MATCH", "port": 80, "enableSni": False}),
        ({"url": "https://shop.example"}, {"requestInterval": 30, "failureThreshold": 3}),
        (
            {"url": "https://shop.example", "intervalSeconds": 10, "failures": 1, "latency": True},
            {"requestInterval": 10, "failureThreshold": 1, "measureLatency": True},
        ),
        (
            {"url": "https://shop.example", "checkerRegions": ["us-east-1", "eu-west-1", "sa-east-1"]},
            {"regions": ["eu-west-1", "sa-east-1", "us-east-1"]},
        ),
        ({"url": "https://shop.example"}, {"tags": {"team": "web", "Name": "many-test-site"}}),
    ],
)
def test_an_address_becomes_a_check(written: dict[str, Any], expected: dict[str, Any]) -> None:
    inputs = made(**written)
    assert {name: inputs[name] for name in expected} == expected
    assert ("measureLatency" in inputs, "searchString" in inputs) == ("latency" in written, "contains" in written)


def test_its_alarms_are_where_route_53_publishes_and_name_what_was_made() -> None:
    ran = deployed(site={"url": "https://shop.example"}, partner={"healthCheck": THERE})
    check = only(ran, CHECK)
    alarms = {
        name: resource.inputs
        for name, resource in of_type(ran, ALARM).items()
        if resource.inputs.get("namespace") == "AWS/Route53"
    }
    assert {name for name in alarms if name.startswith("site-")} == {
        "site-unhealthy-critical",
        "site-partly-warning",
        "site-silent-warning",
    }
    ids = {name.partition("-")[0]: inputs["dimensions"]["HealthCheckId"] for name, inputs in alarms.items()}
    assert ids == {"site": check.id, "partner": THERE}
    assert {inputs["region"] for inputs in alarms.values()} == {"us-east-1"}
    outputs = StackOutputs.parse(ran.outputs, source="run")
    assert outputs.watched["site"].identifiers == {"health_check": check.id}
    assert outputs.watched["site"].region == "us-east-1"


def test_the_page_is_of_its_own_and_nothing_of_the_model_is_unbound() -> None:
    model = monitoring(config(site={"url": "https://shop.example", "latency": True}), region=REGION)
    assert model.problems() == ()
    (page,) = model.watched["site"].composites
    assert (page.tier, page.region, page.children) == ("critical", "us-east-1", ("many-test-site-unhealthy-critical",))
    assert "slow-warning" in {alarm.key for alarm in model.watched["site"].alarms}


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "give either url, and it is made, or healthCheck"),
    ({"url": "https://shop.example", "healthCheck": THERE}, "give either url"),
    ({"url": "shop.example"}, "healthChecks.site.url"),
    ({"url": "https:///health"}, "is no address that can be asked"),
    ({"url": "https://shop.example/#top"}, "is no address that can be asked"),
    ({"url": "https://ada:secret@shop.example/"}, "holds a password"),
    ({"url": "https://shop.example", "intervalSeconds": 60}, "healthChecks.site.intervalSeconds"),
    ({"url": "https://shop.example", "failures": 11}, "healthChecks.site.failures"),
    ({"url": "https://shop.example", "checkerRegions": ["us-east-1"]}, "from three regions at least"),
    ({"url": "https://shop.example", "checkerRegions": ["eu-central-1"]}, "healthChecks.site.checkerRegions"),
    ({"url": "https://shop.example", "region": "eu-west-1"}, "Route 53 publishes in us-east-1 alone"),
    ({"healthCheck": "site"}, "healthChecks.site.healthCheck"),
]


@pytest.mark.parametrize(("written", "says"), BAD, ids=[says for _, says in BAD])
def test_what_is_wrong_is_told_on_one_line(written: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        config(site=written)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret@" not in str(refused.value)


class Outside:
    """A service behind a load balancer in the sandbox, under traffic, and addresses that are checked."""

    def __init__(self, sandbox: Sandbox, **urls: str) -> None:
        self.sandbox, self.elb = sandbox, sandbox.client("elbv2", REGION)
        subnets = sandbox.client("ec2", REGION).describe_subnets()["Subnets"][:2]
        made = self.elb.create_load_balancer(Name="shop", Subnets=[subnet["SubnetId"] for subnet in subnets])
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        listener = self.elb.create_listener(
            LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[nothing],
        )
        group = {"Name": "api", "Protocol": "HTTP", "Port": 80, "VpcId": subnets[0]["VpcId"], "TargetType": "ip"}
        self.group = self.elb.create_target_group(**group)["TargetGroups"][0]["TargetGroupArn"]
        self.elb.create_rule(
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["api.shop.example"]}}],
            Actions=[{"Type": "forward", "TargetGroupArn": self.group}],
        )
        self.serve()
        sandbox.traffic(TrafficScript(region=REGION))
        self.checks = self._deployed({key: {"url": url} for key, url in urls.items()})

    def _deployed(self, checks: dict[str, Any]) -> dict[str, str]:
        """The checks with their alarms; their identifiers."""
        whole, topics = config(**checks), {tier: arn.replace(REGION, "us-east-1") for tier, arn in TOPICS.items()}

        def main() -> None:
            args = health_checks(whole, {})
            assert args is not None
            for key, identifiers in made_identifiers(HealthChecks("outside", args)).items():
                own = {"kind": "health_check", "key": key, "prefix": "many-test", "region": "us-east-1"}
                WorkloadAlarms(key, {**own, "identifiers": identifiers, "topics": topics})

        provider = StandInProvider(endpoint_url=self.sandbox.url, region=REGION)
        ran = run_program(main, project="many", stack="test", config={"aws:region": REGION}, provider=provider)
        return {name.removeprefix("outside-"): check.id for name, check in of_type(ran, CHECK).items()}

    def serve(self) -> None:
        self.elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": "10.0.0.7", "Port": 80}])

    def fail(self) -> None:
        self.elb.deregister_targets(TargetGroupArn=self.group, Targets=[{"Id": "10.0.0.7", "Port": 80}])

    def minutes(self, count: int) -> None:
        now = self.sandbox.clock.now().replace(second=0, microsecond=0)
        until = now + timedelta(minutes=count, seconds=30)
        self.sandbox.clock.advance((until - self.sandbox.clock.now()).total_seconds())

    def states(self, *names: str) -> list[str]:
        cloudwatch = self.sandbox.client("cloudwatch", "us-east-1")
        types = ["MetricAlarm", "CompositeAlarm"]
        found = cloudwatch.describe_alarms(AlarmNames=[f"many-test-{name}" for name in names], AlarmTypes=types)
        states = {one["AlarmName"]: one["StateValue"] for one in found["MetricAlarms"] + found["CompositeAlarms"]}
        return [states[f"many-test-{name}"] for name in names]


def test_an_outage_is_seen_from_outside_and_its_end(aws: Sandbox) -> None:
    outside = Outside(aws, api="https://api.shop.example/health", other="https://other.example/")
    seen = ("api-unhealthy-critical", "api-unreachable", "other-unhealthy-critical", "other-unreachable")
    outside.minutes(5)
    assert outside.states(*seen) == ["OK", "OK", "OK", "OK"]
    outside.fail()
    outside.minutes(4)
    assert outside.states(*seen) == ["ALARM", "ALARM", "OK", "OK"]
    outside.serve()
    outside.minutes(5)
    assert outside.states(*seen) == ["OK", "OK", "OK", "OK"]


def test_a_check_that_is_deleted_falls_silent_and_pages_nobody(aws: Sandbox) -> None:
    outside = Outside(aws, api="https://api.shop.example/health")
    outside.minutes(15)
    aws.client("route53").delete_health_check(HealthCheckId=outside.checks["api"])
    outside.minutes(15)
    assert outside.states("api-silent-warning", "api-unhealthy-critical", "api-unreachable") == ["ALARM", "OK", "OK"]
