"""How a column is hashed: as it is, where the server's hash of its type sees every difference and survives a restore.

PostgreSQL's hash functions serve its hash joins: what is equal has to hash equally, and that much is all they promise.
So the hash of a numeric leaves out its sign and scale, that of an interval takes a month for thirty days, that of an
array leaves out its dimensions, that of a composite takes one of nulls for null, that of an enum hashes OIDs, which no
restore keeps. The types that are hashed as they are, are therefore named here; all others are hashed by what they send,
or by their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opslib.backup.postgres.connecting import Connection

__all__ = ["Hashing", "methods_of"]

NATIVE, SEND, TEXT = "native", "send", "text"

_EXACT = {
    *("boolean", '"char"', "name", "text", "character varying", "character", "bytea", "uuid"),
    *("smallint", "integer", "bigint", "real", "double precision", "oid", "xid", "xid8", "cid", "tid", "pg_lsn"),
    *("date", "time without time zone", "time with time zone"),
    *("timestamp without time zone", "timestamp with time zone"),
    *("inet", "cidr", "macaddr", "macaddr8"),
}
"""Their hash depends on all of the value, but for the sign of a floating-point zero."""

_SENT = {
    *("numeric", "money", "interval", "bit", "varbit"),
    *("point", "line", "lseg", "box", "path", "polygon", "circle"),
    *("vector", "halfvec", "sparsevec"),
}
"""What they send is exact, depends on no setting or encoding, and is quicker to make than their text."""

_SHARED = {"character varying": "text", "cidr": "inet"}
"""Types that have another's operators, as the parser resolves them."""

_TYPES = """
    select t.oid::int8, t.typname, t.typtype::text, t.typnamespace = 'pg_catalog'::regnamespace, t.typbasetype::int8,
      case when t.typsend <> 0 then t.typsend::regproc::text end, format_type(t.oid, null)
    from pg_type t where t.oid = any(%s::oid[])
"""
_HASHED = """
    select o.opcintype::regtype::text, case when f.proargtypes[0] = o.opcintype then f.oid::regproc::text else '' end
    from pg_opclass o
    join pg_amproc p on p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype
      and p.amprocrighttype = o.opcintype and p.amprocnum = 2
    join pg_proc f on f.oid = p.amproc
    where o.opcmethod = (select oid from pg_am where amname = 'hash') and o.opcdefault and o.opcintype < 16384
"""
_COLLATED = ("hashtextextended", "hashbpcharextended", "hashnameextended")
"""With the collation C they hash bytes; another may call different texts equal."""


@dataclass(frozen=True, slots=True)
class Hashing:
    """How a type is hashed.

    Attributes:
        type: Its name.
        method: `native`, `send` or `text`.
        send: The type's function that sends it.
        function: The server's function that hashes what is left; empty where SQL cannot call it by itself.
    """

    type: str
    method: str
    send: str
    function: str

    def of(self, column: str, seed: int) -> str:
        """The SQL of a column's hash, a bigint; 0 stands for null.

        Args:
            column: The column, quoted, of a table called t.
            seed: Not 0, with which the hash of a floating-point zero would be that of null; another for each column,
                so that two columns cannot exchange their values unseen.
        """
        value = "t." + column
        if self.method != NATIVE:
            value = value + "::text" if self.method == TEXT else self.send + "(" + value + ")"
        if self.function in _COLLATED:
            value += ' collate "C"'
        if self.function:
            return "coalesce(" + self.function + "(" + value + ", " + str(seed) + "), 0)"
        # The hash of a record of one is the hash of that one, or 0.
        return "hash_record_extended(row(" + value + "), " + str(seed) + ")"


@dataclass(frozen=True, slots=True)
class _Type:
    oid: int
    name: str
    kind: str
    built_in: bool
    base: int
    send: str | None
    says: str


def methods_of(
    connection: Connection, types: Iterable[int], known: Mapping[str, str] | None = None
) -> dict[int, Hashing]:
    """How each type is hashed.

    Args:
        connection: As `prepare` leaves it.
        types: Their OIDs.
        known: How they were hashed when the backup was taken, by name: a newer server may hash more by itself.

    Returns:
        By OID.
    """
    found = _with_bases(connection, set(types))
    hashed = {str(name): str(function) for name, function in connection.execute(_HASHED).fetchall()}
    decided: dict[int, Hashing] = {}
    for each in found.values():
        base = each
        while base.kind == "d":
            base = found[base.base]
        method = (known or {}).get(each.says) or _method(base, hashed)
        of = {SEND: "bytea", TEXT: "text"}.get(method, _SHARED.get(base.says, base.says))
        decided[each.oid] = Hashing(each.says, method, base.send or "", hashed.get(of, ""))
    return decided


def _with_bases(connection: Connection, wanted: set[int]) -> dict[int, _Type]:
    """Types, and what the domains among them are of."""
    found: dict[int, _Type] = {}
    while missing := wanted - found.keys():
        for row in connection.execute(_TYPES, [list(missing)]).fetchall():
            each = _Type(*row)
            found[each.oid] = each
        wanted = {each.base for each in found.values() if each.kind == "d"} | found.keys()
    return found


def _method(each: _Type, hashed: Mapping[str, str]) -> str:
    if each.built_in and each.says in _EXACT and _SHARED.get(each.says, each.says) in hashed:
        return NATIVE
    return SEND if each.name in _SENT and each.send and each.kind == "b" else TEXT
