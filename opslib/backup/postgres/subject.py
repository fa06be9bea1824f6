"""What a check looks at: a backup, its manifest, and what was made of it in a scratch server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from opslib.backup.manifest import Manifest
from opslib.backup.postgres.archive import Archive
from opslib.backup.postgres.connecting import Connection, Database
from opslib.backup.postgres.fingerprint import Content, fingerprint
from opslib.backup.postgres.manifest import BaseBackupManifest, DumpManifest
from opslib.backup.postgres.options import Options
from opslib.backup.postgres.reading import readers
from opslib.backup.postgres.restore import Restored
from opslib.backup.postgres.schema import Schema, read_schema
from opslib.backup.postgres.scratch import Scratch
from opslib.backup.progress import Event, Stopwatch
from opslib.backup.verdict import Finding, Verdict

__all__ = ["MOST_NAMED", "NO_MANIFEST", "Examined", "Subject", "gathered"]

NO_MANIFEST = "there is no manifest, so that nothing says what it should be"
MOST_NAMED = 20
"""So many differences are named one by one; an auditor gets the number of the others."""


@dataclass(slots=True)
class Subject:
    """What is known before a server runs.

    Attributes:
        path: Of the backup.
        options: What the verification was told.
        watch: Times its phases.
        record: What the backup should be; where that is not known, the finding that says why.
        changed: Whether a file is not as it was taken.
    """

    path: Path
    options: Options
    watch: Stopwatch
    record: Manifest | Finding
    changed: bool = False

    @property
    def manifest(self) -> Manifest | None:
        """What the backup should be, where that is known."""
        return self.record if isinstance(self.record, Manifest) else None

    @property
    def dump(self) -> DumpManifest | None:
        """The manifest, when it is a dump's."""
        return self.record if isinstance(self.record, DumpManifest) else None

    @property
    def base(self) -> BaseBackupManifest | None:
        """The manifest, when it is a base backup's."""
        return self.record if isinstance(self.record, BaseBackupManifest) else None

    @property
    def moment(self) -> datetime:
        """When the backup was taken; now, where nothing says it."""
        return self.manifest.taken_at if self.manifest else datetime.now(UTC)


@dataclass(slots=True)
class Examined(Subject):
    """What is there once a server runs with it.

    Attributes:
        scratch: The server.
        databases: Those that were restored; the first is the one that queries are asked of.
        archive: The dump; None for a base backup.
        restored: How the dump's restore went; None for a base backup.
    """

    scratch: Scratch = field(kw_only=True)
    databases: Sequence[str] = field(kw_only=True)
    archive: Archive | None = field(kw_only=True, default=None)
    restored: Restored | None = field(kw_only=True, default=None)
    _content: Content | None = field(default=None, init=False)
    _schema: Schema | None = field(default=None, init=False)

    @property
    def database(self) -> Database:
        """The restored database."""
        return self.scratch.database(self.databases[0])

    @property
    def other_major(self) -> bool:
        """Whether the scratch server is of another major version than the source was."""
        return self.dump is not None and self.dump.server.major != self.scratch.installation.major

    @property
    def blame(self) -> Verdict:
        """What a difference means: nothing about the backup, where this machine lacks something that it needs."""
        return "not checked" if self.restored and self.restored.limits else "disproven"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to the restored database, in a transaction that only reads."""
        with readers(self.database, workers=self.options.workers) as reading:
            yield reading.first

    @property
    def schema(self) -> Schema:
        """The restored database's schema; read once, before a check adds to it."""
        if self._schema is None:
            with self.reading() as connection:
                self._schema = read_schema(connection)
        return self._schema

    @property
    def content(self) -> Content:
        """The restored database's content fingerprint; computed once."""
        if self._content is None:
            dump, options = self.dump, self.options
            with readers(self.database, connections=options.jobs, workers=options.workers) as reading:
                self._content = fingerprint(
                    *reading.connections, methods=dump.methods if dump else None, told=self._tell
                )
        return self._content

    def _tell(self, done: int, total: int) -> None:
        self.watch.tell(Event(self.watch.source, "content", done, total))


def gathered(check: str, found: Sequence[tuple[str, str]], verdict: Verdict = "disproven") -> Iterator[Finding]:
    """Findings of things that differ: each by name, and past the first ones their number.

    Args:
        check: The check.
        found: What each is about, and what it says.
        verdict: Of them all.
    """
    for on, says in found[:MOST_NAMED]:
        yield Finding(check, verdict, says, on=on)
    if (more := len(found) - MOST_NAMED) > 0:
        yield Finding(check, verdict, f"and {more} more", facts={"all": [on for on, _ in found[:1000]]})
