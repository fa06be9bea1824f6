"""A PostgreSQL instance on RDS."""

from __future__ import annotations

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
        "load": MetricRow("AWS/RDS", "DBLoad", _INSTANCE, "Average", "Active sessions", _INSIGHTS),
        "load_cpu": MetricRow("AWS/RDS", "DBLoadCPU", _INSTANCE, "Average", "On CPU", _INSIGHTS),
        "load_waiting": MetricRow("AWS/RDS", "DBLoadNonCPU", _INSTANCE, "Average", "Waiting", _INSIGHTS),
        "load_per_vcpu": MetricRow(
            "AWS/RDS", "DBLoadRelativeToNumVCPUs", _INSTANCE, "Average", "Sessions per vCPU", _INSIGHTS
        ),
        # RDS has no metric for the maximum; the configuration says it.
        "connections_used": MathRow("100 * connections / {max_connections}", ("connections",), "Connections used"),
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
        silence(
            "No metric arrives: the instance is down",
            "cpu",
            why="RDS publishes CPU every minute while the instance runs; five without are an outage",
            pages="unavailable",
        ),
    ),
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
        WidgetRow("transaction ids", ("transaction_ids",), "ids", right=("log_disk",)),
    ),
)
"""What is watched on a database."""
