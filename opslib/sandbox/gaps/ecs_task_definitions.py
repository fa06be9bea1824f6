"""ECS task definitions: listed as they are asked for, and a family's newest ACTIVE revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs import task_definitions
from opslib.sandbox.behaviour.ecs.conduct import LABEL_PREFIX, conduct_of
from opslib.sandbox.behaviour.ecs.images import named_by_a_task_definition
from opslib.sandbox.behaviour.ecs.lookup import page
from opslib.sandbox.behaviour.ecs.world import world_of
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

PAGE = 100  # AWS, ListTaskDefinitions: maxResults


def list_task_definitions(call: GapCall) -> Mapping[str, Any]:
    """By family and revision, one family when it is named whole, ACTIVE ones when not told otherwise."""
    world, asked = world_of(call.account, call.region), call.parameters
    family, status = asked.get("familyPrefix"), asked.get("status", "ACTIVE")
    found = sorted(
        (name, number, definition.arn)
        for name, revisions in list(world.moto.task_definitions.items())
        for number, definition in list(revisions.items())
        if family in (None, name) and definition.status == status
    )
    if asked.get("sort") == "DESC":
        found.reverse()
    arns, token = page([arn for _, _, arn in found], asked.get("maxResults"), PAGE, asked.get("nextToken"))
    return {"taskDefinitionArns": arns} | ({"nextToken": token} if token else {})


def describe_task_definition(call: GapCall) -> Mapping[str, Any] | None:
    """Of a family the newest ACTIVE revision, where moto takes the newest."""
    name = call.parameters["taskDefinition"]
    if ":" in name.rpartition("/")[2]:
        return None
    found = task_definitions.find(world_of(call.account, call.region), name)
    if found is None:
        raise AwsError("ClientException", "Unable to describe task definition.")
    return call.through({**call.parameters, "taskDefinition": found.arn})


def delete_task_definitions(call: GapCall) -> Mapping[str, Any]:
    """What is still used stays, in DELETE_IN_PROGRESS (AWS, DeleteTaskDefinitions); moto takes it away."""
    with call.account.schedule.lock:
        world = world_of(call.account, call.region)
        used = {task.task_definition_arn for task in world.tasks.values()}
        for service in world.services.values():
            used |= {service.task_definition_arn, *(d.revision.task_definition_arn for d in service.deployments)}
        revisions = [found for family in world.moto.task_definitions.values() for found in family.values()]
        answer = call.through()
        for found in revisions:
            if found.arn in used:
                world.moto.task_definitions[found.family][found.revision] = found
        return answer


def register_task_definition(call: GapCall) -> None:
    """Refuse labels of our own that make no sense; what is named is in its repository, if that was seeded."""
    labelled = [c for c in call.parameters.get("containerDefinitions") or () if c.get("dockerLabels")]
    try:
        conduct_of({}, [], labelled)
    except ValidationError as error:
        first = error.errors()[0]
        label = LABEL_PREFIX + ".".join(str(part) for part in first["loc"])
        raise AwsError(
            "ClientException", f"The sandbox does not understand the label {label}: {first['msg']}"
        ) from error
    with call.account.schedule.lock:
        for container in call.parameters.get("containerDefinitions") or ():
            named_by_a_task_definition(call.account, container.get("image") or "")


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ecs", "DeleteTaskDefinitions"): delete_task_definitions,
    ("ecs", "DescribeTaskDefinition"): describe_task_definition,
    ("ecs", "ListTaskDefinitions"): list_task_definitions,
    ("ecs", "RegisterTaskDefinition"): register_task_definition,
}
