"""pgvector, searched by SQL: searches are recorded when a dump is taken, and repeated in the restored database.

Each is made twice. Comparing with every row shows the data: it has to find the same neighbours as before. By the index,
told to look everywhere, it shows the index: it has to find what is there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from itertools import takewhile
from typing import Literal, LiteralString

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict

from opslib.backup.postgres.connecting import Connection, one_line
from opslib.backup.postgres.schema import expand
from opslib.backup.verdict import Finding, Verdict

__all__ = ["PgNeighbour", "PgProbe", "PgProbes", "find_pgvector", "record_pgvector", "search_index", "search_pgvector"]

Metric = Literal["l2", "cosine", "inner_product", "l1"]

OPERATORS: Mapping[Metric, str] = {"l2": "<->", "cosine": "<=>", "inner_product": "<#>", "l1": "<+>"}
OPERATOR_CLASSES: Mapping[str, Metric] = {"l2": "l2", "cosine": "cosine", "ip": "inner_product", "l1": "l1"}
"""By the middle of an operator class's name, as in `vector_cosine_ops`: how those who made an index search."""

SAMPLE_BLOCKS = 1_000
"""So many blocks of a big table are looked at to choose what is searched for."""

LEAST_RECALL = 0.8
"""An HNSW graph may lead to few of many rows that are alike; with 1,000 candidates it misses hardly any of others."""

EVERYWHERE: Mapping[str, str] = {"hnsw.ef_search": "1000", "ivfflat.probes": "32768", "enable_seqscan": "off"}
"""The most that pgvector allows; its defaults would show how it is tuned, and not whether it is whole."""

BY_ROWS: Mapping[str, str] = {"enable_indexscan": "off", "enable_seqscan": "on"}
BY_INDEX: Mapping[str, str] = {"enable_indexscan": "on", **EVERYWHERE}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PgNeighbour(_Record):
    """A row that a search found: its key as text (empty where the table has none), and its distance."""

    id: str
    distance: float


class PgProbe(_Record):
    """A search: the key of the row whose vector it was, the vector as pgvector writes it, what was found by rows."""

    id: str
    vector: str
    nearest: tuple[PgNeighbour, ...]


class PgProbes(_Record):
    """Searches of one column.

    Attributes:
        relation: The table, as schema and name.
        id_columns: Its primary key; without one only distances are compared.
        vector_column: The column.
        type: Of the column.
        metric: How distance is measured.
        probes: The searches.
        not_checked: Why there are none, where there could be none.
    """

    relation: tuple[str, str]
    id_columns: tuple[str, ...] = ()
    vector_column: str
    type: Literal["vector", "halfvec", "sparsevec"] = "vector"
    metric: Metric = "l2"
    probes: tuple[PgProbe, ...] = ()
    not_checked: str = ""

    @property
    def on(self) -> str:
        """What findings call it."""
        return f"{'.'.join(self.relation)}.{self.vector_column} ({self.metric})"


def find_pgvector(connection: Connection, *, without: Collection[str] = ()) -> tuple[PgProbes, ...]:
    """Every column of pgvector's types in a database's tables, for each metric that it has an index for.

    Args:
        connection: To the database.
        without: Tables to leave out, as in a dump: with their schema, quoted where SQL needs it.

    Returns:
        The columns, without searches.

    Raises:
        psycopg.Error: the database refuses.
    """
    found = []
    for name, schema, table, column, kind, may, key, classes in connection.execute(expand(COLUMNS)).fetchall():
        told = {OPERATOR_CLASSES.get(each.split("_")[1]) for each in classes}
        for metric in sorted(each for each in told if each) or ["l2"]:
            where = PgProbes(
                relation=(schema, table),
                id_columns=tuple(key),
                vector_column=column,
                type=kind,
                metric=metric,
                not_checked="" if may else "no permission to read it",
            )
            found += [] if name in without else [where]
    return tuple(found)


def record_pgvector(connection: Connection, where: PgProbes, *, probes: int = 8, nearest: int = 10) -> PgProbes:
    """Search for rows spread over a table, comparing with every row, and record the answers.

    Args:
        connection: To the source, in the transaction of the snapshot that the backup is taken in.
        where: The column; its own probes are not looked at.
        probes: How many searches.
        nearest: How many neighbours of each.

    Returns:
        The column with its searches; where they fail (vectors of several lengths in one column), with the reason.
    """
    if where.not_checked or probes < 1:
        return where
    try:
        with connection.transaction():
            found = tuple(_recorded(connection, where, probes, nearest))
    except psycopg.DatabaseError as problem:
        if connection.closed:
            raise
        return where.model_copy(update={"not_checked": one_line(problem)})
    return where.model_copy(update={"probes": found})


