"""Backups: taken, proven restorable, counted, and the evidence of it.

    from opslib.backup import evidence, inventory, read_config, take, verify

    config = read_config(Path("backup.toml"))
    run = verify(config, "orders")
    run.verdict  # "proven", "disproven" or "not checked"

Importing this package does nothing: each name is loaded when it is first used, and neither psycopg nor redis before a
source needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opslib.backup import evidence
    from opslib.backup.config import BackupConfig, read_config
    from opslib.backup.counting import inventory, prune
    from opslib.backup.recording import Run
    from opslib.backup.runs import take, verify
    from opslib.backup.verdict import EXIT_CODES, Finding, Phase, Verdict, verdict_of

__all__ = [
    "EXIT_CODES",
    "BackupConfig",
    "Finding",
    "Phase",
    "Run",
    "Verdict",
    "evidence",
    "inventory",
    "prune",
    "read_config",
    "take",
    "verdict_of",
    "verify",
]

_HOMES = {
    **dict.fromkeys(("take", "verify"), "opslib.backup.runs"),
    **dict.fromkeys(("inventory", "prune"), "opslib.backup.counting"),
    "Run": "opslib.backup.recording",
    **dict.fromkeys(("BackupConfig", "read_config"), "opslib.backup.config"),
    **dict.fromkeys(("EXIT_CODES", "Finding", "Phase", "Verdict", "verdict_of"), "opslib.backup.verdict"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first asked for (PEP 562)."""
    from importlib import import_module

    if name == "evidence":
        return import_module("opslib.backup.evidence")
    if name not in _HOMES:
        raise AttributeError(f"module 'opslib.backup' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
