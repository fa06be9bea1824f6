"""Reads ECS services with their task definitions, clusters and autoscaling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from opslib.discover.asking import Asking
from opslib.discover.inventory import Container, Scaling, Service

__all__ = ["read_services"]

_CLUSTERS_PER_CALL = 100
_SERVICES_PER_CALL = 10
"""AWS, DescribeClusters and DescribeServices."""

_CPU = "ECSServiceAverageCPUUtilization"


def read_services(asking: Asking) -> tuple[Service, ...]:
    """The active services of every cluster, by cluster and name.

    Args:
        asking: Reads AWS.
    """
    clusters = sorted(str(arn) for arn in asking.each("ecs", "ListClusters", "clusterArns"))
    insights = {
        one["clusterArn"]: _setting(one.get("settings", ()), "containerInsights")
        for one in asking.in_parts(
            "ecs",
            "DescribeClusters",
            "clusters",
            many=clusters,
            of="clusters",
            most=_CLUSTERS_PER_CALL,
            include=["SETTINGS"],
        )
    }
    described = [
        one
        for cluster in clusters
        for one in asking.in_parts(
            "ecs",
            "DescribeServices",
            "services",
            many=sorted(map(str, asking.each("ecs", "ListServices", "serviceArns", cluster=cluster))),
            of="services",
            most=_SERVICES_PER_CALL,
            cluster=cluster,
        )
        if one["status"] == "ACTIVE"
    ]
    scalings = _scalings(asking) if described else {}
    definitions: dict[str, Mapping[str, Any]] = {}
    for one in described:
        arn = one.get("taskDefinition")
        if arn and arn not in definitions:
            definitions[arn] = asking.ask("ecs", "DescribeTaskDefinition", taskDefinition=arn)["taskDefinition"]
    return tuple(
        _service(
            one,
            definitions.get(one.get("taskDefinition", ""), {}),
            scalings.get(f"service/{_last(one['clusterArn'])}/{one['serviceName']}"),
            insights.get(one["clusterArn"], "disabled"),
        )
        for one in described
    )


def _scalings(asking: Asking) -> dict[str, Scaling]:
    targets: dict[str, float] = {}
    for policy in asking.each(
        "application-autoscaling", "DescribeScalingPolicies", "ScalingPolicies", ServiceNamespace="ecs"
    ):
        tracking = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
        if (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType") == _CPU:
            targets[policy["ResourceId"]] = float(tracking["TargetValue"])
    return {
        one["ResourceId"]: Scaling(one["MinCapacity"], one["MaxCapacity"], targets.get(one["ResourceId"]))
        for one in asking.each(
            "application-autoscaling", "DescribeScalableTargets", "ScalableTargets", ServiceNamespace="ecs"
        )
    }


def _service(one: Mapping[str, Any], definition: Mapping[str, Any], scaling: Scaling | None, insights: str) -> Service:
    network = (one.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return Service(
        arn=one["serviceArn"],
        cluster=_last(one["clusterArn"]),
        name=one["serviceName"],
        desired_count=int(one.get("desiredCount", 0)),
        controller=(one.get("deploymentController") or {}).get("type", "ECS"),
        task_family=str(definition.get("family", "")),
        containers=tuple(_container(each) for each in definition.get("containerDefinitions", ())),
        target_group_arns=tuple(
            each["targetGroupArn"] for each in one.get("loadBalancers", ()) if "targetGroupArn" in each
        ),
        subnets=tuple(sorted(network.get("subnets", ()))),
        security_groups=tuple(sorted(network.get("securityGroups", ()))),
        scaling=scaling,
        container_insights=insights,
    )


def _container(one: Mapping[str, Any]) -> Container:
    logs = one.get("logConfiguration") or {}
    ports = [each["containerPort"] for each in one.get("portMappings", ()) if each.get("containerPort")]
    return Container(
        name=one["name"],
        image=one["image"],
        port=ports[0] if ports else None,
        has_health_check=bool(one.get("healthCheck")),
        log_group=(logs.get("options") or {}).get("awslogs-group") if logs.get("logDriver") == "awslogs" else None,
        is_essential=bool(one.get("essential", True)),
    )


def _setting(settings: Iterable[Mapping[str, str]], name: str) -> str:
    return next((one["value"] for one in settings if one["name"] == name), "disabled")


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
