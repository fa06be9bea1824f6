"""The two alarms that target tracking makes for itself, shaped as AWS's are; moto makes them with thresholds of 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.behaviour.autoscaling.settings import AutoscalingSettings

__all__ = ["is_high", "shape_alarms"]

MINUTE_SECONDS = 60

# AWS, PredefinedMetricSpecification: which metric each name stands for.
_PREDEFINED: Mapping[str, tuple[str, str, str]] = {
    "ECSServiceAverageCPUUtilization": ("AWS/ECS", "CPUUtilization", "Average"),
    "ECSServiceAverageMemoryUtilization": ("AWS/ECS", "MemoryUtilization", "Average"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
}


def is_high(alarm: Any) -> bool:
    """Whether an alarm says that there is too little capacity."""
    return str(alarm.comparison_operator).startswith("Greater")


def shape_alarms(policy: Any, settings: AutoscalingSettings) -> None:
    """Give a policy's alarms the metric, threshold and periods that AWS gives them.

    Args:
        policy: moto's record of a target-tracking policy of an ECS service.
        settings: How far apart the two alarms are.
    """
    configuration = policy.target_tracking_scaling_policy_configuration
    watched = _watched(policy.resource_id, configuration)
    if watched is None:
        return
    for alarm in policy.alarms:
        high = is_high(alarm)
        shape = {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AlarmActions": list(alarm.alarm_actions),
            "EvaluationPeriods": settings.high_periods if high else settings.low_periods,
            "Threshold": configuration["TargetValue"] * (1 if high else settings.scale_in_margin),
            "ComparisonOperator": alarm.comparison_operator,
            **watched,
        }
        alarm.given = shape
        alarm.threshold, alarm.evaluation_periods, alarm.unit = shape["Threshold"], shape["EvaluationPeriods"], None
        alarm.namespace, alarm.metric_name = shape.get("Namespace"), shape.get("MetricName")


def _watched(resource_id: str, configuration: Mapping[str, Any]) -> dict[str, Any] | None:
    """The metric that both alarms look at, under PutMetricAlarm's names; None for one that we do not know."""
    if custom := configuration.get("CustomizedMetricSpecification"):
        if "Metrics" in custom:
            return {"Metrics": [_query(metric) for metric in custom["Metrics"]]}
        named = {name: custom[name] for name in ("Namespace", "MetricName", "Statistic", "Unit") if custom.get(name)}
        return {**named, "Dimensions": custom.get("Dimensions", []), "Period": MINUTE_SECONDS}
    predefined = configuration["PredefinedMetricSpecification"]
    if predefined["PredefinedMetricType"] not in _PREDEFINED:
        return None
    namespace, name, statistic = _PREDEFINED[predefined["PredefinedMetricType"]]
    _, cluster, service = resource_id.split("/")
    values = {"ClusterName": cluster, "ServiceName": service}
    if label := predefined.get("ResourceLabel"):  # app/shop/1/targetgroup/api/2
        balancer, _, group = label.partition("/targetgroup/")
        values = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
    dimensions = [{"Name": key, "Value": value} for key, value in values.items()]
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Statistic": statistic,
        "Dimensions": dimensions,
        "Period": MINUTE_SECONDS,
    }


def _query(metric: Mapping[str, Any]) -> dict[str, Any]:
    query = dict(metric)
    if "MetricStat" in query:
        query["MetricStat"] = {**query["MetricStat"], "Period": MINUTE_SECONDS}
    return query
