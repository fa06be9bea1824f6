"""How each service that scales does."""

from __future__ import annotations

from collections.abc import Mapping

from infra.components.autoscaling import ScheduleArgs, ServiceAutoscalingArgs, TargetArgs
from infra.config import StackConfig
from infra.workloads import Service

__all__ = ["autoscaling"]


def autoscaling(config: StackConfig, tags: Mapping[str, str]) -> dict[str, ServiceAutoscalingArgs]:
    """What the scaling of each service that has one is made from, by the service's key."""
    return {
        key: {
            "cluster": service.cluster,
            "service": service.service,
            "name_prefix": f"{config.prefix}-{key}",
            "minimum": service.autoscaling.minimum,
            "maximum": service.autoscaling.maximum,
            "targets": _targets(config, key, service),
            "schedules": _schedules(service),
            "scale_in": service.autoscaling.scale_in,
            "scale_in_cooldown_seconds": service.autoscaling.scale_in_cooldown_seconds,
            "scale_out_cooldown_seconds": service.autoscaling.scale_out_cooldown_seconds,
            "tags": tags,
        }
        for key, service in config.services.items()
        if service.autoscaling is not None
    }


def _targets(config: StackConfig, key: str, service: Service) -> dict[str, TargetArgs]:
    scaling, found = service.autoscaling, dict[str, TargetArgs]()
    if scaling is None:
        return found
    if scaling.cpu_target_percent is not None:
        found["cpu"] = {"metric": "ECSServiceAverageCPUUtilization", "value": scaling.cpu_target_percent}
    if scaling.memory_target_percent is not None:
        found["memory"] = {"metric": "ECSServiceAverageMemoryUtilization", "value": scaling.memory_target_percent}
    if scaling.requests_per_target is not None:
        watched = config.identifiers(key)
        found["requests"] = {
            "metric": "ALBRequestCountPerTarget",
            "value": scaling.requests_per_target,
            "resource_label": f"{watched['load_balancer']}/{watched['target_group']}",
        }
    return found


def _schedules(service: Service) -> dict[str, ScheduleArgs]:
    found: dict[str, ScheduleArgs] = {}
    for name, entry in service.autoscaling.schedules.items() if service.autoscaling else ():
        made: ScheduleArgs = {"expression": entry.expression, "timezone": entry.zone}
        if entry.minimum is not None:
            made["minimum"] = entry.minimum
        if entry.maximum is not None:
            made["maximum"] = entry.maximum
        found[name] = made
    return found
