"""Classes of damage to what a backup holds: done to the source before it was taken, or between it and its manifest."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.damage import broken_servers, dumps, points, redis_dumps
from tests.damage.base_backups import BASE, taken_after
from tests.damage.broken_servers import BROKEN, damaged
from tests.damage.dumps import COMPRESSED, ORPHANS, OTHER, changed
from tests.damage.redis_dumps import REDIS
from tests.damage.row import SOUND, Case, Row, Twin
from tests.damage.twins import another_superuser, dumped_again, far_ids, more_roles, not_valid, sequence_further

__all__ = ["ROWS"]

POINTS = points.DIRECTORY


def some(chance: Random) -> dict[str, Any]:
    """Rows at random."""
    one, two = chance.sample(range(1, 2501), 2)
    return {"one": one, "two": two, "customer": chance.randrange(1, 151), "hits": chance.randrange(1, 601)}


def value(name: str, statement: str, check: str = "content", *, times: int = 1) -> Case:
    """A dump of a database in which a statement has changed something."""
    return Case(name, COMPRESSED, changed(statement, pick=some), check, times)


ROWS = (
    Row(
        8,
        "missing table, fewer rows",
        (
            value("a row less", "delete from orders where id = {one}", times=3),
            value("a row of a partition less", "delete from visit where hits = {hits}"),
            value("one of two equal rows less", "delete from setting where ctid = (select min(ctid) from setting)"),
            value("a row twice", "insert into visit select * from visit where hits = {hits}"),
            value("a table without rows", "truncate visit_2"),
            value("a table gone", "drop table setting", "content|schema"),
            value("a partition gone", "drop table visit_2", "content|schema"),
        ),
        (Twin("dumped again, with the first manifest", COMPRESSED, dumped_again),),
    ),
    Row(
        9,
        "changed or swapped values",
        (
            value(
                "two rows' values exchanged",
                "update orders o set item = p.item from orders p"
                " where (o.id, p.id) in (({one}, {two}), ({two}, {one})) and o.id <> p.id",
                times=6,
            ),
            value(
                "two columns' values exchanged",
                "update visit set hits = 601 - hits, ratio = hits where hits = {hits}",
                times=2,
            ),
            value("a number", "update orders set amount = amount + 1 where id = {one}", times=2),
            value(
                "an enum",
                "update orders set state = case state when 'open' then 'paid' else 'open' end::state where id = {one}",
            ),
            value("a letter's case in citext", "update customer set name = upper(name) where id = {customer}"),
            value("null instead of a date", "update customer set since = null where id = {customer}"),
            value("json's spaces", "update orders set raw = (raw::text || ' ')::json where id = {one}"),
            value(
                "a point's last digit", "update orders set place = point(place[0], place[1] + 1e-9) where id = {one}"
            ),
            value("a byte", "update orders set digest = set_byte(digest, 3, get_byte(digest, 3) # 1) where id = {one}"),
            value(
                "one duplicate pair for another",
                "update setting set name = case name when 'key 0' then 'key 1'"
                " when 'key 1' then 'key 0' else name end where ctid in (select ctid from setting limit 2)",
            ),
        ),
        (Twin("rewritten in another order, with the first manifest", COMPRESSED, dumped_again),),
    ),
    Row(
        13,
        "missing role or extension",
        (
            Case("a role not in the file of roles", COMPRESSED, dumps.without_role, "roles|restore", 2),
            Case("the file of roles gone", COMPRESSED, dumps.without_roles, "roles"),
            Case("a role with other rights", COMPRESSED, dumps.with_other_rights, "roles"),
            value("an extension gone", "drop extension citext cascade", "extensions"),
        ),
        (
            Twin("more roles on the server by now", COMPRESSED, more_roles),
            Twin("restored by a superuser of another name", COMPRESSED, another_superuser),
        ),
    ),
    Row(
        14,
        "sequence behind max(id)",
        (
            value("behind at the source", "select setval('orders_id_seq', {one})", "ids", times=2),
            value("an identity behind", "alter table customer alter id restart with 7", "ids"),
            value("a sequence of no column behind", "select setval('ticket', 1, false)", "sequences"),
        ),
        (
            Twin("used by others during the dump", COMPRESSED, sequence_further),
            Twin("an id far away that somebody set", COMPRESSED, far_ids),
        ),
    ),
    Row(
        15,
        "corruption already in the source",
        (
            Case(
                "an index without an entry",
                BROKEN,
                damaged("public.orders_pkey", broken_servers.lose_entry),
                "amcheck",
                2,
            ),
            Case(
                "entries out of order", BROKEN, damaged("public.customer_pkey", broken_servers.swap_entries), "amcheck"
            ),
            Case("a bit of a key", BROKEN, damaged("public.orders_pkey", broken_servers.flip_key), "amcheck", 2),
            Case(
                "a bit of an indexed value", BROKEN, damaged("public.orders", broken_servers.flip_value), "amcheck", 2
            ),
            Case("a row of the future", BROKEN, damaged("public.orders", broken_servers.future_row), "amcheck"),
            Case("a pointer astray", BROKEN, damaged("public.customer", broken_servers.astray), "amcheck"),
        ),
        (
            Twin("no checksums, and no damage", BROKEN),
            Twin("an index that was built anew", BROKEN, broken_servers.mended),
        ),
    ),
    Row(
        16,
        "orphan foreign key",
        (
            Case("a customer deleted past the triggers", BASE, taken_after(*ORPHANS), "foreign keys", 2),
            Case("the same in a dump", COMPRESSED, dumps.retaken(*ORPHANS), "restore|foreign keys", 1),
        ),
        (Twin("orphans of a key that is not valid at its source", COMPRESSED, not_valid), Twin(SOUND, BASE)),
    ),
    Row(
        17,
        "wrong database or environment restored",
        (
            Case("of another environment", COMPRESSED, dumps.of_another, "identity", 3),
            Case("another database under our manifest", COMPRESSED, changed(*OTHER), "content|schema"),
            Case("Redis of another environment", REDIS, redis_dumps.of_another, "identity"),
            Case("a point of another environment", POINTS, points.of_another("environment", "staging"), "identity"),
        ),
        (Twin(SOUND, COMPRESSED), Twin("manifests of our own", POINTS, points.with_manifests)),
    ),
)
