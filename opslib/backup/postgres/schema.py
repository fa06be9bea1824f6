"""The schema fingerprint: every object of a database by kind and name, with what defines it, and how two differ."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opslib.backup.postgres.catalog import KINDS, ROLES, SEQUENCE_VALUES
from opslib.backup.postgres.connecting import Connection
from opslib.backup.postgres.kind import Kind
from opslib.backup.writing import canonical

__all__ = ["Difference", "Schema", "compare_schemas", "digest", "read_roles", "read_schema", "read_sequences"]

Schema = Mapping[str, Mapping[str, Any]]
"""Definitions by name, by kind."""

_MACROS: Mapping[str, str] = {
    "NAME": "(quote_ident({0}.nspname) || '.' || quote_ident({1}))",
    "OURS": "{0} not in ('pg_catalog', 'information_schema', 'pg_toast') and {0} !~ '^pg_(toast_)?temp_'",
    "FREE": (
        "not exists (select from pg_depend x where x.classid = {0}::regclass and x.objid = {1} and x.deptype = 'e')"
    ),
    "OWNER": "pg_get_userbyid({0})",
    "OPTIONS": "(select coalesce(jsonb_agg(o order by o collate \"C\"), '[]') from unnest({0}) o)",
    "PARENTS": (
        "(select jsonb_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits i where i.inhrelid = {0})"
    ),
    # A right that is there by default and one that was granted are the same right.
    "ACL": (
        "(select coalesce(jsonb_agg(q.x order by q.x collate \"C\"), '[]') from (select distinct"
        " coalesce(r.rolname, 'PUBLIC') || '=' || a.privilege_type || case when a.is_grantable then '*' else '' end x"
        " from aclexplode(coalesce({0}, acldefault({1}, {2}))) a left join pg_roles r on r.oid = a.grantee) q)"
    ),
}
_MACRO = re.compile(r"\$([A-Z]+)\(([^()]*)\)")
_ROWS = 2000

_NOT_IN_A_DUMP = ("owner", "acl")
"""What a restore without the roles leaves out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How one object differs.

    Attributes:
        kind: Of the object.
        name: Of the object.
        says: What is other than it was.
        by_version: Whether another major version of PostgreSQL explains it.
    """

    kind: str
    name: str
    says: str
    by_version: bool = False


def expand(query: str) -> str:
    """A query of the catalogue with its macros written out."""
    return _MACRO.sub(lambda found: _MACROS[found[1]].format(*(part.strip() for part in found[2].split(","))), query)


def read_schema(connection: Connection) -> dict[str, dict[str, Any]]:
    """Every object of a database.

    Args:
        connection: As `prepare` leaves it.
    """
    major = connection.info.server_version // 10000
    return {kind.name: _read(connection, kind) for kind in KINDS if kind.since <= major}


def read_roles(connection: Connection) -> dict[str, Any]:
    """The roles of a server, without passwords."""
    return _read(connection, ROLES)


def read_sequences(connection: Connection) -> dict[str, tuple[int, bool] | None]:
    """Where each sequence is: its last value, and whether that was given out; None where we may not look."""
    values: dict[str, tuple[int, bool] | None] = {}
    names = [row[0] for row in connection.execute(expand(SEQUENCE_VALUES)).fetchall()]
    for start in range(0, len(names), 100):
        some = names[start : start + 100]
        allowed = [row[0] for row in connection.execute(_MAY_READ, [some]).fetchall()]
        values |= dict.fromkeys(some)
        if allowed:
            of_each = ", last_value, is_called from "
            query = " union all ".join("select " + str(number) + of_each + name for number, name in enumerate(allowed))
            for number, last, called in connection.execute(query).fetchall():
                values[allowed[number]] = (last, called)
    return values


_MAY_READ = "select x from unnest(%s::text[]) x where has_table_privilege(x, 'select')"


def digest(definition: object) -> str:
    """A definition's digest: SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical(definition)).hexdigest()


def compare_schemas(
    then: Schema, now: Schema, *, other_major: bool = False, without_roles: bool = False
) -> Iterator[Difference]:
    """How a database's schema differs from what it was.

    Args:
        then: What it was.
        now: What it is.
        other_major: Whether the two are of different major versions of PostgreSQL.
        without_roles: Whether owners and rights are left out, for want of the roles.
    """
    for kind in KINDS:
        if kind.name not in then or kind.name not in now:
            continue
        before, after = then[kind.name], now[kind.name]
        for name in sorted(before.keys() - after.keys()):
            yield Difference(kind.name, name, "is missing")
        for name in sorted(after.keys() - before.keys()):
            yield Difference(kind.name, name, "was not there when the backup was taken")
        for name in sorted(before.keys() & after.keys()):
            left_out = _NOT_IN_A_DUMP if without_roles else ()
            parts = list(_parts(before[name], after[name], left_out))
            if parts:
                excused = other_major and all(part in kind.printed for part, _ in parts)
                yield Difference(kind.name, name, "; ".join(says for _, says in parts), excused)


def _parts(before: Any, after: Any, left_out: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before != after:
            yield "", f"is {_short(after)}, and was {_short(before)}"
        return
    for part in sorted(before.keys() | after.keys()):
        if part not in left_out and before.get(part) != after.get(part):
            yield part, f"{part} is {_short(after.get(part))}, and was {_short(before.get(part))}"


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 160 else f"{text[:157]}..."  # noqa: PLR2004  # what fits on a line


def _read(connection: Connection, kind: Kind) -> dict[str, Any]:
    cursor = connection.execute(expand(kind.query))
    found: dict[str, Any] = {}
    while rows := cursor.fetchmany(_ROWS):
        found |= dict(rows)
    return dict(sorted(found.items()))
