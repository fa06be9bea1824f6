"""Reads what runs, service by service. Tags narrow it down to one product's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from opslib.discover.asking import Asking
from opslib.discover.inventory import Inventory, LoadBalancer
from opslib.discover.reading_apis import read_apis
from opslib.discover.reading_balancers import read_load_balancers
from opslib.discover.reading_data import (
    read_caches,
    read_database_clusters,
    read_databases,
    read_queues,
    read_serverless_caches,
)
from opslib.discover.reading_edge import EDGE_REGION, read_certificates, read_distributions, read_web_acls
from opslib.discover.reading_functions import read_functions
from opslib.discover.reading_hosts import read_fleets, read_hosts, read_nat_gateways
from opslib.discover.reading_probes import read_canaries, read_health_checks
from opslib.discover.reading_services import read_services

__all__ = ["READINGS", "Reading", "read_inventory"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How something is read.

    Attributes:
        read: Reads all of it.
        tagged: AWS's name of its type (GetResources, ResourceTypeFilters); empty where it knows no such type, and the
            records have their tags.
        is_global: Whether it is the account's, not the region's; its tags are asked for in us-east-1.
    """

    read: Callable[[Asking], tuple[Any, ...]]
    tagged: str
    is_global: bool = False


READINGS: Mapping[str, Reading] = {
    "services": Reading(read_services, "ecs:service"),
    "load_balancers": Reading(read_load_balancers, "elasticloadbalancing:loadbalancer"),
    "databases": Reading(read_databases, "rds:db"),
    "database_clusters": Reading(read_database_clusters, "rds:cluster"),
    "caches": Reading(read_caches, "elasticache:replicationgroup"),
    "functions": Reading(read_functions, "lambda:function"),
    "queues": Reading(read_queues, "sqs"),
    "serverless_caches": Reading(read_serverless_caches, "elasticache:serverlesscache"),
    "hosts": Reading(read_hosts, "ec2:instance"),
    "fleets": Reading(read_fleets, ""),
    "nat_gateways": Reading(read_nat_gateways, "ec2:natgateway"),
    "distributions": Reading(read_distributions, "cloudfront:distribution", is_global=True),
    "certificates": Reading(read_certificates, "acm:certificate"),
    "apis": Reading(read_apis, "apigateway"),
    "web_acls": Reading(read_web_acls, "wafv2"),
    "health_checks": Reading(read_health_checks, "route53:healthcheck", is_global=True),
    "canaries": Reading(read_canaries, "synthetics:canary"),
}
"""What is read into each field of an inventory, in this order."""

_WITH_EDGE = "aws"
"""The partition in which AWS publishes metrics of CloudFront and Route 53 where the tables have them, in us-east-1."""


def read_inventory(asking: Asking, tags: Mapping[str, str] | None = None) -> Inventory:
    """Everything that runs in the clients' region and is known here, and what is the account's.

    Args:
        asking: Reads AWS.
        tags: Only what has all of these; None: all of the region.

    Raises:
        Refused: AWS denies the reading, or does not answer.
        NoCredentials: There are none, or AWS does not accept them.
    """
    identity = asking.clients.identity()  # no credentials and no network are told at once here, and in plain words
    found: dict[str, Any] = {
        field: row.read(asking)
        for field, row in READINGS.items()
        if not row.is_global or identity.partition == _WITH_EDGE
    }
    inventory = _with_edge(
        asking,
        Inventory(account=identity.account, partition=identity.partition, region=asking.clients.region, **found),
    )
    return _narrowed(inventory, _tagged(asking, inventory, tags), tags) if tags else inventory


def _with_edge(asking: Asking, found: Inventory) -> Inventory:
    """With the certificates and web ACLs of the distributions; where there are none, us-east-1 is not asked."""
    elsewhere = asking.clients.region != EDGE_REGION
    edge = asking.in_region(EDGE_REGION) if elsewhere else asking
    certificates = {one.certificate_arn for one in found.distributions if one.certificate_arn}
    acls = {one.web_acl_arn for one in found.distributions if one.web_acl_arn}
    return replace(
        found,
        certificates=(
            *found.certificates,
            *(read_certificates(edge, certificates) if certificates and elsewhere else ()),
        ),
        web_acls=(*found.web_acls, *(read_web_acls(edge, "CLOUDFRONT", acls) if acls else ())),
    )


def _tagged(asking: Asking, found: Inventory, tags: Mapping[str, str]) -> frozenset[str]:
    """The ARNs of what has the tags, in the region, and in us-east-1 where something global was found."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    is_global = any(getattr(found, field) for field, row in READINGS.items() if row.is_global)
    arns: set[str] = set()
    for region in dict.fromkeys((asking.clients.region, *((EDGE_REGION,) if is_global else ()))):
        there = asking if region == asking.clients.region else asking.in_region(region)
        listed = there.each(
            "resourcegroupstaggingapi",
            "GetResources",
            "ResourceTagMappingList",
            TagFilters=filters,
            ResourceTypeFilters=[row.tagged for row in READINGS.values() if row.tagged],
        )
        arns |= {str(one["ResourceARN"]) for one in listed}
    return frozenset(arns)


def _narrowed(found: Inventory, arns: frozenset[str], tags: Mapping[str, str]) -> Inventory:
    """What is tagged, and of the load balancers that tagged services stand behind their own part: they are shared."""

    def has(one: Any) -> bool:
        return one.arn in arns or (hasattr(one, "tags") and set(one.tags) >= set(tags.items()))

    tagged: dict[str, Any] = {
        field: tuple(one for one in getattr(found, field) if has(one))
        for field in READINGS
        if field != "load_balancers"
    }
    used = frozenset(group for service in tagged["services"] for group in service.target_group_arns)
    balancers = tuple(
        one if has(one) else _part_of(one, used)
        for one in found.load_balancers
        if has(one) or any(group.arn in used for group in one.target_groups)
    )
    return replace(found, load_balancers=balancers, **tagged)


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
