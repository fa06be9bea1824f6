"""ECS clusters: how many tasks run in them, and those that cannot be deleted yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs.lookup import cluster_named
from opslib.sandbox.behaviour.ecs.model import Status
from opslib.sandbox.behaviour.ecs.shapes import counts_of
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

INSIGHTS = "containerInsights"
_INSIGHTS_VALUES = ("enabled", "disabled", "enhanced")  # AWS, ClusterSetting


def describe_clusters(call: GapCall) -> Mapping[str, Any] | None:
    """With the counts of our services and tasks, written into moto's clusters before it answers."""
    with call.account.schedule.lock:
        world = world_of(call.account, call.region)
        for name, cluster in world.moto.clusters.items():
            tasks = [task for task in world.tasks.values() if task.cluster == name]
            services = [service for service in world.services.values() if service.cluster == name]
            cluster.running_tasks_count, cluster.pending_tasks_count = counts_of(tasks)
            cluster.active_services_count = sum(service.status == "ACTIVE" for service in services)
    return None


def delete_cluster(call: GapCall) -> Mapping[str, Any] | None:
    """Only without services and tasks (AWS, DeleteCluster)."""
    with call.account.schedule.lock:
        world = world_of(call.account, call.region)
        name = cluster_named(world, call.parameters.get("cluster")).name
        if any(service.cluster == name and service.status != "INACTIVE" for service in world.services.values()):
            message = "The Cluster cannot be deleted while Services are active."
            raise AwsError("ClusterContainsServicesException", message)
        if any(task.cluster == name and task.last_status is not Status.STOPPED for task in world.tasks.values()):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    return None


def update_cluster_settings(call: GapCall) -> Mapping[str, Any]:
    """Container Insights, on or off: from then on its metrics are published, or not; moto does not have it."""
    with call.account.schedule.lock:
        cluster = cluster_named(world_of(call.account, call.region), call.parameters["cluster"])
        for setting in call.parameters["settings"]:
            name, value = setting.get("name", ""), setting.get("value", "")
            if name != INSIGHTS:
                raise AwsError("InvalidParameterException", f"Invalid setting name: {name}")  # text ours
            if value not in _INSIGHTS_VALUES:
                raise AwsError("InvalidParameterException", f"Invalid value for {name}: {value}")  # text ours
            others = [known for known in cluster.settings or [] if known["name"] != name]
            cluster.settings = [*others, {"name": name, "value": value}]
        return {
            "cluster": {
                "clusterArn": cluster.arn,
                "clusterName": cluster.name,
                "status": cluster.status,
                "settings": cluster.settings,
            }
        }


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecs", "DeleteCluster"): delete_cluster,
    ("ecs", "DescribeClusters"): describe_clusters,
    ("ecs", "UpdateClusterSettings"): update_cluster_settings,
}
