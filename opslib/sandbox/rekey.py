"""Gives resources that moto has just made the identifiers they are to have: moto makes up its own.

Each function changes one object in moto's store, right after it was made: what is made next, and refers to it, is then
told the identifier it will keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.elasticache.models import elasticache_backends
from moto.elbv2.models import elbv2_backends

__all__ = [
    "rekey_cache_members",
    "rekey_listener",
    "rekey_load_balancer",
    "rekey_rule",
    "rekey_target_group",
]


def _rekey(store: dict[str, Any], made: str, wanted: str) -> Any:
    """Put an object under another key, in its place in the order."""
    entries = list(store.items())
    store.clear()
    store.update((wanted if key == made else key, value) for key, value in entries)
    store[wanted].arn = wanted
    return store[wanted]


def _move_tags(backend: Any, made: str, wanted: str) -> None:
    tags = backend.tagging_service.tags
    if made in tags:
        tags[wanted] = tags.pop(made)


def rekey_target_group(account_id: str, region: str, made: str, wanted: str) -> None:
    """A target group's ARN."""
    backend = elbv2_backends[account_id][region]
    _rekey(backend.target_groups, made, wanted)
    _move_tags(backend, made, wanted)


def rekey_load_balancer(account_id: str, region: str, made: str, wanted: str) -> None:
    """A load balancer's ARN."""
    backend = elbv2_backends[account_id][region]
    _rekey(backend.load_balancers, made, wanted)
    _move_tags(backend, made, wanted)


def rekey_listener(account_id: str, region: str, load_balancer_arn: str, made: str, wanted: str) -> None:
    """A listener's ARN, and that of its default rule with it."""
    backend = elbv2_backends[account_id][region]
    listener = _rekey(backend.load_balancers[load_balancer_arn].listeners, made, wanted)
    for rule in listener._default_rule.values():  # noqa: SLF001  # its only door
        rule.listener_arn = wanted
        rule.arn = wanted.replace(":listener/", ":listener-rule/") + "/" + rule.arn.rpartition("/")[2]
    _move_tags(backend, made, wanted)


def rekey_rule(account_id: str, region: str, listener_arn: str, made: str, wanted: str) -> None:
    """A rule's ARN."""
    backend = elbv2_backends[account_id][region]
    for balancer in backend.load_balancers.values():
        if listener_arn in balancer.listeners:
            _rekey(balancer.listeners[listener_arn]._non_default_rules, made, wanted)  # noqa: SLF001  # its only door
    _move_tags(backend, made, wanted)


def rekey_cache_members(account_id: str, region: str, replication_group_id: str, wanted: Sequence[str]) -> None:
    """The names of a replication group's members."""
    group = elasticache_backends[account_id][region].replication_groups[replication_group_id]
    group.member_clusters = list(wanted)
    members = [member for node_group in group.node_groups for member in node_group["node_group_members"]]
    for member, name in zip(members, wanted, strict=True):
        member["cache_cluster_id"] = name
        endpoint = member["read_endpoint"]
        endpoint["address"] = f"{name}.{endpoint['address'].partition('.')[2]}"
