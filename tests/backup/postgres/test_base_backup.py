from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from opslib.backup.expectation import Query
from opslib.backup.postgres import Options, take_base_backup, verify_base_backup
from opslib.errors import BadRequest, Refused
from tests.backup.postgres.conftest import Report, Source

pytestmark = pytest.mark.feature("B4")
COUNT = Query(name="rows", query="select count(*) from public.pages", equals=20000)


@pytest.fixture
def paged(source: Source) -> Source:
    source.run("create table pages (id int primary key, t text)", "create unlogged table scrap (a int)")
    source.run("insert into pages select n, repeat('x', 100) || n from generate_series(1, 20000) n", "checkpoint")
    return source


def take(source: Source, into: Path, how: str = "tar") -> Path:
    return take_base_backup(source.conninfo, into, name="shop", environment="test", format=how)  # type: ignore[arg-type]


def verify(path: Path, source: Source, **more: object) -> Report:
    options = {"name": "shop", "environment": "test", "database": source.name, "business": (COUNT,)} | more
    return Report(verify_base_backup(path, Options(**options))[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["tar", "plain"])
def test_an_undamaged_base_backup_is_proven_but_for_its_content(paged: Source, place: Path, how: str) -> None:
    path = take(paged, place / "one", how)
    before = sorted((file, file.stat().st_mtime_ns) for file in path.rglob("*"))
    report = verify(path, paged, rto_seconds=600)
    assert report.verdict == "proven", report
    assert report.of("base backup") == ["files and WAL are as pg_basebackup wrote them (pg_verifybackup)"]
    assert "is not recorded with a base backup" in report.of("content", "not checked")[0]
    assert report.of("business", "proven") == ["the answer is 20000"]
    assert sorted((file, file.stat().st_mtime_ns) for file in path.rglob("*")) == before
    assert verify(path, paged, required=("content",)).verdict == "not checked"


def relation(source: Source, name: str = "pages") -> str:
    return str(source.run(f"select pg_relation_filepath('public.{name}')")[0][0])


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path, Source], object]] = {
    "7 flipped table": lambda base, source: flip(base / relation(source), 20000),
    "7 table cut": lambda base, source: (base / relation(source)).write_bytes(b""),
    "7 missing table": lambda base, source: (base / relation(source)).unlink(),
    "7 missing WAL": lambda base, _: [file.unlink() for file in (base / "pg_wal").iterdir() if file.is_file()],
    "7 WAL cut": lambda base, _: flip(next(f for f in (base / "pg_wal").iterdir() if f.is_file()), 40),
    "7 changed manifest": lambda base, _: flip(base / "backup_manifest", 300),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_found_by_pg_verifybackup(paged: Source, place: Path, damage: str) -> None:
    path = take(paged, place / "one", "plain")
    (path / "manifest.json").unlink()  # as though pg_basebackup alone had taken it
    DAMAGES[damage](path / "cluster", paged)
    report = verify(path / "cluster", paged)
    assert "base backup" in report.disproven, report
    assert report.of("restore", "not checked")


def test_a_damaged_archive_is_found_by_its_digest(paged: Source, place: Path) -> None:
    path = take(paged, place / "one")
    flip(path / "cluster" / "base.tar", 3_000_000)
    assert "cluster/base.tar has other content" in verify(path, paged).disproven["files"][0]


@pytest.mark.parametrize("number", [1, 3], ids=["a leaf", "the root"])
def test_corruption_that_was_there_before_is_found_by_amcheck(paged: Source, place: Path, number: int) -> None:
    """With no checksum to tell and a manifest that was written after the damage."""
    path = take(paged, place / "one", "plain")
    base = path / "cluster"
    # An index that lost an entry, as after a collation or disk gone wrong: PostgreSQL itself sees nothing.
    index = base / relation(paged, "pages_pkey")
    content = bytearray(index.read_bytes())
    page = content[8192 * number : 8192 * (number + 1)]
    lower = int.from_bytes(page[12:14], "little")
    page[12:14] = (lower - 4).to_bytes(2, "little")
    content[8192 * number : 8192 * (number + 1)] = page
    index.write_bytes(content)
    (path / "manifest.json").unlink()
    (base / "backup_manifest").unlink()
    report = verify(base, paged, settings={"ignore_checksum_failure": "on"})
    assert [line for line in report.disproven.get("amcheck", []) if "pages_pkey" in line], report


def test_a_base_backup_without_any_manifest_is_started_and_says_what_is_not_proven(paged: Source, place: Path) -> None:
    path = take(paged, place / "one", "plain")
    (path / "cluster" / "backup_manifest").unlink()
    report = verify(path / "cluster", paged)
    assert report.verdict == "not checked"
    assert not report.disproven
    assert report.of("restore", "proven")
    assert report.of("base backup", "not checked")


def test_a_missing_database_is_disproven(paged: Source, place: Path) -> None:
    assert "is not in it" in verify(take(paged, place / "one"), paged, database="gone").disproven["restore"][0]


def test_what_is_not_a_base_backup_is_disproven(paged: Source, place: Path) -> None:
    (place / "x").mkdir()
    assert "cannot be unpacked" in verify(place / "x", paged).disproven["base backup"][0]
    with pytest.raises(BadRequest, match="is not a directory"):
        verify(place / "nowhere", paged)


def test_one_of_another_major_version_is_refused_in_words(paged: Source, place: Path) -> None:
    path = take(paged, place / "one", "plain")
    (path / "cluster" / "PG_VERSION").write_text("9\n")
    (path / "manifest.json").unlink()
    with pytest.raises(Refused, match="PostgreSQL 9 is needed, and here is"):
        verify(path / "cluster", paged)


def test_a_role_that_may_not_replicate_is_refused_and_nothing_is_left(source: Source, place: Path, role: str) -> None:
    with pytest.raises(Refused, match="gives no base backup"):
        take_base_backup(f"{source.conninfo} user={role}", place / "one", name="shop")
    assert list(place.iterdir()) == []


def test_an_incremental_backup_is_verified_with_those_it_builds_on(paged: Source, place: Path) -> None:
    installation = paged.server.installation
    if installation.major < 17:
        pytest.skip("incremental backups came with PostgreSQL 17")
    paged.run("alter system set summarize_wal = on", "select pg_reload_conf()")
    full = take(paged, place / "one", "plain") / "cluster"
    paged.run("delete from pages where id > 10000", "checkpoint")
    ran = installation.run(
        *("pg_basebackup", "-D", str(place / "two"), f"--incremental={full / 'backup_manifest'}", "--checkpoint=fast"),
        cwd=place,
        env=paged.server.environment(),
    )
    assert ran.code == 0, ran.complaints
    paged.run("alter system reset summarize_wal", "select pg_reload_conf()")
    query = COUNT.model_copy(update={"equals": 10000})
    options = Options(database=paged.name, business=(query,))
    report = Report(verify_base_backup(place / "two", options, earlier=[full])[0])
    assert report.of("business", "proven") == ["the answer is 10000"]
    assert report.of("base backup", "proven")


def test_the_tar_holds_what_is_verified(paged: Source, place: Path) -> None:
    path = take(paged, place / "one")
    recorded = {file["path"] for file in json.loads((path / "manifest.json").read_text())["files"]}
    assert recorded == {"cluster/base.tar", "cluster/pg_wal.tar", "cluster/backup_manifest"}
    with tarfile.open(path / "cluster" / "base.tar") as archive:
        assert "PG_VERSION" in archive.getnames()
    shutil.rmtree(path / "cluster")
    assert verify(path, paged).disproven["files"]
