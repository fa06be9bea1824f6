"""Who gets the traffic, read inside the sandbox's process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from moto import mock_aws

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.load_balancer import targets
from opslib.sandbox.behaviour.load_balancer.serving import serving

REGION = "eu-west-1"


@pytest.fixture
def account():
    with mock_aws():
        yield Account()


def balancer(weights):
    """A listener with one rule; the ARNs of its groups in the order of the weights."""
    import boto3

    options = {"region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    elbv2, ec2 = boto3.client("elbv2", **options), boto3.client("ec2", **options)
    subnets = ec2.describe_subnets()["Subnets"][:2]
    groups = [
        elbv2.create_target_group(
            Name=f"g{number}", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for number in range(len(weights))
    ]
    made = elbv2.create_load_balancer(Name="lb", Subnets=[subnet["SubnetId"] for subnet in subnets])
    forward = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": w} for arn, w in zip(groups, weights, strict=True)]}
    listener = elbv2.create_listener(
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}],
    )["Listeners"][0]["ListenerArn"]
    elbv2.create_rule(
        ListenerArn=listener,
        Priority=5,
        Conditions=[{"Field": "path-pattern", "Values": ["/a/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": forward}],
    )
    return groups


def test_shares_follow_the_weights(account):
    groups = balancer([300, 100, 0])
    rule, default = serving(account, REGION)
    assert [(group.target_group_arn, group.share) for group in rule.groups] == list(
        zip(groups, [0.75, 0.25, 0.0], strict=True)
    )
    assert (rule.priority, rule.conditions[0]["Values"]) == ("5", ["/a/*"])
    assert (default.priority, [group.share for group in default.groups]) == ("default", [1.0])


def test_only_healthy_targets_receive_unless_there_are_none(account):
    (arn,) = balancer([1])
    now = account.clock.now()
    good = targets.register(account, REGION, arn, "10.0.0.1", 80, now)
    bad = targets.register(account, REGION, arn, "10.0.0.2", 80, now, answers=False)
    assert serving(account, REGION)[0].groups[0].receiving == (("10.0.0.1", 80), ("10.0.0.2", 80)), "it fails open"
    account.schedule._run_until(now + timedelta(seconds=90), turn=False)
    assert (good.health, bad.health) == ("healthy", "unhealthy")
    group = serving(account, REGION)[0].groups[0]
    assert group.healthy == group.receiving == (("10.0.0.1", 80),)


def test_a_target_that_was_unhealthy_needs_its_threshold(account):
    (arn,) = balancer([1])
    now = account.clock.now()
    target = targets.register(account, REGION, arn, "10.0.0.1", 80, now, answers=False)

    def at(seconds):
        account.schedule._run_until(now + timedelta(seconds=seconds), turn=False)
        return target.health

    assert [at(seconds) for seconds in (31, 61)] == ["initial", "unhealthy"]
    targets.set_answers(account, REGION, target, now + timedelta(seconds=61), answers=True)
    assert [at(seconds) for seconds in (91, 209, 211)] == ["unhealthy", "unhealthy", "healthy"], "five checks of 30 s"


def test_of_a_rule_without_any_weight_nobody_gets_anything(account):
    balancer([0])
    assert serving(account, REGION)[0].groups[0].share == 0.0
