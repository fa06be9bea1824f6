"""Load balancers: targets and their health are the behaviour's; rules, listeners and groups moto's, checked first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from moto.elbv2.models import elbv2_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.load_balancer import targets
from opslib.sandbox.behaviour.load_balancer.rules import groups_of_action
from opslib.sandbox.behaviour.load_balancer.targets import Target
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

WEIGHTS = range(1000)  # AWS, TargetGroupTuple: "The range is 0 to 999"
MOST_GROUPS = 5  # AWS, "Quotas for your Application Load Balancers": target groups per action
PRIORITIES = range(1, 50001)  # AWS, CreateRule

# AWS's words on each reason of TargetHealth.
_NOT_IN_USE = ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
_REGISTERING = ("Elb.RegistrationInProgress", "Target registration is in progress")
_FIRST_CHECKS = ("Elb.InitialHealthChecking", "Initial health checks in progress")
_DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
_NOT_REGISTERED = ("Target.NotRegistered", "Target is not registered to the target group")


def register_targets(call: GapCall) -> Mapping[str, Any]:
    """Whether instances run is checked by moto."""
    with call.account.schedule.lock:
        group = _group(call)
        answer = call.through()
        for target in call.parameters["Targets"]:
            port = int(target.get("Port") or group.port)
            targets.register(call.account, call.region, group.arn, target["Id"], port, call.account.clock.now())
        return answer


def deregister_targets(call: GapCall) -> Mapping[str, Any]:
    """A target that is not there is no error (AWS, DeregisterTargets); without a port all of its ports go."""
    with call.account.schedule.lock:
        group, now = _group(call), call.account.clock.now()
        for wanted in call.parameters["Targets"]:
            group.targets.pop(wanted["Id"], None)
            for target in targets.targets_of(call.account, call.region, group.arn):
                if target.id == wanted["Id"] and wanted.get("Port") in (None, target.port):
                    targets.deregister(call.account, call.region, group.arn, target.id, target.port, now)
        return {}


def describe_target_health(call: GapCall) -> Mapping[str, Any]:
    """Of the targets that are asked for, or of all."""
    with call.account.schedule.lock:
        group, now = _group(call), call.account.clock.now()
        targets.refresh(call.account, call.region, now)
        known = targets.targets_of(call.account, call.region, group.arn)
        wanted = call.parameters.get("Targets")
        if not wanted:
            return {"TargetHealthDescriptions": [_description(call, group, target) for target in known]}
        descriptions = []
        for one in wanted:
            found = [t for t in known if t.id == one["Id"] and one.get("Port") in (None, t.port)]
            descriptions += [_description(call, group, target) for target in found] or [
                _shape(group, one["Id"], one.get("Port") or group.port, "unused", *_NOT_REGISTERED)
            ]
        return {"TargetHealthDescriptions": descriptions}


def _description(call: GapCall, group: Any, target: Target) -> dict[str, Any]:
    if not group.health_check_enabled and target.health not in ("unused", "draining"):
        reason = ("Target.HealthCheckDisabled", "Health checks are disabled for this target group")
        return _shape(group, target.id, target.port, "unavailable", *reason)
    settings, now = targets.settings_of(call.account), call.account.clock.now()
    registering = now < target.registered_at + timedelta(seconds=settings.registration_seconds)
    reasons = {
        "unused": _NOT_IN_USE,
        "initial": _REGISTERING if registering else _FIRST_CHECKS,
        "unhealthy": ("Target.ResponseCodeMismatch", targets.failed_codes(target)),
        "draining": _DRAINING,
    }
    return _shape(group, target.id, target.port, target.health, *reasons.get(target.health, ()))


def _shape(  # noqa: PLR0917  # an answer has these fields
    group: Any, target_id: str, port: int, state: str, reason: str = "", words: str = ""
) -> dict[str, Any]:
    checked_at = group.health_check_port
    health = {"State": state} | ({"Reason": reason, "Description": words} if reason else {})
    return {
        "Target": {"Id": target_id, "Port": int(port)},
        "HealthCheckPort": str(port if checked_at in (None, "traffic-port") else checked_at),
        "TargetHealth": health,
    }


def change_actions(call: GapCall) -> None:
    """Check what a rule or listener forwards to, let moto change it, and let the targets follow."""
    parameters = call.parameters
    _check_actions(call, [*(parameters.get("Actions") or ()), *(parameters.get("DefaultActions") or ())])
    targets.refresh_soon(call.account, call.region)


def create_rule(call: GapCall) -> None:
    """With a priority that AWS takes."""
    priority = int(call.parameters["Priority"])
    if priority not in PRIORITIES:
        _refuse(f"Priority '{priority}' must be between '{PRIORITIES.start}' and '{PRIORITIES.stop - 1}' inclusive")
    change_actions(call)


def follow(call: GapCall) -> None:
    """Let moto change the rules, and the targets follow."""
    targets.refresh_soon(call.account, call.region)


def delete_rule(call: GapCall) -> None:
    """Any but a listener's default rule; moto breaks on that and takes a rule that is not there."""
    arn = call.parameters["RuleArn"]
    rule = next((rule for rule in _rules(call) if rule.arn == arn), None)
    if rule is None:
        raise AwsError("RuleNotFound", "One or more rules not found")
    if rule.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    targets.refresh_soon(call.account, call.region)


