"""How fast autoscaling is."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AutoscalingSettings"]


@dataclass(frozen=True, slots=True)
class AutoscalingSettings:
    """Times of autoscaling, by the sandbox's clock.

    Attributes:
        cooldown_seconds: A policy's cool-down where it names none. AWS, target tracking: 300 for ECS services.
        bounds_seconds: How soon a service is brought within new bounds (AWS gives no time; assumed).
        scale_in_margin: Below which share of the target the low alarm is (seen in AWS's own alarms: 63 for 70).
        high_periods: Minutes above the target before scaling out (seen in AWS's own alarms).
        low_periods: Minutes below before scaling in (as above).
        keep_days: How long activities are described. AWS, DescribeScalingActivities: the previous six weeks.
    """

    cooldown_seconds: float = 300.0
    bounds_seconds: float = 5.0
    scale_in_margin: float = 0.9
    high_periods: int = 3
    low_periods: int = 15
    keep_days: float = 42.0
