"""Application Auto Scaling: tags, targets that must be there, and what goes with a target that goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.alarms import INITIAL_STATE
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

SERVICE = "application-autoscaling"
_TAGS = "scalable target tags"


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
    existed = {alarm.name for _, policy in _policies(call) for alarm in policy.alarms}
    answer = call.through()
    alarms = cloudwatch_backends[call.account_id][call.region].alarms
    for alarm in answer.get("Alarms", []):
        if alarm["AlarmName"] not in existed and alarm["AlarmName"] in alarms:
            alarms[alarm["AlarmName"]].state_value = INITIAL_STATE
    return answer


def describe_scaling_policies(call: GapCall) -> Mapping[str, Any]:
    """Only those that are asked for: moto does not look at PolicyNames."""
    check_constraints(call)
    answer = call.through()
    if names := call.parameters.get("PolicyNames"):
        answer["ScalingPolicies"] = [p for p in answer["ScalingPolicies"] if p["PolicyName"] in names]
    return answer


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
    (SERVICE, "DescribeScalingPolicies"): describe_scaling_policies,
    (SERVICE, "ListTagsForResource"): list_tags_for_resource,
    (SERVICE, "PutScalingPolicy"): put_scaling_policy,
    (SERVICE, "RegisterScalableTarget"): register_scalable_target,
    (SERVICE, "TagResource"): tag_resource,
    (SERVICE, "UntagResource"): untag_resource,
}
