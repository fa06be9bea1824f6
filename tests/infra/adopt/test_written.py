"""The configuration that is written is the one that a person would write, and it is valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.workload import workload_of
from infra.adopt import main
from infra.config import main as check
from infra.config import read_stack_file
from infra.config.stack_config import StackConfig
from opslib.sandbox import Sandbox
from opslib.sandbox.workload import LoadBalancer, Service, TargetGroup, Workload
from tests.infra.adopt.conftest import ACCOUNT, REGION
from tests.infra.conftest import shipped

pytestmark = pytest.mark.feature("P5")

HERE = Path(__file__).parent


def test_it_is_what_a_person_would_write_of_the_sample(shop: Sandbox, out: Path) -> None:
    assert main(["--out", str(out)]) == 0
    subnets = sorted(
        shop.client("ec2", REGION).describe_subnets()["Subnets"], key=lambda one: str(one["AvailabilityZone"])
    )
    used = sorted(str(one["SubnetId"]) for one in subnets[:2])
    service = shop.client("ecs", REGION).describe_services(cluster="shop", services=["api"])["services"][0]
    database = shop.client("rds", REGION).describe_db_instances()["DBInstances"][0]
    made_up = {
        "SUBNET_A": used[0],
        "SUBNET_B": used[1],
        "SECURITY_GROUP": service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0],
        "RESOURCE_ID": database["DbiResourceId"],
    }
    expected = (HERE / "shop.yaml").read_text()
    for name, value in made_up.items():
        expected = expected.replace(name, value)
    written = yaml.safe_load(out.read_text())
    assert written == yaml.safe_load(expected)
    assert list(written["config"]) == list(yaml.safe_load(expected)["config"])
    assert all(len(line) < 200 for line in out.read_text().splitlines())
    assert [call for call in shop.calls() if call.mutating] == []


def is_valid(out: Path) -> bool:
    return check(["--stack", "prod", "--dir", str(out.parent)]) == 0


def test_it_is_valid(shop: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop
    assert main(["--out", str(out)]) == 0
    assert is_valid(out)
    assert "Pulumi.prod.yaml is valid: shop-prod watches 3 services" in capsys.readouterr().out
    config = StackConfig.parse(read_stack_file(out), source=out.name)
    config.refuse_elsewhere(out.name, account=ACCOUNT, region=REGION)


TOLD = {
    "services": ("cluster", "service", "taskFamily", "loadBalancer", "targetGroup", "standby"),
    "databases": ("instance", "engineVersion", "instanceClass", "allocatedStorageGib"),
    "caches": ("replicationGroup", "members", "nodeType"),
    "functions": ("function", "alias", "runtime", "timeoutSeconds"),
}
"""What AWS tells of each section; a person knows more."""

OURS = ("loadBalancer", "targetGroup", "standby")
"""Names of ours, which are a matter of taste; whether there is one is not."""


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_shipped_stack_is_found_again_in_the_account_that_it_watches(
    aws: Sandbox, tmp_path: Path, stack: str
) -> None:
    config = shipped(stack)
    written = yaml.safe_load((Path(__file__).parents[3] / f"Pulumi.{stack}.yaml").read_text())["config"]
    region, account = written["aws:region"], written["aws:allowedAccountIds"][0]
    aws.seed(workload_of(config, region=region, account=account))
    out = tmp_path / f"Pulumi.{stack}.yaml"
    assert main(["--out", str(out), "--region", region, "--product", config.product]) == 0
    found = yaml.safe_load(out.read_text())["config"]
    assert (found["aws:region"], found["aws:allowedAccountIds"]) == (region, [account])
    for section in ("services", "databases", "caches", "functions"):
        assert known(found, section) == known(written, section), section
    (theirs,), (ours,) = (list(one["opslib:loadBalancers"].values()) for one in (written, found))
    assert ours["arn"] == theirs["arn"]
    groups = [{group["arn"] for group in one["targetGroups"].values()} for one in (theirs, ours)]
    assert groups[0] == groups[1]
    assert [one["port"] for one in ours["listeners"]] == [one["port"] for one in theirs["listeners"]]


def known(written: dict[str, Any], section: str) -> dict[str, Any]:
    """What AWS can tell of a section, by AWS's name of each workload."""
    found = {}
    for workload in (written.get(f"opslib:{section}") or {}).values():
        told = {key: bool(workload[key]) if key in OURS else workload[key] for key in TOLD[section] if key in workload}
        found[str(told.get("service") or next(iter(told.values())))] = told
    return found


