"""What a verification is told: what the backup should be of, what is asked of it, and where it may work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opslib.backup.expectation import Freshness, Query

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a verification is told.

    Attributes:
        name: The source that the backup should be of; empty: any.
        environment: The environment that it should be of; empty: any.
        database: The name that the database should have; empty: any.
        system_identifier: The cluster that it should be of; empty: any.
        required: The checks that have to be proven; None: those that the table of checks requires.
        freshness: Queries for the age of the newest row.
        business: Queries with an expectation.
        rpo_seconds: How old the backup may be; None: not asked.
        rto_seconds: How long its restore may take; None: not asked.
        may_be_empty: Whether a database without a single row is what is expected.
        restore_changed_files: Whether to go on where a file is not as it was taken. What is in it runs in the scratch
            server, so a file that somebody may have written should not be restored.
        jobs: Processes that restore, and connections that read.
        workers: How many of the server's processes may help each connection.
        scratch: The directory for scratch servers, with room for the restored database; the system's temporary one
            where none is given.
        binaries: The directory of PostgreSQL's programs; found where none is given.
        settings: More settings of the scratch server.
        superuser: Whom to connect as in a base backup that has no manifest.
    """

    name: str = ""
    environment: str = ""
    database: str = ""
    system_identifier: str = ""
    required: tuple[str, ...] | None = None
    freshness: tuple[Freshness, ...] = ()
    business: tuple[Query, ...] = ()
    rpo_seconds: float | None = None
    rto_seconds: float | None = None
    may_be_empty: bool = False
    restore_changed_files: bool = False
    jobs: int = 2
    workers: int = 2
    scratch: Path | None = None
    binaries: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    superuser: str = "postgres"
