"""Reads what runs, service by service. Tags narrow it down to one product's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from opslib.discover.asking import Asking
from opslib.discover.inventory import Inventory, LoadBalancer
from opslib.discover.reading_balancers import read_load_balancers
from opslib.discover.reading_data import read_caches, read_database_clusters, read_databases, read_queues
from opslib.discover.reading_functions import read_functions
from opslib.discover.reading_services import read_services

__all__ = ["read_inventory"]

TAGGED_TYPES = (
    "ecs:service",
    "elasticloadbalancing:loadbalancer",
    "rds:db",
    "rds:cluster",
    "elasticache:replicationgroup",
    "lambda:function",
    "sqs",
)
"""AWS's names of the types of resources that are asked for by tags (GetResources, ResourceTypeFilters)."""


def read_inventory(asking: Asking, tags: Mapping[str, str] | None = None) -> Inventory:
    """Everything that runs in the clients' region and is known here.

    Args:
        asking: Reads AWS.
        tags: Only what has all of these; None: all of the region.

    Raises:
        Refused: AWS denies the reading, or does not answer.
        NoCredentials: There are none, or AWS does not accept them.
    """
    identity = asking.clients.identity()  # no credentials and no network are told at once here, and in plain words
    found = Inventory(
        account=identity.account,
        partition=identity.partition,
        region=asking.clients.region,
        services=read_services(asking),
        load_balancers=read_load_balancers(asking),
        databases=read_databases(asking),
        database_clusters=read_database_clusters(asking),
        caches=read_caches(asking),
        functions=read_functions(asking),
        queues=read_queues(asking),
    )
    return _narrowed(found, _tagged(asking, tags)) if tags else found


def _tagged(asking: Asking, tags: Mapping[str, str]) -> frozenset[str]:
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    found = asking.each(
        "resourcegroupstaggingapi",
        "GetResources",
        "ResourceTagMappingList",
        TagFilters=filters,
        ResourceTypeFilters=list(TAGGED_TYPES),
    )
    return frozenset(str(one["ResourceARN"]) for one in found)


def _narrowed(found: Inventory, arns: frozenset[str]) -> Inventory:
    """What is tagged, and of the load balancers that tagged services stand behind their own part: they are shared."""
    services = tuple(one for one in found.services if one.arn in arns)
    used = frozenset(group for service in services for group in service.target_group_arns)
    return replace(
        found,
        services=services,
        load_balancers=tuple(
            one if one.arn in arns else _part_of(one, used)
            for one in found.load_balancers
            if one.arn in arns or any(group.arn in used for group in one.target_groups)
        ),
        databases=tuple(one for one in found.databases if one.arn in arns),
        database_clusters=tuple(one for one in found.database_clusters if one.arn in arns),
        caches=tuple(one for one in found.caches if one.arn in arns),
        functions=tuple(one for one in found.functions if one.arn in arns),
        queues=tuple(one for one in found.queues if one.arn in arns),
    )


def _part_of(balancer: LoadBalancer, used: frozenset[str]) -> LoadBalancer:
    """A load balancer with the rules that lead to some target groups, and the groups that stand in those rules."""
    listeners = tuple(
        replace(
            one,
            rules=tuple(rule for rule in one.rules if rule.is_default or any(arn in used for arn, _ in rule.weights)),
        )
        for one in balancer.listeners
    )
    beside = {
        arn
        for listener in listeners
        for rule in listener.rules
        if any(group in used for group, _ in rule.weights)
        for arn, _ in rule.weights
    }
    groups = tuple(group for group in balancer.target_groups if group.arn in used | beside)
    return replace(balancer, target_groups=groups, listeners=listeners)
