"""What can be done with each kind of source: a row a kind, loaded when it is used."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from opslib.backup.config import BackupConfig, FilesSource, PostgresSource, RedisServer, Source, VectorsSource
from opslib.backup.progress import Stopwatch, Tell
from opslib.backup.stacked import postgres_conninfo, redis_source
from opslib.backup.verdict import Finding, Phase
from opslib.clients import Clients
from opslib.errors import BadRequest
from opslib.stack import Stack

if TYPE_CHECKING:
    from opslib.backup.postgres.options import Options

__all__ = ["Job", "Kind", "kind_of", "new_job"]

Found = tuple[tuple[Finding, ...], tuple[Phase, ...]]


@dataclass(frozen=True)
class Job:
    """One run of one source.

    Attributes:
        config: The configuration.
        name: Of the source.
        source: The source.
        clients: AWS clients, for what needs them.
        stopwatch: Times the phases.
    """

    config: BackupConfig
    name: str
    source: Source
    clients: Clients = field(default_factory=Clients)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def directory(self) -> Path:
        """Where the source's backups are."""
        return self.config.directory / self.name

    def said(self) -> dict[str, Any]:
        """What every take and verify is told."""
        return {"name": self.name, "environment": self.config.environment, "stopwatch": self.stopwatch}

    def required(self, checks: Collection[str]) -> tuple[str, ...]:
        """Of the checks that a run has, those that the configuration requires; none: it does not say."""
        return tuple(check for check in self.source.required or () if check in checks)

    def open_stack(self, name: str) -> Stack:
        """Open the configuration's stack."""
        return Stack.open(name, outputs=self.config.outputs, clients=self.clients)


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done with a kind of source.

    Attributes:
        take: Make a backup of that name.
        verify: Look into one.
        restoring: The phases that a restore consists of; the others are checks. Only they count against the RTO.
        checks: The names of the checks that a verification has.
    """

    take: Callable[[Job, Path], Path]
    verify: Callable[[Job, Path], Found]
    restoring: frozenset[str]
    checks: Callable[[], Collection[str]]


def new_job(config: BackupConfig, name: str, tell: Tell, clients: Clients | None) -> Job:
    """A run of a source of the configuration.

    Raises:
        BadRequest: there is no such source.
    """
    return Job(config, name, config.source(name), clients or Clients(), Stopwatch(name, tell))


def kind_of(source: Source) -> Kind:
    """The row of a source's kind.

    Raises:
        BadRequest: it is of a kind that is only counted.
    """
    if isinstance(source, FilesSource):
        raise BadRequest("a source of kind files is neither taken nor verified", "`opslib backup inventory` counts it")
    if isinstance(source, PostgresSource) and source.format == "base":
        return KINDS["base"]
    return KINDS[source.kind]


def _take_redis(job: Job, into: Path) -> Path:
    from opslib.backup.redis import take_rdb

    return take_rdb(redis_source(cast("RedisServer", job.source)), into, **job.said())


def _verify_redis(job: Job, path: Path) -> Found:
    from opslib.backup.redis import verify_rdb

    return verify_rdb(path, **job.said())


def _take_vectors(job: Job, into: Path) -> Path:
    from opslib.backup.vectors import take_vectors

    source = cast("VectorsSource", job.source)
    return take_vectors(source.path, into, probes=source.probes, nearest=source.nearest, **job.said())


def _verify_vectors(job: Job, path: Path) -> Found:
    from opslib.backup.vectors import verify_vectors

    return verify_vectors(path, **job.said())


def _take_dump(job: Job, into: Path) -> Path:
    from opslib.backup.postgres import take_dump

    source = cast("PostgresSource", job.source)
    return take_dump(
        postgres_conninfo(job.config, source, open_stack=job.open_stack),
        into,
        format=cast("Any", source.format),
        jobs=source.jobs,
        exclude=source.exclude,
        queries=source.business,
        probes=source.probes,
        nearest=source.nearest,
        **job.said(),
    )


def _take_base(job: Job, into: Path) -> Path:
    from opslib.backup.postgres import take_base_backup

    source = cast("PostgresSource", job.source)
    return take_base_backup(postgres_conninfo(job.config, source, open_stack=job.open_stack), into, **job.said())


def _verify_dump(job: Job, path: Path) -> Found:
    from opslib.backup.postgres.verify import verify_dump

    return verify_dump(path, _options(job), stopwatch=job.stopwatch)


def _verify_base(job: Job, path: Path) -> Found:
    from opslib.backup.postgres import verify_base_backup

    return verify_base_backup(path, _options(job), stopwatch=job.stopwatch)


def _options(job: Job) -> Options:
    from opslib.backup.postgres.options import Options

    source = cast("PostgresSource", job.source)
    return Options(
        name=job.name,
        environment=job.config.environment,
        required=tuple(job.required(_postgres_checks())) or None,
        freshness=source.freshness,
        business=source.business,
        rpo_seconds=source.rpo_seconds,
        rto_seconds=source.rto_seconds,
        may_be_empty=source.may_be_empty,
        jobs=source.jobs,
    )


def _postgres_checks() -> Collection[str]:
    from opslib.backup.postgres.checks import check_names

    return check_names()


REDIS_CHECKS = ("manifest", "identity", "files", "format", "load", "content", "keys", "rto")
VECTORS_CHECKS = ("manifest", "identity", "files", "opens", "search", "rto")
RESTORING = frozenset({"server", "restore", "unpack", "recover"})

KINDS: dict[str, Kind] = {
    "postgres": Kind(_take_dump, _verify_dump, RESTORING, _postgres_checks),
    "base": Kind(_take_base, _verify_base, RESTORING, _postgres_checks),
    "redis": Kind(_take_redis, _verify_redis, frozenset({"load"}), lambda: REDIS_CHECKS),
    "vectors": Kind(_take_vectors, _verify_vectors, frozenset({"read"}), lambda: VECTORS_CHECKS),
}
