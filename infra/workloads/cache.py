"""Replication groups on ElastiCache, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from infra.workloads.workload import Workload

__all__ = ["Cache"]


class Cache(Workload):
    """A Redis or Valkey replication group.

    Attributes:
        replication_group: Its id.
        members: The endings of its members' ids: ``001`` of ``sessions-001``.
    """

    kind: ClassVar[str] = "cache"

    replication_group: str = Field(min_length=1, max_length=40)
    members: tuple[Annotated[str, Field(pattern=r"^[0-9]{3}$|^[0-9]{4}-[0-9]{3}$")], ...] = Field(min_length=1)
    engine: Literal["redis", "valkey"] = "redis"
    node_type: str | None = Field(default=None, pattern=r"^cache\.[a-z0-9-]+\.[a-z0-9]+$")

    def member_ids(self) -> tuple[str, ...]:
        """The ids of its members, which CloudWatch's metrics name."""
        return tuple(f"{self.replication_group}-{member}" for member in self.members)

    @override
    def identifiers(self) -> Mapping[str, str]:
        return {
            f"member.{member}": identifier for member, identifier in zip(self.members, self.member_ids(), strict=True)
        }

    @override
    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {"member": self.members}
