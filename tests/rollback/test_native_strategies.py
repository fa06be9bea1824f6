"""Services whose deployments shift traffic themselves: ECS takes it back, and its listener is never touched here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rollback.test_service import play
from tests.rollback.world import CLUSTER, SERVICE, World

pytestmark = pytest.mark.feature("R2")


@pytest.fixture
def shifting(world: World) -> World:
    """The API as a blue-green service; its bad release has all of the traffic, and is watched for ten minutes."""
    rule = next(
        found["RuleArn"]
        for balancer in world.elbv2.describe_load_balancers()["LoadBalancers"]
        for listener in world.elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        for found in world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        if found["Priority"] == "10"
    )
    [own] = world.service()["loadBalancers"]
    [alternate] = [
        group["TargetGroupArn"]
        for group in world.elbv2.describe_target_groups(Names=["shop-api-standby"])["TargetGroups"]
    ]
    shifts = {
        "alternateTargetGroupArn": alternate,
        "productionListenerRule": rule,
        "roleArn": "arn:aws:iam::123456789012:role/ecs-load-balancers",
    }
    here = {"cluster": CLUSTER, "service": SERVICE}
    world.ecs.update_service(**here, loadBalancers=[own | {"advancedConfiguration": shifts}])
    world.wait(1200)
    world.ecs.update_service(**here, deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10})
    return world


def test_one_under_way_is_stopped_and_ecs_takes_the_traffic_back(shifting: World) -> None:
    shifting.wait(7200)
    shifting.release(wait=0)
    assert shifting.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    shifting.sandbox.reset_calls()
    outcome = play(shifting)
    assert outcome.exit_code == 0, outcome.ending
    assert shifting.running() == "shop-api:3"
    assert shifting.operations("ecs", mutating=True) == ["StopServiceDeployment"]
    assert shifting.operations("elbv2", mutating=True) == []
    assert shifting.suspended() == {False}


def test_one_that_is_over_is_deployed_back_by_ecs_itself(shifting: World) -> None:
    shifting.release(wait=3600)
    shifting.sandbox.reset_calls()
    outcome = play(shifting, rollout=timedelta(hours=1), deadline=timedelta(hours=2))
    assert outcome.exit_code == 0, outcome.ending
    assert shifting.running() == "shop-api:3"
    assert shifting.operations("ecs", mutating=True) == ["UpdateService"]
    assert shifting.operations("elbv2", mutating=True) == []