def set_rule_priorities(call: GapCall) -> Mapping[str, Any]:
    """Any new order without two rules at one place (AWS, SetRulePriorities); moto refuses to swap two rules."""
    with call.account.schedule.lock:
        wanted = {pair["RuleArn"]: int(pair["Priority"]) for pair in call.parameters["RulePriorities"]}
        rules = {rule.arn: rule for rule in _rules(call)}
        for arn, priority in wanted.items():
            if arn not in rules:
                raise AwsError("RuleNotFound", "One or more rules not found")
            if rules[arn].is_default:
                raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")
            if priority not in PRIORITIES:
                _refuse(
                    f"Priority '{priority}' must be between '{PRIORITIES.start}' and '{PRIORITIES.stop - 1}' inclusive"
                )
        for listener in {rules[arn].listener_arn for arn in wanted}:
            mine = [rule for rule in rules.values() if rule.listener_arn == listener and not rule.is_default]
            after = [wanted.get(rule.arn, int(rule.priority)) for rule in mine]
            if len(set(after)) < len(after):
                raise AwsError("PriorityInUse", "The specified priority is in use.")
        for arn, priority in wanted.items():
            rules[arn].priority = priority
        targets.refresh(call.account, call.region, call.account.clock.now())
        return {"Rules": [_rule_shape(rules[arn]) for arn in wanted]}


def modify_target_group_attributes(call: GapCall) -> Mapping[str, Any] | None:
    """A deregistration delay of an hour is the longest; moto refuses it."""
    for attribute in call.parameters["Attributes"]:
        if attribute["Key"] == targets.DELAY_ATTRIBUTE and attribute["Value"] == "3600":
            others = [other for other in call.parameters["Attributes"] if other is not attribute]
            answer = call.through({**call.parameters, "Attributes": others})
            group = _group(call)
            group.attributes[targets.DELAY_ATTRIBUTE] = attribute["Value"]
            shown = [one for one in answer["Attributes"] if one["Key"] != targets.DELAY_ATTRIBUTE]
            return {"Attributes": [*shown, attribute]}
    return None


def delete_target_group(call: GapCall) -> Mapping[str, Any]:
    """Its targets go with it."""
    with call.account.schedule.lock:
        answer = call.through()
        targets.forget_group(call.account, call.region, call.parameters["TargetGroupArn"])
        return answer


def _backend(call: GapCall) -> Any:
    return elbv2_backends[call.account_id][call.region]


def _group(call: GapCall) -> Any:
    group = _backend(call).target_groups.get(call.parameters["TargetGroupArn"])
    if group is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    return group


def _rules(call: GapCall) -> Iterable[Any]:
    for balancer in list(_backend(call).load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            yield from list(listener.rules.values())


def _rule_shape(rule: Any) -> dict[str, Any]:
    return {
        "RuleArn": rule.arn,
        "Priority": str(rule.priority),
        "Conditions": rule.conditions,
        "Actions": [action.data for action in rule.actions],
        "IsDefault": rule.is_default,
    }


def _check_actions(call: GapCall, actions: list[Mapping[str, Any]]) -> None:
    for action in actions:
        groups = groups_of_action(action)
        if len(groups) > MOST_GROUPS:
            raise AwsError("TooManyTargetGroups", f"An action forwards to at most {MOST_GROUPS} target groups")
        for arn, weight in groups.items():
            if weight not in WEIGHTS:
                _refuse(f"Weight '{weight}' must be between '{WEIGHTS.start}' and '{WEIGHTS.stop - 1}' inclusive")
            if arn not in _backend(call).target_groups:
                raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")


def _refuse(message: str) -> None:
    raise AwsError("ValidationError", message)


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("elbv2", "CreateListener"): change_actions,
    ("elbv2", "CreateRule"): create_rule,
    ("elbv2", "DeleteListener"): follow,
    ("elbv2", "DeleteLoadBalancer"): follow,
    ("elbv2", "DeleteRule"): delete_rule,
    ("elbv2", "DeleteTargetGroup"): delete_target_group,
    ("elbv2", "DeregisterTargets"): deregister_targets,
    ("elbv2", "DescribeTargetHealth"): describe_target_health,
    ("elbv2", "ModifyListener"): change_actions,
    ("elbv2", "ModifyRule"): change_actions,
    ("elbv2", "ModifyTargetGroupAttributes"): modify_target_group_attributes,
    ("elbv2", "RegisterTargets"): register_targets,
    ("elbv2", "SetRulePriorities"): set_rule_priorities,
}
