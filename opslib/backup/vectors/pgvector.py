"""pgvector, searched by SQL: probes are recorded from one database, and repeated in the restored one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from opslib.backup.verdict import Finding

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PgNeighbour", "PgProbe", "PgProbes", "record_pgvector", "search_pgvector"]

OPERATORS = {"l2": "<->", "cosine": "<=>", "inner_product": "<#>"}
LEAST_RECALL = 0.8
"""An approximate index misses some neighbours by design; pgvector's own defaults find nine of ten and more."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PgNeighbour(_Record):
    """A row that a search found: its id as text, and its distance."""

    id: str
    distance: float


class PgProbe(_Record):
    """A search: the id whose vector it was, the vector as pgvector writes it, and what was found, nearest first."""

    id: str
    vector: str
    nearest: tuple[PgNeighbour, ...]


class PgProbes(_Record):
    """Searches of one column.

    Attributes:
        relation: The table, as schema and name.
        id_column: A column that names each row.
        vector_column: A column of type `vector`.
        metric: How distance is measured.
        probes: The searches.
    """

    relation: tuple[str, str]
    id_column: str
    vector_column: str
    metric: Literal["l2", "cosine", "inner_product"] = "l2"
    probes: tuple[PgProbe, ...] = ()


def record_pgvector(connection: Connection[Any], where: PgProbes, *, probes: int = 8, nearest: int = 10) -> PgProbes:
    """Search for rows spread over a table, comparing with every row, and record the answers.

    Args:
        connection: To the source; best in the transaction of the snapshot that the backup is taken in.
        where: The column; its own probes are not looked at.
        probes: How many searches.
        nearest: How many neighbours of each.

    Raises:
        psycopg.Error: the database refuses.
    """
    rows = connection.execute(_statement(PICK, where), {"count": probes}).fetchall()
    found = tuple(
        PgProbe(id=name, vector=vector, nearest=_search(connection, where, vector, nearest, exact=True))
        for name, vector in rows
    )
    return where.model_copy(update={"probes": found})


def search_pgvector(connection: Connection[Any], recorded: PgProbes) -> tuple[Finding, ...]:
    """Repeat recorded searches: exactly, which shows the data, and by the index, which shows that it works.

    Args:
        connection: To the restored database.
        recorded: What `record_pgvector` gave.

    Raises:
        psycopg.Error: the database refuses.
    """
    on = ".".join(recorded.relation)
    if not recorded.probes:
        says = f"{on}: no search was recorded when it was taken"
        return (Finding("search", "not checked", says, on=on, required=False),)
    found = hoped = 0
    for probe in recorded.probes:
        exact = _search(connection, recorded, probe.vector, len(probe.nearest), exact=True)
        if not _alike(exact, probe.nearest):
            facts = {"then": [one.id for one in probe.nearest], "now": [one.id for one in exact]}
            says = f"{on}: the search for {probe.id} finds other neighbours than when it was taken"
            return (Finding("search", "disproven", says, on=on, facts=facts),)
        quick = _search(connection, recorded, probe.vector, len(probe.nearest), exact=False)
        found += len({one.id for one in quick} & {one.id for one in exact})
        hoped += len(exact)
    says = f"{on}: {len(recorded.probes)} searches find the neighbours that they found when it was taken"
    recall = found / hoped if hoped else 1.0
    index = Finding(
        "search index",
        "proven" if recall >= LEAST_RECALL else "disproven",
        f"{on}: as the planner searches, {found} of {hoped} of them are found",
        on=on,
        facts={"recall": recall},
    )
    return Finding("search", "proven", says, on=on, facts={"searches": len(recorded.probes)}), index


def _alike(now: tuple[PgNeighbour, ...], then: tuple[PgNeighbour, ...]) -> bool:
    """The same distances, and the same rows but for those that are equally far: their order is nobody's promise."""
    if [_rounded(one.distance) for one in now] != [_rounded(one.distance) for one in then]:
        return False
    farthest = {_rounded(then[-1].distance)} if then else set()
    inner = [{one.id for one in each if _rounded(one.distance) not in farthest} for each in (now, then)]
    return inner[0] == inner[1]


def _rounded(distance: float) -> str:
    """To six digits: another processor adds single-precision numbers in another order."""
    return f"{distance:.6g}"


PICK = """
select {id}::text, {vector}::text from (
  select {id}, {vector}, row_number() over (order by {id}) - 1 as place, count(*) over () as rows
  from {relation} where {vector} is not null
) every
where place %% greatest(rows / %(count)s, 1) = 0 order by {id} limit %(count)s
"""
SEARCH = """
select {id}::text, {vector} operator({home}.{operator}) %(vector)s::{home}.vector
from {relation} where {vector} is not null
order by {vector} operator({home}.{operator}) %(vector)s::{home}.vector limit %(nearest)s
"""
HOME = """
select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname = 'vector'
"""


def _search(
    connection: Connection[Any], where: PgProbes, vector: str, nearest: int, *, exact: bool
) -> tuple[PgNeighbour, ...]:
    statement = _statement(SEARCH, where, _home(connection))
    with connection.transaction():
        if exact:
            connection.execute("set local enable_indexscan = off")
        rows = connection.execute(statement, {"vector": vector, "nearest": nearest}).fetchall()
    return tuple(PgNeighbour(id=name, distance=distance) for name, distance in rows)


def _home(connection: Connection[Any]) -> str:
    """The schema of the extension: it may be on no search path."""
    found = connection.execute(HOME).fetchone()
    return str(found[0]) if found else "public"


def _statement(template: str, where: PgProbes, home: str = "public") -> Any:
    from psycopg import sql

    return sql.SQL(template).format(
        id=sql.Identifier(where.id_column),
        vector=sql.Identifier(where.vector_column),
        relation=sql.Identifier(*where.relation),
        operator=sql.SQL(OPERATORS[where.metric]),
        home=sql.Identifier(home),
    )
