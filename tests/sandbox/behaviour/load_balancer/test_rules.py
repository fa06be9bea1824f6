"""What moto does to rules, corrected."""

from __future__ import annotations

import pytest


def test_weights_are_from_0_to_999(balancer, refused):
    group = balancer.group("g")
    rule = balancer.rule({group: 999})
    for weight in (-1, 1000):
        actions = [balancer.forward({group: weight})]
        code, message = refused(balancer.elbv2.modify_rule, RuleArn=rule, Actions=actions)
        assert (code, f"Weight '{weight}' must be between" in message) == ("ValidationError", True)
        refused(balancer.elbv2.modify_listener, ListenerArn=balancer.listener, DefaultActions=actions)
    balancer.elbv2.modify_rule(RuleArn=rule, Actions=[balancer.forward({group: 0})])


def test_a_forward_goes_to_five_groups_that_are_there(balancer, refused):
    groups = [balancer.group(f"g{number}") for number in range(6)]
    listener = {"ListenerArn": balancer.listener}
    too_many = [balancer.forward(dict.fromkeys(groups, 1))]
    assert refused(balancer.elbv2.modify_listener, DefaultActions=too_many, **listener)[0] == "TooManyTargetGroups"
    unknown = [{"Type": "forward", "TargetGroupArn": groups[0] + "x"}]
    assert refused(balancer.elbv2.modify_listener, DefaultActions=unknown, **listener)[0] == "TargetGroupNotFound"


def test_a_listener_and_its_default_rule_change_together(balancer):
    group = balancer.group("g")
    balancer.elbv2.modify_listener(ListenerArn=balancer.listener, DefaultActions=[balancer.forward({group: 7})])
    listener = balancer.elbv2.describe_listeners(ListenerArns=[balancer.listener])["Listeners"][0]
    rules = balancer.elbv2.describe_rules(ListenerArn=balancer.listener)["Rules"]
    assert rules[-1]["IsDefault"]
    for actions in (listener["DefaultActions"], rules[-1]["Actions"]):
        assert actions[0]["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": group, "Weight": 7}]


def test_stickiness_is_kept(balancer):
    one, two = balancer.group("one"), balancer.group("two")
    rule = balancer.rule({one: 1})
    action = balancer.forward({one: 50, two: 50})
    action["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 300}
    balancer.elbv2.modify_rule(RuleArn=rule, Actions=[action])
    found = balancer.elbv2.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]["ForwardConfig"]
    assert found["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 300}
    assert [group["Weight"] for group in found["TargetGroups"]] == [50, 50]


def order(balancer):
    rules = balancer.elbv2.describe_rules(ListenerArn=balancer.listener)["Rules"]
    return [(rule["RuleArn"], rule["Priority"]) for rule in rules if not rule["IsDefault"]]


def test_rules_can_swap_their_places_and_come_in_order(balancer, refused):
    group = balancer.group("g")
    later, first = balancer.rule({group: 1}, 20), balancer.rule({group: 1}, 10)
    assert order(balancer) == [(first, "10"), (later, "20")]
    swapped = [{"RuleArn": first, "Priority": 20}, {"RuleArn": later, "Priority": 10}]
    answer = balancer.elbv2.set_rule_priorities(RulePriorities=swapped)["Rules"]
    assert [rule["Priority"] for rule in answer] == ["20", "10"]
    assert order(balancer) == [(later, "10"), (first, "20")]
    clash = [{"RuleArn": first, "Priority": 10}]
    assert refused(balancer.elbv2.set_rule_priorities, RulePriorities=clash)[0] == "PriorityInUse"
    beyond = [{"RuleArn": first, "Priority": 50001}]
    refused(balancer.elbv2.set_rule_priorities, RulePriorities=beyond)
    assert order(balancer) == [(later, "10"), (first, "20")]


def test_rules_that_cannot_be_deleted(balancer, refused):
    default = balancer.elbv2.describe_rules(ListenerArn=balancer.listener)["Rules"][0]["RuleArn"]
    assert refused(balancer.elbv2.delete_rule, RuleArn=default)[0] == "OperationNotPermitted"
    assert refused(balancer.elbv2.delete_rule, RuleArn=default + "x")[0] == "RuleNotFound"


def test_groups_know_the_load_balancers_that_use_them(balancer):
    one, two = balancer.group("one"), balancer.group("two")
    rule = balancer.rule({one: 1})

    def of(group):
        return balancer.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"]

    assert (of(one), of(two)) == ([balancer.arn], [])
    balancer.elbv2.modify_rule(RuleArn=rule, Actions=[balancer.forward({two: 1})])
    assert (of(one), of(two)) == ([], [balancer.arn])


def test_priorities_end_at_50000(balancer):
    group = balancer.group("g")
    with pytest.raises(balancer.elbv2.exceptions.ClientError, match="'50001' must be between '1' and '50000'"):
        balancer.rule({group: 1}, 50001)
