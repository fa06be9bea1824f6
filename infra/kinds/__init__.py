"""What is watched, and why: a table for each kind of workload, and the registry of the kinds.

Pure data: nothing here imports pulumi. A new kind is a file with its table and a line in the registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.kinds import cache, database, ecs_service, function, load_balancer
from infra.kinds.table import Kind

__all__ = ["KINDS"]

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        ecs_service.KIND,
        load_balancer.KIND,
        database.KIND,
        cache.KIND,
        function.KIND,
    )
}
"""Every kind by its name."""
