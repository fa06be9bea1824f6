"""How a column is hashed: as it is, where the server's hash of its type sees every difference and survives a restore.

Otherwise by what the type sends, or by its text. The rule for a type built of others (array, composite, domain, range)
is that of its parts: hashing an array of enum labels would hash OIDs, which no restore keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from opslib.backup.postgres.connecting import Connection

__all__ = ["NATIVE", "SEND", "TEXT", "Column", "expression", "methods_of"]

NATIVE, SEND, TEXT = "native", "send", "text"

_SENT = {
    # No extended hash, and what they send is exact and shorter to make than their text.
    *("point", "line", "lseg", "box", "path", "polygon", "circle", "bit", "varbit"),
    *("vector", "halfvec", "sparsevec"),
    # Text that depends on a locale.
    "money",
    # Its hash takes a month for thirty days and a day for twenty-four hours.
    "interval",
}
_UNSTABLE = {
    # It hashes OIDs of roles.
    "aclitem",
}
_SHARED = {"varchar": "text", "cidr": "inet"}
"""Types that have another's operators, as the parser resolves them."""

_TYPES = """
    select t.oid, t.typname, t.typtype::text, t.typnamespace = 'pg_catalog'::regnamespace,
      case when t.typlen = -1 and t.typsubscript = 'array_subscript_handler'::regproc then t.typelem else 0 end::int8,
      t.typbasetype::int8, coalesce(r.rngsubtype, m.rngsubtype, 0)::int8,
      coalesce(not rc.collisdeterministic, false),
      (select coalesce(array_agg(a.atttypid::int8), '{}') from pg_attribute a
       where t.typrelid <> 0 and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
      exists (select from pg_attribute a join pg_collation l on l.oid = a.attcollation
              where t.typrelid <> 0 and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                and not l.collisdeterministic),
      case when t.typsend <> 0 then t.typsend::regproc::text end,
      format_type(t.oid, null)
    from pg_type t left join pg_range r on r.rngtypid = t.oid left join pg_range m on m.rngmultitypid = t.oid
    left join pg_collation rc on rc.oid = coalesce(r.rngcollation, m.rngcollation)
    where t.oid = any(%s::oid[])
"""
_HASHED = """
    select o.opcintype::regtype::text from pg_opclass o
    join pg_amproc p on p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype
      and p.amprocrighttype = o.opcintype and p.amprocnum = 2
    where o.opcmethod = (select oid from pg_am where amname = 'hash') and o.opcdefault and o.opcintype < 16384
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column to hash.

    Attributes:
        name: Quoted.
        type: OID of its type, which holds on this server only.
        collation_differs: Whether its collation calls different texts equal.
    """

    name: str
    type: int
    collation_differs: bool


@dataclass(frozen=True, slots=True)
class _Type:
    oid: int
    name: str
    kind: str
    built_in: bool
    element: int
    base: int
    of_range: int
    range_collation_differs: bool
    fields: Sequence[int]
    field_collation_differs: bool
    send: str | None
    says: str

    @property
    def parts(self) -> tuple[int, ...]:
        """The types that it is built of."""
        return tuple(oid for oid in (self.element, self.base, self.of_range, *self.fields) if oid)


def methods_of(
    connection: Connection, types: Iterable[int], known: Mapping[str, str] | None = None
) -> dict[int, tuple[str, str]]:
    """How each type is hashed.

    Args:
        connection: As `prepare` leaves it.
        types: Their OIDs.
        known: How they were hashed when the backup was taken, by name: a newer server may hash more by itself.

    Returns:
        By OID, the type's name and `native`, `text`, or `send` with the function's name after a space.
    """
    found = _graph(connection, set(types))
    hashed = {str(row[0]) for row in connection.execute(_HASHED).fetchall()}
    decided: dict[int, str] = {}
    for oid in found:
        _decide(oid, found, hashed, decided)
    return {
        each.oid: (each.says, _with_function((known or {}).get(each.says, decided[each.oid]), each))
        for each in found.values()
    }


def expression(column: Column, method: str) -> str:
    """The SQL that stands for a column of a table called t."""
    value = "t." + column.name
    how, _, function = method.partition(" ")
    if how == TEXT:
        return value + "::text"
    if how == SEND:
        return function + "(" + value + ")"
    return "(" + value + ' collate pg_catalog."C")' if column.collation_differs else value


def _graph(connection: Connection, wanted: set[int]) -> dict[int, _Type]:
    found: dict[int, _Type] = {}
    while missing := wanted - found.keys():
        for row in connection.execute(_TYPES, [list(missing)]).fetchall():
            each = _Type(*row)
            found[each.oid] = each
            wanted |= set(each.parts)
        wanted -= missing - found.keys()
    return found


def _decide(oid: int, found: Mapping[int, _Type], hashed: set[str], decided: dict[int, str]) -> str:
    if oid in decided:
        return decided[oid]
    each = found[oid]
    if each.kind == "d":
        method = _decide(each.base, found, hashed, decided)
    elif each.parts or each.kind in "cre":
        parts = [_decide(part, found, hashed, decided) for part in each.parts]
        exact = all(part == NATIVE for part in parts) and each.kind != "e"
        method = NATIVE if exact and not each.range_collation_differs and not each.field_collation_differs else TEXT
    elif each.name in _SENT and each.send:
        method = SEND
    elif each.built_in and each.name not in _UNSTABLE and _SHARED.get(each.name, each.says) in hashed:
        method = NATIVE
    else:
        method = TEXT
    return decided.setdefault(oid, method)


def _with_function(method: str, each: _Type) -> str:
    """A domain is sent by its base type's function, which is the same as the domain's own."""
    return f"{SEND} {each.send}" if method == SEND and each.send else method
