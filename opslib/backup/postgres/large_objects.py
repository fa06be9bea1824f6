"""The content of large objects, whoever may read it."""

from __future__ import annotations

from opslib.backup.postgres.connecting import Connection

__all__ = ["large_objects"]

_PIECE_BYTES = 1 << 20
_AT_ONCE = 500

_OBJECTS = "select m.oid::int8 from pg_largeobject_metadata m where m.oid > %s order by m.oid limit %s"
# By the functions that clients use: the pages of pg_largeobject are a superuser's, and a restore fills their holes.
_SIZES = """
    select o.id, o.size, lo_close(o.descriptor) from (
      select d.id, d.descriptor, lo_lseek64(d.descriptor, 0, 2) as size
      from (select x.id, lo_open(x.id::oid, 262144) as descriptor from unnest(%s::int8[]) x(id) offset 0) d offset 0) o
"""
_SUM = """
    select coalesce(sum(hashint8extended(hash_record_extended(
      row(o.id, o.size, p.at, lo_get(o.id::oid, p.at, %s)), 1), 1)), 0)
    from unnest(%s::int8[], %s::int8[]) o(id, size)
    cross join lateral generate_series(0, greatest(o.size - 1, 0), %s) p(at)
"""


def large_objects(connection: Connection, _read: str = "") -> tuple[int, str]:
    """How many large objects there are, and the fingerprint of them all: ids, sizes and bytes.

    Raises:
        psycopg.errors.InsufficientPrivilege: one of them may not be read.
    """
    count, total, last = 0, 0, 0
    while ids := [row[0] for row in connection.execute(_OBJECTS, [last, _AT_ONCE]).fetchall()]:
        sizes = {row[0]: row[1] for row in connection.execute(_SIZES, [ids]).fetchall()}
        row = connection.execute(_SUM, [_PIECE_BYTES, list(sizes), list(sizes.values()), _PIECE_BYTES]).fetchone()
        count, total, last = count + len(ids), total + int(row[0] if row else 0), ids[-1]
    return count, str(total)
