"""Native blue/green, canary and linear deployments: two revisions, the rules' weights, the way back."""

from __future__ import annotations

import pytest

from opslib.sandbox.behaviour.ecs.traffic_shift import plan_shift, weights


class Shifting:
    """The service `api`, whose deployments shift traffic between its own target group and the standby one."""

    def __init__(self, shop, **configuration):
        self.shop = shop
        blue = shop.workload.services[1].target_group_arns[0]
        rule = shop.workload.load_balancers[0].listeners[0].rules[0]
        self.blue, self.green = blue, next(arn for arn in rule.forwards if arn != blue)
        self.rule = rule.arn
        self.balancer = {
            "targetGroupArn": self.blue,
            "containerName": "api",
            "containerPort": 8000,
            "advancedConfiguration": {
                "alternateTargetGroupArn": self.green,
                "productionListenerRule": self.rule,
                "roleArn": "arn:aws:iam::123456789012:role/ecs-load-balancers",
            },
        }
        shop.update(loadBalancers=[self.balancer])
        shop.wait(1200)
        shop.configure(**{"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10, **configuration})

    def weights(self):
        """What the rule sends to blue, and to green."""
        [rule] = self.shop.elbv2.describe_rules(RuleArns=[self.rule])["Rules"]
        shares = {g["TargetGroupArn"]: g["Weight"] for g in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}
        return shares[self.blue], shares[self.green]

    def stage(self):
        return self.shop.rollout().get("lifecycleStage")

    def until(self, stage, *, seconds=1200):
        """Wait for a stage."""
        for _ in range(seconds // 5):
            if self.stage() == stage:
                return
            self.shop.wait(5)
        raise AssertionError(self.shop.rollout())

    def healthy(self, group):
        found = self.shop.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in found)

    def stop(self):
        arn = self.shop.rollouts()[0]["serviceDeploymentArn"]
        self.shop.ecs.stop_service_deployment(serviceDeploymentArn=arn)


@pytest.fixture
def blue_green(shop):
    return Shifting(shop)


def test_a_blue_green_deployment_shifts_all_traffic_at_once_and_stops_the_old_tasks_last(shop, blue_green):
    assert blue_green.weights() == (100, 0)
    shop.update(taskDefinition="shop-api:2")
    assert (shop.rollouts()[0]["status"], blue_green.stage()) == ("IN_PROGRESS", "PRE_SCALE_UP")
    assert shop.service()["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    blue_green.until("POST_SCALE_UP")
    assert (blue_green.weights(), blue_green.healthy(blue_green.blue), blue_green.healthy(blue_green.green)) == (
        (100, 0),
        3,
        3,
    )
    blue_green.until("BAKE_TIME")
    assert (blue_green.weights(), blue_green.healthy(blue_green.blue)) == ((0, 100), 3)
    assert [d["status"] for d in shop.service()["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert [d["desiredCount"] for d in shop.service()["deployments"]] == [3, 3]
    shop.wait(300)
    assert blue_green.stage() == "BAKE_TIME"
    shop.wait(301)
    assert blue_green.stage() == "CLEAN_UP"
    shop.wait(400)
    assert (shop.rollouts()[0]["status"], shop.deployments()) == (
        "SUCCESSFUL",
        [("PRIMARY", "COMPLETED", "2", 3)],
    )
    assert blue_green.healthy(blue_green.green) == 3


def test_the_next_deployment_goes_to_the_other_target_group(shop, blue_green):
    for revision, serving in (("2", (0, 100)), ("1", (100, 0))):
        shop.update(taskDefinition=f"shop-api:{revision}")
        shop.wait(3600)
        assert shop.deployments() == [("PRIMARY", "COMPLETED", revision, 3)]
        assert blue_green.weights() == serving
    arn = shop.rollouts()[0]["targetServiceRevisionArn"]
    [revision] = shop.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
    assert revision["resolvedConfiguration"]["loadBalancers"] == [
        {"targetGroupArn": blue_green.blue, "productionListenerRule": blue_green.rule}
    ]


@pytest.mark.parametrize("stage", ["SCALE_UP", "TEST_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"])
def test_stopping_it_goes_back_to_the_revision_that_ran(shop, blue_green, stage):
    before = shop.service()["deployments"][0]["id"]
    shop.update(taskDefinition="shop-api:2")
    blue_green.until(stage)
    blue_green.stop()
    shop.wait(2400)
    assert (shop.rollouts()[0]["status"], blue_green.weights()) == ("ROLLBACK_SUCCESSFUL", (100, 0))
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "3", 3)]
    assert shop.service()["deployments"][0]["id"] == before
    assert (blue_green.healthy(blue_green.blue), blue_green.healthy(blue_green.green)) == (3, 0)


def test_users_are_served_all_the_way(shop, blue_green):
    shop.sandbox.invariants("capacity_never_zero", "weight_only_to_healthy")
    for revision in ("2", "1"):
        shop.update(taskDefinition=f"shop-api:{revision}")
        shop.wait(3600)
    shop.update(taskDefinition="shop-api:3")
    blue_green.until("BAKE_TIME")
    blue_green.stop()
    shop.wait(2400)
    assert shop.sandbox.violations() == []


def test_a_bad_revision_never_gets_traffic_and_the_circuit_breaker_goes_back(shop, blue_green):
    shop.configure(deploymentCircuitBreaker={"enable": True, "rollback": True})
    bad = shop.register(dockerLabels={"sandbox.never_healthy": "true"})
    shop.update(taskDefinition=bad)
    for _ in range(60):
        assert blue_green.weights() == (100, 0)
        shop.wait(30)
    assert shop.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.deployments() == [("PRIMARY", "COMPLETED", "3", 3)]


def test_a_canary_gets_its_share_first(shop):
    canary = Shifting(shop, strategy="CANARY", canaryConfiguration={"canaryPercent": 20, "canaryBakeTimeInMinutes": 5})
    shop.update(taskDefinition="shop-api:2")
    canary.until("PRODUCTION_TRAFFIC_SHIFT")
    assert canary.weights() == (80, 20)
    shop.wait(280)
    assert canary.weights() == (80, 20)
    shop.wait(30)
    assert canary.weights() == (0, 100)
    canary.stop()
    assert canary.weights() == (100, 0), "back at once"


def test_what_nobody_modelled_says_so(shop, refused):
    Shifting(shop)
    shop.update(taskDefinition="shop-api:2")
    assert refused(shop.update, taskDefinition="shop-api:1")[0] == "SandboxNotModelled"
    hook = {"hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "roleArn": "r", "lifecycleStages": []}
    assert refused(shop.configure, lifecycleHooks=[hook])[0] == "SandboxNotModelled"
    assert shop.update(desiredCount=4)["desiredCount"] == 4


def test_what_a_strategy_needs(shop, refused):
    plain = shop.service()["loadBalancers"]
    code, message = refused(shop.configure, strategy="BLUE_GREEN")
    assert (code, message) == (
        "InvalidParameterException",
        "advancedConfiguration.alternateTargetGroupArn is needed by BLUE_GREEN.",
    )
    balancer = Shifting(shop).balancer
    for change in ({"alternateTargetGroupArn": f"{plain[0]['targetGroupArn']}x"}, {"productionListenerRule": "none"}):
        advanced = {**balancer["advancedConfiguration"], **change}
        wrong = [{**balancer, "advancedConfiguration": advanced}]
        assert refused(shop.update, loadBalancers=wrong)[0] == "InvalidParameterException"


def test_steps_of_each_strategy():
    def shares(**configuration):
        steps = plan_shift(configuration, 1)
        return [(s.production, s.seconds) for s in steps if s.stage == "PRODUCTION_TRAFFIC_SHIFT"]

    assert shares(strategy="BLUE_GREEN") == [(100, 1)]
    assert shares(strategy="CANARY") == [(5, 600), (100, 1)]
    linear = {"stepPercent": 40, "stepBakeTimeInMinutes": 2}
    assert shares(strategy="LINEAR", linearConfiguration=linear) == [(40, 120), (80, 120), (100, 1)]
    assert len(shares(strategy="LINEAR")) == 10
    assert (weights(5.0), weights(0.5), weights(100.0)) == ((5, 95), (5, 994), (100, 0))
