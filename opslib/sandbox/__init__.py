"""An AWS account in a box: for the demo, for exercises, and for anybody's tests.

    with Sandbox() as sandbox:
        sandbox.seed(Workload.sample())
        sandbox.client("ecs").list_services(cluster="shop")

Importing this package costs little: moto is imported only in the server's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

if TYPE_CHECKING:
    from opslib.sandbox.faults.fault import Fault
    from opslib.sandbox.sandbox import Sandbox
    from opslib.sandbox.workload import Workload

__all__ = ["Fault", "Sandbox", "Workload"]

__getattr__, __dir__ = lazily(
    __name__, {"faults.fault": ("Fault",), "sandbox": ("Sandbox",), "workload": ("Workload",)}
)
