"""How each service that scales does."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.autoscaling import ServiceAutoscalingArgs
from infra.config import StackConfig

__all__ = ["autoscaling"]


def autoscaling(config: StackConfig, tags: Mapping[str, str]) -> dict[str, ServiceAutoscalingArgs]:
    """What the scaling of each service that has one is made from, by the service's key."""
    return {
        key: {
            "cluster": service.cluster,
            "service": service.service,
            "policy_name": f"{config.prefix}-{key}-cpu",
            "minimum": service.autoscaling.minimum,
            "maximum": service.autoscaling.maximum,
            "cpu_target_percent": service.autoscaling.cpu_target_percent,
            "scale_in_cooldown_seconds": service.autoscaling.scale_in_cooldown_seconds,
            "scale_out_cooldown_seconds": service.autoscaling.scale_out_cooldown_seconds,
            "tags": tags,
        }
        for key, service in config.services.items()
        if service.autoscaling is not None
    }
