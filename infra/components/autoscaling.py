"""Autoscaling of an ECS service's desired count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import appautoscaling

__all__ = ["ServiceAutoscaling", "ServiceAutoscalingArgs"]


class ServiceAutoscalingArgs(TypedDict):
    """A service, and between what and what it scales."""

    cluster: pulumi.Input[str]
    """Name of the cluster."""
    service: pulumi.Input[str]
    """Name of the service."""
    policy_name: str
    """Name of the scaling policy in AWS."""
    minimum: int
    """The fewest tasks."""
    maximum: int
    """The most tasks."""
    cpu_target_percent: float
    """Average CPU that is held."""
    scale_in_cooldown_seconds: int
    """Wait after removing tasks."""
    scale_out_cooldown_seconds: int
    """Wait after adding tasks."""
    tags: NotRequired[Mapping[str, str]]
    """Tags of the scalable target."""


class ServiceAutoscaling(pulumi.ComponentResource):
    """Target tracking on average CPU.

    Attributes:
        resource_id: What Application Auto Scaling calls the service.
    """

    resource_id: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceAutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ops:index:ServiceAutoscaling", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        target = appautoscaling.Target(
            name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args["cluster"], "/", args["service"]),
            min_capacity=args["minimum"],
            max_capacity=args["maximum"],
            tags=args.get("tags", {}),
            opts=child,
        )
        appautoscaling.Policy(
            f"{name}-cpu",
            name=args["policy_name"],
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": float(args["cpu_target_percent"]),
                "scale_in_cooldown": args["scale_in_cooldown_seconds"],
                "scale_out_cooldown": args["scale_out_cooldown_seconds"],
            },
            opts=child,
        )
        self.resource_id = target.resource_id
        self.register_outputs({"resource_id": self.resource_id})
