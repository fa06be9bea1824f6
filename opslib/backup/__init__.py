"""Backups: taken, proven restorable, counted, and the evidence of it.

    from opslib.backup import evidence, inventory, read_config, take, verify

    config = read_config(Path("backup.toml"))
    run = verify(config, "orders")
    run.verdict  # "proven", "disproven" or "not checked"

Importing this package does nothing: each name is loaded when it is first used, and neither psycopg nor redis before a
source needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

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

__getattr__, __dir__ = lazily(
    __name__,
    {
        "config": ("BackupConfig", "read_config"),
        "counting": ("inventory", "prune"),
        "recording": ("Run",),
        "runs": ("take", "verify"),
        "verdict": ("EXIT_CODES", "Finding", "Phase", "Verdict", "verdict_of"),
    },
    modules=("evidence",),
)
