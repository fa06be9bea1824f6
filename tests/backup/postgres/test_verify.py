from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from opslib.backup.expectation import Freshness, Query
from opslib.backup.postgres import (
    DumpManifest,
    Options,
    read_manifest,
    take_base_backup,
    take_dump,
    verify_base_backup,
)
from opslib.backup.postgres.binaries import give_to_server
from opslib.errors import BadRequest, Refused
from tests.backup.postgres.conftest import Source, reseal, take, verify

SHOP = """
    create extension citext;
    do $$ begin create role shop_reader login; exception when duplicate_object then null; end $$;
    create table customer (id int generated always as identity primary key, name text not null, balance numeric(10, 2));
    create table orders (id serial primary key, customer int not null references customer, placed timestamptz,
      item text, amount int);
    grant select on orders to shop_reader;
    create index orders_item on orders (item);
    create view big_orders as select id, amount from orders where amount > 500;
    insert into customer (name, balance) select 'customer ' || n, n from generate_series(1, 50) n;
    insert into orders (customer, placed, item, amount)
      select n % 50 + 1, now() - n * interval '1 minute', 'item ' || n % 7, n from generate_series(1, 1000) n;
"""
FORMATS = ("custom", "directory", "plain")
pytestmark = pytest.mark.feature("B3", "B4")


@pytest.fixture
def shop(source: Source) -> Source:
    source.run(SHOP)
    return source


@pytest.mark.parametrize("how", FORMATS)
def test_an_undamaged_dump_is_proven_whole(shop: Source, place: Path, how: str) -> None:
    report = verify(take(shop, place / "one", format=how), rto_seconds=600, rpo_seconds=3600)
    assert report.verdict == "proven", report
    assert "1050 in 2 tables" in report.of("content")[0]


Damage = Callable[[Path, Source], None]


def cut(path: Path, _: Source) -> None:
    file = path / "database.dump"
    file.write_bytes(file.read_bytes()[:-200])


def empty(path: Path, _: Source) -> None:
    (path / "database.dump").write_bytes(b"")


def noise(path: Path, _: Source) -> None:
    (path / "database.dump").write_bytes(b"\0\1\2" * 1000)


def flip_compressed(path: Path, _: Source) -> None:
    """A bit in the middle of the largest compressed block."""
    file = path / "database.dump"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


def dumped_without(change: str) -> Damage:
    """The dump of a database in which something is other than the manifest says."""

    def damage(path: Path, source: Source) -> None:
        source.run(change)
        other = take(source, path.with_name("other"))
        shutil.copy(other / "database.dump", path / "database.dump")

    return damage


def without_roles(path: Path, _: Source) -> None:
    (path / "globals.sql").unlink()


def without_one_role(path: Path, _: Source) -> None:
    file = path / "globals.sql"
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if "shop_reader" not in line))