def search_pgvector(connection: Connection, recorded: PgProbes) -> tuple[Finding, ...]:
    """Repeat recorded searches: by rows, which shows the data, and by the index, which shows that it works.

    Args:
        connection: To the restored database.
        recorded: What `record_pgvector` gave.

    Raises:
        psycopg.Error: the database refuses.
    """
    with connection.transaction():
        return tuple(_searched(connection, recorded))


def search_index(connection: Connection, recorded: PgProbes) -> tuple[Finding, ...]:
    """Only by the index, for searches that were recorded a moment ago from the very same rows.

    Raises:
        psycopg.Error: the database refuses.
    """
    with connection.transaction():
        return tuple(_by_index(connection, recorded))


def _recorded(connection: Connection, where: PgProbes, probes: int, nearest: int) -> Iterator[PgProbe]:
    for name, vector in _pick(connection, where, probes):
        found = _search(connection, where, vector, nearest, BY_ROWS)
        # The angle to a vector of zeros is no number, and sums of huge numbers are infinite.
        finite = tuple(takewhile(lambda one: math.isfinite(one.distance), found))
        if finite:
            yield PgProbe(id=name, vector=vector, nearest=finite)


def _searched(connection: Connection, recorded: PgProbes) -> Iterator[Finding]:
    on = recorded.on
    if not recorded.probes:
        why = recorded.not_checked or "it held no vector to search for"
        yield Finding("search", "not checked", f"{on} was not searched when it was taken: {why}", on=on, required=False)
        return
    for probe in recorded.probes:
        now = _search(connection, recorded, probe.vector, len(probe.nearest), BY_ROWS)
        if not _alike(now, probe.nearest):
            facts = {"then": [one.id for one in probe.nearest], "now": [one.id for one in now]}
            says = f"{on}: the search for {probe.id or 'a vector'} finds other neighbours than when it was taken"
            yield Finding("search", "disproven", says, on=on, facts=facts)
            return
    says = f"{on}: {len(recorded.probes)} searches find the neighbours that they found when it was taken"
    yield Finding("search", "proven", says, on=on, facts={"searches": len(recorded.probes)})
    yield from _by_index(connection, recorded)


def _by_index(connection: Connection, recorded: PgProbes) -> Iterator[Finding]:
    found = hoped = 0
    for probe in recorded.probes if _has_index(connection, recorded) else ():
        reach = probe.nearest[-1].distance
        quick = _search(connection, recorded, probe.vector, len(probe.nearest), BY_INDEX)
        found += sum(one.distance <= reach or _close(one.distance, reach) for one in quick)
        hoped += len(probe.nearest)
    if hoped:
        recall = round(found / hoped, 4)
        says = f"{recorded.on}: by the index, {found} of {hoped} neighbours are found"
        verdict: Verdict = "proven" if recall >= LEAST_RECALL else "disproven"
        yield Finding("search", verdict, says, on=recorded.on, facts={"recall": recall})


def _alike(now: tuple[PgNeighbour, ...], then: tuple[PgNeighbour, ...]) -> bool:
    """The same distances, and the same rows but for those that are equally far: their order is nobody's promise."""
    if len(now) != len(then):
        return False
    if not all(_close(here.distance, there.distance) for here, there in zip(now, then, strict=True)):
        return False
    farthest = then[-1].distance if then else 0.0
    inner = [{one.id for one in each if not _close(one.distance, farthest)} for each in (now, then)]
    every = [{one.id for one in each} for each in (now, then)]
    return inner[0] <= every[1] and inner[1] <= every[0]


def _close(one: float, other: float) -> bool:
    """Another processor adds single-precision numbers in another order; half precision is coarser still."""
    return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-5)


