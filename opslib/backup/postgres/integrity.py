"""Whether a restored database is sound in itself: no orphans, no sequence that gives out used ids, no broken page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import psycopg

from opslib.backup.postgres.connecting import Connection, Database, one_line
from opslib.backup.postgres.limits import is_of_machine
from opslib.backup.postgres.reading import readers
from opslib.backup.postgres.schema import expand
from opslib.backup.postgres.subject import Examined, gathered
from opslib.backup.verdict import Finding

__all__ = ["amcheck", "foreign_keys", "sequences_ahead"]

# Both sides by the constraint's own operators; a key that is null in part refers to nothing, unless MATCH FULL.
_FOREIGN_KEYS = """
    select $NAME(n, c.relname) || '.' || quote_ident(k.conname), k.convalidated,
      format('select count(*) from %s %s f left join %s %s p on %s where %s',
        case c.relkind when 'r' then 'only' else '' end, k.conrelid::regclass::text,
        case r.relkind when 'r' then 'only' else '' end, k.confrelid::regclass::text, x.joined,
        case k.confmatchtype when 'f' then format('(%s) and not (%s)', x.any_there, x.paired)
        else format('%s and not (%s)', x.all_there, x.paired) end),
      to_jsonb(k) ->> 'conperiod' = 'true'
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class r on r.oid = k.confrelid
    cross join lateral (
      select string_agg(format('p.%I operator(%I.%s) f.%I', q.attname, s.nspname, o.oprname, a.attname), ' and ')
          as joined,
        string_agg(format('f.%I is not null', a.attname), ' and ') as all_there,
        string_agg(format('f.%I is not null', a.attname), ' or ') as any_there,
        string_agg(format('p.%I is not null', q.attname), ' and ') as paired
      from unnest(k.conkey, k.confkey, k.conpfeqop) u(here, there, operator)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.here
      join pg_attribute q on q.attrelid = k.confrelid and q.attnum = u.there
      join pg_operator o on o.oid = u.operator join pg_namespace s on s.oid = o.oprnamespace
    ) x
    where k.contype = 'f' and k.conparentid = 0 and $OURS(n.nspname) order by 1
"""
# Only where a column is unique by itself does an id that is given out twice fail.
_SERIALS = """
    select d.objid::regclass::text, c.oid::regclass::text || '.' || quote_ident(a.attname),
      has_table_privilege(c.oid, 'select') and has_table_privilege(d.objid, 'select'),
      format('select s.last_value::numeric + case when s.is_called then %s else 0 end,'
        ' (select %s(t.%I) from %s t)::numeric'
        ' from %s s', s.seqincrement, case when s.seqincrement > 0 then 'max' else 'min' end, a.attname, x.rows,
        d.objid::regclass::text),
      format('select exists (select from %s t where (t.%I::numeric - $1) * sign(%s) between 0 and 1000 * abs(%s))',
        x.rows, a.attname, s.seqincrement, s.seqincrement)
    from pg_depend d join pg_sequence s on s.seqrelid = d.objid join pg_class c on c.oid = d.refobjid
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    cross join lateral (
      select case c.relkind when 'r' then 'only ' else '' end || c.oid::regclass::text as rows
    ) x
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
      and not s.seqcycle and exists (select from pg_index i where i.indrelid = d.refobjid and i.indisunique
        and i.indpred is null and i.indnkeyatts = 1 and i.indkey[0] = d.refobjsubid)
