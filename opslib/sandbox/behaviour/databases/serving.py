"""In which statuses a database answers its clients; plain data, for whoever looks at databases without calling RDS."""

from __future__ import annotations

__all__ = ["AVAILABLE", "SERVING"]

AVAILABLE = "available"

# AWS, "Viewing Amazon RDS DB instance status": an instance is inaccessible only where the table says so.
SERVING = frozenset(
    {
        AVAILABLE,
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "modifying",
        "resetting-master-credentials",
        "storage-optimization",
    }
)
"""The statuses in which an instance answers its clients."""
