"""Services as calls change them: created, updated, scaled, deleted; with what AWS refuses."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs import deployments, task_definitions
from opslib.sandbox.behaviour.ecs.model import Service, Status
from opslib.sandbox.behaviour.ecs.rollout import reconsider, watch_alarms
from opslib.sandbox.behaviour.ecs.shapes import service_shape
from opslib.sandbox.behaviour.ecs.shift_requirements import check_shift
from opslib.sandbox.behaviour.ecs.world import World
from opslib.sandbox.behaviour.load_balancer.rules import groups_in_use

__all__ = ["check_new", "create", "delete", "stop_deployment", "update"]

# AWS, DeploymentConfiguration: the defaults of a service that ECS rolls out.
_CONFIGURATION: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}
_ECS, _CODE_DEPLOY, _EXTERNAL = "ECS", "CODE_DEPLOY", "EXTERNAL"

# Said again by DescribeServices, and without effect here.
_ECHOED = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "serviceRegistries",
)

# AWS, UpdateService: these "trigger a new service deployment" when they change.
_DEPLOYED = ("capacityProviderStrategy", "propagateTags", "serviceRegistries")

# AWS, UpdateService: what may be updated of services that something else deploys.
_OF_CODE_DEPLOY = ("desiredCount", "deploymentConfiguration", "healthCheckGracePeriodSeconds", "placementConstraints")
_OF_EXTERNAL = ("desiredCount", "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds")
_OF_BOTH = ("cluster", "service", "enableECSManagedTags", "propagateTags", "enableExecuteCommand")
_BY_CODE_DEPLOY = (
    "Unable to update {} on services with a CODE_DEPLOY deployment controller. "
    "Use AWS CodeDeploy to trigger a new deployment."
)
_WHAT_CODE_DEPLOY_CALLS = {"networkConfiguration": "network parameters"}


def create(world: World, cluster: Any, asked: Mapping[str, Any], now: datetime) -> Service:
    """Create a service and begin its first deployment.

    Args:
        world: The region.
        cluster: moto's cluster.
        asked: The parameters of CreateService; moto has taken them already.
        now: The time.
    """
    check_new(world, cluster, asked)
    controller = asked.get("deploymentController", {}).get("type", _ECS)
    definition = None
    if asked.get("taskDefinition"):
        definition = task_definitions.launchable(world, asked["taskDefinition"])
    launch_type = asked.get("launchType") or "EC2"
    service = Service(
        cluster=cluster.name,
        name=asked["serviceName"],
        arn=world.arn(f"service/{cluster.name}/{asked['serviceName']}"),
        cluster_arn=cluster.arn,
        created_at=now,
        task_definition_arn=definition.arn if definition else "",
        desired_count=asked.get("desiredCount") or 0,
        launch_type=launch_type,
        platform_version=asked.get("platformVersion") or ("LATEST" if launch_type == "FARGATE" else ""),
        controller=controller,
        configuration=_merged(_CONFIGURATION, asked.get("deploymentConfiguration", {})),
        network=asked.get("networkConfiguration") or {},
        load_balancers=list(asked.get("loadBalancers") or []),
        grace_seconds=asked.get("healthCheckGracePeriodSeconds") or 0,
        echoed={name: asked[name] for name in _ECHOED if asked.get(name) is not None},
    )
    world.services[service.key] = service
    if controller != _EXTERNAL:
        _deploy(world, service, now)
    world.mirror(service)
    return service


def check_new(world: World, cluster: Any, asked: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses of CreateService.

    Raises:
        AwsError: It does.
    """
    known = world.services.get((cluster.name, asked["serviceName"]))
    if known is not None and known.status == "ACTIVE":
        raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
    if known is not None and known.status == "DRAINING":
        raise AwsError("InvalidParameterException", "Unable to Start a service that is still Draining.")
    controller = asked.get("deploymentController", {}).get("type", _ECS)
    if asked.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise AwsError("SandboxNotModelled", "The sandbox does not model services with the DAEMON strategy; AWS does.")
    _check_configuration(asked.get("deploymentConfiguration", {}), controller)
    if controller == _EXTERNAL:
        if asked.get("taskDefinition"):
            raise AwsError("InvalidParameterException", "TaskDefinition must be blank")
        return
    if not asked.get("taskDefinition"):
        raise AwsError("InvalidParameterException", "TaskDefinition can not be blank")
    definition = task_definitions.launchable(world, asked["taskDefinition"])
    _check_network(definition, asked.get("networkConfiguration"))
    _check_load_balancers(world, definition, asked.get("loadBalancers") or [])
    configuration = _merged(_CONFIGURATION, asked.get("deploymentConfiguration", {}))
    check_shift(world, configuration, asked.get("loadBalancers") or [])


