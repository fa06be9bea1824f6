"""ECS services: created, updated, deleted, described and listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs import services
from opslib.sandbox.behaviour.ecs.lookup import cluster_named, last_part, page, service_named
from opslib.sandbox.behaviour.ecs.model import Service
from opslib.sandbox.behaviour.ecs.shapes import service_shape
from opslib.sandbox.behaviour.ecs.world import World, world_of
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

MOST_DESCRIBED = 10  # AWS, DescribeServices: "up to 10 services"
PAGE = 10  # AWS, ListServices: maxResults


def create_service(call: GapCall) -> Mapping[str, Any]:
    """A record of its own is kept by moto, by which tags and autoscaling find the service."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster = cluster_named(world, asked.get("cluster"))
        services.check_new(world, cluster, asked)
        asked = with_security_groups(call, asked)
        call.through(asked)
        service = services.create(world, cluster, asked, world.now())
        return {"service": service_shape(world, service) | _tags(world, service)}


def with_security_groups(call: GapCall, asked: dict[str, Any]) -> dict[str, Any]:
    """Tasks without security groups get the VPC's default one (AWS, AwsVpcConfiguration); moto breaks without."""
    from moto.ec2.models import ec2_backends

    network = asked.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if not network or network.get("securityGroups"):
        return asked
    backend = ec2_backends[call.account_id][call.region]
    vpcs = {backend.get_subnet(subnet).vpc_id for subnet in network.get("subnets", [])}
    groups = [backend.get_default_security_group(vpc).id for vpc in vpcs]
    return {**asked, "networkConfiguration": {"awsvpcConfiguration": {**network, "securityGroups": groups}}}


def update_service(call: GapCall) -> Mapping[str, Any]:
    """Of an ACTIVE service; the answer shows it as it is then."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        service = service_named(world, asked.get("cluster"), asked["service"], active=True)
        services.update(world, service, asked, world.now())
        return {"service": service_shape(world, service)}


def delete_service(call: GapCall) -> Mapping[str, Any]:
    """The service drains, and can be described as INACTIVE after."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        service = service_named(world, asked.get("cluster"), asked["service"])
        services.delete(world, service, world.now(), force=bool(asked.get("force")))
        return {"service": service_shape(world, service)}


def describe_services(call: GapCall) -> Mapping[str, Any]:
    """Those that there are; MISSING are the others. For a while after an update it may be what was true before."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster, names = cluster_named(world, asked.get("cluster")), asked.get("services") or []
        if not names:
            raise AwsError("InvalidParameterException", "Services cannot be empty.")
        if len(names) > MOST_DESCRIBED:
            raise AwsError("InvalidParameterException", f"A maximum of {MOST_DESCRIBED} services can be described.")
        found, failures, now = [], [], world.now()
        for name in names:
            service = world.services.get((cluster.name, last_part(name)))
            if service is None:
                arn = name if name.startswith("arn:") else world.arn(f"service/{cluster.name}/{name}")
                failures.append({"arn": arn, "reason": "MISSING"})
                continue
            is_stale = service.stale_until is not None and now < service.stale_until
            shape = service.stale if is_stale else service_shape(world, service)
            found.append(shape | (_tags(world, service) if "TAGS" in (asked.get("include") or []) else {}))
        return {"services": found, "failures": failures}


def list_services(call: GapCall) -> Mapping[str, Any]:
    """Those that are not deleted."""
    with call.account.schedule.lock:
        world, asked = world_of(call.account, call.region), call.parameters
        cluster = cluster_named(world, asked.get("cluster"))
        arns = sorted(
            service.arn
            for service in world.services.values()
            if service.cluster == cluster.name
            and service.status != "INACTIVE"
            and asked.get("launchType") in (None, service.launch_type)
            and asked.get("schedulingStrategy") in (None, "REPLICA")
        )
        found, token = page(arns, asked.get("maxResults"), PAGE, asked.get("nextToken"))
        return {"serviceArns": found} | ({"nextToken": token} if token else {})


def refuse_task_set(call: GapCall) -> Mapping[str, Any]:
    """No task sets: moto's start no tasks and get no traffic.

    Raises:
        AwsError: Always.
    """
    raise AwsError(
        "SandboxNotModelled",
        f"The sandbox does not model task sets, and so no {call.request.operation}; AWS does. Services with a "
        "CODE_DEPLOY deployment controller run their tasks here, and are not rolled out; EXTERNAL ones run none.",
    )


def _tags(world: World, service: Service) -> dict[str, Any]:
    shadow = world.moto.services.get(f"{service.cluster}:{service.name}")
    return {"tags": list(shadow.tags or [])} if shadow is not None else {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecs", "CreateService"): create_service,
    ("ecs", "CreateTaskSet"): refuse_task_set,
    ("ecs", "DeleteService"): delete_service,
    ("ecs", "DeleteTaskSet"): refuse_task_set,
    ("ecs", "DescribeServices"): describe_services,
    ("ecs", "DescribeTaskSets"): refuse_task_set,
    ("ecs", "ListServices"): list_services,
    ("ecs", "UpdateService"): update_service,
    ("ecs", "UpdateServicePrimaryTaskSet"): refuse_task_set,
    ("ecs", "UpdateTaskSet"): refuse_task_set,
}
