"""The tables of a database: which hold rows of their own, and which of those can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opslib.backup.postgres.connecting import Connection
from opslib.backup.postgres.schema import expand

__all__ = ["Listed", "list_tables"]

_LIST = """
    select $NAME(n, c.relname), c.relkind::text, c.relpersistence = 'u',
      case when c.relkind = 'f' then 0 else pg_relation_size(c.oid) end,
      coalesce(e.condition, ''),
      case when not has_schema_privilege(n.oid, 'usage') then 'no permission for schema ' || quote_ident(n.nspname) end,
      has_table_privilege(c.oid, 'select'),
      a.names, a.types, a.readable
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join (select x.id, coalesce(x.condition, '') as condition from pg_extension p,
               unnest(p.extconfig, p.extcondition) x(id, condition)) e on e.id = c.oid
    cross join lateral (
      select
        coalesce(array_agg(quote_ident(b.attname) order by b.attname collate "C"), '{}') as names,
        coalesce(array_agg(b.atttypid::int8 order by b.attname collate "C"), '{}') as types,
        coalesce(array_agg(has_column_privilege(c.oid, b.attnum, 'select') order by b.attname collate "C"), '{}')
          as readable
      from pg_attribute b
      where b.attrelid = c.oid and b.attnum > 0 and not b.attisdropped and b.attgenerated = ''
    ) a
    where c.relkind in ('r', 'm', 'f') and c.relpersistence <> 't' and $OURS(n.nspname)
      and ($FREE('pg_class', c.oid) or e.id is not null)
"""
_KINDS: dict[str, Literal["table", "materialised view", "foreign table"]] = {
    "r": "table",
    "m": "materialised view",
    "f": "foreign table",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A table to fingerprint.

    Attributes:
        name: With its schema, quoted.
        kind: What it is.
        unlogged: Whether it is left out of base backups.
        size: Bytes of its main file.
        columns: Their names, quoted and in order, and the OIDs of their types; none of them generated.
        condition: SQL for the rows that a dump carries, where that is not all: an extension's own table.
        not_checked: Why it cannot be read.
    """

    name: str
    kind: Literal["table", "materialised view", "foreign table"]
    unlogged: bool
    size: int
    columns: tuple[tuple[str, int], ...]
    condition: str
    not_checked: str


def list_tables(connection: Connection) -> list[Listed]:
    """Every table that holds rows of its own, partitions one by one; a partitioned table itself holds none."""
    return [_listed(row) for row in connection.execute(expand(_LIST)).fetchall()]


def _listed(row: tuple[object, ...]) -> Listed:
    name, kind, unlogged, size, condition, schema, whole, names, types, readable = row
    columns = tuple(zip(names, types, strict=True))  # type: ignore[call-overload]  # lists of the query
    hidden = [column for column, may in zip(names, readable, strict=True) if not may]  # type: ignore[call-overload]  # the same
    if kind == "f":
        why = "a foreign table: its rows are on another server"
    elif schema:
        why = str(schema)
    elif hidden:
        why = f"no permission to read column{'s'[: len(hidden) > 1]} {', '.join(hidden)}"
    else:
        why = "" if whole or names else "no permission to read it"
    where = str(condition).removeprefix("WHERE").removeprefix("where").strip()
    return Listed(str(name), _KINDS[str(kind)], bool(unlogged), int(str(size or 0)), columns, where, why)
