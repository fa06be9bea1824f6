"""Application Auto Scaling: tags, targets that must be there, what goes with a target that goes, and what scales.

The scaling itself is `opslib.sandbox.behaviour.autoscaling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.autoscaling.acting import bring_within_bounds, settings_of
from opslib.sandbox.behaviour.autoscaling.activities import TargetKey, activities_of
from opslib.sandbox.behaviour.autoscaling.scheduled import plan_action
from opslib.sandbox.behaviour.autoscaling.tracking_alarms import shape_alarms
from opslib.sandbox.behaviour.schedule_expression import next_after
from opslib.sandbox.gaps.alarms import INITIAL_STATE
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

SERVICE = "application-autoscaling"
_TAGS = "scalable target tags"
MOST_ACTIVITIES = 50  # AWS, DescribeScalingActivities: the default of MaxResults
_NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


def _backend(call: GapCall) -> Any:
    return applicationautoscaling_backends[call.account_id][call.region]


def _target(call: GapCall) -> Any | None:
    of_dimension = _backend(call).targets.get(call.parameters["ScalableDimension"], {})
    return of_dimension.get(call.parameters["ResourceId"])


def _named(call: GapCall) -> str:
    parameters = call.parameters
    return (
        f"service namespace: {parameters['ServiceNamespace']}, resource ID: {parameters['ResourceId']}, "
        f"scalable dimension: {parameters['ScalableDimension']}"
    )


def register_scalable_target(call: GapCall) -> Mapping[str, Any]:
    """With its tags; both capacities the first time, and never the wrong way round."""
    check_constraints(call)
    parameters, target = call.parameters, _target(call)
    least = parameters.get("MinCapacity", None if target is None else target.min_capacity)
    most = parameters.get("MaxCapacity", None if target is None else target.max_capacity)
    if least is None or most is None:
        raise AwsError("ValidationException", "MinCapacity and MaxCapacity are required to register a scalable target")
    if most < least:
        raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    if target is not None and parameters.get("Tags"):
        raise AwsError("ValidationException", "Tags can only be given to a new scalable target; use TagResource")
    try:
        answer = call.through()
    except AwsError as error:
        if error.code == "ClusterNotFoundException":
            message = f"ECS service doesn't exist: {parameters['ResourceId']}"
            raise AwsError("ValidationException", message) from error
        raise
    call.record(_TAGS).setdefault(answer["ScalableTargetARN"], dict(parameters.get("Tags", {})))
    with call.account.schedule.lock:
        soon = call.account.clock.now() + timedelta(seconds=settings_of(call.account).bounds_seconds)
        bring = partial(bring_within_bounds, call.account, call.region, _key(call))
        call.account.schedule.at(soon, bring, key=f"autoscaling/{call.region}/bounds/{parameters['ResourceId']}")
    return answer


def _key(call: GapCall) -> TargetKey:
    parameters = call.parameters
    return TargetKey(parameters["ServiceNamespace"], parameters["ResourceId"], parameters["ScalableDimension"])


def describe_scalable_targets(call: GapCall) -> Mapping[str, Any]:
    """With SuspendedState, which moto leaves out where it was not given."""
    answer = call.through()
    for target in answer.get("ScalableTargets", []):
        target["SuspendedState"] = _NOT_SUSPENDED | (target.get("SuspendedState") or {})
    return answer


def deregister_scalable_target(call: GapCall) -> Mapping[str, Any]:
    """Its policies with their alarms, its scheduled actions and its tags go with it."""
    target = _target(call)
    answer = call.through()
    backend = _backend(call)
    for key, policy in list(_policies(call)):
        policy.delete_alarms(call.account_id, call.region)
        del backend.policies[key]
    backend.scheduled_actions = [a for a in backend.scheduled_actions if not _is_of_call(call, a)]
    if target is not None:
        call.record(_TAGS).pop(target.arn, None)
    return answer


def _policies(call: GapCall) -> Iterator[tuple[str, Any]]:
    return ((key, policy) for key, policy in _backend(call).policies.items() if _is_of_call(call, policy))


def _is_of_call(call: GapCall, belonging: Any) -> bool:
    parameters = call.parameters
    return (belonging.service_namespace, belonging.resource_id, belonging.scalable_dimension) == (
        parameters["ServiceNamespace"],
        parameters["ResourceId"],
        parameters["ScalableDimension"],
    )


def put_scaling_policy(call: GapCall) -> Mapping[str, Any]:
    """Of a registered target; its alarms begin in INSUFFICIENT_DATA like any other."""
    check_constraints(call)
    if _target(call) is None:
        raise AwsError("ObjectNotFoundException", f"No scalable target registered for {_named(call)}")
    tracking = call.parameters.get("TargetTrackingScalingPolicyConfiguration", {})
    predefined = tracking.get("PredefinedMetricSpecification", {})
    if predefined.get("PredefinedMetricType") == "ALBRequestCountPerTarget" and not predefined.get("ResourceLabel"):
        message = "ResourceLabel must be specified for the metric type ALBRequestCountPerTarget"
        raise AwsError("ValidationException", message)
    if tracking and ("PredefinedMetricSpecification" in tracking) == ("CustomizedMetricSpecification" in tracking):
        message = "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
        raise AwsError("ValidationException", message)
    with call.account.schedule.lock:
        previous = _policy(call)
        answer = call.through()
        policy: Any = _policy(call)
        if previous is not None:  # moto makes another policy, and leaves the old one's alarms
            previous.delete_alarms(call.account_id, call.region)
            policy.policy_arn, policy.creation_time = previous.policy_arn, previous.creation_time
            answer["PolicyARN"] = policy.policy_arn
        for alarm in policy.alarms:
            alarm.state_value = INITIAL_STATE
            alarm.alarm_actions = [policy.policy_arn]
        if policy.alarms and policy.service_namespace == "ecs":
            shape_alarms(policy, settings_of(call.account))
    return answer


def _policy(call: GapCall) -> Any | None:
    return next((p for _, p in _policies(call) if p.policy_name == call.parameters["PolicyName"]), None)


def describe_scaling_policies(call: GapCall) -> Mapping[str, Any]:
    """Only those that are asked for: moto does not look at PolicyNames."""
    check_constraints(call)
    answer = call.through()
    if names := call.parameters.get("PolicyNames"):
        answer["ScalingPolicies"] = [p for p in answer["ScalingPolicies"] if p["PolicyName"] in names]
    return answer


def put_scheduled_action(call: GapCall) -> Mapping[str, Any]:
    """Of a registered target, with a schedule that can be read; it happens by the sandbox's clock."""
    check_constraints(call)
    if _target(call) is None:
        raise AwsError("ObjectNotFoundException", f"No scalable target registered for {_named(call)}")
    name, now = call.parameters["ScheduledActionName"], call.account.clock.now()
    if expression := call.parameters.get("Schedule"):
        try:
            next_after(expression, now, began=now, zone=call.parameters.get("Timezone") or "UTC")
        except BadRequest as error:
            raise AwsError("ValidationException", str(error)) from error
    with call.account.schedule.lock:
        answer = call.through()
        for action in _backend(call).scheduled_actions:
            if _is_of_call(call, action) and action.scheduled_action_name == name:
                plan_action(call.account, call.region, action, now)
    return answer