def balancer(name: str, *groups: str) -> LoadBalancer:
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    return LoadBalancer(
        name=name,
        arn=f"{arn}:loadbalancer/app/{name}/50dc6c495c0c9188",
        target_groups=tuple(
            TargetGroup(arn=f"{arn}:targetgroup/{group}/73e2d6bc24d8a06{place}", name=group, port=80)
            for place, group in enumerate(groups)
        ),
    )


def service(cluster: str, name: str, *, count: int = 1) -> Service:
    return Service(
        cluster=cluster,
        name=name,
        family=f"{cluster}-{name}",
        image="nginx:1",
        container="web",
        container_port=80,
        desired_count=count,
    )


def test_keys_are_short_unique_and_valid_whatever_things_are_called(aws: Sandbox, out: Path) -> None:
    services = (
        service("shop-prod", "api"),
        service("shop-batch", "api"),
        service("shop-prod", "2048"),
        service("shop-prod", "PaymentGatewayServiceWithAVeryLongNameIndeed"),
        service("shop-prod", "stack"),
        service("shop-prod", "shop"),
    )
    aws.seed(Workload(region=REGION, account=ACCOUNT, services=services, load_balancers=(balancer("shop", "shop-a"),)))
    assert main(["--out", str(out)]) == 0
    found = yaml.safe_load(out.read_text())["config"]["opslib:services"]
    assert set(found) == {
        "api",
        "api-service",
        "service-2048",
        "payment-gateway-service-with-ave",
        "stack-service",
        "service",
    }
    assert is_valid(out)


def test_what_is_left_out_is_named_with_its_reason(
    shop: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rds = shop.client("rds", REGION)
    for name, engine, size in (("shop-blog", "mysql", "db.t4g.medium"), ("shop-odd", "postgres", "db.x9z.large")):
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            Engine=engine,
            DBInstanceClass=size,
            AllocatedStorage=100,
            MasterUsername="admin1",
            MasterUserPassword="not-a-secret",
        )
    subnets = [one["SubnetId"] for one in shop.client("ec2", REGION).describe_subnets()["Subnets"]][:1]
    shop.client("elbv2", REGION).create_load_balancer(Name="shop-tcp", Subnets=subnets, Type="network")
    shop.client("ecs", REGION).update_service(cluster="shop", service="worker", desiredCount=0)
    assert main(["--out", str(out)]) == 0
    said = capsys.readouterr().out
    for what, why in (
        ("database shop-blog", "its engine is mysql"),
        ("database shop-odd", "the class db.x9z.large is not known here"),
        ("load balancer shop-tcp", "it is a network load balancer"),
        ("service shop/worker", "no task is desired of it"),
    ):
        assert f"left out: {what}: {why}" in said
        assert f"# Left out: {what}: {why}" in out.read_text()
    assert "worker" not in yaml.safe_load(out.read_text())["config"]["opslib:services"]


def test_their_autoscaling_stays_theirs_and_warnings_start_above_its_target(
    shop: Sandbox, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scaling = shop.client("application-autoscaling", REGION)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/api",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=9)
    metric = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 72.0, **metric},
    )
    assert main(["--out", str(out)]) == 0
    api = yaml.safe_load(out.read_text())["config"]["opslib:services"]["api"]
    assert "autoscaling" not in api
    assert api["thresholds"] == {"cpuPercent": {"warning": 82.0, "critical": 85.0}}
    assert "left alone: services.api: its autoscaling, which holds its CPU at 72 %" in capsys.readouterr().out
    assert is_valid(out)


def test_a_service_of_weight_zero_beside_another_is_its_standby(aws: Sandbox, out: Path) -> None:
    sample = Workload.sample()
    standby = sample.load_balancers[0].target_groups[2].arn
    more = service("shop", "api-standby").model_copy(update={"target_group_arns": (standby,)})
    aws.seed(sample.model_copy(update={"services": (*sample.services, more)}))
    assert main(["--out", str(out)]) == 0
    services = yaml.safe_load(out.read_text())["config"]["opslib:services"]
    assert services["api"]["standby"] == "api-standby"
    assert services["api-standby"]["targetGroup"] == "api-standby"


def test_who_is_told_by_mail_is_told_by_this_stack_and_pagers_are_not_paged_twice(
    shop: Sandbox, out: Path, put_alarm: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    sns = shop.client("sns", REGION)
    topic = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@shop.example")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://events.example/secret-key")
    put_alarm("old-cpu")
    assert main(["--out", str(out), "--json"]) == 0
    written = out.read_text()
    route = [{"protocol": "email", "endpoint": "team@shop.example"}]
    assert yaml.safe_load(written)["config"]["opslib:alerting"] == dict.fromkeys(
        ("warning", "critical", "emergency"), route
    )
    said = capsys.readouterr()
    assert "nobody is paged twice" in said.out
    assert "secret-key" not in written + said.out + said.err
    assert "&id" not in written
