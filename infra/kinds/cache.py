"""A Redis or Valkey replication group on ElastiCache: its metrics are its members'."""

from __future__ import annotations

from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band

_MEMBER = {"CacheClusterId": "member"}
# A member of a replication group is always its own node 0001.
_NODE = {**_MEMBER, "CacheNodeId": "=0001"}

KIND = Kind(
    name="cache",
    section="caches",
    title="Cache",
    metrics={
        "hit_rate": MetricRow("AWS/ElastiCache", "CacheHitRate", _MEMBER, "Average", "Hit rate"),
        "memory": MetricRow("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", _MEMBER, "Average", "Memory"),
        "engine_cpu": MetricRow("AWS/ElastiCache", "EngineCPUUtilization", _MEMBER, "Average", "Engine CPU"),
        "evictions": MetricRow("AWS/ElastiCache", "Evictions", _MEMBER, "Sum", "Evictions"),
        "new_connections": MetricRow("AWS/ElastiCache", "NewConnections", _MEMBER, "Sum", "New connections"),
        "connections": MetricRow("AWS/ElastiCache", "CurrConnections", _NODE, "Average", "Connections"),
        "swap": MetricRow("AWS/ElastiCache", "SwapUsage", _NODE, "Average", "Swap"),
        "cpu": MetricRow("AWS/ElastiCache", "CPUUtilization", _NODE, "Average", "CPU"),
        "hits": MetricRow("AWS/ElastiCache", "CacheHits", _MEMBER, "Sum", "Hits"),
        "misses": MetricRow("AWS/ElastiCache", "CacheMisses", _MEMBER, "Sum", "Misses"),
        "refused": MetricRow("AWS/ElastiCache", "AuthenticationFailures", _MEMBER, "Sum", "Refused log-ins"),
        "throttled_in": MetricRow(
            "AWS/ElastiCache", "NetworkBandwidthInAllowanceExceeded", _NODE, "Sum", "Packets shaped, in"
        ),
        "throttled_out": MetricRow(
            "AWS/ElastiCache", "NetworkBandwidthOutAllowanceExceeded", _NODE, "Sum", "Packets shaped, out"
        ),
        "throttled": MathRow("throttled_in + throttled_out", ("throttled_in", "throttled_out"), "Packets shaped"),
        "lag": MetricRow("AWS/ElastiCache", "ReplicationLag", _MEMBER, "Average", "Replication lag"),
    },
    alarms=(
        AlarmRow(
            "memory",
            "Memory runs out",
            "memory",
            "cacheMemoryPercent",
            why="at 100 keys are evicted, and a snapshot has no room to fork",
            points=(5, 5),
            each="member",
        ),
        AlarmRow(
            "engine-cpu",
            "The engine's one thread is busy",
            "engine_cpu",
            "cacheEngineCpuPercent",
            why="one thread serves all commands; AWS recommends 90",
            points=(5, 5),
            each="member",
        ),
        AlarmRow(
            "evictions",
            "Keys are evicted",
            "evictions",
            "cacheEvictions",
            why="a few evictions are a cache at work; a hundred in five minutes push out what is still needed",
            points=(3, 3),
            period_seconds=300,
            each="member",
        ),
        AlarmRow(
            "hit-rate",
            "The hit rate is low",
            "hit_rate",
            "cacheHitRatePercent",
            why="every fifth look-up goes to the database; half an hour outlasts the warm-up after a restart",
            points=(6, 6),
            period_seconds=300,
            comparison="LessThanThreshold",
            each="member",
        ),
        AlarmRow(
            "connections",
            "Connections run out",
            "connections",
            Band(warning=50_000),
            why="ElastiCache refuses the 65,001st; a leak reaches 50,000 with time left to act",
            points=(5, 5),
            each="member",
        ),
        AlarmRow(
            "cpu",
            "The host's CPU is high",
            "cpu",
            Band(warning=90),
            why="AWS's alarm for hosts of at most two vCPUs, whose second thread takes connections and snapshots; on "
            "larger ones the engine's own CPU is full long before",
            points=(5, 5),
            each="member",
        ),
        AlarmRow(
            "replication-lag",
            "The replica is behind",
            "lag",
            Band(warning=30),
            why="a failover would lose what was written since; a replica is usually within a second",
            points=(15, 15),
            each="member",
        ),
        AlarmRow(
            "refused-logins",
            "Log-ins are refused",
            "refused",
            Band(warning=10),
            why="a rotated password that one service missed, or somebody who tries; ten in five minutes are no typo",
            points=(3, 3),
            period_seconds=300,
            each="member",
        ),
        AlarmRow(
            "network",
            "The network allowance is used up",
            "throttled",
            Band(warning=0),
            why="packets wait or are dropped, and every command is slow; a quarter of an hour is no burst",
            points=(3, 3),
            period_seconds=300,
            each="member",
        ),
        silence(
            "No metric arrives: the member is down",
            "connections",
            why="a running member publishes its connections every minute, none open included",
            pages="unavailable",
            each="member",
        ),
    ),
    boards=("database",),
    composites=(
        CompositeRow(
            "unavailable",
            "A member of the cache is down",
            "critical",
            why="what it held is asked of the database now, and a failover may have lost writes",
        ),
    ),
    widgets=(
        WidgetRow("hit rate", ("hit_rate",), "%", each="member", summary=True),
        WidgetRow("memory", ("memory",), "%", each="member", summary=True),
        WidgetRow("evictions", ("evictions",), "evictions/5 min", each="member"),
        WidgetRow("engine CPU", ("engine_cpu",), "%", each="member"),
        WidgetRow("connections", ("connections",), "connections", right=("new_connections",), each="member"),
        WidgetRow("replication lag and swap", ("lag",), "s", right=("swap",), each="member"),
        WidgetRow("CPU of the host", ("cpu",), "%", each="member"),
        WidgetRow("hits and misses", ("hits", "misses"), "look-ups/min", each="member"),
        WidgetRow("refused log-ins", ("refused",), "log-ins/5 min", each="member"),
        WidgetRow("network allowance", ("throttled",), "packets/5 min", each="member"),
    ),
)
"""What is watched on a cache."""
