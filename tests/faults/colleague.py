"""Kim, a colleague: what somebody else does to the service while a procedure is at work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.calendar import Holds
from tests.rollback.world import CLUSTER, FAMILY, REGISTRY, SERVICE, TARGET

if TYPE_CHECKING:
    from tests.faults.service import ServiceWorld

__all__ = ["deploys", "lifts_hold", "scales"]

KIM = "kim"
HERE = {"cluster": CLUSTER, "service": SERVICE}


def deploys(world: ServiceWorld) -> bool:
    """Kim rolls a hotfix out; where a deployment shifts traffic, she first has to end that, and does no more."""
    service = world.service()
    ongoing = service.get("currentServiceDeployment")
    if ongoing and service["deploymentConfiguration"].get("strategy", "ROLLING") != "ROLLING":
        return _stops(world, ongoing)
    world.push("2.16.0", "hotfix")
    container = {"name": "api", "image": f"{REGISTRY}/shop-api:2.16.0", "essential": True}
    container["portMappings"] = [{"containerPort": 8000, "protocol": "tcp"}]  # type: ignore[assignment]
    ecs = world.kim["ecs"]
    made = ecs.register_task_definition(
        family=FAMILY,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(**HERE, taskDefinition=made)
    world.kim_runs = made.rpartition("/")[2]
    return True


def _stops(world: ServiceWorld, ongoing: str) -> bool:
    ecs = world.kim["ecs"]
    [found] = ecs.describe_service_deployments(serviceDeploymentArns=[ongoing])["serviceDeployments"]
    if found["status"] not in ("PENDING", "IN_PROGRESS"):
        return False
    ecs.stop_service_deployment(serviceDeploymentArn=ongoing, stopType="ROLLBACK")
    return True


def scales(world: ServiceWorld) -> bool:
    """Kim raises the bounds."""
    world.kim["application-autoscaling"].register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=3,
        MaxCapacity=12,
    )
    return True


def lifts_hold(world: ServiceWorld) -> bool:
    """Kim lifts the hold, where there is one."""
    holds = Holds(world.journal().store)
    if holds.get(TARGET) is None:
        return False
    holds.lift(TARGET, actor=KIM, reason="the fix is ready", at=world.clock.now())
    return True
