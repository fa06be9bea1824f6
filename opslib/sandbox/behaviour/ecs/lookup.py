"""Clusters and services by the names that calls give them, and lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.ecs.model import Service, Task
from opslib.sandbox.behaviour.ecs.world import World

__all__ = ["cluster_named", "page", "service_named", "task_named"]

Item = TypeVar("Item")

DEFAULT_CLUSTER = "default"


def last_part(name: str) -> str:
    """A name, given as itself or as an ARN."""
    return name.rpartition("/")[2]


def cluster_named(world: World, name: str | None) -> Any:
    """The cluster, as moto keeps it.

    Raises:
        AwsError: There is none, or it was deleted.
    """
    cluster = world.moto.clusters.get(last_part(name or DEFAULT_CLUSTER))
    if cluster is None or cluster.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return cluster


def service_named(world: World, cluster: str | None, name: str, *, active: bool = False) -> Service:
    """A service, by its name or ARN.

    Args:
        world: The region.
        cluster: Its cluster's name or ARN.
        name: Its name or ARN.
        active: Whether one that is being deleted, or was, is refused.

    Raises:
        AwsError: There is none, or it is not ACTIVE.
    """
    found = world.services.get((cluster_named(world, cluster).name, last_part(name)))
    if found is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if active and found.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return found


def task_named(world: World, cluster_name: str, name: str) -> Task | None:
    """A task of a cluster, by its id or ARN, or None."""
    return world.tasks.get(world.arn(f"task/{cluster_name}/{last_part(name)}"))


def page(items: Sequence[Item], size: int | None, usual_size: int, token: str | None) -> tuple[list[Item], str | None]:
    """One page of a list, and the token of the next.

    Args:
        items: The whole list.
        size: maxResults, when it was given.
        usual_size: How many there are on a page otherwise.
        token: nextToken, when it was given.

    Raises:
        AwsError: The token is none of ours.
    """
    if token is not None and not token.isdecimal():
        raise AwsError("InvalidParameterException", "Invalid token.")
    begin = int(token or 0)
    end = begin + (size or usual_size)
    return list(items[begin:end]), str(end) if end < len(items) else None
