"""What is watched, and why: a table for each kind of workload, and the registry of the kinds.

Pure data: nothing here imports pulumi. A new kind is a file with its table and a line in the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from infra.kinds.table import Kind

__all__ = ["KINDS"]

_REGISTRY = (
    "ecs_service",
    "load_balancer",
    "database",
    "cache",
    "function",
    "api_gateway",
    "cloudfront",
    "waf",
    "aurora",
    "serverless_cache",
    "queue",
    "host",
    "fleet",
    "nat_gateway",
    "agent",
    "business",
    "billing",
    "certificate",
    "health_check",
    "canary",
    "delivery",
    "security",
    "backup_vault",
    "automation",
)
"""The files of the kinds, in the order in which their workloads are shown."""


def _read(name: str) -> Kind:
    kind = import_module(f"infra.kinds.{name}").KIND
    if not isinstance(kind, Kind) or kind.name != name:
        raise TypeError(f"infra/kinds/{name}.py has no KIND of that name")
    return kind


KINDS: Mapping[str, Kind] = {name: _read(name) for name in _REGISTRY}
"""Every kind by its name."""
