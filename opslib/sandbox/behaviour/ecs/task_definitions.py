"""Task definitions by the names that calls give them, and which of them may be launched."""

from __future__ import annotations

from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs.world import World

__all__ = ["find", "launchable"]


def find(world: World, name: str) -> Any | None:
    """A task definition of moto's, or None.

    Args:
        world: The region.
        name: An ARN, `family:revision`, or a family, which means its newest ACTIVE revision (AWS,
            DescribeTaskDefinition).
    """
    family, _, revision = name.rpartition("/")[2].partition(":")
    revisions = world.moto.task_definitions.get(family, {})
    if revision:
        return revisions.get(int(revision)) if revision.isdecimal() else None
    return max(
        (found for found in revisions.values() if found.status == "ACTIVE"),
        key=lambda found: found.revision,
        default=None,
    )


def launchable(world: World, name: str, code_if_inactive: str = "ClientException") -> Any:
    """A task definition that tasks may be started of.

    Args:
        world: The region.
        name: As for `find`.
        code_if_inactive: ClientException of CreateService and UpdateService, InvalidParameterException of RunTask: so
            it is in reports of users (aws/aws-cdk issue 33195, DefangLabs/defang pull request 775).

    Raises:
        AwsError: There is none, or it is INACTIVE.
    """
    found = find(world, name)
    if found is None:
        raise AwsError("ClientException", "TaskDefinition not found.")
    if found.status != "ACTIVE":
        raise AwsError(code_if_inactive, "TaskDefinition is inactive")
    return found
