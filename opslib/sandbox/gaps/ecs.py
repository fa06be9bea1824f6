"""ECS: services, tasks and what goes with them are the behaviour's; clusters and task definitions are moto's."""

from __future__ import annotations

from collections.abc import Mapping

from opslib.sandbox.gaps import ecs_clusters, ecs_service_deployments, ecs_services, ecs_task_definitions, ecs_tasks
from opslib.sandbox.gaps.call import Handler

__all__ = ["OPERATIONS"]

OPERATIONS: Mapping[tuple[str, str], Handler] = {
    **ecs_clusters.OPERATIONS,
    **ecs_service_deployments.OPERATIONS,
    **ecs_services.OPERATIONS,
    **ecs_task_definitions.OPERATIONS,
    **ecs_tasks.OPERATIONS,
}
