"""A PostgreSQL instance on RDS; an Aurora cluster is a kind of its own (`aurora.py`)."""

from __future__ import annotations

from infra.kinds.publishing import OF_THE_WORKLOAD, LogFilter
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Requirement, Role

_INSTANCE = {"DBInstanceIdentifier": "instance"}
_INSIGHTS = Requirement.PERFORMANCE_INSIGHTS

KIND = Kind(
    name="database",
    section="databases",
    title="Database",
    metrics={
        "cpu": MetricRow("AWS/RDS", "CPUUtilization", _INSTANCE, "Average", "CPU"),
        "connections": MetricRow("AWS/RDS", "DatabaseConnections", _INSTANCE, "Maximum", "Connections"),
        "free_storage": MetricRow("AWS/RDS", "FreeStorageSpace", _INSTANCE, "Minimum", "Free storage"),
        "free_memory": MetricRow("AWS/RDS", "FreeableMemory", _INSTANCE, "Minimum", "Freeable memory"),
        "swap": MetricRow("AWS/RDS", "SwapUsage", _INSTANCE, "Maximum", "Swap"),
        # Seconds for one disk operation, not for a query. RDS publishes few samples a minute, and for a p90 CloudWatch
        # calls less than a hundred of them few: an alarm that ignored few samples would not look.
        "read_latency": MetricRow("AWS/RDS", "ReadLatency", _INSTANCE, "p90", "Read", low_samples="evaluate"),
        "write_latency": MetricRow("AWS/RDS", "WriteLatency", _INSTANCE, "p90", "Write", low_samples="evaluate"),
        "queue_depth": MetricRow("AWS/RDS", "DiskQueueDepth", _INSTANCE, "Average", "Queue depth"),
        "read_iops": MetricRow("AWS/RDS", "ReadIOPS", _INSTANCE, "Average", "Reads"),
        "write_iops": MetricRow("AWS/RDS", "WriteIOPS", _INSTANCE, "Average", "Writes"),
        "transaction_ids": MetricRow(
            "AWS/RDS", "MaximumUsedTransactionIDs", _INSTANCE, "Maximum", "Used transaction ids"
        ),
        "log_disk": MetricRow("AWS/RDS", "TransactionLogsDiskUsage", _INSTANCE, "Maximum", "WAL on disk"),
        "replication_slot": MetricRow(
            "AWS/RDS", "OldestReplicationSlotLag", _INSTANCE, "Maximum", "Oldest replication slot"
        ),
        "burst": MetricRow("AWS/RDS", "BurstBalance", _INSTANCE, "Minimum", "Burst balance", Requirement.BURST_BALANCE),
        "disk_credits": MetricRow(
            "AWS/RDS", "EBSIOBalance%", _INSTANCE, "Average", "I/O credits", Requirement.EBS_CREDITS
        ),
        "throughput_credits": MetricRow(
            "AWS/RDS", "EBSByteBalance%", _INSTANCE, "Average", "Throughput credits", Requirement.EBS_CREDITS
        ),
        "cpu_credits": MetricRow(
            "AWS/RDS", "CPUCreditBalance", _INSTANCE, "Minimum", "CPU credits", Requirement.BURSTABLE_CLASS
        ),
        "replica_lag": MetricRow(
            "AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": "replica"}, "Maximum", "Behind its source"
        ),
        # A metric filter on the exported log counts what PostgreSQL writes of statements over its limit.
        "slow_queries": MetricRow(
            OF_THE_WORKLOAD,
            "SlowQueries",
            {},
            "Sum",
            "Slow queries",
            Requirement.SLOW_QUERY_LOG,
            # auto_explain writes a duration too, with the plan, of a statement that is counted already.
            published=LogFilter("log_group", '"duration: " -"plan:"'),
        ),
        "load": MetricRow("AWS/RDS", "DBLoad", _INSTANCE, "Average", "Active sessions", _INSIGHTS),
        "load_cpu": MetricRow("AWS/RDS", "DBLoadCPU", _INSTANCE, "Average", "On CPU", _INSIGHTS),
        "load_waiting": MetricRow("AWS/RDS", "DBLoadNonCPU", _INSTANCE, "Average", "Waiting", _INSIGHTS),
        "load_per_vcpu": MetricRow(
            "AWS/RDS", "DBLoadRelativeToNumVCPUs", _INSTANCE, "Average", "Sessions per vCPU", _INSIGHTS
        ),
        # RDS has no metric for the maximum; the configuration says it.
        "connections_used": MathRow("100 * connections / {max_connections}", ("connections",), "Connections used"),
        "memory_left": MathRow("100 * free_memory / {memory_bytes}", ("free_memory",), "Memory left"),
        # No metric of PostgreSQL on RDS has them: Database Insights' counter is asked by the instance's resource id.
        "deadlocks": MathRow(
            "DB_PERF_INSIGHTS('RDS', '{resource_id}', 'db.Concurrency.deadlocks.avg')", (), "Deadlocks"
        ),
        "storage_left": MathRow("100 * free_storage / {allocated_bytes}", ("free_storage",), "Storage left"),
    },
    alarms=(
        AlarmRow(
            "cpu",
            "CPU is high",
            "cpu",
            "databaseCpuPercent",
            why="a database is not scaled out in minutes; 90 is AWS's recommended alarm",
            points=(5, 5),
        ),
        AlarmRow(
            "connections",
            "Connections run out",
            "connections_used",
            "connectionsPercent",
            why="at 100 every new connection is refused, the one that would help too",
            points=(5, 5),
            role=Role.SYMPTOM,
            pages="exhausted",
        ),
        AlarmRow(
            "storage",
            "Storage runs out",
            "storage_left",
            "freeStoragePercent",
            why="an instance without storage stops; a volume takes hours to grow a second time",
            points=(5, 5),
            comparison="LessThanThreshold",
            role=Role.SYMPTOM,
            pages="exhausted",
        ),
        AlarmRow(
            "read-latency",
            "Disk reads are slow (p90)",
            "read_latency",
            "diskLatencySeconds",
            why="a volume within its limits answers in single milliseconds",
            points=(5, 5),
        ),
        AlarmRow(
            "write-latency",
            "Disk writes are slow (p90)",
            "write_latency",
            "diskLatencySeconds",
            why="every commit waits for a write",
            points=(5, 5),
        ),
        AlarmRow(
            "load",
            "More sessions work than there are vCPUs",
            "load_per_vcpu",
            "databaseLoadPerVcpu",
            why="above 1 sessions wait for a processor; AWS recommends 1 for this metric",
            points=(15, 15),
        ),
        AlarmRow(
            "transaction-ids",
            "Transaction ids are not vacuumed",
            "transaction_ids",
            Band(warning=1e9),
            why="PostgreSQL stops writing at 2 billion; AWS recommends to act at 1 billion",
            points=(5, 5),
        ),
        AlarmRow(
            "memory",
            "Memory runs out",
            "memory_left",
            "freeMemoryPercent",
            why="below it PostgreSQL swaps, and then every query is slow; as a share of the class's memory",
            points=(15, 15),
            comparison="LessThanThreshold",
            only_with="memory_bytes",
        ),
        AlarmRow(
            "disk-credits",
            "The I/O credits of the class run out",
            "disk_credits",
            Band(warning=10),
            why="without credits the disk falls to its base rate; AWS recommends 10",
            points=(3, 3),
            comparison="LessThanThreshold",
            only_with="disk_credits",
        ),
        AlarmRow(
            "throughput-credits",
            "The throughput credits of the class run out",
            "throughput_credits",
            Band(warning=10),
            why="without credits the disk falls to its base throughput; AWS recommends 10",
            points=(3, 3),
            comparison="LessThanThreshold",
            only_with="disk_credits",
        ),
        AlarmRow(
            "burst-balance",
            "The volume's burst runs out",
            "burst",
            Band(warning=20),
            why="at 0 a gp2 volume falls to three operations a second for each GiB; 20 leave time to move to gp3",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanThreshold",
            only_with="gp2",
        ),
        AlarmRow(
            "cpu-credits",
            "The CPU credits run out",
            "cpu_credits",
            Band(warning=20),
            why="without credits a t class falls to its base, or is billed for more; 20 are twenty minutes of one vCPU",
            points=(3, 3),
            period_seconds=300,
            comparison="LessThanThreshold",
            only_with="burstable",
        ),
        AlarmRow(
            "replica-lag",
            "A replica is behind",
            "replica_lag",
            Band(warning=60),
            why="AWS recommends 60 seconds; what reads there sees the past, and a failover to it would lose that much",
            points=(10, 10),
            only_with="replica",
            each="replica",
        ),
        AlarmRow(
            "replication-slot",
            "A replication slot holds back the log",
            "replication_slot",
            Band(warning=10 * 1024**3),
            why="a slot that nobody reads keeps all WAL since, until the storage is full; 10 GiB are hours of most",
            points=(3, 3),
            period_seconds=300,
        ),
        AlarmRow(
            "slow-queries",
            "Queries are slow",
            "slow_queries",
            Band(warning=10),
            why="over three seconds each where log_min_duration_statement says so; ten in five minutes are no report",
            points=(3, 3),
            period_seconds=300,
            only_with="slow_query_filter",
        ),
        AlarmRow(
            "deadlocks",
            "Transactions deadlock",
            "deadlocks",
            Band(warning=1),
            why="PostgreSQL ends one of the two; more than one a minute is an order of locks that a release changed",
            points=(3, 3),
            period_seconds=300,
            only_with="database_insights",
        ),
        silence(
            "No metric arrives: the instance is down",
            "cpu",
            why="RDS publishes CPU every minute while the instance runs; five without are an outage",
            pages="unavailable",
        ),
    ),
    boards=("database",),
    composites=(
        CompositeRow(
            "unavailable",
            "The database is unavailable",
            "critical",
            why="without it every service that needs it fails",
        ),
        CompositeRow(
            "exhausted",
            "The database is about to refuse work",
            "critical",
            why="without connections or storage it stops within minutes",
        ),
    ),
    widgets=(
        WidgetRow("CPU", ("cpu",), "%", summary=True),
        WidgetRow("connections used", ("connections_used",), "%", summary=True),
        WidgetRow("storage left", ("storage_left",), "%", summary=True),
        WidgetRow("disk latency", ("read_latency", "write_latency"), "s"),
        WidgetRow("active sessions", ("load", "load_cpu", "load_waiting"), "sessions"),
        WidgetRow("sessions per vCPU", ("load_per_vcpu",), "sessions/vCPU"),
        WidgetRow("disk operations", ("read_iops", "write_iops"), "operations/s", right=("queue_depth",)),
        WidgetRow("memory", ("free_memory", "swap"), "bytes"),
        WidgetRow("memory left", ("memory_left",), "%", only_with="memory_bytes"),
        WidgetRow("transaction ids", ("transaction_ids",), "ids", right=("log_disk",)),
        WidgetRow("replication slot", ("replication_slot",), "bytes"),
        WidgetRow("credits of class and volume", ("disk_credits", "throughput_credits"), "%", only_with="disk_credits"),
        WidgetRow("burst balance (gp2)", ("burst",), "%", only_with="gp2"),
        WidgetRow("CPU credits", ("cpu_credits",), "credits", only_with="burstable"),
        WidgetRow("replica lag", ("replica_lag",), "s", only_with="replica", each="replica"),
        WidgetRow("slow queries", ("slow_queries",), "queries/5 min", only_with="slow_query_filter"),
        WidgetRow("deadlocks", ("deadlocks",), "deadlocks/min", only_with="database_insights"),
        WidgetRow("connections", ("connections",), "connections"),
    ),
)
"""What is watched on a database."""
