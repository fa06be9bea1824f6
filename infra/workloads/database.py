"""PostgreSQL instances on RDS, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.instance_classes import default_connections, has_disk_credits, is_burstable, memory_gib
from infra.workloads.workload import Workload
from opslib.contract import Arn

__all__ = ["Database"]

_GIB = 1024**3
_BACKUP_WINDOW = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"


class Database(Workload):
    """A PostgreSQL instance on RDS.

    Attributes:
        instance: Its identifier.
        allocated_storage_gib: Its storage: the metric counts bytes, a threshold is a share.
        storage_type: Of its volume; gp2 alone has a burst balance.
        memory_gib: The memory of its class where that is not known here; RDS's default of `max_connections` follows.
        max_connections: The setting itself, where its parameter group changes it.
        slow_query_filter: Whether a metric filter counts what its log says of slow statements.
        database_insights: Whether Database Insights is on, so that its counters can be asked for deadlocks.
        backup_window: When RDS takes its daily backup, in UTC, as RDS writes it: ``03:00-03:30``.
    """

    kind: ClassVar[str] = "database"

    instance: str = Field(min_length=1, max_length=63)
    engine: Literal["postgres"] = "postgres"
    engine_version: str | None = None
    instance_class: str | None = Field(default=None, pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$")
    resource_id: str | None = Field(default=None, pattern=r"^db-[A-Z0-9]+$")
    allocated_storage_gib: Annotated[int, Field(ge=20, le=65_536)]
    storage_type: Literal["gp2", "gp3", "io1", "io2"] = "gp3"
    memory_gib: Annotated[float, Field(gt=0, le=24_576)] | None = None
    max_connections: Annotated[int, Field(ge=6)] | None = None
    slow_query_filter: bool = False
    database_insights: bool = False
    backup_window: str | None = Field(default=None, pattern=_BACKUP_WINDOW)
    secrets: dict[str, Arn] = Field(default_factory=dict)
    switch_by: Literal["rename", "parameter", "secret", "cname", "proxy"] = "rename"
    endpoint_parameter: str | None = None
    proxy: str | None = None
    replicas: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")], ...] = ()
    quarantine_security_group: str | None = None

    @model_validator(mode="after")
    def _connections(self) -> Database:
        if self.memory is None and self.max_connections is None:
            known = f"the class {self.instance_class} is not known here" if self.instance_class else "no class is given"
            raise ValueError(f"give memoryGib (of the instance class) or maxConnections: {known}")
        if self.database_insights and self.resource_id is None:
            raise ValueError("databaseInsights needs resourceId: its counters are asked by it")
        return self

    @property
    def memory(self) -> float | None:
        """The memory of its class in GiB, as written or as the class has it."""
        by_class = memory_gib(self.instance_class) if self.instance_class else None
        return self.memory_gib if self.memory_gib is not None else by_class

    @override
    def identifiers(self) -> Mapping[str, str]:
        # RDS exports the log of each instance to a group of this name.
        log_group = f"/aws/rds/instance/{self.instance}/postgresql"
        replicas = {f"replica.{name}": name for name in self.replicas}
        return {"instance": self.instance, "log_group": log_group, **replicas}

    @override
    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"replica": self.replicas}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        memory = {} if self.memory is None else {"memory_bytes": self.memory * _GIB}
        resource = {} if self.resource_id is None else {"resource_id": self.resource_id}
        return {
            "max_connections": self.max_connections or default_connections(self.memory or 0),
            "allocated_bytes": self.allocated_storage_gib * _GIB,
            **memory,
            **resource,
        }

    @override
    def traits(self) -> frozenset[str]:
        has = {
            "gp2": self.storage_type == "gp2",
            "burstable": self.instance_class is not None and is_burstable(self.instance_class),
            "disk_credits": self.instance_class is not None and has_disk_credits(self.instance_class),
            "slow_query_filter": self.slow_query_filter,
            "database_insights": self.database_insights,
        }
        return super().traits() | {name for name, given in has.items() if given}
