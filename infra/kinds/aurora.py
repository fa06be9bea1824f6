"""An Aurora PostgreSQL cluster, provisioned or serverless: its writer, and each of its instances.

AWS also recommends alarms on AuroraVolumeBytesLeftTotal, binlog lag, blocked transactions and the rollback segment,
which Aurora MySQL alone publishes, and on StorageNetworkThroughput, whose limit AWS does not say for each class.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier, Instances, Number, Switch
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_INSTANCE = {"DBInstanceIdentifier": "instance"}
_WRITER = {"DBClusterIdentifier": "cluster", "Role": "=WRITER"}
_CLUSTER = {"DBClusterIdentifier": "cluster"}
_INSIGHTS = Requirement.PERFORMANCE_INSIGHTS
_RDS = "AWS/RDS"

KIND = Kind(
    name="aurora",
    section="auroraClusters",
    title="Aurora cluster",
    boards=("database",),
    settings=(
        Identifier(name="cluster", means="its identifier", pattern=r"[a-z][a-z0-9-]{0,62}"),
        Instances(
            name="instance",
            plural="instances",
            means="the identifiers of its instances",
            pattern=r"[a-z][a-z0-9-]{0,62}",
            least=1,
        ),
        Number(
            name="max_connections",
            means="the setting of that name; 5,000 is the default of large instances and of serverless ones",
            lowest=6,
            highest=262_143,
            default=5_000,
        ),
        Number(name="memory_gib", means="the memory of the instances' class", lowest=0.5, highest=24_576),
        Switch(name="serverless", means="its capacity follows its load (Aurora Serverless v2)"),
    ),
    metrics={
        "cpu": MetricRow(_RDS, "CPUUtilization", _INSTANCE, "Average", "CPU"),
        "connections": MetricRow(_RDS, "DatabaseConnections", _INSTANCE, "Maximum", "Connections"),
        "free_memory": MetricRow(_RDS, "FreeableMemory", _INSTANCE, "Minimum", "Freeable memory"),
        "local_storage": MetricRow(_RDS, "FreeLocalStorage", _INSTANCE, "Minimum", "Local storage"),
        "commit": MetricRow(_RDS, "CommitLatency", _INSTANCE, "Average", "Commit"),
        "select": MetricRow(_RDS, "SelectLatency", _INSTANCE, "Average", "Select"),
        "lag": MetricRow(_RDS, "AuroraReplicaLag", _INSTANCE, "Maximum", "Replica lag"),
        "buffer": MetricRow(_RDS, "BufferCacheHitRatio", _INSTANCE, "Average", "Buffer cache hits"),
        "deadlocks": MetricRow(_RDS, "Deadlocks", _INSTANCE, "Average", "Deadlocks"),
        "transaction_ids": MetricRow(_RDS, "MaximumUsedTransactionIDs", _INSTANCE, "Maximum", "Used transaction ids"),
        "load_per_vcpu": MetricRow(
            _RDS, "DBLoadRelativeToNumVCPUs", _INSTANCE, "Average", "Sessions per vCPU", _INSIGHTS
        ),
        "uptime": MetricRow(_RDS, "EngineUptime", _WRITER, "Average", "Uptime of the writer"),
        "capacity": MetricRow(_RDS, "ServerlessDatabaseCapacity", _CLUSTER, "Average", "Capacity units"),
        "capacity_used": MetricRow(_RDS, "ACUUtilization", _CLUSTER, "Average", "Of the most capacity"),
        "connections_used": MathRow("100 * connections / {max_connections}", ("connections",), "Connections used"),
        "memory_left": MathRow("100 * free_memory / ({memory_gib} * 1073741824)", ("free_memory",), "Memory left"),
        "commit_seconds": MathRow("commit / 1000", ("commit",), "Commit"),
        "query_seconds": MathRow("select / 1000", ("select",), "Select"),
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "databaseCpuPercent",
            why="90 is AWS's recommended alarm; a reader can be added in ten minutes",
            points=(5, 5),
            each="instance",
        ),
        AlarmRow(
            "connections",
            "Connections run out",
            "connections_used",
            "connectionsPercent",
            why="at 100 every new connection is refused",
            points=(5, 5),
            role=Role.SYMPTOM,
            pages="exhausted",
            each="instance",
        ),
        AlarmRow(
            "memory",
            "Memory runs out",
            "memory_left",
            "freeMemoryPercent",
            why="below it PostgreSQL swaps, and then every query is slow; as a share of the class's memory",
            points=(15, 15),
            comparison="LessThanThreshold",
            only_with="memory_gib",
            each="instance",
        ),
        AlarmRow(
            "local-storage",
            "Local storage runs out",
            "local_storage",
            Band(warning=5 * 1024**3, critical=1024**3),
            why="sorts and temporary tables are there and not in the volume: at 0 queries fail",
            points=(5, 5),
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="exhausted",
            each="instance",
        ),
        AlarmRow(
            "queries",
            "Queries are slow",
            "query_seconds",
            "querySeconds",
            why="the average of all selects: nothing that users wait for takes seconds on average",
            points=(5, 5),
            each="instance",
        ),
        AlarmRow(
            "commits",
            "Commits are slow",
            "commit_seconds",
            "diskLatencySeconds",
            why="a commit waits for the storage nodes, which answer in single milliseconds",
            points=(5, 5),
            each="instance",
        ),
        AlarmRow(
            "replica-lag",
            "A reader is behind",
            "lag",
            Band(warning=1_000),
            why="Aurora's readers are within 100 ms; a second is a reader that is too small or too busy",
            points=(10, 10),
            each="instance",
        ),
        AlarmRow(
            "buffer-cache",
            "Reads come from storage",
            "buffer",
            Band(warning=80),
            why="AWS recommends 80; below it the working set does not fit the memory",
            points=(10, 10),
            comparison="LessThanThreshold",
            each="instance",
        ),
        AlarmRow(
            "deadlocks",
            "Transactions deadlock",
            "deadlocks",
            Band(warning=0.02),
            why="more than one a minute (the metric is per second) is an order of locks that a release has changed",
            points=(15, 15),
            each="instance",
        ),
        AlarmRow(
            "load",
            "More sessions work than there are vCPUs",
            "load_per_vcpu",
            "databaseLoadPerVcpu",
            why="above 1 sessions wait for a processor; AWS recommends 1 for this metric",
            points=(15, 15),
            each="instance",
        ),
        AlarmRow(
            "transaction-ids",
            "Transaction ids are not vacuumed",
            "transaction_ids",
            Band(warning=1e9),
            why="PostgreSQL stops writing at 2 billion; AWS recommends to act at 1 billion",
            points=(5, 5),
            each="instance",
        ),
        AlarmRow(
            "capacity",
            "The most capacity is nearly reached",
            "capacity_used",
            "concurrencyPercent",
            why="at 100 it grows no further and queries queue",
            points=(5, 5),
            only_with="serverless",
        ),
        silence(
            "No writer is up",
            "uptime",
            why="Aurora publishes its writer's uptime every minute; five without outlast a failover",
            pages="unavailable",
        ),
    ),
    composites=(
        CompositeRow(
            "unavailable",
            "The database is unavailable",
            "critical",
            why="without a writer every service that writes fails",
        ),
        CompositeRow(
            "exhausted",
            "The database is about to refuse work",
            "critical",
            why="without connections or local storage queries fail within minutes",
        ),
    ),
    widgets=(
        WidgetRow("CPU", ("cpu",), "%", summary=True, each="instance"),
        WidgetRow("connections used", ("connections_used",), "%", summary=True, each="instance"),
        WidgetRow("queries", ("query_seconds",), "s", summary=True, each="instance"),
        WidgetRow("commits", ("commit_seconds",), "s", each="instance"),
        WidgetRow("memory", ("free_memory",), "bytes", each="instance"),
        WidgetRow("memory left", ("memory_left",), "%", only_with="memory_gib", each="instance"),
        WidgetRow("local storage", ("local_storage",), "bytes", each="instance"),
        WidgetRow("replica lag", ("lag",), "ms", each="instance"),
        WidgetRow("buffer cache", ("buffer",), "%", each="instance"),
        WidgetRow("deadlocks", ("deadlocks",), "deadlocks/s", each="instance"),
        WidgetRow("sessions per vCPU", ("load_per_vcpu",), "sessions/vCPU", each="instance"),
        WidgetRow("transaction ids", ("transaction_ids",), "ids", each="instance"),
        WidgetRow("capacity used", ("capacity_used",), "%", only_with="serverless"),
        WidgetRow("capacity", ("capacity",), "ACU", only_with="serverless", boards=("cost",)),
        WidgetRow("uptime of the writer", ("uptime",), "s"),
    ),
)
"""What is watched on an Aurora cluster."""
