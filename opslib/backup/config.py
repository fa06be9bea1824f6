"""What `backup.toml` says: the sources, what is expected of their backups, and where evidence goes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from opslib.backup.expectation import Expectation, Freshness, Place, Query, Table, Text
from opslib.contract import RegionName, describe
from opslib.errors import BadRequest

__all__ = [
    "BackupConfig",
    "EvidencePlace",
    "FilesSource",
    "PostgresSource",
    "RedisServer",
    "Source",
    "VectorsSource",
    "parse_config",
    "read_config",
]

MOST_PROBES = 1000
MOST_NEAREST = 1000
SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class PostgresSource(Expectation):
    """A PostgreSQL database.

    Attributes:
        kind: `postgres`.
        uri: `postgresql://host/database`, without a password: libpq's own ways hold that.
        service: Or a service of `pg_service.conf`.
        dsn_variable: Or the variable of the environment that holds the whole connection string.
        database: Or the key of a database of the stack, with the consumer whose secret is used.
        consumer: Which of that database's secrets; None: the only one.
        format: How it is taken: `pg_dump`'s format, or `base` for a base backup.
        jobs: Processes that dump and restore.
        exclude: Tables that a dump leaves out on purpose, with their schema.
        probes: How many searches are recorded of each column of pgvector's, to be repeated by a verification.
        nearest: How many neighbours of each are recorded.
        may_be_empty: Whether a database without a single row is what is expected.
        freshness: Queries for the age of the newest row.
        business: Queries with an expectation.
    """

    kind: Literal["postgres"]
    uri: str | None = None
    service: str | None = None
    dsn_variable: str | None = None
    database: str | None = None
    consumer: str | None = None
    format: Literal["custom", "directory", "plain", "base"] = "custom"
    jobs: int = Field(default=2, ge=1, le=64)
    exclude: tuple[str, ...] = ()
    probes: int = Field(default=8, ge=0, le=MOST_PROBES)
    nearest: int = Field(default=10, ge=1, le=MOST_NEAREST)
    may_be_empty: bool = False
    freshness: tuple[Freshness, ...] = ()
    business: tuple[Query, ...] = ()

    @field_validator("uri")
    @classmethod
    def _holds_no_password(cls, uri: str | None) -> str | None:
        if uri is not None and not uri.startswith(("postgresql://", "postgres://")):
            raise ValueError("is no postgresql:// URI")
        if uri is not None and (re.search(r"//[^/?]*:[^/?]*@", uri) or re.search(r"[?&]password=", uri)):
            raise ValueError("holds a password: put it into ~/.pgpass or PGPASSWORD, or use dsn_variable")
        return uri

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = ("uri", "service", "dsn_variable", "database")
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise ValueError(f"wants exactly one of {', '.join(ways)}")
        return self


class RedisServer(Expectation):
    """A Redis or Valkey server.

    Attributes:
        kind: `redis`.
        host: Its name or address.
        port: Its port.
        username: An ACL user.
        password_variable: The variable of the environment that holds the password.
        tls: Whether to speak TLS.
        socket: The path of a Unix socket, instead of host and port.
    """

    kind: Literal["redis"]
    host: Text = "127.0.0.1"
    port: int = Field(default=6379, ge=1, le=65535)
    username: str = ""
    password_variable: str | None = None
    tls: bool = False
    socket: Path | None = None


class VectorsSource(Expectation):
    """A directory of vector state: indexes, matrices, what describes them.

    Attributes:
        kind: `vectors`.
        path: The directory that is backed up.
        probes: How many searches are recorded for each matrix, to be repeated by a verification.
        nearest: How many neighbours of each are recorded.
    """

    kind: Literal["vectors"]
    path: Path
    probes: int = Field(default=8, ge=0, le=MOST_PROBES)
    nearest: int = Field(default=10, ge=1, le=MOST_NEAREST)


class FilesSource(Expectation, Place):
    """Points that somebody else makes: dumps, exports, snapshots in files. They are counted and looked at."""

    kind: Literal["files"]


Source = Annotated[PostgresSource | RedisServer | VectorsSource | FilesSource, Field(discriminator="kind")]


class EvidencePlace(Table):
    """Where the reports go.

    Attributes:
        directory: Relative to the configuration's file.
        kms_key: ARN, id or alias of an asymmetric KMS key that signs each; None: they are not signed.
        region: Of that key; None: the default one.
    """

    directory: Path = Path("evidence")
    kms_key: str | None = None
    region: RegionName | None = None


class BackupConfig(Table):
    """The whole of `backup.toml`.

    Attributes:
        environment: Which it is about; a backup of another one is not taken for its own.
        directory: Where backups are written, a directory for each source in it. Relative to the file.
        stack: A stack whose outputs name databases; none is needed.
        outputs: Those outputs in a file; otherwise they are looked for where every command looks.
        evidence: Where the reports go.
        sources: By name.
    """

    environment: Text
    directory: Path = Path("backups")
    stack: str | None = None
    outputs: Path | None = None
    evidence: EvidencePlace = EvidencePlace()
    sources: dict[str, Source] = Field(min_length=1)

    @field_validator("sources")
    @classmethod
    def _names_are_names_of_directories(cls, sources: dict[str, Source]) -> dict[str, Source]:
        for name in sources:
            if not SOURCE_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name: letters, digits, '.', '_' and '-', at most 64")
        return sources

    @model_validator(mode="after")
    def _a_key_of_the_stack_needs_one(self) -> Self:
        for name, source in self.sources.items():
            if isinstance(source, PostgresSource) and source.database and not self.stack:
                raise ValueError(f"sources.{name}.database is the key of a stack's database, and no stack is named")
        return self

    def source(self, name: str) -> Source:
        """The source of a name.

        Raises:
            BadRequest: there is none.
        """
        if name not in self.sources:
            raise BadRequest(f"there is no source {name!r}", f"there are {', '.join(sorted(self.sources))}")
        return self.sources[name]


def read_config(path: Path) -> BackupConfig:
    """Read a configuration. The paths in it become absolute, from the directory that the file is in.

    Raises:
        BadRequest: it cannot be read, is not TOML, or something in it is missing or wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadRequest(
            f"{path} cannot be read ({problem.strerror})", "name the file by --config; docs/backup.md shows one"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadRequest(f"{path} is not TOML ({problem})", "correct the file") from None
    return parse_config(document, place=path.absolute().parent, source=str(path))


def parse_config(document: dict[str, Any], *, place: Path, source: str) -> BackupConfig:
    """Validate a configuration.

    Args:
        document: What `backup.toml` holds, parsed.
        place: The directory from which its paths go.
        source: Where it came from, for the message.

    Raises:
        BadRequest: something in it is missing or wrong.
    """
    try:
        config = BackupConfig.model_validate(document)
    except ValidationError as problem:
        raise BadRequest(f"{source}: {_located(problem)}", "correct the file; docs/backup.md has every key") from None
    absolute: BackupConfig = _absolute(config, place)
    return absolute


def _located(problem: ValidationError) -> str:
    """The places as one writes them in the file: without the union's own step (`sources.x.postgres.uri`)."""
    return re.sub(r"\bsources\.([\w.-]+?)\.(postgres|redis|vectors|files)\b", r"sources.\1", describe(problem))


def _absolute(value: Any, place: Path) -> Any:
    if isinstance(value, Path):
        return place / value.expanduser()
    if isinstance(value, dict):
        return {key: _absolute(item, place) for key, item in value.items()}
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return value.model_copy(update={name: _absolute(getattr(value, name), place) for name in fields})
    return value
