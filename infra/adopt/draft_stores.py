"""Databases, caches and queues, as a person writes them."""

from __future__ import annotations

import re
from typing import Any, get_args

from infra.adopt.drafting import Drafting, LeftOut
from infra.workloads import Database as WrittenDatabase
from infra.workloads.instance_classes import memory_gib
from opslib.discover import Database, Inventory

__all__ = ["drafted_caches", "drafted_clusters", "drafted_databases", "drafted_queues"]

_RESOURCE = re.compile(r"db-[A-Z0-9]+")
_STORAGE = get_args(WrittenDatabase.model_fields["storage_type"].annotation)
_LEAST_STORAGE_GIB = 20
_MEMBER = re.compile(r"[0-9]{3}|[0-9]{4}-[0-9]{3}")
_ENGINES = ("redis", "valkey")


def drafted_databases(drafting: Drafting, inventory: Inventory) -> dict[str, Any]:
    """PostgreSQL on RDS; replicas stand with their source, instances of clusters with their cluster.

    Args:
        drafting: What is known so far.
        inventory: What runs.
    """
    found: dict[str, Any] = {}
    replicas: dict[str, list[str]] = {}
    own = {one.identifier for one in inventory.databases}
    for one in inventory.databases:
        if one.replica_of in own:
            replicas.setdefault(str(one.replica_of), []).append(one.identifier)
    for one in inventory.databases:
        if one.cluster is not None or one.replica_of in own:
            continue
        why = _refused(one)
        if why is not None:
            drafting.left_out.append(LeftOut(f"database {one.identifier}", why))
            continue
        resource = one.resource_id if _RESOURCE.fullmatch(one.resource_id) else ""
        found[drafting.key(one.identifier, "database")] = {
            "instance": one.identifier,
            **({"engineVersion": one.engine_version} if one.engine_version else {}),
            "instanceClass": one.instance_class,
            **({"resourceId": resource} if resource else {}),
            "allocatedStorageGib": one.allocated_storage_gib,
            **({"storageType": one.storage_type} if one.storage_type in _STORAGE and one.storage_type != "gp3" else {}),
            **({"databaseInsights": True} if one.has_performance_insights and resource else {}),
            **({"replicas": replicas[one.identifier]} if one.identifier in replicas else {}),
        }
    return found


def _refused(one: Database) -> str | None:
    if one.engine != "postgres":
        return f"its engine is {one.engine}; there are tables for PostgreSQL and Aurora"
    if memory_gib(one.instance_class) is None:
        return f"the class {one.instance_class} is not known here: write it by hand, with memoryGib"
    if one.allocated_storage_gib < _LEAST_STORAGE_GIB:
        return f"it has {one.allocated_storage_gib} GiB of storage, less than RDS gives to PostgreSQL"
    return None


def drafted_clusters(drafting: Drafting, inventory: Inventory) -> dict[str, Any]:
    """Aurora clusters.

    Args:
        drafting: What is known so far.
        inventory: What runs.
    """
    found: dict[str, Any] = {}
    for one in inventory.database_clusters:
        if not one.engine.startswith("aurora") or not one.members:
            why = f"its engine is {one.engine}" if one.members else "it has no instance"
            drafting.left_out.append(LeftOut(f"database cluster {one.identifier}", why))
            continue
        members: dict[str, str] = {}
        for member in one.members:
            own = drafting.part(member.removeprefix(f"{one.identifier}-"), "instance")
            members[own if own not in members else f"{own}-{len(members) + 1}"] = member
        key = drafting.key(one.identifier, "cluster")
        found[key] = {
            "cluster": one.identifier,
            "instances": members,
            **({"serverless": True} if one.is_serverless else {}),
        }
    return found


def drafted_caches(drafting: Drafting, inventory: Inventory) -> dict[str, Any]:
    """Replication groups.

    Args:
        drafting: What is known so far.
        inventory: What runs.
    """
    found: dict[str, Any] = {}
    for one in inventory.caches:
        members = [member.removeprefix(f"{one.replication_group}-") for member in one.members]
        if not members or not all(map(_MEMBER.fullmatch, members)) or one.engine not in _ENGINES:
            why = f"its engine is {one.engine}" if one.engine not in _ENGINES else "its members have names of their own"
            drafting.left_out.append(LeftOut(f"cache {one.replication_group}", why))
            continue
        found[drafting.key(one.replication_group, "cache")] = {
            "replicationGroup": one.replication_group,
            "members": members,
            **({"engine": one.engine} if one.engine != "redis" else {}),
            **({"nodeType": one.node_type} if one.node_type else {}),
        }
    return found


def drafted_queues(drafting: Drafting, inventory: Inventory) -> dict[str, Any]:
    """Queues; a dead-letter queue stands with the one whose letters it takes.

    Args:
        drafting: What is known so far.
        inventory: What runs.
    """
    dead = {one.dead_letter_queue for one in inventory.queues}
    return {
        drafting.key(one.name.removesuffix(".fifo"), "queue"): {
            "queue": one.name,
            **({"deadLetterQueue": one.dead_letter_queue} if one.dead_letter_queue else {}),
        }
        for one in inventory.queues
        if one.name not in dead
    }
