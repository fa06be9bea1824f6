"""Take a dump: pg_dump and the manifest of the very same snapshot, in a directory that appears whole or not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.conninfo import make_conninfo

from opslib import __version__
from opslib.backup.expectation import Query
from opslib.backup.manifest import MANIFEST
from opslib.backup.postgres.asking import as_text, ask
from opslib.backup.postgres.binaries import Installation, Ran, choose
from opslib.backup.postgres.connecting import Connection, Database, one_line
from opslib.backup.postgres.fingerprint import Content, fingerprint
from opslib.backup.postgres.limits import advice
from opslib.backup.postgres.manifest import (
    Answer,
    DumpManifest,
    describe_database,
    describe_server,
    records_of,
    sealed,
)
from opslib.backup.postgres.reading import Readers, readers
from opslib.backup.postgres.schema import digest, read_roles, read_schema, read_sequences
from opslib.backup.postgres.searching import record_searches
from opslib.backup.progress import Event, Stopwatch
from opslib.backup.writing import whole_directory
from opslib.errors import Refused

__all__ = ["DUMPS", "GLOBALS", "Format", "take_dump"]

Format = Literal["custom", "directory", "plain"]
DUMPS: dict[Format, str] = {"custom": "database.dump", "directory": "database.dir", "plain": "database.sql"}
"""What the dump is called in the backup's directory."""

GLOBALS = "globals.sql"
OLDEST_MAJOR = 14
"""The first with `hash_record_extended`; older ones get no more fixes."""

_LOCK_WAIT = "5min"
"""A dump that waits longer for a table would block whoever comes after it."""

_TRIES = 5


def take_dump(
    source: str,
    into: Path,
    *,
    name: str,
    environment: str = "",
    format: Format = "custom",  # noqa: A002  # pg_dump's own word
    compress: str = "",
    jobs: int = 2,
    connections: int = 1,
    workers: int = 2,
    exclude: Sequence[str] = (),
    queries: Sequence[Query] = (),
    probes: int = 8,
    nearest: int = 10,
    binaries: Path | None = None,
    stopwatch: Stopwatch | None = None,
) -> Path:
    """Dump a database into a directory, with the manifest of the dump's snapshot and the server's roles in it.

    Args:
        source: libpq's connection string; what it leaves out comes from the environment.
        into: The directory to make.
        name: Of the source, for the manifest.
        environment: Of the source, for the manifest.
        format: Of pg_dump.
        compress: How, in pg_dump's words, such as `none` or `zstd:3`; its default where nothing is said.
        jobs: Processes of pg_dump, with the directory format.
        connections: How many connections fingerprint at the same time.
        workers: How many of the server's processes may help each.
        exclude: Tables to leave out, with their schema and quoted where SQL needs it.
        queries: Asked in the snapshot, so that a verification can compare.
        probes: How many searches are recorded of each column of pgvector's; each is a pass over its table.
        nearest: How many neighbours of each.
        binaries: The directory of PostgreSQL's programs; found where none is given.
        stopwatch: Times the phases.

    Returns:
        The directory.

    Raises:
        BadRequest: the connection string cannot be read.
        Refused: no way to the server, no PostgreSQL for it here, or it cannot be dumped; nothing is left.
    """
    watch = stopwatch or Stopwatch(name)
    database = Database.of(source)
    with whole_directory(into) as directory:
        try:
            taken = _Taking(
                *(database, directory.absolute(), watch, format, compress, jobs, tuple(exclude), binaries),
                probes=probes,
                nearest=nearest,
            )
            parts = taken.run(connections, workers, queries)
        except psycopg.Error as error:
            raise Refused(f"{database.says} cannot be dumped: {one_line(error)}", "nothing was kept") from None
        with watch.phase("checksum"):
            files = records_of(directory)
        taken_by = f"opslib {__version__}"
        manifest = DumpManifest(name=name, environment=environment, taken_by=taken_by, files=files, **parts)
        (directory / MANIFEST).write_bytes(sealed(manifest).text())
    return into