"""
_BTREES = """
    select c.oid::int8, $NAME(n, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = c.relam join pg_index i on i.indexrelid = c.oid
    where c.relkind = 'i' and m.amname = 'btree' and i.indisvalid and i.indisready and c.relpersistence <> 't'
    order by pg_relation_size(c.oid) desc
"""
_HEAPS = """
    select c.oid::int8, $NAME(n, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'
      and c.relam = (select oid from pg_am where amname = 'heap')
    order by pg_relation_size(c.oid) desc
"""
_OTHER_INDEXES = """
    select m.amname::text, count(*) from pg_class c join pg_am m on m.oid = c.relam
    where c.relkind = 'i' and m.amname <> 'btree' group by 1 order by 1
"""
_UNIQUE_SINCE = 17
"""The first whose amcheck also looks for duplicates in unique indexes."""


def foreign_keys(subject: Examined) -> Iterator[Finding]:
    """No row refers to one that is not there, whatever the constraint says of itself."""
    orphans: list[tuple[str, str]] = []
    count = 0
    for name in subject.databases:
        with readers(subject.scratch.database(name), workers=subject.options.workers) as reading:
            for key, validated, query, of_periods in reading.first.execute(expand(_FOREIGN_KEYS)).fetchall():
                if of_periods:
                    yield Finding(
                        "foreign keys", "not checked", "a key of periods cannot be joined", on=key, required=False
                    )
                    continue
                count += 1
                found = _number(reading.first, query)
                if found and validated:
                    orphans.append((key, f"{key}: rows that refer to nothing: {found}"))
                elif found:
                    says = f"{key} is not valid at its source either: rows that refer to nothing: {found}"
                    yield Finding("foreign keys", "not checked", says, on=key, required=False)
    yield from gathered("foreign keys", orphans)
    if not orphans:
        yield Finding("foreign keys", "proven", f"every row refers to one that is there: foreign keys {count}")


def sequences_ahead(subject: Examined) -> Iterator[Finding]:
    """No sequence will soon give out an id that is in use."""
    behind: list[tuple[str, str]] = []
    count = 0
    for name in subject.databases:
        with readers(subject.scratch.database(name), workers=subject.options.workers) as reading:
            for sequence, column, may, where, used in reading.first.execute(expand(_SERIALS)).fetchall():
                if not may:
                    yield Finding("ids", "not checked", "no permission to read it", on=column)
                    continue
                count += 1
                following, furthest = reading.first.execute(where).fetchone() or (0, None)
                if furthest is None or (furthest < following if "max(" in where else furthest > following):
                    continue
                says = f"{sequence} gives out {following} next, and {column} has got to {furthest}"
                if _number(reading.first, used.replace("$1", str(following))):
                    behind.append((sequence, says))
                else:  # a number that somebody set by hand, far away
                    yield Finding("ids", "not checked", f"{says}; the next ids are free", on=sequence, required=False)
    yield from gathered("ids", behind)
    if not behind:
        yield Finding("ids", "proven", f"no sequence will soon give out an id that is in use: sequences {count}")


def amcheck(subject: Examined) -> Iterator[Finding]:
    """Every B-tree holds every row of its table in order, and every heap can be read."""
    broken: list[tuple[str, str]] = []
    looked, others = 0, dict[str, int]()
    for name in subject.databases:
        database = subject.scratch.database(name)
        with database.connect() as connection:
            connection.execute("set default_transaction_read_only = off")
            place = _extension(connection)
            if not place:
                why = "this machine's PostgreSQL has no amcheck: install its contrib package"
                yield Finding("amcheck", "not checked", why)
                return
            tasks = list(_tasks(connection, place, subject.scratch.installation.major))
            others |= {str(kind): int(number) for kind, number in connection.execute(_OTHER_INDEXES).fetchall()}
        looked += len(tasks)
        broken += _run(database, tasks, subject.options.jobs)
    yield from gathered("amcheck", broken)
    if not broken:
        facts: dict[str, Any] = {"relations": looked, "indexes_of_other_kinds": others}
        beside = f"; indexes of other kinds were not read: {', '.join(others)}" if others else ""
        yield Finding("amcheck", "proven", f"heaps and B-trees are sound: {looked}{beside}", facts=facts)


def _extension(connection: Connection) -> str:
    """The schema of amcheck, made where it is not there; empty where this machine does not have it."""
    query = "select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
    if row := connection.execute(query + " where e.extname = 'amcheck'").fetchone():
        return str(row[0])
    if connection.execute("select 1 from pg_available_extensions where name = 'amcheck'").fetchone() is None:
        return ""
    connection.execute("create schema opslib_amcheck")
    connection.execute("create extension amcheck schema opslib_amcheck")
    return "opslib_amcheck"


def _tasks(connection: Connection, place: str, major: int) -> Iterator[tuple[str, str]]:
    """What to run for each relation, with its name, the largest first."""
    # With the parents: it locks tables against writing, which here disturbs nobody, and finds pages nobody points to.
    more = ", false, true" if major >= _UNIQUE_SINCE else ""
    trees = connection.execute(expand(_BTREES)).fetchall()
    heaps = connection.execute(expand(_HEAPS)).fetchall()
    for oid, name in trees:
        yield name, "select " + place + ".bt_index_parent_check(" + str(oid) + "::regclass, true" + more + ")"
    for oid, name in heaps:
        heap = place + ".verify_heapam(" + str(oid) + "::regclass, true, true)"
        yield name, "select msg from " + heap + " limit 1"  # noqa: S608  # a number, and a name quoted by the server


def _run(database: Database, tasks: Sequence[tuple[str, str]], jobs: int) -> list[tuple[str, str]]:
    def some(start: int) -> list[tuple[str, str]]:
        with database.connect() as connection:
            connection.execute("set search_path = ''")
            found = []
            for name, query in tasks[start::jobs]:
                try:
                    row = connection.execute(query).fetchone()
                except psycopg.DatabaseError as error:
                    if connection.closed or is_of_machine(error):
                        raise
                    row = (one_line(error),)
                if row and row[0]:
                    found.append((name, f"{name}: {row[0]}"))
            return found

    with ThreadPoolExecutor(jobs) as pool:
        return sorted(chain.from_iterable(pool.map(some, range(jobs))))


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
