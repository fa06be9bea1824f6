"""What a target goes through: unused, initial, healthy, draining, gone."""

from __future__ import annotations

import pytest

UNUSED = ("unused", "Target.NotInUse")
REGISTERING = ("initial", "Elb.RegistrationInProgress")
CHECKING = ("initial", "Elb.InitialHealthChecking")
HEALTHY = ("healthy", "")
DRAINING = ("draining", "Target.DeregistrationInProgress")
NOT_REGISTERED = ("unused", "Target.NotRegistered")


def test_a_group_in_no_rule_is_unused_for_ever(balancer):
    group = balancer.group("alone")
    balancer.register(group, "10.0.0.1")
    balancer.wait(3600)
    assert balancer.health(group) == [UNUSED]


def test_a_standby_at_weight_0_is_health_checked(balancer):
    serving, standby = balancer.group("serving"), balancer.group("standby")
    balancer.rule({serving: 100, standby: 0})
    balancer.register(standby, "10.0.0.1")
    assert balancer.health(standby) == [REGISTERING]
    balancer.wait(29)
    assert balancer.health(standby) == [CHECKING]
    balancer.wait(2)
    assert balancer.health(standby) == [HEALTHY]


def test_one_check_makes_a_new_target_healthy_whatever_the_threshold(balancer):
    group = balancer.group("slow", HealthyThresholdCount=10, HealthCheckIntervalSeconds=20)
    balancer.rule({group: 1})
    balancer.register(group, "10.0.0.1")
    balancer.wait(21)
    assert balancer.health(group) == [HEALTHY]


def test_a_group_that_comes_into_use_is_checked_from_then_on(balancer):
    group = balancer.group("later")
    balancer.register(group, "10.0.0.1")
    balancer.wait(3600)
    rule = balancer.rule({group: 1})
    assert balancer.health(group) == [CHECKING]
    balancer.wait(31)
    assert balancer.health(group) == [HEALTHY]
    balancer.elbv2.delete_rule(RuleArn=rule)
    assert balancer.health(group) == [UNUSED]


@pytest.mark.parametrize("change", ["modify_rule", "modify_listener", "delete_listener", "delete_load_balancer"])
def test_every_change_of_the_rules_is_followed(balancer, change):
    one, two = balancer.group("one"), balancer.group("two")
    rule = balancer.rule({one: 1})
    balancer.register(one, "10.0.0.1")
    balancer.register(two, "10.0.0.2")
    balancer.wait(31)
    assert (balancer.health(one), balancer.health(two)) == ([HEALTHY], [UNUSED])
    if change == "modify_rule":
        balancer.elbv2.modify_rule(RuleArn=rule, Actions=[balancer.forward({two: 1})])
        expected = ([UNUSED], [CHECKING])
    elif change == "modify_listener":
        balancer.elbv2.modify_listener(ListenerArn=balancer.listener, DefaultActions=[balancer.forward({two: 1})])
        expected = ([HEALTHY], [CHECKING])
    elif change == "delete_listener":
        balancer.elbv2.delete_listener(ListenerArn=balancer.listener)
        expected = ([UNUSED], [UNUSED])
    else:
        balancer.elbv2.delete_load_balancer(LoadBalancerArn=balancer.arn)
        expected = ([UNUSED], [UNUSED])
    assert (balancer.health(one), balancer.health(two)) == expected


@pytest.mark.parametrize("delay", [300, 60, 3600])
def test_a_target_drains_for_the_delay_of_its_group_and_is_gone(balancer, delay):
    group = balancer.group("draining")
    balancer.rule({group: 1})
    if delay != 300:
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}
        balancer.elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    balancer.register(group, "10.0.0.1", "10.0.0.2")
    balancer.wait(31)
    balancer.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    balancer.wait(delay - 2)
    assert balancer.health(group) == [DRAINING, HEALTHY]
    balancer.wait(3)
    assert balancer.health(group) == [HEALTHY]
    assert balancer.health(group, Targets=[{"Id": "10.0.0.1"}]) == [NOT_REGISTERED]


def test_a_draining_target_can_come_back(balancer):
    group = balancer.group("back")
    balancer.rule({group: 1})
    balancer.register(group, "10.0.0.1")
    balancer.wait(31)
    balancer.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    balancer.register(group, "10.0.0.1")
    assert balancer.health(group) == [REGISTERING]
    balancer.wait(600)
    assert balancer.health(group) == [HEALTHY]


def test_an_unused_target_is_gone_at_once_and_an_unknown_one_is_no_error(balancer):
    group = balancer.group("unused")
    balancer.register(group, "10.0.0.1")
    balancer.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}, {"Id": "10.0.0.9"}])
    assert balancer.health(group) == []


def test_one_address_at_two_ports_is_two_targets(balancer):
    group = balancer.group("ports")
    targets = [{"Id": "10.0.0.1", "Port": port} for port in (8080, 8081)]
    balancer.elbv2.register_targets(TargetGroupArn=group, Targets=targets)
    found = balancer.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [(t["Target"]["Port"], t["HealthCheckPort"]) for t in found] == [(8080, "8080"), (8081, "8081")]
    balancer.elbv2.deregister_targets(TargetGroupArn=group, Targets=targets[:1])
    assert len(balancer.health(group)) == 1


def test_days_of_steady_state_cost_nothing(balancer):
    group = balancer.group("steady", HealthCheckIntervalSeconds=5)
    balancer.rule({group: 1})
    balancer.register(group, *(f"10.0.0.{number}" for number in range(20)))
    balancer.wait(60)
    balancer.wait(365 * 24 * 3600)
    assert set(balancer.health(group)) == {HEALTHY}
