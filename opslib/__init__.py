"""Operations over a Pulumi stack's outputs: what is watched, rolled back and proven restorable.

Importing this package does nothing and costs little: each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opslib.contract import StackOutputs
    from opslib.stack import Stack

__all__ = ["Stack", "StackOutputs", "__version__", "rollback"]

__version__ = "0.1.0"

_HOMES = {"Stack": "opslib.stack", "StackOutputs": "opslib.contract"}

_ROOMS = ("rollback",)
"""Packages that are public as they stand: `from opslib import rollback`."""


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"opslib.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'opslib' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
