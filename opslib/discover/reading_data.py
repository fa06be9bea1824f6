"""Reads databases, caches and queues."""

from __future__ import annotations

import json
from typing import Any

from opslib.discover.asking import Asking
from opslib.discover.inventory import Cache, Database, DatabaseCluster, Queue, ServerlessCache

__all__ = ["read_caches", "read_database_clusters", "read_databases", "read_queues", "read_serverless_caches"]


def read_databases(asking: Asking) -> tuple[Database, ...]:
    """Every RDS instance, by identifier.

    Args:
        asking: Reads AWS.
    """
    found = asking.each("rds", "DescribeDBInstances", "DBInstances")
    return tuple(
        Database(
            arn=one["DBInstanceArn"],
            identifier=one["DBInstanceIdentifier"],
            engine=one["Engine"],
            engine_version=str(one.get("EngineVersion", "")),
            instance_class=one["DBInstanceClass"],
            allocated_storage_gib=int(one.get("AllocatedStorage", 0)),
            storage_type=str(one.get("StorageType", "")),
            resource_id=str(one.get("DbiResourceId", "")),
            cluster=one.get("DBClusterIdentifier"),
            replica_of=str(one["ReadReplicaSourceDBInstanceIdentifier"]).rpartition(":")[2]
            if one.get("ReadReplicaSourceDBInstanceIdentifier")
            else None,
            has_performance_insights=bool(one.get("PerformanceInsightsEnabled")),
        )
        for one in sorted(found, key=lambda one: str(one["DBInstanceIdentifier"]))
    )


def read_database_clusters(asking: Asking) -> tuple[DatabaseCluster, ...]:
    """Every Aurora cluster, by identifier.

    Args:
        asking: Reads AWS.
    """
    found = asking.each("rds", "DescribeDBClusters", "DBClusters")
    return tuple(
        DatabaseCluster(
            arn=one["DBClusterArn"],
            identifier=one["DBClusterIdentifier"],
            engine=one["Engine"],
            members=tuple(sorted(each["DBInstanceIdentifier"] for each in one.get("DBClusterMembers", ()))),
            is_serverless=bool(one.get("ServerlessV2ScalingConfiguration")),
        )
        for one in sorted(found, key=lambda one: str(one["DBClusterIdentifier"]))
    )


def read_caches(asking: Asking) -> tuple[Cache, ...]:
    """Every replication group, by id. Its members know their engine and node type.

    Args:
        asking: Reads AWS.
    """
    groups = list(asking.each("elasticache", "DescribeReplicationGroups", "ReplicationGroups"))
    members: dict[str, Any] = {}
    if groups:
        for one in asking.each("elasticache", "DescribeCacheClusters", "CacheClusters"):
            members[one["CacheClusterId"]] = one
    found = []
    for group in sorted(groups, key=lambda one: str(one["ReplicationGroupId"])):
        ids = tuple(sorted(group.get("MemberClusters", ())))
        first = members.get(ids[0], {}) if ids else {}
        found.append(
            Cache(
                arn=str(group.get("ARN", "")),
                replication_group=group["ReplicationGroupId"],
                members=ids,
                node_type=str(first.get("CacheNodeType") or group.get("CacheNodeType") or ""),
                engine=str(first.get("Engine") or group.get("Engine") or "redis"),
            )
        )
    return tuple(found)


def read_serverless_caches(asking: Asking) -> tuple[ServerlessCache, ...]:
    """Every serverless cache, by name.

    Args:
        asking: Reads AWS.
    """
    found = []
    for one in asking.each("elasticache", "DescribeServerlessCaches", "ServerlessCaches"):
        limits = one.get("CacheUsageLimits") or {}
        stored, units = limits.get("DataStorage") or {}, limits.get("ECPUPerSecond") or {}
        found.append(
            ServerlessCache(
                arn=one["ARN"],
                name=one["ServerlessCacheName"],
                status=str(one.get("Status", "")),
                most_gib=stored.get("Maximum"),  # GB is the only unit that there is
                most_ecpu_per_second=units.get("Maximum"),
            )
        )
    return tuple(sorted(found, key=lambda cache: cache.name))


def read_queues(asking: Asking) -> tuple[Queue, ...]:
    """Every SQS queue, by name.

    Args:
        asking: Reads AWS.
    """
    found = []
    # Without MaxResults AWS gives the first thousand, and no token for more.
    for url in asking.each("sqs", "ListQueues", "QueueUrls", MaxResults=1000):
        answer = asking.ask(
            "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn", "RedrivePolicy"]
        ).get("Attributes", {})
        policy = json.loads(answer.get("RedrivePolicy") or "{}")
        target = str(policy.get("deadLetterTargetArn", ""))
        arn = str(answer["QueueArn"])
        found.append(Queue(arn, arn.rpartition(":")[2], target.rpartition(":")[2] or None))
    return tuple(sorted(found, key=lambda queue: queue.name))
