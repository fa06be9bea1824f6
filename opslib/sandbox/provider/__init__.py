"""A stand-in for Pulumi's AWS provider: it creates the program's resources in a sandbox.

`StandInProvider` does the work; `serve` lets the real Pulumi engine use it (`PULUMI_DEBUG_PROVIDERS=aws:PORT`). A type
of resource is a row of the table in `rows`; one interpreter runs them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.errors import StandInFailed, StandInRefusal
from opslib.lazily import lazily
from opslib.sandbox.provider.rows import RESOURCE_TYPES
from opslib.sandbox.provider.stand_in import StandInProvider
from opslib.sandbox.provider.values import UNKNOWN, Checked, CheckFailure, Created, Difference, Read

if TYPE_CHECKING:
    from opslib.sandbox.provider.grpc_server import ServedProvider, serve

__all__ = [
    "RESOURCE_TYPES",
    "UNKNOWN",
    "CheckFailure",
    "Checked",
    "Created",
    "Difference",
    "Read",
    "ServedProvider",
    "StandInFailed",
    "StandInProvider",
    "StandInRefusal",
    "serve",
]

# A run without the engine needs no gRPC.
__getattr__, __dir__ = lazily(__name__, {"grpc_server": ("ServedProvider", "serve")})