def update(world: World, service: Service, asked: Mapping[str, Any], now: datetime) -> None:
    """Update a service; what deploys begins a new deployment, and the rest holds at once.

    Args:
        world: The region.
        service: The service; it is ACTIVE.
        asked: The parameters of UpdateService.
        now: The time.

    Raises:
        AwsError: AWS refuses it.
    """
    _check_controller(service, asked)
    _check_configuration(asked.get("deploymentConfiguration", {}), service.controller)
    definition_name = asked.get("taskDefinition") or (
        service.task_definition_arn if asked.get("forceNewDeployment") else ""
    )
    definition = task_definitions.launchable(world, definition_name) if definition_name else None
    balancers = asked.get("loadBalancers")
    if balancers is not None or (definition is not None and asked.get("taskDefinition")):
        known = definition or task_definitions.find(world, service.task_definition_arn)
        _check_load_balancers(world, known, service.load_balancers if balancers is None else balancers)
    configuration = _merged(service.configuration, asked.get("deploymentConfiguration", {}))
    check_shift(world, configuration, service.load_balancers if balancers is None else balancers)
    before = service_shape(world, service)
    deploys = bool(asked.get("forceNewDeployment")) or _would_deploy(service, asked, definition)
    primary = service.primary
    if deploys and primary is not None and primary.shift is not None and not primary.shift.is_over:
        raise AwsError(
            "SandboxNotModelled",
            "The sandbox does not model a new deployment while one shifts traffic; AWS does. Stop that one first.",
        )
    if asked.get("taskDefinition") and definition is not None:
        service.task_definition_arn = definition.arn
    service.network = asked.get("networkConfiguration") or service.network
    service.platform_version = asked.get("platformVersion") or service.platform_version
    service.load_balancers = list(balancers) if balancers is not None else service.load_balancers
    if asked.get("desiredCount") is not None:
        service.desired_count = asked["desiredCount"]
    if asked.get("healthCheckGracePeriodSeconds") is not None:
        service.grace_seconds = asked["healthCheckGracePeriodSeconds"]
    service.configuration = configuration
    service.echoed = service.echoed | {name: asked[name] for name in _ECHOED if asked.get(name) is not None}
    if deploys:
        _deploy(world, service, now)
    _be_stale(world, service, before, now)
    world.mirror(service)
    reconsider(world, service, now)


def delete(world: World, service: Service, now: datetime, *, force: bool) -> None:
    """Delete a service: it drains, and is INACTIVE once its tasks are gone.

    Raises:
        AwsError: It still wants tasks, and `force` is not given.
    """
    if service.status == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.desired_count > 0 and not force:
        raise AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    runs = any(task.is_wanted or task.last_status is Status.DEACTIVATING for task in world.tasks_of(service))
    if runs and not force:
        raise AwsError("InvalidParameterException", "The service cannot be stopped while deployments are active.")
    service.status, service.desired_count = "DRAINING", 0
    world.mirror(service)
    reconsider(world, service, now)


def stop_deployment(world: World, arn: str, now: datetime) -> None:
    """Stop a service deployment and roll back.

    Raises:
        AwsError: There is none of that ARN, it has ended, or there is nothing to roll back to.
    """
    for service in world.services.values():
        record = next((found for found in service.service_deployments if found.arn == arn), None)
        if record is None:
            continue
        if not record.is_ongoing:
            raise AwsError(  # text ours
                "ConflictException", f"The service deployment {arn} is {record.status} and can no longer be stopped."
            )
        if service.completed is None and record.rollback is None:
            raise AwsError(  # text ours
                "InvalidParameterException", "The service has no service revision that it could be rolled back to."
            )
        deployments.stop_by_request(world, service, record, now)
        world.mirror(service)
        reconsider(world, service, now)
        return
    raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")


