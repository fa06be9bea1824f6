"""What an RDS instance publishes while it is available: `AWS/RDS`, a sample a minute of each metric.

AWS, "Amazon CloudWatch metrics for Amazon RDS"; "… for Amazon RDS Performance Insights" for those of the database load.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from opslib.sandbox.behaviour.traffic.chance import around
from opslib.sandbox.behaviour.traffic.data_stores import DatabaseUse, slowness
from opslib.sandbox.behaviour.traffic.instance_classes import GIB
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions

__all__ = ["DatabaseMemory", "database_samples"]

NAMESPACE = "AWS/RDS"
PERCENT = 100.0
MINUTE_SECONDS = 60
HOUR_SECONDS = 3_600
MIB = 1024**2

_NOISE_PERCENT = 4.0
_GP3_IOPS = 3_000.0  # AWS, "Amazon RDS DB instance storage": the baseline of gp3 below 400 GiB
_OPERATIONS_PER_REQUEST = 2.0  # reads that the buffers do not have, and writes; ours
_READS = 0.4
_BYTES_PER_OPERATION = 16_384.0
_IDLE_OPERATIONS = 4.0
_CONNECTION_BYTES = 10 * MIB  # what a PostgreSQL backend takes; ours
_FREE_SHARE = 0.45  # of memory, besides what connections take; ours
_FIRST_TRANSACTION_ID = 50e6  # vacuuming freezes from 200 million on (autovacuum_freeze_max_age); ours
_WAL_BYTES = 1.0 * GIB  # max_wal_size is 1 GB in PostgreSQL

_CREDIT_PERIOD_MINUTES = 5
_CREDIT_BASELINE = 0.2  # AWS, "Key concepts for burstable performance instances": of each vCPU, for the medium size
_CREDIT_HOURS = 24  # credits are kept for a day


@dataclass(slots=True)
class DatabaseMemory:
    """What a database remembers from minute to minute.

    Attributes:
        since: When it was first seen.
        credits: Its CPU credits; None: not a class that has them, or not seen yet.
        transactions: How many there were since.
    """

    since: datetime
    credits: float | None = None
    transactions: float = field(default=0.0)


def database_samples(use: DatabaseUse, memory: DatabaseMemory, occasion: Occasion) -> Iterator[Sample]:
    """All samples of one database.

    Args:
        use: What was asked of it.
        memory: What it was like; changed to what it is like.
        occasion: The minute.
    """
    settings, random, now = occasion.settings, occasion.random, occasion.now
    database = use.database
    load = occasion.script.database(database.identifier)
    where = dimensions(DBInstanceIdentifier=database.identifier)
    cpu = min(PERCENT, around(PERCENT * use.busy, _NOISE_PERCENT, random))
    memory.transactions += use.requests
    operations = _IDLE_OPERATIONS + use.requests / MINUTE_SECONDS * _OPERATIONS_PER_REQUEST
    reads, writes = operations * _READS, operations * (1 - _READS)
    disk = settings.disk_seconds * slowness(operations / _GP3_IOPS, settings.busy_from)
    read_seconds, write_seconds = around(disk, _NOISE_PERCENT, random), around(disk, _NOISE_PERCENT, random)
    hours = (now - memory.since).total_seconds() / HOUR_SECONDS
    used = database.storage_bytes * load.used_storage_percent / PERCENT + hours * load.growth_mib_per_hour * MIB
    values = {
        "CPUUtilization": (cpu, "Percent"),
        "DatabaseConnections": (float(round(use.connections)), "Count"),
        "FreeStorageSpace": (max(0.0, database.storage_bytes - used), "Bytes"),
        "FreeableMemory": (
            max(0.0, database.memory_bytes * _FREE_SHARE - use.connections * _CONNECTION_BYTES),
            "Bytes",
        ),
        "SwapUsage": (0.0, "Bytes"),
        "ReadLatency": (round(read_seconds, 6), "Seconds"),
        "WriteLatency": (round(write_seconds, 6), "Seconds"),
        "ReadIOPS": (reads, "Count/Second"),
        "WriteIOPS": (writes, "Count/Second"),
        "ReadThroughput": (reads * _BYTES_PER_OPERATION, "Bytes/Second"),
        "WriteThroughput": (writes * _BYTES_PER_OPERATION, "Bytes/Second"),
        "DiskQueueDepth": (operations * disk, "Count"),
        "NetworkReceiveThroughput": (use.requests * 200.0 / MINUTE_SECONDS, "Bytes/Second"),
        "NetworkTransmitThroughput": (use.requests * 2_000.0 / MINUTE_SECONDS, "Bytes/Second"),
    }
    if database.engine == "postgres":
        values["MaximumUsedTransactionIDs"] = (_FIRST_TRANSACTION_ID + memory.transactions, "Count")
        values["TransactionLogsDiskUsage"] = (_WAL_BYTES, "Bytes")
    if database.storage_type == "gp2":
        values["BurstBalance"] = (PERCENT, "Percent")
    if database.is_replica:
        values["ReplicaLag"] = (0.0, "Seconds")
    if database.insights:
        on_cpu = min(use.busy, 1.0) * database.vcpus
        waiting = max(0.0, use.busy - 1.0) * database.vcpus + operations * disk
        values["DBLoad"] = (on_cpu + waiting, "None")
        values["DBLoadCPU"] = (on_cpu, "None")
        values["DBLoadNonCPU"] = (waiting, "None")
        values["DBLoadRelativeToNumVCPUs"] = ((on_cpu + waiting) / database.vcpus, "None")
    if database.bursts:
        spent = _spend(memory, cpu / PERCENT * database.vcpus, database.vcpus)
        if now.minute % _CREDIT_PERIOD_MINUTES == 0:
            values["CPUCreditBalance"] = (memory.credits or 0.0, "Count")
            values["CPUCreditUsage"] = (spent * _CREDIT_PERIOD_MINUTES, "Count")
    for name, (value, unit) in values.items():
        yield Sample(NAMESPACE, name, where, {value: 1.0}, unit)


def _spend(memory: DatabaseMemory, spent: float, vcpus: float) -> float:
    """A credit is one vCPU at full load for a minute."""
    earned = vcpus * _CREDIT_BASELINE
    most = earned * MINUTE_SECONDS * _CREDIT_HOURS
    before = most if memory.credits is None else memory.credits
    memory.credits = min(most, max(0.0, before + earned - spent))
    return spent
