"""What runs is read as it is, in as many pages as it takes, and nothing is changed."""

from __future__ import annotations

import json

import pytest

from opslib import clients
from opslib.clients import Clients
from opslib.discover import Container, Function, Scaling, read_inventory
from opslib.discover.asking import Asking
from opslib.errors import NoCredentials, Refused
from opslib.sandbox import Fault, Sandbox, Workload

pytestmark = pytest.mark.feature("P5")

REGION, ACCOUNT = "eu-west-1", "123456789012"
SAMPLE = Workload.sample()


def test_the_sample_is_read_as_it_was_seeded(shop: Sandbox, asking: Asking) -> None:
    found = read_inventory(asking)
    assert (found.account, found.partition, found.region) == (ACCOUNT, "aws", REGION)
    (balancer,) = found.load_balancers
    (seeded,) = SAMPLE.load_balancers
    assert (balancer.arn, balancer.kind, balancer.is_internal) == (seeded.arn, "application", False)
    assert {group.arn for group in balancer.target_groups} == {group.arn for group in seeded.target_groups}
    (listener,) = balancer.listeners
    (rule,) = (one for one in listener.rules if not one.is_default)
    assert (rule.arn, dict(rule.weights)) == (seeded.listeners[0].rules[0].arn, seeded.listeners[0].rules[0].forwards)
    services = {one.name: one for one in found.services}
    assert set(services) == {"api", "web", "worker"}
    api = services["api"]
    assert (api.cluster, api.task_family, api.controller, api.desired_count) == ("shop", "shop-api", "ECS", 3)
    assert api.containers == (
        Container("api", SAMPLE.services[1].image, 8000, has_health_check=False, log_group=None, is_essential=True),
    )
    assert (api.container_insights, api.scaling, len(api.subnets)) == ("enabled", None, 2)
    assert services["worker"].target_group_arns == ()
    (database,) = found.databases
    assert (database.identifier, database.engine, database.instance_class) == ("shop-main", "postgres", "db.t4g.medium")
    assert (database.allocated_storage_gib, database.replica_of, database.cluster) == (100, None, None)
    (cache,) = found.caches
    assert (cache.members, cache.node_type) == (("shop-sessions-001", "shop-sessions-002"), "cache.t4g.small")
    name = "shop-invoice-mailer"
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    assert found.functions == (Function(arn, name, "python3.12", 30, ("live",), reads_stream=False),)
    assert [call for call in shop.calls() if call.mutating] == []


def test_what_was_added_over_the_years_is_read_too(shop: Sandbox, asking: Asking) -> None:
    scaling = shop.client("application-autoscaling", REGION)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/api",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=9)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 65.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    )
    sqs = shop.client("sqs", REGION)
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": 3}
    sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": json.dumps(policy)})
    found = read_inventory(asking)
    assert {one.name: one.scaling for one in found.services} == {
        "api": Scaling(2, 9, 65.0),
        "web": None,
        "worker": None,
    }
    assert {one.name: one.dead_letter_queue for one in found.queues} == {"dead": None, "jobs": "dead"}


def test_tags_narrow_it_down_and_keep_the_balancer_of_what_is_tagged(shop: Sandbox, asking: Asking) -> None:
    tag = {"key": "product", "value": "shop"}
    shop.client("ecs", REGION).tag_resource(resourceArn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/api", tags=[tag])
    found = read_inventory(asking, {"product": "shop"})
    assert [one.name for one in found.services] == ["api"]
    (balancer,) = found.load_balancers
    # It is shared: only what leads to the service is the product's, with the standby beside it.
    assert [group.name for group in balancer.target_groups] == ["shop-api", "shop-api-standby"]
    assert [rule.is_default for listener in balancer.listeners for rule in listener.rules] == [False, True]
    assert found.databases == found.caches == found.functions == found.queues == ()
    assert read_inventory(asking, {"product": "shop", "stage": "prod"}).count == 0


def test_more_than_a_page_of_everything_is_read(shop: Sandbox, asking: Asking) -> None:
    ecs = shop.client("ecs", REGION)
    like = ecs.describe_services(cluster="shop", services=["worker"])["services"][0]["networkConfiguration"]
    for number in range(23):  # DescribeServices takes ten
        ecs.create_service(
            cluster="shop",
            serviceName=f"job-{number:02}",
            taskDefinition="shop-worker",
            desiredCount=0,
            networkConfiguration=like,
        )
    shop.reset_calls()
    assert len(read_inventory(asking).services) == 26
    described = [call for call in shop.calls() if call.operation == "DescribeServices"]
    assert len(described) == 3


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client itself tries once, so that nobody waits for its own repetitions."""
    monkeypatch.setitem(clients._ATTEMPTS["read"]["retries"], "total_max_attempts", 1)


@pytest.mark.usefixtures("once")
def test_throttling_is_waited_out(shop: Sandbox) -> None:
    waited: list[float] = []
    shop.faults(Fault.throttle("rds", "DescribeDBInstances", nth=1, times=2))
    assert read_inventory(Asking(Clients(), sleep=waited.append)).databases
    assert waited == [5, 15]


@pytest.mark.usefixtures("once")
def test_throttling_that_does_not_end_is_told_on_one_line(shop: Sandbox) -> None:
    shop.faults(Fault.throttle("rds", "DescribeDBInstances"))
    with pytest.raises(Refused, match="rds:DescribeDBInstances in eu-west-1") as refused:
        read_inventory(Asking(Clients(), sleep=lambda _: None))
    assert "\n" not in str(refused.value)


def test_without_credentials_nothing_is_asked(no_aws: pytest.MonkeyPatch) -> None:
    no_aws.setenv("AWS_REGION", REGION)
    with pytest.raises(NoCredentials):
        read_inventory(Asking(Clients()))
