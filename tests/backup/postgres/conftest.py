"""A PostgreSQL server for each worker, made as a scratch server is, and a database of its own for each test."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from opslib.backup.postgres import DumpManifest, Options, read_manifest, take_dump, verify_dump
from opslib.backup.postgres.binaries import Installation, installations
from opslib.backup.postgres.manifest import records_of, sealed
from opslib.backup.postgres.scratch import Scratch, initialise, running, server_directory
from opslib.backup.verdict import Finding, Verdict, verdict_of


@dataclass(frozen=True)
class Source:
    """A database to back up."""

    server: Scratch
    name: str

    @property
    def conninfo(self) -> str:
        return f"host={self.server.directory / 's'} port=5432 user={self.server.superuser} dbname={self.name}"

    def run(self, *statements: str, role: str = "") -> list[tuple[Any, ...]]:
        """Run statements as one connection, and return what the last one gave."""
        with self.server.database(self.name).connect() as connection:
            if role:
                connection.execute(sql.SQL("set session authorization {}").format(sql.Identifier(role)))
            rows: list[tuple[Any, ...]] = []
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
            return rows


@dataclass(frozen=True)
class Report:
    """What a verification found."""

    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.findings)

    def of(self, check: str, verdict: Verdict | None = None) -> list[str]:
        """What a check said."""
        return [each.says for each in self.findings if each.check == check and verdict in (None, each.verdict)]

    @property
    def disproven(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.findings:
            if each.verdict == "disproven":
                found.setdefault(each.check, []).append(each.says)
        return found


def make_server(stack: ExitStack, installation: Installation) -> Scratch:
    directory = stack.enter_context(server_directory())
    initialise(installation, directory)
    settings = {
        "wal_level": "replica",
        "max_wal_senders": "4",
        "max_connections": "60",
        "max_prepared_transactions": "4",
    }
    return stack.enter_context(running(installation, directory, settings=settings))


@pytest.fixture(scope="session", autouse=True)
def memory() -> Iterator[None]:
    """Servers that live for a second are kept off the disk where there is memory for them."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 4 << 30
    with pytest.MonkeyPatch.context() as patch:
        if roomy:
            patch.setattr(tempfile, "tempdir", str(shared))
            patch.setenv("TMPDIR", str(shared))
        yield


@pytest.fixture(scope="session")
def newest() -> Installation:
    return installations()[0]


@pytest.fixture(scope="session")
def server(newest: Installation) -> Iterator[Scratch]:
    with ExitStack() as stack:
        yield make_server(stack, newest)


@pytest.fixture
def make_source(server: Scratch) -> Iterator[Callable[[], Source]]:
    with ExitStack() as stack:

        def make() -> Source:
            name = f"shop_{secrets.token_hex(4)}"
            maintenance = Source(server, "postgres")
            maintenance.run(f'create database "{name}"')
            stack.callback(maintenance.run, f'drop database if exists "{name}" with (force)')
            return Source(server, name)

        yield make


@pytest.fixture
def source(make_source: Callable[[], Source]) -> Source:
    return make_source()


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the server's user can get into, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="ops-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture
def role(server: Scratch) -> str:
    """A role that may do nothing yet; it goes with the server."""
    name = f"role_{secrets.token_hex(4)}"
    Source(server, "postgres").run(f"create role {name} login")
    return name


def take(source: Source, into: Path, **more: Any) -> Path:
    return take_dump(source.conninfo, into, name="shop", environment="test", **more)


def verify(path: Path, **more: Any) -> Report:
    findings, _ = verify_dump(path, Options(**({"name": "shop", "environment": "test"} | more)))
    return Report(findings)


def reseal(path: Path, **update: Any) -> None:
    """Write the manifest anew for the files that are there now, so that only what is in them can give them away."""
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    (path / "manifest.json").unlink()
    changed = manifest.model_copy(update={"files": records_of(path), **update})
    (path / "manifest.json").write_bytes(sealed(changed).text())
