"""Take a base backup: the files of a whole server, with PostgreSQL's own manifest and the WAL that makes them whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from opslib import __version__
from opslib.backup.manifest import MANIFEST, FileRecord
from opslib.backup.postgres.binaries import choose
from opslib.backup.postgres.connecting import Database
from opslib.backup.postgres.limits import advice
from opslib.backup.postgres.manifest import BaseBackupManifest, describe_server, sealed
from opslib.backup.progress import Stopwatch
from opslib.backup.writing import sha256_of, whole_directory
from opslib.errors import Refused

__all__ = ["BACKUP_MANIFEST", "BASE", "take_base_backup"]

BASE = "cluster"
BACKUP_MANIFEST = "backup_manifest"
_DATABASES = "select datname from pg_database where not datistemplate and datallowconn order by datname"


def take_base_backup(
    source: str,
    into: Path,
    *,
    name: str,
    environment: str = "",
    format: Literal["plain", "tar"] = "tar",  # noqa: A002  # pg_basebackup's own word
    binaries: Path | None = None,
    stopwatch: Stopwatch | None = None,
) -> Path:
    """Copy a server's files into a directory that appears whole or not at all.

    Args:
        source: libpq's connection string, of a role that may replicate.
        into: The directory to make.
        name: Of the source, for the manifest.
        environment: Of the source, for the manifest.
        format: Of pg_basebackup.
        binaries: The directory of PostgreSQL's programs; found where none is given.
        stopwatch: Times the phases.

    Returns:
        The directory.

    Raises:
        BadRequest: the connection string cannot be read.
        Refused: no way to the server, no PostgreSQL of its major version here, or it gives no base backup.
    """
    watch = stopwatch or Stopwatch(name)
    database = Database.of(source)
    with whole_directory(into) as directory:
        with database.session() as connection:
            server = describe_server(connection)
            names = tuple(row[0] for row in connection.execute(_DATABASES).fetchall())
        if server.tablespaces and format == "plain":
            raise Refused(
                f"{database.says} has tablespaces, which a plain base backup writes to their own places",
                "take it in the tar format",
            )
        installation = choose(server.major, given=binaries)
        taken_at = datetime.now(UTC)
        with watch.phase("base backup"):
            ran = installation.run(
                "pg_basebackup",
                *(f"--format={format}", f"--pgdata={BASE}", "--wal-method=stream", "--checkpoint=fast"),
                *("--manifest-checksums=SHA256", "--no-sync", "--no-password", f"--dbname={database.conninfo}"),
                cwd=directory.absolute(),
                env=database.environment(),
            )
        if ran.code:
            raise Refused(
                f"{database.says} gives no base backup: {ran.first_error}",
                advice(
                    ran.first_error,
                    "give the role REPLICATION and a line in pg_hba.conf; managed services take snapshots instead",
                ),
            )
        with watch.phase("checksum"):
            files = _records(directory)
        manifest = BaseBackupManifest(
            name=name,
            environment=environment,
            taken_at=taken_at,
            taken_by=f"opslib {__version__}",
            files=files,
            server=server,
            format=format,
            databases=names,
        )
        (directory / MANIFEST).write_bytes(sealed(manifest).text())
    return into


def _records(directory: Path) -> tuple[FileRecord, ...]:
    """The archives, or of a plain backup the WAL; and its manifest, which has the other files' digests."""
    base = directory / BASE
    every = [path for path in sorted(base.iterdir()) if path.is_file() and path.suffix == ".tar"]
    if not every:
        every = sorted(path for path in (base / "pg_wal").rglob("*") if path.is_file())
    return tuple(
        FileRecord(path=path.relative_to(directory).as_posix(), size=path.stat().st_size, sha256=sha256_of(path))
        for path in (*every, base / BACKUP_MANIFEST)
    )
