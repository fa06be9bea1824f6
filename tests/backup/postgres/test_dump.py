from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opslib.backup.expectation import Query
from opslib.backup.postgres import BaseBackupManifest, DumpManifest, read_manifest, take_base_backup
from opslib.backup.progress import Event, Stopwatch
from opslib.backup.verdict import Finding
from opslib.errors import Refused
from tests.backup.postgres.conftest import Source, take, verify

pytestmark = pytest.mark.feature("B5")


@contextmanager
def busy(source: Source) -> Iterator[None]:
    """Somebody who writes all the time: new rows, other values, sequences that go on."""
    stop = threading.Event()

    def write() -> None:
        with source.server.database(source.name).connect() as connection:
            while not stop.is_set():
                connection.execute("insert into account (balance) values (0)")
                connection.execute("update account set balance = balance + 1 where id <= 20")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("connections", [1, 3])
def test_the_manifest_is_of_the_moment_of_the_dump_while_others_write(
    source: Source, place: Path, connections: int
) -> None:
    source.run("create table account (id bigserial primary key, balance int)")
    source.run("insert into account (balance) select 0 from generate_series(1, 20000)")
    with busy(source):
        path = take(source, place / "one", connections=connections)
    report = verify(path)
    assert report.verdict == "proven", report.disproven


def test_what_a_manifest_says(source: Source, place: Path) -> None:
    source.run("create table a (id serial primary key)", "insert into a default values", "create sequence free")
    events: list[Event] = []
    stopwatch = Stopwatch("shop", events.append)
    query = Query(name="count", query="select count(*) from a", equals=1)
    path = take(source, place / "one", stopwatch=stopwatch, queries=[query])
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    assert (manifest.name, manifest.environment, manifest.kind) == ("shop", "test", "postgres")
    assert manifest.database.name == source.name
    assert (
        manifest.server.system_identifier == source.run("select system_identifier::text from pg_control_system()")[0][0]
    )
    assert manifest.sequences == {"public.a_id_seq": (1, True), "public.free": (1, False)}
    assert manifest.tables["public.a"].rows == 1
    assert manifest.answers["count"].answer == "1"
    assert {file.path for file in manifest.files} == {"database.dump", "globals.sql"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert [phase.name for phase in stopwatch.phases] == ["roles", "fingerprint", "search", "dump", "checksum"]
    assert ("fingerprint", 1, 1) in [(event.says, event.done, event.total) for event in events]
    base = read_manifest(take_base_backup(source.conninfo, place / "two", name="shop"))
    assert isinstance(base, BaseBackupManifest)
    assert source.name in base.databases
    assert isinstance(read_manifest(place), Finding)


def test_compression_is_pg_dumps(source: Source, place: Path) -> None:
    source.run("create table a as select 'the same words' from generate_series(1, 5000)")
    sizes = [(take(source, place / how, compress=how) / "database.dump").stat().st_size for how in ("gzip:9", "none")]
    assert sizes[0] * 5 < sizes[1]


def test_no_password_of_a_role_is_in_a_backup(source: Source, place: Path, role: str) -> None:
    source.run(f"alter role {role} password 'swordfish'")
    path = take(source, place / "one")
    everything = b"".join(file.read_bytes() for file in path.iterdir())
    assert role.encode() in everything
    assert b"SCRAM" not in everything
    assert b"swordfish" not in everything


def test_a_backup_is_never_overwritten(source: Source, place: Path) -> None:
    path = take(source, place / "one")
    before = (path / "manifest.json").read_bytes()
    with pytest.raises(Refused, match="is there already"):
        take(source, path)
    assert (path / "manifest.json").read_bytes() == before


def test_a_query_that_fails_refuses_the_dump(source: Source, place: Path) -> None:
    query = Query(name="gone", query="select count(*) from gone", equals=1)
    with pytest.raises(Refused, match="the query 'gone' fails"):
        take(source, place / "one", queries=[query])
    assert list(place.iterdir()) == []


def test_damage_at_the_source_refuses_the_dump(source: Source, place: Path) -> None:
    """What cannot be read cannot be backed up, and whoever backs it up learns it now."""
    source.run("create table broken as select n, repeat('x', 100) from generate_series(1, 1000) n", "checkpoint")
    file = source.server.data / source.run("select pg_relation_filepath('broken')")[0][0]
    content = bytearray(file.read_bytes())
    content[9000] ^= 0xFF
    if source.server.installation.major < 17:
        pytest.skip("pages are evicted on demand since PostgreSQL 17")
    file.write_bytes(content)
    # The server's own copy of the page has to go as well.
    source.run("create extension pg_buffercache")
    source.run(
        "select pg_buffercache_evict(bufferid) from pg_buffercache where relfilenode = pg_relation_filenode('broken')"
    )
    with pytest.raises(Refused, match="invalid page in block 1"):
        take(source, place / "one")
    assert list(place.iterdir()) == []
