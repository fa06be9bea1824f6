"""The workloads of a stack's configuration, as a person writes them; what each says to its kind's table.

Identifiers are AWS's names and ARNs of what runs already: this program watches workloads, it does not create them.
Five kinds have classes of their own, for the library changes such workloads too and needs to know more of them, and so
have health checks and canaries, which the program makes. The classes of all others are made from their tables
(`tabled.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.kinds import KINDS
from infra.workloads.cache import Cache
from infra.workloads.canary import Canary
from infra.workloads.database import Database
from infra.workloads.function import Function
from infra.workloads.health_check import HealthCheck
from infra.workloads.load_balancer import LoadBalancer
from infra.workloads.service import Autoscaling, Service
from infra.workloads.tabled import workload_of
from infra.workloads.workload import Key, Workload

__all__ = [
    "TABLED",
    "Autoscaling",
    "Cache",
    "Canary",
    "Database",
    "Function",
    "HealthCheck",
    "Key",
    "LoadBalancer",
    "Service",
    "Workload",
]

_OWN_CLASSES: tuple[type[Workload], ...] = (Service, LoadBalancer, Database, Cache, Function, HealthCheck, Canary)

TABLED: Mapping[str, type[Workload]] = {
    kind.section: workload_of(kind) for kind in KINDS.values() if kind.name not in {own.kind for own in _OWN_CLASSES}
}
"""The class of each kind that is only a table, by its section in the stack's file."""
