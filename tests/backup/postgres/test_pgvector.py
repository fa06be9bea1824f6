"""pgvector on a real PostgreSQL: searches recorded in the dump's snapshot, and repeated in the restored server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from opslib.backup.expectation import Query
from opslib.backup.postgres import DumpManifest, Options, pgvector, read_manifest, take_base_backup, verify_base_backup
from opslib.backup.postgres.connecting import Connection
from opslib.backup.postgres.pgvector import PgProbes, find_pgvector, record_pgvector, search_pgvector
from opslib.backup.postgres.reading import readers
from opslib.backup.postgres.searching import MOST_SEARCHES, record_searches
from opslib.backup.verdict import Finding
from tests.backup.postgres.conftest import Source, reseal, take, verify

pytestmark = pytest.mark.feature("B4")

COUNT = Query(name="chunks", query='select count(*) from app."Chunks"', equals=400)
CHUNKS = """
create schema app; create schema ext; create extension vector schema ext;
create table app."Chunks" (id int primary key, embedding ext.vector(8), half ext.halfvec(8), sparse ext.sparsevec(8));
select setseed(0.5);
insert into app."Chunks" select n, v, v::ext.halfvec(8), v::ext.sparsevec(8) from generate_series(1, 400) n,
  lateral (select array(select random() + n * 0 from generate_series(1, 8))::ext.vector(8) as v) x;