# By the extension, wherever it lives, and domains over its types; parents speak for their partitions.
COLUMNS = """
    select $NAME(n, c.relname), n.nspname, c.relname, a.attname, v.typname,
      has_column_privilege(c.oid, a.attnum, 'select') and has_schema_privilege(n.oid, 'usage') and not exists (
        select from unnest(k.conkey) p where not has_column_privilege(c.oid, p, 'select')),
      array(select p.attname::text from unnest(k.conkey) with ordinality u(number, place)
        join pg_attribute p on p.attrelid = c.oid and p.attnum = u.number order by u.place),
      array(select distinct o.opcname::text from pg_index i join pg_class x on x.oid = i.indexrelid
        join pg_am m on m.oid = x.relam join pg_opclass o on o.oid = any(i.indclass)
        where i.indrelid = c.oid and m.amname in ('hnsw', 'ivfflat') and a.attnum = any(i.indkey) order by 1)
    from pg_extension e
    join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
      and d.classid = 'pg_type'::regclass
    join pg_type v on v.oid = d.objid and v.typname in ('vector', 'halfvec', 'sparsevec')
    join pg_type t on t.oid = v.oid or t.typbasetype = v.oid
    join pg_attribute a on a.atttypid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
      and c.relpersistence <> 't'
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    where e.extname = 'vector' and $OURS(n.nspname) order by 1, a.attnum
"""
PICK = """
    select id, vector from (
      select {id} as id, {vector}::text as vector, row_number() over (order by {order}) - 1 as place,
        count(*) over () as rows
      from {relation} {sample} where {vector} is not null
    ) every
    where place % greatest(rows / {count}, 1) = 0 order by place limit {count}
"""
SEARCH = """
    select {id}, {vector} operator({home}.{operator}) {probe}::{home}.{type} from {relation}
    where {vector} is not null order by {vector} operator({home}.{operator}) {probe}::{home}.{type} limit {nearest}
"""
HOME = """
    select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector'
"""
BLOCKS = """
    select (pg_relation_size(c.oid) + coalesce(t.size, 0)) / current_setting('block_size')::int
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (select sum(pg_relation_size(relid)) as size from pg_partition_tree(c.oid)) t
    where n.nspname = %s and c.relname = %s
"""
SAMPLE = "tablesample pg_catalog.system ({percent}) repeatable (1)"


def _pick(connection: Connection, where: PgProbes, count: int) -> list[tuple[str, str]]:
    """Rows spread evenly over a table; over a sample of its blocks, where it is big."""
    found = connection.execute(BLOCKS, where.relation).fetchone()
    blocks = int(found[0]) if found else 0
    percent = 100 * SAMPLE_BLOCKS / blocks if blocks > SAMPLE_BLOCKS else None
    samples = [sql.SQL(SAMPLE).format(percent=percent), sql.SQL("")] if percent else [sql.SQL("")]
    order = sql.SQL(", ").join(map(sql.Identifier, where.id_columns or (where.vector_column,)))
    picked: list[tuple[str, str]] = []
    for sample in samples:  # a sample of a few blocks may be empty
        statement = _statement(PICK, where, order=order, sample=sample, count=sql.Literal(count))
        picked = picked or [(row[0], row[1]) for row in connection.execute(statement).fetchall()]
    return picked


def _search(
    connection: Connection, where: PgProbes, vector: str, nearest: int, settings: Mapping[str, str]
) -> tuple[PgNeighbour, ...]:
    _set(connection, settings)
    rows = connection.execute(_search_statement(connection, where, vector, nearest)).fetchall()
    return tuple(PgNeighbour(id=name, distance=distance) for name, distance in rows)


def _has_index(connection: Connection, where: PgProbes) -> bool:
    """Whether the searches by index were that: an index may be of another metric, or of a part of the table."""
    _set(connection, BY_INDEX)
    if not where.probes:
        return False
    probe = where.probes[0]
    statement = _search_statement(connection, where, probe.vector, len(probe.nearest))
    plan = connection.execute(sql.SQL("explain ") + statement).fetchall()
    return any("Order By:" in row[0] for row in plan)  # said of an index that gives rows by their distance alone


def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        connection.execute("select pg_catalog.set_config(%s, %s, true)", [name, value])


def _search_statement(connection: Connection, where: PgProbes, vector: str, nearest: int) -> sql.Composed:
    found = connection.execute(HOME).fetchone()  # the extension's schema, which may be on no search path
    return _statement(
        SEARCH,
        where,
        home=sql.Identifier(str(found[0]) if found else "public"),
        probe=sql.Literal(vector),
        nearest=sql.Literal(nearest),
    )


def _statement(template: LiteralString, where: PgProbes, **parts: sql.Composable) -> sql.Composed:
    # Without parameters, for psycopg would look for their places in the names, too.
    key = [sql.Identifier(name) for name in where.id_columns]
    every = sql.SQL("row({})" if len(key) > 1 else "{}").format(sql.SQL(", ").join(key))
    return sql.SQL(template).format(
        id=every + sql.SQL("::text") if key else sql.SQL("''"),
        vector=sql.Identifier(where.vector_column),
        relation=sql.Identifier(*where.relation),
        type=sql.Identifier(where.type),
        operator=sql.SQL(OPERATORS[where.metric]),
        **parts,
    )
