"""pgvector on a real PostgreSQL: searches recorded, repeated, and telling when a vector was exchanged."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from opslib.backup.postgres.binaries import choose, installations
from opslib.backup.postgres.scratch import initialise, running, scratch_directory
from opslib.backup.vectors import PgProbes, record_pgvector, search_pgvector

WHERE = PgProbes(relation=("app", "Chunks"), id_column="id", vector_column="embedding")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    installation = choose(installations()[0].major)
    with scratch_directory() as directory:
        initialise(installation, directory)
        with running(installation, directory) as scratch:
            yield scratch.database().conninfo


@pytest.fixture
def connection(server: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop schema if exists app, ext cascade")
        connection.execute("create schema app; create schema ext")
        try:
            connection.execute("create extension vector schema ext")
        except psycopg.Error:
            pytest.skip("this PostgreSQL has no pgvector")
        connection.execute("""
            create table app."Chunks" (id int primary key, embedding ext.vector(8));
            select setseed(0.5);
            insert into app."Chunks" select n, array(select random() + n * 0 from generate_series(1, 8))::ext.vector(8)
            from generate_series(1, 400) n;
            create index on app."Chunks" using hnsw (embedding ext.vector_l2_ops);
            set search_path = '';
        """)
        yield connection


@pytest.mark.feature("B4")
@pytest.mark.parametrize("metric", ["l2", "cosine", "inner_product"])
def test_recorded_searches_are_repeated(connection: psycopg.Connection, metric: str) -> None:
    recorded = record_pgvector(connection, WHERE.model_copy(update={"metric": metric}), probes=4, nearest=5)
    assert len(recorded.probes) == 4
    findings = search_pgvector(connection, PgProbes.model_validate_json(recorded.model_dump_json()))
    assert [(finding.check, finding.verdict) for finding in findings] == [
        ("search", "proven"),
        ("search index", "proven"),
    ]


@pytest.mark.feature("B4")
def test_an_exchanged_vector_is_disproven(connection: psycopg.Connection) -> None:
    recorded = record_pgvector(connection, WHERE, probes=4, nearest=5)
    near = recorded.probes[1].nearest[1].id
    connection.execute(
        'update app."Chunks" c set embedding = o.embedding from app."Chunks" o'
        " where (c.id = %(a)s and o.id = %(b)s) or (c.id = %(b)s and o.id = %(a)s)",
        {"a": int(near), "b": int(near) % 400 + 1},
    )
    assert search_pgvector(connection, recorded)[0].verdict == "disproven"


def test_an_empty_record_is_not_checked(connection: psycopg.Connection) -> None:
    connection.execute('truncate app."Chunks"')
    recorded = record_pgvector(connection, WHERE)
    assert [finding.verdict for finding in search_pgvector(connection, recorded)] == ["not checked"]
