"""An AWS account in a box: for the demo, for exercises, and for anybody's tests.

    with Sandbox() as sandbox:
        sandbox.seed(Workload.sample())
        sandbox.client("ecs").list_services(cluster="shop")

Importing this package costs little: moto is imported only in the server's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opslib.sandbox.faults.fault import Fault
    from opslib.sandbox.sandbox import Sandbox
    from opslib.sandbox.workload import Workload

__all__ = ["Fault", "Sandbox", "Workload"]

_HOMES = {
    "Fault": "opslib.sandbox.faults.fault",
    "Sandbox": "opslib.sandbox.sandbox",
    "Workload": "opslib.sandbox.workload",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'opslib.sandbox' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
