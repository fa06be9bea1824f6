"""Random schemas and data: a dump restored has the same fingerprints, and any single change has others.

More of them with `HYPOTHESIS_EXAMPLES=500`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from opslib.backup.postgres import fingerprint
from opslib.backup.postgres.connecting import Connection, prepare
from opslib.backup.postgres.schema import compare_schemas, read_schema
from tests.backup.postgres.conftest import Source

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "15"))
TYPES = """
    create extension vector; create extension citext;
    create type mood as enum ('sad', 'ok', 'happy');
    create domain positive as int check (value > 0);
    create type pair as (a int, m mood);
"""
pytestmark = pytest.mark.feature("B3")

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
integers = st.integers(-(2**31), 2**31 - 1)
moods = st.sampled_from(["sad", "ok", "happy"])
floats = st.floats(width=32).map(lambda number: repr(number + 0.0))
leaves = st.one_of(st.none(), st.booleans(), integers, texts)


def array(items: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    def written(values: list[object]) -> str:
        quoted = ('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
        return "{" + ",".join(quoted) + "}"

    return st.lists(items, max_size=4).map(written)


def bits(length: int) -> st.SearchStrategy[str]:
    return st.text("01", min_size=length, max_size=length)


VALUES: dict[str, st.SearchStrategy[str]] = {
    "integer": integers.map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "text": texts,
    "bytea": st.binary(max_size=8).map(lambda value: "\\x" + value.hex()),
    "numeric": st.decimals(-(10**9), 10**9, places=3).map(str)
    | st.sampled_from(["0", "1.0", "1.00", "-1", "1", "NaN", "-Infinity", "Infinity"]),
    "numeric[]": array(st.sampled_from(["1", "-1", "1.0"])),
    "int8range": st.tuples(st.integers(-50, 50), st.integers(51, 99)).map(lambda pair: f"[{pair[0]},{pair[1]})"),
    "double precision": floats,
    "boolean": st.sampled_from(["t", "f"]),
    "date": st.dates().map(str),
    "timestamptz": st.datetimes(timezones=st.just(UTC)).map(str),
    "interval": st.integers(-(10**9), 10**9).map(lambda number: f"{number // 1000} days {number % 1000} hours"),
    "uuid": st.uuids().map(str),
    "json": st.recursive(leaves, lambda inner: st.dictionaries(texts, inner, max_size=2), max_leaves=4).map(json.dumps),
    "jsonb": st.sampled_from(["1", "-1", '"1"', "[1.0]"])
    | st.lists(leaves, max_size=3).map(json.dumps).filter(lambda text: "\\u0000" not in text),
    "inet": st.ip_addresses().map(str),
    "point": st.tuples(floats, floats).map(lambda pair: f"({pair[0]},{pair[1]})"),
    "integer[]": array(integers),
    "text[]": array(texts),
    "mood": moods,
    "mood[]": array(moods),
    "pair": st.tuples(integers, moods).map(lambda pair: f"({pair[0]},{pair[1]})"),
    "positive": st.integers(1, 2**31 - 1).map(str),
    "int4range": st.tuples(st.integers(0, 50), st.integers(51, 99)).map(lambda pair: f"[{pair[0]},{pair[1]})"),
    "tsvector": st.lists(st.text("abc", min_size=1, max_size=3), max_size=3).map(" ".join),
    "bit(4)": bits(4),
    "varbit": st.integers(0, 9).flatmap(bits),
    "money": st.integers(-(10**9), 10**9).map(str),
    "vector(2)": st.tuples(integers, integers).map(lambda pair: f"[{pair[0] % 999},{pair[1] % 999}]"),
    "citext": st.text("aAbB", max_size=4),
    "xid8": st.integers(0, 2**63).map(str),
}


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]


@st.composite
def tables(draw: st.DrawFn, number: int) -> Table:
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    names = draw(st.lists(texts.filter(bool), min_size=len(types), max_size=len(types), unique_by=lambda n: n.encode()))
    rows = draw(st.lists(st.tuples(*(st.none() | VALUES[each] for each in types)), min_size=1, max_size=6))
    return Table(f"{number} {draw(texts)}", tuple(zip(names, types, strict=True)), tuple(rows))


def create(connection: Connection, table: Table) -> None:
    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in table.columns]
    connection.execute(sql.SQL("create table {} ({})").format(named(table), sql.SQL(", ").join(columns)))
    for row in table.rows:
        values = [
            sql.SQL("{}::text::{}").format(value, sql.SQL(kind))
            for value, (_, kind) in zip(row, table.columns, strict=True)
        ]
        connection.execute(sql.SQL("insert into {} values ({})").format(named(table), sql.SQL(", ").join(values)))


def named(table: Table) -> sql.Identifier:
    return sql.Identifier("public", table.name)


def change(draw: Callable[[st.SearchStrategy[int]], int], connection: Connection, table: Table) -> bool:
    """Make one random change; whether there was anything to change."""
    what = ["insert", "delete", "swap", "null", "set"][draw(st.integers(0, 4))]
    name, _ = table.columns[draw(st.integers(0, len(table.columns) - 1))]
    column, here = sql.Identifier(name), named(table)
    pick = sql.SQL("(select ctid from {} order by ctid offset {} limit 1)")
    row = pick.format(here, draw(st.integers(0, len(table.rows) - 1)))
    other = pick.format(here, draw(st.integers(0, len(table.rows) - 1)))
    if what == "insert":
        query = sql.SQL("insert into {} select * from {} where ctid = {}").format(here, here, row)
    elif what == "delete":
        query = sql.SQL("delete from {} where ctid = {}").format(here, row)
    elif what == "null":
        query = sql.SQL("update {} set {} = null where ctid = {} and {} is not null").format(here, column, row, column)
    elif what == "set":
        value = sql.SQL("(select {} from {} where ctid = {})").format(column, here, other)
        query = sql.SQL("update {} set {} = {} where ctid = {} and {}::text is distinct from {}::text").format(
            *(here, column, value, row, column, value)
        )
    else:
        rest = [sql.SQL("a.{0}::text is distinct from b.{0}::text").format(sql.Identifier(n)) for n, _ in table.columns]
        others = [each for each, (n, _) in zip(rest, table.columns, strict=True) if n != name]
        differ = sql.SQL("exists (select from {} a, {} b where a.ctid = {} and b.ctid = {} and {} and ({}))").format(
            *(here, here, row, other, sql.SQL("a.{0}::text is distinct from b.{0}::text").format(column)),
            sql.SQL(" or ").join(others) if others else sql.SQL("false"),
        )
        value = sql.SQL("(select x.{} from {} x where x.ctid = case when t.ctid = {} then {} else {} end)").format(
            *(column, here, row, other, row)
        )
        query = sql.SQL("update {} t set {} = {} where t.ctid in ({}, {}) and {}").format(
            *(here, column, value, row, other, differ)
        )
    return connection.execute(query).rowcount > 0


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.data())
def test_a_restored_dump_has_the_same_fingerprints_and_any_change_has_others(
    server: object, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    maintenance = Source(server, "postgres")  # type: ignore[arg-type]  # the session's server
    place = Path(tmp_path_factory.mktemp("property"))
    maintenance.run('drop database if exists "first" with (force)', 'drop database if exists "second" with (force)')
    maintenance.run('create database "first"', 'create database "second"')
    first, second = (maintenance.server.database(name) for name in ("first", "second"))
    every = [data.draw(tables(number)) for number in range(data.draw(st.integers(1, 3)))]
    with first.connect() as connection:
        connection.execute(TYPES)
        for table in every:
            create(connection, table)
    run = maintenance.server.installation.run
    for program, *arguments in (("pg_dump", "-Fc", "-f", "dump", "first"), ("pg_restore", "-d", "second", "dump")):
        ran = run(program, *arguments, cwd=place, env=maintenance.server.environment())
        assert ran.code == 0, ran.complaints
    with first.session({"default_transaction_read_only": "off"}) as connection, second.session() as restored:
        connection.execute("begin")
        restored.execute("begin")
        before = fingerprint(connection)
        assert fingerprint(restored) == before
        assert list(compare_schemas(read_schema(connection), read_schema(restored))) == []
        for _ in range(4):
            connection.execute("savepoint here")
            if change(data.draw, connection, data.draw(st.sampled_from(every))):
                prepare(connection)
                assert fingerprint(connection) != before
            connection.execute("rollback to savepoint here")
        assert fingerprint(connection) == before