@dataclass(frozen=True, slots=True)
class _Taking:
    """One dump as it is taken."""

    _database: Database
    _directory: Path
    _watch: Stopwatch
    _format: Format
    _compress: str
    _jobs: int
    _exclude: tuple[str, ...]
    _binaries: Path | None
    probes: int
    nearest: int

    def run(self, connections: int, workers: int, queries: Sequence[Query]) -> dict[str, Any]:
        """Dump, and return what the manifest says of it."""
        with self._watch.phase("roles"), self._database.session() as connection:
            server = describe_server(connection)
            if server.major < OLDEST_MAJOR:
                raise Refused(
                    f"{self._database.says} is PostgreSQL {server.version}", f"{OLDEST_MAJOR} is the oldest we dump"
                )
            installation = choose(server.major, given=self._binaries)
            roles = self._dump_roles(installation, connection)
        with readers(self._database, connections=connections, workers=workers) as reading:
            taken_at = datetime.now(UTC)
            facts = {
                "server": server,
                "database": describe_database(reading.first),
                # Before the dump reads them: they only ever go on.
                "sequences": read_sequences(reading.first),
                "answers": {query.name: _answer(reading.first, query) for query in queries},
            }
            content = self._dump(installation, reading, facts)
        return {
            **facts,
            "taken_at": taken_at,
            "format": self._format,
            "dumped_by": installation.major,
            "snapshot": reading.snapshot,
            "roles": roles,
            "excluded": self._exclude,
            "tables": content.tables,
            "large_objects": content.large_objects,
            "methods": content.methods,
            "algorithm": content.algorithm,
        }

    def _dump_roles(self, installation: Installation, connection: Connection) -> dict[str, Any]:
        """The roles as SQL without passwords, and as read; once more where somebody changed them in between."""
        options = ("--globals-only", "--no-role-passwords", "--no-password", "--no-sync", "-f", GLOBALS)
        with self._database.session() as asked:
            name = ask(asked, "select current_database()")
        for _ in range(_TRIES):
            before = read_roles(connection)
            ran = installation.run(
                *("pg_dumpall", *options, "-l", make_conninfo("", dbname=name), "-d", self._database.conninfo),
                cwd=self._directory,
                env=self._database.environment(),
            )
            if ran.code:
                raise Refused(f"the roles of {self._database.says} cannot be dumped: {ran.first_error}", "see to that")
            if read_roles(connection) == before:
                return before
        raise Refused(f"the roles of {self._database.says} change all the time", "try again when they rest")

    def _dump(self, installation: Installation, reading: Readers, facts: dict[str, Any]) -> Content:
        """Let pg_dump run while we read the same snapshot."""
        arguments = [
            f"--format={self._format}",
            f"--file={DUMPS[self._format]}",
            f"--snapshot={reading.snapshot}",
            f"--lock-wait-timeout={_LOCK_WAIT}",
            "--no-password",
            "--no-sync",
            f"--dbname={self._database.conninfo}",
            *(f"--exclude-table={table}" for table in self._exclude),
            *([f"--compress={self._compress}"] if self._compress else []),
            *([f"--jobs={self._jobs}"] if self._format == "directory" else []),
        ]
        environment = self._database.environment()
        with self._watch.phase("dump"), ThreadPoolExecutor(1) as pool:
            process = installation.start("pg_dump", *arguments, cwd=self._directory, env=environment)
            waiting = pool.submit(_ended, process)
            try:
                with self._watch.phase("fingerprint"):
                    facts["objects"] = _without(read_schema(reading.first), self._exclude)
                    facts["schema_sha256"] = digest(facts["objects"])
                    kept = facts["objects"]["sequence"]
                    facts["sequences"] = {name: at for name, at in facts["sequences"].items() if name in kept}
                    content = fingerprint(*reading.connections, without=self._exclude, told=self._tell)
                _refuse_broken(content)
                with self._watch.phase("search"):
                    facts["vectors"] = record_searches(
                        reading.first, probes=self.probes, nearest=self.nearest, without=self._exclude
                    )
            except BaseException:
                process.kill()
                raise
            ran = waiting.result()
        if ran.code:
            raise Refused(
                f"{self._database.says} cannot be dumped: {ran.first_error}",
                advice(ran.first_error, "give the role the right to read it, or leave the table out"),
            )
        return content

    def _tell(self, done: int, total: int) -> None:
        self._watch.tell(Event(self._watch.source, "fingerprint", done, total))


def _ended(process: subprocess.Popen[str]) -> Ran:
    output, complaints = process.communicate()
    return Ran(process.returncode, output, tuple(line for line in complaints.splitlines() if line.strip()))


def _answer(connection: Connection, query: Query) -> Answer:
    """Asked with the names that people use, not with the empty search path of a fingerprint."""
    connection.execute("savepoint asking")
    connection.execute("set local search_path to default")
    try:
        value = ask(connection, query.query)
    except psycopg.Error as error:
        raise Refused(f"the query {query.name!r} fails: {one_line(error)}", "correct it") from None
    connection.execute("rollback to savepoint asking; release savepoint asking")
    return Answer(query=query.query, answer=as_text(value))


def _without(objects: dict[str, dict[str, Any]], tables: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """A schema without the tables that were left out, and what stands and falls with them."""
    gone = set(tables)

    def of_them(name: str, definition: Any) -> bool:
        table = definition.get("table") if isinstance(definition, dict) else None
        owner = definition.get("owned_by") if isinstance(definition, dict) else None
        return any(
            each in (name, table) or name.startswith(f"{each}.") or str(owner).startswith(f"{each}.") for each in gone
        )

    return {
        kind: {name: definition for name, definition in found.items() if not of_them(name, definition)}
        for kind, found in objects.items()
    }


def _refuse_broken(content: Content) -> None:
    """What cannot be read cannot be backed up, and has to be known now."""
    every = {**content.tables, "the large objects": content.large_objects}
    for name, table in every.items():
        if table.broken:
            raise Refused(f"{name} cannot be read at its source: {table.broken}", "it is damaged: restore it first")
