"""Autoscaling of an ECS service's desired count: by targets that are held, and by the time of day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import appautoscaling

__all__ = ["ScheduleArgs", "ServiceAutoscaling", "ServiceAutoscalingArgs", "TargetArgs"]


class TargetArgs(TypedDict):
    """A metric that is held at a value."""

    metric: str
    """Application Auto Scaling's name: `ECSServiceAverageCPUUtilization`, `ECSServiceAverageMemoryUtilization` or
    `ALBRequestCountPerTarget`."""
    value: float
    """What is held: per cent, or requests a minute and target."""
    resource_label: NotRequired[pulumi.Input[str]]
    """For `ALBRequestCountPerTarget`: ``app/NAME/ID/targetgroup/NAME/ID``."""


class ScheduleArgs(TypedDict):
    """Bounds that hold from a time on."""

    expression: str
    """``cron(minutes hours day-of-month month day-of-week year)``."""
    timezone: NotRequired[str]
    """Its time zone, `UTC` where none is given."""
    minimum: NotRequired[int]
    """The fewest tasks from then on."""
    maximum: NotRequired[int]
    """The most tasks from then on."""


class ServiceAutoscalingArgs(TypedDict):
    """A service, and between what and what it scales."""

    cluster: pulumi.Input[str]
    """Name of the cluster."""
    service: pulumi.Input[str]
    """Name of the service."""
    name_prefix: str
    """What the names of policies and scheduled actions in AWS start with."""
    minimum: int
    """The fewest tasks."""
    maximum: int
    """The most tasks."""
    targets: NotRequired[Mapping[str, TargetArgs]]
    """What is held, by a name that stays; AWS scales out for any of them, and in only if all agree."""
    schedules: NotRequired[Mapping[str, ScheduleArgs]]
    """Bounds by the time of day, by a name that stays. Where there are some, `minimum` and `maximum` count at creation
    only: an `up` in the evening must not bring back the bounds of the morning."""
    scale_in: NotRequired[bool]
    """Whether tasks are removed too, which they are where nothing is said."""
    scale_in_cooldown_seconds: int
    """Wait after removing tasks."""
    scale_out_cooldown_seconds: int
    """Wait after adding tasks."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of the scalable target."""


class ServiceAutoscaling(pulumi.ComponentResource):
    """Target tracking, and scheduled capacity.

    Attributes:
        resource_id: What Application Auto Scaling calls the service.
    """

    resource_id: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceAutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:ServiceAutoscaling", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        schedules = args.get("schedules", {})
        target = appautoscaling.Target(
            name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args["cluster"], "/", args["service"]),
            min_capacity=args["minimum"],
            max_capacity=args["maximum"],
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["minCapacity", "maxCapacity"] if schedules else None
            ),
        )
        for key, held in args.get("targets", {}).items():
            appautoscaling.Policy(
                f"{name}-{key}",
                name=f"{args['name_prefix']}-{key}",
                policy_type="TargetTrackingScaling",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                target_tracking_scaling_policy_configuration=_tracking(held, args),
                opts=child,
            )
        for key, entry in schedules.items():
            appautoscaling.ScheduledAction(
                f"{name}-at-{key}",
                name=f"{args['name_prefix']}-{key}",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=entry["expression"],
                timezone=entry.get("timezone", "UTC"),
                scalable_target_action=_bounds(entry),
                opts=child,
            )
        self.resource_id = target.resource_id
        self.register_outputs({"resource_id": self.resource_id})


def _tracking(
    held: TargetArgs, args: ServiceAutoscalingArgs
) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict:
    tracking: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict = {
        "predefined_metric_specification": _metric(held),
        "target_value": float(held["value"]),
        "scale_in_cooldown": args["scale_in_cooldown_seconds"],
        "scale_out_cooldown": args["scale_out_cooldown_seconds"],
    }
    return tracking if args.get("scale_in", True) else {**tracking, "disable_scale_in": True}


def _metric(
    held: TargetArgs,
) -> appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgsDict:
    if "resource_label" not in held:
        return {"predefined_metric_type": held["metric"]}
    return {"predefined_metric_type": held["metric"], "resource_label": held["resource_label"]}


def _bounds(entry: ScheduleArgs) -> appautoscaling.ScheduledActionScalableTargetActionArgsDict:
    given: appautoscaling.ScheduledActionScalableTargetActionArgsDict = {}
    if "minimum" in entry:
        given["min_capacity"] = entry["minimum"]
    if "maximum" in entry:
        given["max_capacity"] = entry["maximum"]
    return given
