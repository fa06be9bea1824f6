"""Application Auto Scaling: scalable targets, target tracking policies, scheduled actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import Many, Pluck
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_WHAT_SCALES = {
    "ServiceNamespace": "{serviceNamespace}",
    "ResourceId": "{resourceId}",
    "ScalableDimension": "{scalableDimension}",
}


def _dimension(inputs: Known) -> Iterator[CheckFailure]:
    namespace, dimension = inputs.get("serviceNamespace"), inputs.get("scalableDimension")
    if namespace and dimension and not dimension.startswith(f"{namespace}:"):
        yield CheckFailure("scalableDimension", f"is {dimension!r}, which is none of the service {namespace!r}")
    resource = inputs.get("resourceId")
    if namespace == "ecs" and resource is not None and not re.fullmatch(r"service/[^/]+/[^/]+", resource):
        yield CheckFailure("resourceId", f"is {resource!r}; that of an ECS service is service/CLUSTER/NAME")


def _capacities(inputs: Known) -> Iterator[CheckFailure]:
    least, most = inputs.get("minCapacity"), inputs.get("maxCapacity")
    for name, value in (("minCapacity", least), ("maxCapacity", most)):
        if value is not None and value < 0:
            yield CheckFailure(name, f"is {value:g}; AWS takes 0 and more")
    if least is not None and most is not None and least > most:
        yield CheckFailure("minCapacity", f"is {least:g}, more than the maxCapacity of {most:g}")


TARGET = ResourceType(
    token="aws:appautoscaling/target:Target",  # noqa: S106 - Pulumi's word for a type's name
    service="application-autoscaling",
    fields=(
        Field("serviceNamespace", "ServiceNamespace"),
        Field("resourceId", "ResourceId"),
        Field("scalableDimension", "ScalableDimension"),
        Field("minCapacity", "MinCapacity"),
        Field("maxCapacity", "MaxCapacity"),
        Field("roleArn", "RoleARN", computed=True),
        Field(
            "suspendedState",
            "SuspendedState",
            Record(
                (
                    Field("dynamicScalingInSuspended", "DynamicScalingInSuspended", default=False),
                    Field("dynamicScalingOutSuspended", "DynamicScalingOutSuspended", default=False),
                    Field("scheduledScalingSuspended", "ScheduledScalingSuspended", default=False),
                )
            ),
            computed=True,
        ),
    ),
    create=Call("register_scalable_target"),
    update={},
    delete=Call("deregister_scalable_target", _WHAT_SCALES),
    lookups=(
        Lookup(
            call=Call(
                "describe_scalable_targets",
                {
                    "ServiceNamespace": "{serviceNamespace}",
                    "ResourceIds": ["{resourceId}"],
                    "ScalableDimension": "{scalableDimension}",
                },
            ),
            at="ScalableTargets",
            where={"ResourceId": "{resourceId}", "ScalableDimension": "{scalableDimension}"},
        ),
    ),
    identity="{resourceId}",
    outputs={"arn": "{live.ScalableTargetARN}"},
    # All three ForceNew: together they are what RegisterScalableTarget identifies a target by.
    replace_on=frozenset({"serviceNamespace", "resourceId", "scalableDimension"}),
    tags=Tagging(
        path="Tags",
        pair=(),
        tag=Call("tag_resource", {"ResourceARN": "{arn}", "Tags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceARN": "{arn}", "TagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
    ),
    rules=(_dimension, _capacities, arns("roleArn")),
)

_NAME_AND_VALUE = Record((Field("name", "Name"), Field("value", "Value")))
_METRIC = Record(
    (
        Field("metricName", "MetricName"),
        Field("namespace", "Namespace"),
        Field("dimensions", "Dimensions", Many(_NAME_AND_VALUE, unordered=True, key="name")),
    )
)
_METRIC_QUERY = Record(
    (
        Field("id", "Id"),
        Field("expression", "Expression"),
        Field("label", "Label"),
        Field("returnData", "ReturnData", default=True),
        Field(
            "metricStat",
            "MetricStat",
            Record((Field("metric", "Metric", _METRIC), Field("stat", "Stat"), Field("unit", "Unit"))),
        ),
    )
)
_TARGET_TRACKING = Record(
    (
        Field("targetValue", "TargetValue"),
        Field("disableScaleIn", "DisableScaleIn", default=False),
        Field("scaleInCooldown", "ScaleInCooldown"),
        Field("scaleOutCooldown", "ScaleOutCooldown"),
        Field(
            "predefinedMetricSpecification",
            "PredefinedMetricSpecification",
            Record(
                (Field("predefinedMetricType", "PredefinedMetricType"), Field("resourceLabel", "ResourceLabel")),
            ),
        ),
        Field(
            "customizedMetricSpecification",
            "CustomizedMetricSpecification",
            Record(
                (
                    *_METRIC.fields,
                    Field("statistic", "Statistic"),
                    Field("unit", "Unit"),
                    Field("metrics", "Metrics", Many(_METRIC_QUERY, unordered=True, key="id")),
                )
            ),
        ),
    )
)


def _tracking(inputs: Known) -> Iterator[CheckFailure]:
    kind = inputs.get("policyType", "TargetTrackingScaling")
    if kind != "TargetTrackingScaling":
        yield CheckFailure("policyType", f"is {kind!r}; the stand-in provider knows TargetTrackingScaling only")
        return
    name = "targetTrackingScalingPolicyConfiguration"
    if not inputs.sets(name):
        yield CheckFailure(name, "is required by the policyType TargetTrackingScaling")
        return
    tracking: Mapping[str, Any] = inputs.get(name, {})
    ways = [
        way
        for way in ("predefinedMetricSpecification", "customizedMetricSpecification")
        if tracking.get(way) is not None
    ]
    if tracking and len(ways) != 1:
        yield CheckFailure(
            name,
            f"has exactly one of predefinedMetricSpecification, customizedMetricSpecification; {len(ways)} are set",
        )
    predefined = tracking.get("predefinedMetricSpecification")
    if isinstance(predefined, Mapping):
        label, kind = predefined.get("resourceLabel"), predefined.get("predefinedMetricType")
        if kind is not UNKNOWN and (kind == "ALBRequestCountPerTarget") != (label is not None):
            yield CheckFailure(
                f"{name}.predefinedMetricSpecification.resourceLabel",
                "is required by ALBRequestCountPerTarget, and by no other metric of an ECS service",
            )


POLICY = ResourceType(
    token="aws:appautoscaling/policy:Policy",  # noqa: S106 - a type's name
    service="application-autoscaling",
    fields=(
        Field("name", "PolicyName"),
        Field("serviceNamespace", "ServiceNamespace"),
        Field("resourceId", "ResourceId"),
        Field("scalableDimension", "ScalableDimension"),
        Field("policyType", "PolicyType", default="StepScaling"),
        Field("targetTrackingScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration", _TARGET_TRACKING),
        Field("alarmArns", "", Many(Pluck("AlarmARN")), live="Alarms"),
    ),
    create=Call("put_scaling_policy"),
    update={},
    delete=Call("delete_scaling_policy", {**_WHAT_SCALES, "PolicyName": "{id}"}),
    lookups=(
        Lookup(
            call=Call("describe_scaling_policies", {**_WHAT_SCALES, "PolicyNames": ["{id}"]}),
            at="ScalingPolicies",
            where={"PolicyName": "{id}"},
        ),
    ),
    identity="{name}",
    outputs={"arn": "{live.PolicyARN}"},
    # All four ForceNew: together they are what PutScalingPolicy identifies a policy by.
    replace_on=frozenset({"name", "serviceNamespace", "resourceId", "scalableDimension"}),
    autoname="",
    rules=(_dimension, _tracking),
)


def _schedule(inputs: Known) -> Iterator[CheckFailure]:
    expression, action = inputs.get("schedule"), inputs.get("scalableTargetAction")
    if expression is not None and not re.fullmatch(r"(rate|cron|at)\(.+\)", expression):
        yield CheckFailure("schedule", f"is {expression!r}; write cron(…) with six fields, rate(…) or at(…)")
    if isinstance(action, Mapping) and not any(action.get(name) is not None for name in ("minCapacity", "maxCapacity")):
        yield CheckFailure("scalableTargetAction", "sets neither minCapacity nor maxCapacity")


SCHEDULED_ACTION = ResourceType(
    token="aws:appautoscaling/scheduledAction:ScheduledAction",  # noqa: S106 - a type's name
    service="application-autoscaling",
    fields=(
        Field("name", "ScheduledActionName"),
        Field("serviceNamespace", "ServiceNamespace"),
        Field("resourceId", "ResourceId"),
        Field("scalableDimension", "ScalableDimension"),
        Field("schedule", "Schedule"),
        Field("timezone", "Timezone", default="UTC"),
        Field(
            "scalableTargetAction",
            "ScalableTargetAction",
            Record((Field("minCapacity", "MinCapacity"), Field("maxCapacity", "MaxCapacity"))),
        ),
    ),
    create=Call("put_scheduled_action"),
    update={},
    delete=Call("delete_scheduled_action", {**_WHAT_SCALES, "ScheduledActionName": "{name}"}),
    lookups=(
        Lookup(
            call=Call("describe_scheduled_actions", {**_WHAT_SCALES, "ScheduledActionNames": ["{name}"]}),
            at="ScheduledActions",
            where={"ScheduledActionName": "{name}", "ResourceId": "{resourceId}"},
        ),
    ),
    identity="{name}-{serviceNamespace}-{resourceId}",  # the real provider's id, which cannot be imported
    outputs={"arn": "{live.ScheduledActionARN}"},
    # All four ForceNew: together they are what PutScheduledAction identifies an action by.
    replace_on=frozenset({"name", "serviceNamespace", "resourceId", "scalableDimension"}),
    rules=(_dimension, _schedule),
)

ROWS = (TARGET, POLICY, SCHEDULED_ACTION)
