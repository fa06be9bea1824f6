"""Vector state in PostgreSQL: which searches a dump's manifest records, and whether they find the same afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import psycopg

from opslib.backup.postgres.connecting import Connection, one_line
from opslib.backup.postgres.limits import is_of_machine
from opslib.backup.postgres.pgvector import (
    PgProbes,
    find_pgvector,
    record_pgvector,
    search_index,
    search_pgvector,
)
from opslib.backup.postgres.reading import readers
from opslib.backup.postgres.subject import NO_MANIFEST, Examined
from opslib.backup.verdict import Finding, Verdict

__all__ = ["record_searches", "search"]

MOST_SEARCHES = 200
"""Of a database: each is a vector of up to 16,000 numbers in the manifest, and a pass over its table."""

_EXTENSION = "select 1 from pg_catalog.pg_extension where extname = 'vector'"
_MISSING = "this machine's PostgreSQL has no pgvector: install it here"
_OF_BASE = "searches are recorded with a dump, and not with a base backup"


def record_searches(
    connection: Connection, *, probes: int, nearest: int, without: Collection[str] = ()
) -> tuple[PgProbes, ...]:
    """Search every column of vectors, in the snapshot of a dump; of very many, the first ones.

    Args:
        connection: In the snapshot's transaction.
        probes: How many searches of each column; 0: none.
        nearest: How many neighbours of each.
        without: Tables that are left out.
    """
    if not probes:
        return ()
    every = find_pgvector(connection, without=without)
    each = max(1, min(probes, MOST_SEARCHES // max(1, len(every))))
    why = f"the database has {len(every)} columns of vectors, and the first {MOST_SEARCHES} were"
    return (
        *(record_pgvector(connection, where, probes=each, nearest=nearest) for where in every[:MOST_SEARCHES]),
        *(where.model_copy(update={"not_checked": why}) for where in every[MOST_SEARCHES:]),
    )


def search(subject: Examined) -> Iterator[Finding]:
    """Recorded searches find the same neighbours, and indexes what is there; where there are no vectors, nothing."""
    dump = subject.dump
    with_vectors = dump is not None and "vector" in dump.objects["extension"]
    for name in subject.databases:
        with readers(subject.scratch.database(name), workers=subject.options.workers) as reading:
            connection = reading.first
            if connection.execute(_EXTENSION).fetchone() is None:
                if with_vectors:
                    yield Finding("search", "not checked", _MISSING)
            elif dump is not None and dump.vectors:
                for recorded in dump.vectors:
                    yield from _repeated(connection, recorded, subject.blame)
            else:
                why = _OF_BASE if subject.base else NO_MANIFEST if dump is None else "no search was recorded"
                yield from _self_searched(connection, why)


def _repeated(connection: Connection, recorded: PgProbes, blame: Verdict) -> Iterator[Finding]:
    try:
        yield from search_pgvector(connection, recorded)
    except psycopg.DatabaseError as problem:
        if connection.closed:
            raise
        verdict = "not checked" if is_of_machine(problem) else blame
        yield Finding("search", verdict, f"{recorded.on} cannot be searched: {one_line(problem)}", on=recorded.on)


def _self_searched(connection: Connection, why: str) -> Iterator[Finding]:
    """Nothing says what was found before; but what is found by rows can be found by the index."""
    for where in find_pgvector(connection):
        yield Finding("search", "not checked", f"{where.on}: {why}", on=where.on, required=False)
        yield from search_index(connection, record_pgvector(connection, where))