create index on app."Chunks" using hnsw (embedding ext.vector_l2_ops);
create index on app."Chunks" using hnsw (embedding ext.vector_cosine_ops);
create index on app."Chunks" using ivfflat (half ext.halfvec_ip_ops) with (lists = 20);
"""


@pytest.fixture
def vectors(source: Source) -> Source:
    if not source.run("select 1 from pg_available_extensions where name = 'vector'"):
        pytest.skip("this PostgreSQL has no pgvector")
    source.run(*CHUNKS.split(";")[:-1])
    return source


@pytest.fixture
def reading(vectors: Source) -> Iterator[Connection]:
    with readers(vectors.server.database(vectors.name)) as every:
        yield every.first


def columns(connection: Connection) -> dict[tuple[str, str], PgProbes]:
    return {(where.vector_column, where.metric): where for where in find_pgvector(connection)}


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.verdict, finding.says.partition(": ")[2]) for finding in findings]


def test_columns_are_found_with_the_metrics_that_they_are_indexed_for(reading: Connection) -> None:
    found = columns(reading)
    assert sorted(found) == [("embedding", "cosine"), ("embedding", "l2"), ("half", "inner_product"), ("sparse", "l2")]
    assert {(where.relation, where.id_columns) for where in found.values()} == {(("app", "Chunks"), ("id",))}
    assert find_pgvector(reading, without=['app."Chunks"']) == ()


def test_recorded_searches_are_repeated_by_rows_and_by_the_index(reading: Connection) -> None:
    for (column, _), where in columns(reading).items():
        recorded = record_pgvector(reading, where, probes=4, nearest=5)
        assert [len(probe.nearest) for probe in recorded.probes] == [5] * 4
        findings = search_pgvector(reading, PgProbes.model_validate_json(recorded.model_dump_json()))
        same = ("proven", "4 searches find the neighbours that they found when it was taken")
        by_index = ("proven", "by the index, 20 of 20 neighbours are found")
        assert said(findings) == ([same] if column == "sparse" else [same, by_index])


def test_an_index_that_does_not_find_what_is_there_is_disproven(
    reading: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record_pgvector(reading, columns(reading)["embedding", "l2"], probes=4, nearest=5)
    # An index that lost most of its edges finds as little as one that may follow only one of them.
    monkeypatch.setattr("opslib.backup.postgres.pgvector.BY_INDEX", {**pgvector.BY_INDEX, "hnsw.ef_search": "1"})
    assert said(search_pgvector(reading, recorded))[1] == ("disproven", "by the index, 4 of 20 neighbours are found")


@pytest.mark.parametrize("key", ["id", "id, other", ""])
def test_a_changed_vector_is_disproven_with_any_key_and_with_none(vectors: Source, key: str) -> None:
    vectors.run(
        "create table plain (id int not null, other int not null default 7, embedding ext.vector(8))",
        'insert into plain select id, 7, embedding from app."Chunks"',
        *([f"alter table plain add primary key ({key})"] if key else []),
    )

    def recorded(before: PgProbes | None = None) -> tuple[PgProbes, tuple[Finding, ...]]:
        with readers(vectors.server.database(vectors.name)) as every:
            (where,) = [each for each in find_pgvector(every.first) if each.relation == ("public", "plain")]
            now = before or record_pgvector(every.first, where, probes=3, nearest=5)
            return now, search_pgvector(every.first, now)

    before, findings = recorded()
    assert [finding.verdict for finding in findings] == ["proven"]
    vectors.run("update plain set embedding = embedding operator(ext.+) embedding where id % 3 = 0")
    assert [finding.verdict for finding in recorded(before)[1]] == ["disproven"]


def test_exchanged_vectors_are_disproven(vectors: Source) -> None:
    with readers(vectors.server.database(vectors.name)) as every:
        recorded = record_pgvector(every.first, columns(every.first)["embedding", "l2"], probes=4, nearest=5)
    near = int(recorded.probes[1].nearest[1].id)
    far = near % 400 + 1
    vectors.run(
        'update app."Chunks" c set embedding = o.embedding from app."Chunks" o'
        f" where (c.id, o.id) in (({near}, {far}), ({far}, {near}))"
    )
    with readers(vectors.server.database(vectors.name)) as every:
        assert search_pgvector(every.first, recorded)[0].verdict == "disproven"


def test_distances_that_another_processor_adds_otherwise_are_the_same(reading: Connection) -> None:
    recorded = record_pgvector(reading, columns(reading)["embedding", "l2"], probes=4, nearest=5)

    def nudged(by: float) -> PgProbes:
        probes = [
            probe.model_copy(
                update={
                    "nearest": tuple(one.model_copy(update={"distance": one.distance * by}) for one in probe.nearest)
                }
            )
            for probe in recorded.probes
        ]
        return recorded.model_copy(update={"probes": tuple(probes)})

    assert search_pgvector(reading, nudged(1 + 1e-6))[0].verdict == "proven"
    assert search_pgvector(reading, nudged(1 + 1e-2))[0].verdict == "disproven"


def test_what_cannot_be_searched_says_why_and_stops_no_dump(vectors: Source, place: Path) -> None:
    vectors.run(
        "create table mixed (v ext.vector)",
        "insert into mixed values ('[1,2]'), ('[1,2,3]')",
        "create table empty (v ext.vector(3))",
        "create table zeros (id int primary key, v ext.vector(2))",
        "insert into zeros select n, '[0,0]' from generate_series(1, 9) n",
        "create index on zeros using hnsw (v ext.vector_cosine_ops)",
    )
    report = verify(take(vectors, place / "one", probes=2))
    assert report.verdict == "proven", report.findings
    unknown = report.of("search", "not checked")
    assert any("public.mixed.v" in says and "different vector dimensions" in says for says in unknown)
    assert any("public.empty.v" in says and "it held no vector" in says for says in unknown)
    assert any("public.zeros.v (cosine)" in says for says in unknown)


def test_a_big_table_is_sampled(vectors: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opslib.backup.postgres.pgvector.SAMPLE_BLOCKS", 2)
    with readers(vectors.server.database(vectors.name)) as every:
        where = columns(every.first)["embedding", "l2"]
        assert len(record_pgvector(every.first, where, probes=4).probes) == 4


def test_very_many_columns_share_the_searches(vectors: Source) -> None:
    vectors.run(*(f"create table t{number} as select '[1,2]'::ext.vector(2) as v" for number in range(MOST_SEARCHES)))
    with readers(vectors.server.database(vectors.name)) as every:
        found = record_searches(every.first, probes=8, nearest=2)
    assert sum(len(where.probes) for where in found) == MOST_SEARCHES
    assert [where.not_checked[:12] for where in found[MOST_SEARCHES:]] == ["the database"] * 4


def test_the_manifest_holds_the_searches_and_a_verification_repeats_them(vectors: Source, place: Path) -> None:
    path = take(vectors, place / "one")
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    assert [len(where.probes) for where in manifest.vectors] == [8] * 4
    report = verify(path)
    assert report.verdict == "proven"
    assert len(report.of("search", "proven")) == 7
    moved = [where.model_copy(update={"probes": where.probes[:1]}) for where in manifest.vectors]
    nearest = moved[0].probes[0].nearest
    wrong = moved[0].probes[0].model_copy(update={"nearest": (nearest[1], nearest[0], *nearest[2:])})
    reseal(path, vectors=(moved[0].model_copy(update={"probes": (wrong,)}), *moved[1:]))
    assert list(verify(path).disproven) == ["search"]


def test_without_record_the_index_is_still_searched(vectors: Source, place: Path) -> None:
    report = verify(take(vectors, place / "one", probes=0))
    assert report.verdict == "proven"
    assert len(report.of("search", "not checked")) == 4
    assert len(report.of("search", "proven")) == 3


def test_a_server_without_pgvector_says_so(vectors: Source, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = vectors.server.installation.directory.parent
    if not (root / "share/extension/vector.control").exists():
        pytest.skip("this PostgreSQL keeps its extensions elsewhere")
    path = take(vectors, place / "one", queries=(COUNT,))
    monkeypatch.setenv("OPSLIB_PG_BIN", str(without_vector(root, place / "lacking") / "bin"))
    report = verify(path, business=(COUNT,))
    assert report.disproven == {}
    assert report.verdict == "not checked"
    assert report.of("search") == ["this machine's PostgreSQL has no pgvector: install it here"]


def without_vector(root: Path, place: Path) -> Path:
    """The same PostgreSQL without pgvector's files: its programs copied, for they look around from where they are."""
    copy = place / "a/b"
    for path in root.rglob("*"):
        target = copy / path.relative_to(root)
        if path.is_dir():
            target.mkdir(parents=True)
        elif path.parent.name == "bin":
            shutil.copy2(path, target)
        elif not path.name.startswith("vector"):
            target.symlink_to(path)
    for beside in root.parent.parent.glob("*.libs"):  # where a package's libraries are, seen from its programs
        (place / beside.name).symlink_to(beside)
    return copy


def test_the_indexes_of_a_base_backup_are_searched(vectors: Source, place: Path) -> None:
    take_base_backup(vectors.conninfo, place / "base", name="shop", environment="test")
    options = Options(name="shop", environment="test", database=vectors.name)
    findings, _ = verify_base_backup(place / "base", options)
    found = [finding for finding in findings if finding.check == "search"]
    assert {finding.says.partition(": ")[2] for finding in found if finding.verdict == "not checked"} == {
        "searches are recorded with a dump, and not with a base backup"
    }
    assert len([finding for finding in found if finding.verdict == "proven"]) == 3
    assert [finding for finding in found if finding.required and finding.verdict != "proven"] == []
