"""PostgreSQL: dumps with the manifest of their own snapshot, base backups, and the verification of both.

    from opslib.backup.postgres import Options, take_dump, verify_dump

    path = take_dump("service=shop", Path("backups/shop-1"), name="shop")
    findings, phases = verify_dump(path, Options(name="shop"))

Nothing here is ever done to the server that a backup is of but reading: verification has a server of its own.
"""

from __future__ import annotations

from opslib.backup.postgres.base_backup import take_base_backup
from opslib.backup.postgres.checks import CHECKS, check_names
from opslib.backup.postgres.connecting import Database
from opslib.backup.postgres.dump import take_dump
from opslib.backup.postgres.fingerprint import Content, TableContent, fingerprint
from opslib.backup.postgres.manifest import BaseBackupManifest, DumpManifest, read_manifest
from opslib.backup.postgres.options import Options
from opslib.backup.postgres.reading import readers
from opslib.backup.postgres.verify import Verified, verify_dump
from opslib.backup.postgres.verify_base import verify_base_backup

__all__ = [
    "CHECKS",
    "BaseBackupManifest",
    "Content",
    "Database",
    "DumpManifest",
    "Options",
    "TableContent",
    "Verified",
    "check_names",
    "fingerprint",
    "read_manifest",
    "readers",
    "take_base_backup",
    "take_dump",
    "verify_base_backup",
    "verify_dump",
]