DAMAGES: dict[str, tuple[Damage, str, str]] = {
    "1 cut": (cut, "restore", "could not|unexpected end|error"),
    "2 flipped in a compressed file": (flip_compressed, "restore|content", "."),
    "6 empty file": (empty, "files", "is empty"),
    "6 no dump at all": (noise, "files", "no dump"),
    "6 empty database": (dumped_without("drop table orders cascade; drop table customer"), "content", "is missing"),
    "8 missing table": (dumped_without("drop table orders cascade"), "content", "public.orders is missing"),
    "8 fewer rows": (dumped_without("delete from orders where id = 7"), "content", "holds 999 rows, and held 1000"),
    "9 changed value": (dumped_without("update orders set amount = 0 where id = 7"), "content", "with other values"),
    "9 swapped values": (
        dumped_without("update orders set amount = case id when 7 then 8 else 7 end where id in (7, 8)"),
        "content",
        "with other values",
    ),
    "5 missing index": (dumped_without("drop index orders_item"), "schema", "index public.orders_item is missing"),
    "5 missing constraint": (
        dumped_without("alter table orders drop constraint orders_customer_fkey"),
        "schema",
        "orders_customer_fkey is missing",
    ),
    "13 missing roles": (without_roles, "roles", "no file of the server's roles"),
    "13 missing role": (without_one_role, "roles", "the role shop_reader is missing"),
    "13 missing extension": (dumped_without("drop extension citext"), "extensions", "the extension citext is missing"),
    "14 sequence behind": (
        dumped_without("select setval('orders_id_seq', 500)"),
        "ids",
        "orders_id_seq gives out 501 next, and public.orders.id has got to 1000",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_by_what_is_in_the_files(shop: Source, place: Path, damage: str) -> None:
    path = take(shop, place / "one")
    injure, check, says = DAMAGES[damage]
    injure(path, shop)
    reseal(path)
    disproven = verify(path).disproven
    found = [line for name, lines in disproven.items() if re.fullmatch(check, name) for line in lines]
    assert any(re.search(says, line) for line in found), disproven


def test_a_changed_file_is_found_by_its_digest_and_not_restored(shop: Source, place: Path) -> None:
    path = take(shop, place / "one")
    flip_compressed(path, shop)
    report = verify(path)
    assert report.of("files", "disproven") == ["database.dump has other content than when it was taken (SHA-256)"]
    assert report.of("restore") == ["a file is not as it was taken, so it was not restored"]


def test_a_changed_manifest_is_found_by_its_own_digest(shop: Source, place: Path) -> None:
    path = take(shop, place / "one")
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows":1000', '"rows":1001'))
    assert "does not match its own SHA-256" in verify(path).disproven["manifest"][0]


def test_every_flipped_bit_of_an_uncompressed_dump_is_found(shop: Source, place: Path) -> None:
    """What pg_restore takes without a word is found by the fingerprint."""
    shop.run("create table big as select n, 'text ' || n as t from generate_series(1, 3000) n")
    path = take(shop, place / "one", format="plain")
    whole = (path / "database.sql").read_bytes()
    start = whole.index(b"text 1000")
    (path / "database.sql").write_bytes(whole[:start] + b"texu 1000" + whole[start + 9 :])
    reseal(path)
    report = verify(path)
    assert report.of("restore", "proven")
    assert report.of("content", "disproven") == ["public.big holds as many rows as it did (3000), with other values"]


@pytest.mark.parametrize(("after", "check"), [("text 1000\n", "complete"), ("\\.\n", "schema")])
def test_a_plain_dump_that_is_cut_is_found_though_psql_is_content(
    shop: Source, place: Path, after: str, check: str
) -> None:
    shop.run("create table big as select n, 'text ' || n as t from generate_series(1, 3000) n")
    path = take(shop, place / "one", format="plain")
    whole = (path / "database.sql").read_text()
    (path / "database.sql").write_text(whole[: whole.rindex(after) + len(after)])
    reseal(path)
    report = verify(path)
    assert check in report.disproven
    assert report.of("complete", "disproven") == ["pg_dump's last line is not there: it was cut"]


def test_orphans_are_found_though_the_constraint_calls_itself_valid(shop: Source, place: Path) -> None:
    path = take(shop, place / "one", format="plain")
    file = path / "database.sql"
    dump = file.read_text()
    key = dump.index("ALTER TABLE ONLY public.orders\n    ADD CONSTRAINT orders_customer_fkey")
    forged = dump[:key] + dump[key:].replace(
        "REFERENCES public.customer(id);",
        "REFERENCES public.customer(id) NOT VALID;\n"
        "update pg_constraint set convalidated = true where conname = 'orders_customer_fkey';",
        1,
    )
    file.write_text(re.sub(r"(COPY public.customer .*?\n)1\t.*?\n", r"\1", forged))
    reseal(path)
    assert verify(path).disproven["foreign keys"] == [
        "public.orders.orders_customer_fkey: rows that refer to nothing: 20"
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"environment": "prod"}, "environment 'test', not 'prod'"),
        ({"name": "other"}, "name 'shop', not 'other'"),
        ({"database": "other"}, "not other"),
        ({"system_identifier": "1"}, "not 1"),
    ],
)
def test_a_backup_of_another_thing_is_disproven(shop: Source, place: Path, options: dict[str, str], says: str) -> None:
    assert says in verify(take(shop, place / "one"), **options).disproven["identity"][0]


def test_expectations_of_people(shop: Source, place: Path) -> None:
    count = Query(name="orders", query="select count(*) from orders", equals=1000)
    most = Query(name="most", query="select max(amount) from orders", at_least=1, at_most=999)
    fresh = Freshness(query="select max(placed) from orders", max_age_seconds=3600)
    stale = Freshness(query="select min(placed) from orders", max_age_seconds=3600, name="oldest")
    path = take(shop, place / "one", queries=[count])
    report = verify(path, business=(count, most), freshness=(fresh, stale), rto_seconds=0.001, rpo_seconds=0.001)
    assert report.of("business", "proven") == ["the answer is 1000"]
    assert report.of("business", "disproven") == ["the answer is 1000, and should be at most 999"]
    assert len(report.of("freshness", "proven")) == 1
    assert "more than 3600 s" in report.of("freshness", "disproven")[0]
    assert "the RTO is 0 s" in report.disproven["rto"][0]
    assert "the RPO is 0 s" in report.disproven["age"][0]


def test_an_answer_that_is_other_than_at_the_backup(shop: Source, place: Path) -> None:
    query = Query(name="sum", query="select sum(amount) from orders", at_least=1)
    path = take(shop, place / "one", queries=[query])
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    answer = manifest.answers["sum"].model_copy(update={"answer": "1"})
    reseal(path, answers={"sum": answer})
    assert verify(path, business=(query,)).disproven["business"] == [
        "the answer is 500500, and was 1 when the backup was taken"
    ]


