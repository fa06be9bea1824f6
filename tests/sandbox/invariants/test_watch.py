"""When invariants are checked, who is blamed, and what is taken for a caller's knowledge."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from opslib.errors import SandboxError
from opslib.sandbox import Fault, Sandbox, Workload
from opslib.sandbox.behaviour.ecs.conduct import Conduct
from opslib.sandbox.behaviour.ecs.control import Conducts, SetConduct
from opslib.sandbox.faults import Colleague
from opslib.sandbox.invariants.table import INVARIANTS
from opslib.sandbox.invariants.violation import Invariants

SERVICE = {"cluster": "shop", "service": "api"}


@pytest.fixture
def shop(account: Sandbox) -> Sandbox:
    account.seed(Workload.sample())
    return account


def read(ecs: Any) -> str:
    [found] = ecs.describe_services(cluster="shop", services=["api"])["services"]
    return str(found["taskDefinition"])


def test_nothing_is_checked_until_it_is_switched_on(shop):
    shop.client("ecs").update_service(**SERVICE, desiredCount=0)
    assert shop.violations() == []
    told = shop._ask("GET", "/invariants", Invariants).invariants
    assert {row.name for row in told} == set(INVARIANTS)
    assert not any(row.on for row in told)


def test_only_what_is_switched_on_is_checked(shop):
    ecs = shop.client("ecs")
    shop.invariants("no_orphan_revision", "endpoint_available")
    ecs.update_service(**SERVICE, desiredCount=0)
    assert shop.violations() == []
    shop.invariants("capacity_never_zero")
    ecs.update_service(cluster="shop", service="web", desiredCount=0)
    assert [violation.subject for violation in shop.violations()] == ["shop/web"], "the world as it was is no news"
    shop.invariants()
    assert shop.violations() == []


def test_an_invariant_that_does_not_exist_is_refused_by_name(shop):
    with pytest.raises(SandboxError, match="there is no invariant capacity: there are: capacity_never_zero, "):
        shop.invariants("capacity")


def test_a_violation_names_the_call_and_who_made_it(shop):
    shop.invariants("all")
    kim = shop.client("ecs", actor="kim")
    kim.list_services(cluster="shop")
    kim.update_service(**SERVICE, desiredCount=0)
    [found] = shop.violations()
    assert (found.sequence, found.service, found.operation, found.actor) == (2, "ecs", "UpdateService", "kim")
    assert found.text == "its desired count fell from 3 to 0 while it serves users"


def test_it_is_known_before_the_call_is_answered(shop):
    shop.invariants("all")
    shop.faults(Fault.lost_response("ecs", "UpdateService"))
    with pytest.raises(ConnectionClosedError):
        shop.client("ecs").update_service(**SERVICE, desiredCount=0)
    assert [violation.sequence for violation in shop.violations()] == [1]


def test_what_was_refused_has_done_nothing(shop):
    shop.invariants("all")
    shop.faults(Fault.throttle("ecs", "UpdateService"))
    ecs = shop.client("ecs")
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.update_service(**SERVICE, desiredCount=0)
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.deregister_task_definition(taskDefinition="shop-api:99")
    assert shop.violations() == []


def test_a_worker_that_serves_nobody_may_be_stopped(shop):
    shop.invariants("all")
    shop.client("ecs").update_service(cluster="shop", service="worker", desiredCount=0)
    shop.clock.advance(1200)
    assert shop.violations() == []


def test_tasks_that_fail_by_themselves_are_nobody_s_call(shop):
    elbv2 = shop.client("elbv2")
    group = elbv2.describe_target_groups(Names=["shop-api"])["TargetGroups"][0]["TargetGroupArn"]
    shop.invariants("all")
    shop._ask("POST", "/conduct", Conducts, SetConduct(of="shop-api", conduct=Conduct(never_healthy=True)))
    shop.clock.advance(150)
    found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert found
    assert "healthy" not in {target["TargetHealth"]["State"] for target in found}
    assert shop.violations() == []


def test_one_s_own_change_may_be_changed_again_without_reading(shop):
    shop.invariants("no_overwriting")
    ecs = shop.client("ecs")
    for revision in ("shop-api:1", "shop-api:2", "shop-api:1"):
        ecs.update_service(**SERVICE, taskDefinition=revision)
    assert shop.violations() == []


def test_who_has_read_a_colleague_s_change_may_change_it(shop):
    shop.invariants("no_overwriting")
    ours, kims = shop.client("ecs"), shop.client("ecs", actor="kim")
    kims.update_service(**SERVICE, taskDefinition="shop-api:2")
    read(ours)
    ours.update_service(**SERVICE, taskDefinition="shop-api:1")
    assert shop.violations() == []
    kims.update_service(**SERVICE, desiredCount=4)
    assert shop.violations() == [], "the desired count is another matter"
    kims.update_service(**SERVICE, taskDefinition="shop-api:2")
    assert [(violation.subject, violation.actor) for violation in shop.violations()] == [("shop/api", "kim")]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.lost_response("ecs", "DescribeServices", nth=2),
        Fault.stale("ecs", "DescribeServices", actor="sandbox", nth=2, seconds=60),
    ],
    ids=["lost", "stale"],
)
def test_a_read_that_one_was_not_told_counts_for_nothing(shop, fault):
    shop.invariants("no_overwriting")
    shop.faults(fault)
    ours, kims = shop.client("ecs"), shop.client("ecs", actor="kim")
    assert read(ours).endswith(":3")
    kims.update_service(**SERVICE, taskDefinition="shop-api:2")
    if fault.kind == "stale":
        assert read(ours).endswith(":3")
    else:
        with pytest.raises(ConnectionClosedError):
            read(ours)
    ours.update_service(**SERVICE, taskDefinition="shop-api:1")
    assert [violation.invariant for violation in shop.violations()] == ["no_overwriting"]


def test_a_colleague_of_a_fault_is_watched_like_anybody(shop):
    shop.invariants("all")
    theirs = Colleague(
        service="ecs", operation="UpdateService", actor="kim", parameters=SERVICE | {"taskDefinition": "shop-api:2"}
    )
    ours = shop.client("ecs")
    read(ours)
    shop.faults(Fault.interfere("ecs", "UpdateService", nth=1, colleague=theirs))
    ours.update_service(**SERVICE, taskDefinition="shop-api:1")
    assert shop.fired()[0].detail == "kim: UpdateService done"
    [found] = shop.violations()
    assert (found.invariant, found.actor, found.sequence) == ("no_overwriting", "sandbox", 2)
    theirs = Colleague(service="ecs", operation="UpdateService", actor="kim", parameters=SERVICE | {"desiredCount": 0})
    shop.faults(Fault.interfere("ecs", "DescribeServices", colleague=theirs))
    read(ours)
    last = shop.violations()[-1]
    assert (last.invariant, last.actor, last.sequence) == ("capacity_never_zero", "kim", 0)


def test_a_copy_of_a_good_revision_is_good(shop):
    ecs = shop.client("ecs")
    shop.good(
        "shop", "api", ecs.describe_task_definition(taskDefinition="shop-api:1")["taskDefinition"]["taskDefinitionArn"]
    )
    shop.invariants("only_good_revisions")
    ecs.update_service(**SERVICE, taskDefinition="shop-api:2")  # the sample's revisions are all alike
    assert shop.violations() == []
    other = {"name": "api", "image": "other", "memory": 512, "portMappings": [{"containerPort": 8000}]}
    ecs.register_task_definition(family="shop-api", containerDefinitions=[other], networkMode="awsvpc")
    ecs.update_service(**SERVICE, desiredCount=4)
    assert shop.violations() == []
    ecs.update_service(**SERVICE, taskDefinition="shop-api:4")
    assert [violation.text for violation in shop.violations()] == ["is to run shop-api:4; good were shop-api:1"]


def test_seeding_is_nobody_s_call(account):
    account.invariants("weight_only_to_healthy")
    elbv2 = account.client("elbv2", "eu-west-1")
    elbv2.create_target_group(Name="other", TargetType="lambda")
    account.seed(Workload.sample())
    group = elbv2.describe_target_groups(Names=["shop-api"])["TargetGroups"][0]["TargetGroupArn"]
    elbv2.modify_target_group(TargetGroupArn=group, HealthyThresholdCount=3)
    assert account.violations() == [], "the rules that send traffic to it are older than this call"


def test_a_reset_switches_everything_off(shop):
    shop.invariants("all")
    shop.client("ecs").update_service(**SERVICE, desiredCount=0)
    shop.reset()
    assert shop.violations() == []
    assert not any(row.on for row in shop._ask("GET", "/invariants", Invariants).invariants)


def test_many_at_once_do_not_stand_in_each_other_s_way(shop):
    shop.invariants("all")
    clients = [(shop.client("ecs", actor=f"actor-{number}"), shop.client("elbv2")) for number in range(4)]
    failed: list[BaseException] = []

    def work(ecs: Any, elbv2: Any) -> None:
        try:
            for count in range(10):
                ecs.update_service(**SERVICE, desiredCount=3 + count % 2)
                read(ecs)
                elbv2.describe_target_groups()
                shop.clock.advance(5)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=work, args=pair) for pair in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failed == []
    assert shop.violations() == []