def describe_scaling_activities(call: GapCall) -> Mapping[str, Any]:
    """Of the last six weeks, the newest first."""
    check_constraints(call)
    parameters = call.parameters
    oldest = call.account.clock.now() - timedelta(days=settings_of(call.account).keep_days)
    with call.account.schedule.lock:
        kept = [activity for activity in activities_of(call.account, call.region) if activity["StartTime"] >= oldest]
    asked = [name for name in ("ServiceNamespace", "ResourceId", "ScalableDimension") if parameters.get(name)]
    found = [
        activity
        for activity in reversed(kept)
        if all(activity[name] == parameters[name] for name in asked)
        and (parameters.get("IncludeNotScaledActivities") or "NotScaledReasons" not in activity)
    ]
    start, most = int(parameters.get("NextToken") or 0), parameters.get("MaxResults") or MOST_ACTIVITIES
    page: dict[str, Any] = {"ScalingActivities": found[start : start + most]}
    if start + most < len(found):
        page["NextToken"] = str(start + most)
    return page


def _tags(call: GapCall) -> dict[str, str]:
    """The tags of the target that the call names by its ARN."""
    arn = call.parameters["ResourceARN"]
    targets = (target for of_dimension in _backend(call).targets.values() for target in of_dimension.values())
    if all(target.arn != arn for target in targets):
        raise AwsError("ResourceNotFoundException", f"The scalable target {arn} does not exist", ResourceName=arn)
    tags: dict[str, str] = call.record(_TAGS).setdefault(arn, {})
    return tags


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """The tags of a scalable target."""
    return {"Tags": dict(_tags(call))}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """Add tags to a scalable target, or change them."""
    _tags(call).update(call.parameters["Tags"])
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Take tags off a scalable target."""
    for key in call.parameters["TagKeys"]:
        _tags(call).pop(key, None)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    (SERVICE, "DeregisterScalableTarget"): deregister_scalable_target,
    (SERVICE, "DescribeScalableTargets"): describe_scalable_targets,
    (SERVICE, "DescribeScalingActivities"): describe_scaling_activities,
    (SERVICE, "DescribeScalingPolicies"): describe_scaling_policies,
    (SERVICE, "ListTagsForResource"): list_tags_for_resource,
    (SERVICE, "PutScalingPolicy"): put_scaling_policy,
    (SERVICE, "PutScheduledAction"): put_scheduled_action,
    (SERVICE, "RegisterScalableTarget"): register_scalable_target,
    (SERVICE, "TagResource"): tag_resource,
    (SERVICE, "UntagResource"): untag_resource,
}