def test_what_looks_like_damage_and_is_none(shop: Source, place: Path) -> None:
    """The twins: children of a table with a foreign key, an id set by hand, a sequence that was used meanwhile."""
    shop.run(
        "create table note (id serial primary key, customer int references customer)",
        "create table old_note () inherits (note)",
        "insert into note values (1, 1), (2147483647, 2)",
        "select setval('note_id_seq', 5)",
        "insert into old_note values (3, 4711)",
        "create table part (id serial primary key) partition by range (id)",
        "create table part_1 partition of part for values from (1) to (100)",
        "insert into part default values",
        "select nextval('orders_id_seq')",
    )
    report = verify(take(shop, place / "one"))
    assert report.verdict == "proven", report.disproven
    assert "the next ids are free" in report.of("ids", "not checked")[0]
    shop.run("select setval('part_id_seq', 1, false)")
    assert "part_id_seq gives out 1 next" in verify(take(shop, place / "two")).disproven["ids"][0]


def test_odd_names_and_settings_of_the_database(make_source: Callable[[], Source], place: Path) -> None:
    source = make_source()
    odd = Source(source.server, 'host=x "Ödd" %s')
    identifier = '"host=x ""Ödd"" %s"'
    source.run(f"create database {identifier}")
    odd.run("create table a (b int)", "insert into a values (1)")
    odd.run(f"alter database {identifier} set default_transaction_read_only = on")
    try:
        conninfo = make_conninfo(source.conninfo, dbname=odd.name)
        for how in FORMATS:
            path = take_dump(conninfo, place / how, name="shop", format=how)  # type: ignore[arg-type]
            report = verify(path, environment="")
            assert report.verdict == "proven", report.disproven
    finally:
        source.run(f"drop database {identifier} with (force)")


def test_a_locale_that_this_machine_lacks_is_said_and_does_not_disprove(shop: Source, place: Path) -> None:
    path = take(shop, place / "one")
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    reseal(path, database=manifest.database.model_copy(update={"collate": "xx_XX.UTF-8", "ctype": "xx_XX.UTF-8"}))
    report = verify(path)
    assert report.verdict == "proven", report.disproven
    assert "with the locale C" in report.of("restore", "not checked")[0]


def test_tablespaces_are_made_in_the_scratch_server(shop: Source, place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    give_to_server(elsewhere)
    shop.run(f"create tablespace fast location '{elsewhere}'", "alter table orders set tablespace fast")
    try:
        report = verify(take(shop, place / "one"))
        assert report.verdict == "proven", report.disproven
        base = take_base_backup(shop.conninfo, place / "two", name="shop")
        findings, _ = verify_base_backup(base, Options(name="shop", database=shop.name))
        assert [each for each in findings if each.verdict == "disproven"] == []
        with pytest.raises(Refused, match="take it in the tar format"):
            take_base_backup(shop.conninfo, place / "three", name="shop", format="plain")
    finally:
        shop.run("alter table orders set tablespace pg_default", "drop tablespace fast")


def test_a_failing_query_disproves(shop: Source, place: Path) -> None:
    query = Query(name="gone", query="select count(*) from gone", at_least=1)
    assert (
        'relation "gone" does not exist'
        in verify(take(shop, place / "one"), business=(query,)).disproven["business"][0]
    )


def test_an_empty_database_is_only_right_when_somebody_says_so(source: Source, place: Path) -> None:
    path = take(source, place / "one")
    assert "holds no row" in verify(path).disproven["rows"][0]
    assert verify(path, may_be_empty=True).verdict == "proven"


@pytest.mark.parametrize("how", [*FORMATS, "gzip"])
def test_without_a_manifest_it_is_said_what_is_not_proven(shop: Source, place: Path, how: str) -> None:
    path = take(shop, place / "one", format="plain" if how == "gzip" else how)
    dump = next(file for file in path.iterdir() if file.name.startswith("database"))
    alone = shutil.move(dump, place / dump.name)
    if how == "gzip":
        alone = place / "database.sql.gz"
        alone.write_bytes(gzip.compress((place / dump.name).read_bytes()))
    report = verify(Path(alone))
    assert report.verdict == "not checked"
    assert not report.disproven
    assert report.of("restore", "proven")
    assert report.of("foreign keys", "proven")
    for check in ("manifest", "files", "identity", "roles", "extensions", "schema", "content", "sequences"):
        assert report.of(check, "not checked"), check
    query = Query(name="orders", query="select count(*) from public.orders", equals=1000)
    assert verify(Path(alone), required=("restore", "business"), business=(query,)).verdict == "proven"


def test_a_gzip_file_that_is_cut_is_disproven(shop: Source, place: Path) -> None:
    path = take(shop, place / "one", format="plain")
    packed = gzip.compress((path / "database.sql").read_bytes())
    (place / "x.sql.gz").write_bytes(packed[:-20])
    assert "cannot be unpacked" in verify(place / "x.sql.gz").disproven["files"][0]


def test_a_check_that_there_is_not_cannot_be_required(shop: Source, place: Path) -> None:
    with pytest.raises(BadRequest, match="there is no check 'magic'"):
        verify(take(shop, place / "one"), required=("magic",))
    with pytest.raises(BadRequest, match="there is nothing at"):
        verify(place / "nowhere")
