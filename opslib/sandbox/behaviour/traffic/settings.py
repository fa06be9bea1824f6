"""How a load behaves where it meets a limit, with where each number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

__all__ = ["TrafficSettings"]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class TrafficSettings:
    """Limits that no API of AWS's tells.

    Attributes:
        idle_timeout_seconds: After which a load balancer gives a target up, with 504. AWS, load balancer attribute
            `idle_timeout.timeout_seconds`: 60 by default; the attribute itself is not looked at.
        queue_seconds: How many seconds of work a target lets wait; what comes on top is refused, with 502. Ours.
        busy_from: From which share of its capacity on a target or a database is slower than unloaded. Ours.
        most_connections_per_minute: Above which a load balancer rejects new connections. AWS scales load balancers
            and gives no number; ours.
        requests_per_connection: How many requests a client sends over one connection. Ours.
        vcpus_of_unknown_targets: What a target can do that is no ECS task. Ours: the smallest Fargate task.
        database_vcpus_of_unknown_classes: What a database of a class can do that `instance_classes` does not know.
        disk_seconds: How long a disk operation takes on a volume within its limits. AWS, "Amazon EBS volume types":
            single-digit milliseconds.
        concurrent_executions: Of all functions together. AWS, "Lambda quotas": 1,000.
    """

    idle_timeout_seconds: Positive = 60.0
    queue_seconds: Positive = 90.0
    busy_from: Annotated[float, Field(gt=0, lt=1)] = 0.5
    most_connections_per_minute: Positive = 6_000_000.0
    requests_per_connection: Positive = 10.0
    vcpus_of_unknown_targets: Positive = 0.25
    database_vcpus_of_unknown_classes: Positive = 2.0
    disk_seconds: Positive = 0.002
    concurrent_executions: Annotated[int, Field(ge=1)] = 1_000
