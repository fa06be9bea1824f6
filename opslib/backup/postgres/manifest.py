"""The manifests of a dump and of a base backup: what each has to be after it is restored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from opslib.backup.manifest import FileRecord, Manifest, read_record, sealed
from opslib.backup.postgres.connecting import Connection
from opslib.backup.postgres.fingerprint import TableContent
from opslib.backup.postgres.pgvector import PgProbes
from opslib.backup.postgres.schema import expand
from opslib.backup.verdict import Finding
from opslib.backup.writing import sha256_of

__all__ = [
    "Answer",
    "BaseBackupManifest",
    "DatabaseFacts",
    "DumpManifest",
    "ServerFacts",
    "describe_database",
    "describe_server",
    "read_manifest",
    "records_of",
    "sealed",
]

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class ServerFacts(BaseModel):
    """The server that a backup is of.

    Attributes:
        version: Such as `18.6`.
        major: Such as 18.
        system_identifier: Of the cluster; None where we may not ask.
        first_superuser: The role that initdb made, whom a restore needs under the same name.
        data_checksums: Whether its pages have checksums.
        tablespaces: Their names, but for PostgreSQL's own.
        preloaded: Its `shared_preload_libraries`; empty where we may not ask.
    """

    model_config = _FROZEN

    version: str
    major: int
    system_identifier: str | None
    first_superuser: str
    data_checksums: bool
    tablespaces: tuple[str, ...]
    preloaded: str


class DatabaseFacts(BaseModel):
    """The database that a dump is of.

    Attributes:
        name: Its name.
        encoding: Such as `UTF8`.
        provider: Of its locale: `libc`, `icu` or `builtin`.
        collate: LC_COLLATE.
        ctype: LC_CTYPE.
        locale: Of ICU or the builtin provider; empty with libc.
    """

    model_config = _FROZEN

    name: str
    encoding: str
    provider: str
    collate: str
    ctype: str
    locale: str


class Answer(BaseModel):
    """What a query answered at the moment of the backup.

    Attributes:
        query: The SQL.
        answer: Its one value, as text; None for null.
    """

    model_config = _FROZEN

    query: str
    answer: str | None


class _OfServer(Manifest):
    """What both manifests say.

    Attributes:
        server: The server.
    """

    server: ServerFacts


class DumpManifest(_OfServer):
    """What a dump holds, read in the dump's own snapshot.

    Attributes:
        format: Of `pg_dump`.
        dumped_by: The major version of the `pg_dump` that wrote it.
        database: The database.
        snapshot: The name of the snapshot, for the record.
        objects: The schema: definitions by name, by kind.
        schema_sha256: Of `objects`.
        roles: The server's roles, by name.
        sequences: Last value and whether it was given out, read before the dump began; sequences are in no snapshot, so
            the dump may hold a later value and never an earlier one.
        tables: What each held.
        large_objects: What they held together.
        methods: How each type was hashed.
        algorithm: Of the fingerprint.
        excluded: Tables that were left out on purpose.
        answers: Of the queries that the source's configuration asks, by name.
        vectors: Searches of pgvector's columns.
    """

    kind: Literal["postgres"] = "postgres"
    format: Literal["custom", "directory", "plain"]
    dumped_by: int
    database: DatabaseFacts
    snapshot: str
    objects: dict[str, dict[str, Any]]
    schema_sha256: str
    roles: dict[str, Any]
    sequences: dict[str, tuple[int, bool] | None]
    tables: dict[str, TableContent]
    large_objects: TableContent
    methods: dict[str, str]
    algorithm: str
    excluded: tuple[str, ...] = ()
    answers: dict[str, Answer] = Field(default_factory=dict)
    vectors: tuple[PgProbes, ...] = ()


class BaseBackupManifest(_OfServer):
    """What a base backup is of. What the databases hold is not recorded: it is not of one transaction's moment.

    Attributes:
        format: Of `pg_basebackup`.
        databases: Their names, but for the templates.
    """

    kind: Literal["postgres base backup"] = "postgres base backup"
    format: Literal["plain", "tar"]
    databases: tuple[str, ...]


def read_manifest(path: Path) -> DumpManifest | BaseBackupManifest | Finding:
    """The manifest in a backup's directory, or the finding that there is none or that it is damaged."""
    found = read_record(DumpManifest, path)
    if isinstance(found, DumpManifest):
        return found
    base = read_record(BaseBackupManifest, path)
    return base if isinstance(base, BaseBackupManifest) else found


def records_of(directory: Path) -> tuple[FileRecord, ...]:
    """Every file below a directory, with its digest."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return tuple(
        FileRecord(path=path.relative_to(directory).as_posix(), size=path.stat().st_size, sha256=sha256_of(path))
        for path in files
    )


_SERVER = """
    select current_setting('server_version'), current_setting('server_version_num')::int / 10000,
      (select rolname from pg_roles where oid = 10), current_setting('data_checksums') = 'on',
      (select coalesce(array_agg(spcname::text order by spcname), '{}') from pg_tablespace where oid >= 16384),
      has_function_privilege('pg_control_system()', 'execute'),
      (select coalesce(max(setting), '') from pg_settings where name = 'shared_preload_libraries')
"""
_DATABASE = """
    select datname, pg_encoding_to_char(encoding), coalesce(x.d ->> 'datlocprovider', 'c'), datcollate, datctype,
      coalesce(x.d ->> 'datlocale', x.d ->> 'daticulocale', '')
    from pg_database d, lateral (select to_jsonb(d) - 'datacl' as d) x where datname = current_database()
"""
_PROVIDERS: Mapping[str, str] = {"c": "libc", "i": "icu", "b": "builtin"}


def describe_server(connection: Connection) -> ServerFacts:
    """The server of a connection."""
    row = _first(connection, _SERVER)
    identifier = _first(connection, "select system_identifier::text from pg_control_system()")[0] if row[5] else None
    return ServerFacts(
        version=str(row[0]).split(" ", maxsplit=1)[0],
        major=row[1],
        system_identifier=identifier,
        first_superuser=row[2],
        data_checksums=row[3],
        tablespaces=tuple(row[4]),
        preloaded=row[6],
    )


def describe_database(connection: Connection) -> DatabaseFacts:
    """The database of a connection."""
    name, encoding, provider, collate, ctype, locale = _first(connection, _DATABASE)
    return DatabaseFacts(
        name=name, encoding=encoding, provider=_PROVIDERS[provider], collate=collate, ctype=ctype, locale=locale
    )


def _first(connection: Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(expand(query)).fetchone()
    return row or ()