def _deploy(world: World, service: Service, now: datetime) -> None:
    deployment = deployments.begin(world, service, now)
    service.is_steady = False
    watch_alarms(world, service, deployment, now)
    reconsider(world, service, now)


def _be_stale(world: World, service: Service, before: dict[str, Any], now: datetime) -> None:
    most = world.settings.stale_read_seconds
    if most > 0:
        service.stale = copy.deepcopy(before)
        service.stale_until = now + timedelta(seconds=world.account.random.uniform(0, most))


def _merged(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {**copy.deepcopy(dict(known)), **{name: value for name, value in given.items() if value is not None}}


def _would_deploy(service: Service, asked: Mapping[str, Any], definition: Any | None) -> bool:
    changes = [
        definition is not None and definition.arn != service.task_definition_arn,
        bool(asked.get("networkConfiguration")) and asked["networkConfiguration"] != service.network,
        bool(asked.get("platformVersion")) and asked["platformVersion"] != service.platform_version,
        asked.get("loadBalancers") is not None and asked["loadBalancers"] != service.load_balancers,
        *(asked.get(name) is not None and asked[name] != service.echoed.get(name) for name in _DEPLOYED),
    ]
    return any(changes)


def _check_controller(service: Service, asked: Mapping[str, Any]) -> None:
    if service.controller == _ECS:
        return
    allowed = {*_OF_BOTH, *(_OF_CODE_DEPLOY if service.controller == _CODE_DEPLOY else _OF_EXTERNAL)}
    refused = [name for name, value in asked.items() if value not in (None, False) and name not in allowed]
    if not refused:
        return
    if service.controller == _CODE_DEPLOY:
        raise AwsError(
            "InvalidParameterException",
            _BY_CODE_DEPLOY.format(_WHAT_CODE_DEPLOY_CALLS.get(refused[0], "task definition")),
        )
    if "taskDefinition" in refused:
        raise AwsError("InvalidParameterException", "TaskDefinition must be blank")
    raise AwsError(  # text ours
        "InvalidParameterException",
        f"Unable to update {refused[0]} on services with an EXTERNAL deployment controller. Use task sets.",
    )


def _check_configuration(configuration: Mapping[str, Any], controller: str) -> None:
    if configuration.get("strategy", "ROLLING") != "ROLLING" and controller != _ECS:
        raise AwsError(  # text ours
            "InvalidParameterException",
            f"The strategy {configuration['strategy']} needs the ECS deployment controller.",
        )
    if configuration.get("lifecycleHooks"):
        raise AwsError("SandboxNotModelled", "The sandbox does not model lifecycle hooks of deployments; AWS does.")
    breaker = configuration.get("deploymentCircuitBreaker") or {}
    if breaker.get("enable") and controller != _ECS:
        raise AwsError(  # text ours
            "InvalidParameterException", "The deployment circuit breaker is only for services that ECS deploys."
        )
    most, least = configuration.get("maximumPercent"), configuration.get("minimumHealthyPercent")
    if (most is not None and most < 100) or (least is not None and not 0 <= least <= 100):  # noqa: PLR2004  # percent
        raise AwsError(  # text ours
            "InvalidParameterException", "maximumPercent is at least 100, minimumHealthyPercent from 0 to 100."
        )


def _check_network(definition: Any, network: Mapping[str, Any] | None) -> None:
    if definition.network_mode == "awsvpc" and not network:
        raise AwsError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )


def _check_load_balancers(world: World, definition: Any, balancers: list[dict[str, Any]]) -> None:
    used = groups_in_use(world.account, world.region) if balancers else set()
    containers = {container["name"]: container for container in definition.container_definitions}
    for balancer in balancers:
        arn, name, port = balancer.get("targetGroupArn"), balancer.get("containerName"), balancer.get("containerPort")
        if name not in containers:
            raise AwsError("InvalidParameterException", f"The container {name} does not exist in the task definition.")
        ports = [mapping.get("containerPort") for mapping in containers[name].get("portMappings") or []]
        if port not in ports:
            raise AwsError(
                "InvalidParameterException", f"The container {name} did not have a container port {port} defined."
            )
        if arn and arn not in used:
            raise AwsError(
                "InvalidParameterException",
                f"The target group with targetGroupArn {arn} does not have an associated load balancer.",
            )
