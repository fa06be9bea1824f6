from __future__ import annotations

from pathlib import Path

import pytest

from opslib.backup.postgres import DumpManifest, read_manifest, readers, take_dump
from opslib.backup.postgres.connecting import Database
from opslib.backup.postgres.fingerprint import UNSEEN, Content, fingerprint
from opslib.errors import Refused
from tests.backup.postgres.conftest import Source, take, verify

AWKWARD = Path(__file__).with_name("awkward.sql").read_text(encoding="utf-8")
pytestmark = pytest.mark.feature("B3")


@pytest.fixture
def awkward(source: Source) -> Source:
    source.run(AWKWARD)
    return source


def content_of(source: Source, role: str = "") -> Content:
    conninfo = source.conninfo + (f" user={role}" if role else "")
    with readers(Database.of(conninfo)) as reading:
        return fingerprint(*reading.connections)


@pytest.mark.parametrize("how", ["custom", "directory", "plain"])
def test_an_awkward_schema_is_proven_and_what_is_not_checked_has_its_reason(
    awkward: Source, place: Path, how: str
) -> None:
    report = verify(take(awkward, place / "one", format=how, connections=2))
    assert report.verdict == "proven", [each for each in report.findings if each.verdict != "proven" and each.required]
    not_checked = {each.on: each.says for each in report.findings if each.verdict == "not checked" and each.on}
    assert "its rows are on another server" in not_checked.pop("public.far")
    assert "has not been populated" in not_checked.pop("public.never_filled")
    assert not_checked == {}
    content = next(each for each in report.findings if each.check == "content" and each.verdict == "proven")
    assert content.facts == {"tables": 9, "rows": 13, "large_objects": 2}


CHANGES = {
    "an enum": 'update "Ünder scöre"."tab""le %s $1" set m = \'sad\' where id = 1',
    "an interval that is equal": 'update "Ünder scöre"."tab""le %s $1" set iv = \'32 days 03:04:05\' where id = 1',
    "intervals in an array": 'update "Ünder scöre"."tab""le %s $1" set ivs = \'{24 hours,24 hours}\' where id = 1',
    "the case of citext": 'update "Ünder scöre"."tab""le %s $1" set ct = \'cAsE\' where id = 1',
    "json's spaces": 'update "Ünder scöre"."tab""le %s $1" set j = \'{"b":1,"a":2}\' where id = 1',
    "a point": 'update "Ünder scöre"."tab""le %s $1" set pt = \'(1,2.0000001)\' where id = 1',
    "a vector": 'update "Ünder scöre"."tab""le %s $1" set v = \'[1,2,3.0001]\' where id = 1',
    "null and empty": 'update "Ünder scöre"."tab""le %s $1" set "sp ace" = \'\' where id = 2',
    "a null elsewhere": 'update "Ünder scöre"."tab""le %s $1" set f4 = f8, f8 = f4 where id = 1',
    "a partition": "update parted set b = 'z' where a = 2",
    "a child": "update child set b = 4",
    "an unlogged table": "update unlogged set a = 2",
    "a hidden row": "update secret set a = 3 where a = 2",
    "a large object": "select lo_put(oid, 1200000, 'x') from pg_largeobject_metadata",
    "a large object's length": "select lo_put(max(oid), 3000003, '\\x00') from pg_largeobject_metadata",
    "a row of no column": "insert into no_column default values",
    "the sign of a numeric": 'update "Ünder scöre"."tab""le %s $1" set n = -n where id = 1',
    "the scale of a numeric": 'update "Ünder scöre"."tab""le %s $1" set nu = 1.0 where id = 1',
    "infinity and not a number": 'update "Ünder scöre"."tab""le %s $1" set nu = \'Infinity\' where id = 2',
    "a sign in jsonb": 'update "Ünder scöre"."tab""le %s $1" set jb = \'{"a": [-1, null]}\' where id = 1',
    "a sign in an array": 'update "Ünder scöre"."tab""le %s $1" set nus = \'{1,2,3,-4}\' where id = 1',
    "the shape of an array": 'update "Ünder scöre"."tab""le %s $1" set nus = \'{{1,2},{3,4}}\' where id = 1',
    "a sign in a range": 'update "Ünder scöre"."tab""le %s $1" set nmr = \'{[-1,2),[5,6)}\' where id = 1',
    "null and a composite of nulls": 'update "Ünder scöre"."tab""le %s $1" set pr = (null, null) where id = 2',
    "null and zero": 'update "Ünder scöre"."tab""le %s $1" set f8 = 0 where id = 2',
    "a row that is there twice": "insert into parent select * from only parent",
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_seen(awkward: Source, change: str) -> None:
    before = content_of(awkward)
    assert content_of(awkward) == before
    awkward.run(CHANGES[change])
    assert content_of(awkward) != before


def test_what_the_fingerprint_does_not_see_is_what_it_says(awkward: Source) -> None:
    awkward.run("create table zero (f float8, g float4)", "insert into zero values (0, 0)")
    before = content_of(awkward).tables["public.zero"]
    awkward.run("update zero set f = '-0', g = '-0'")
    assert content_of(awkward).tables["public.zero"] == before
    assert "the sign of a floating-point zero" in UNSEEN


def test_rewriting_and_reordering_a_table_changes_nothing(awkward: Source) -> None:
    before = content_of(awkward)
    awkward.run("update parent set a = a", "vacuum full parent", "cluster filled using filled_a_idx")
    assert content_of(awkward) == before


def test_settings_of_the_role_and_the_database_change_nothing(awkward: Source) -> None:
    before = content_of(awkward)
    for setting in (
        "timezone = 'Asia/Kolkata'",
        "datestyle = 'German'",
        "extra_float_digits = -10",
        "bytea_output = escape",
        "intervalstyle = iso_8601",
        "search_path = 'Ünder scöre', public",
        "quote_all_identifiers = on",
    ):
        awkward.run(f'alter database "{awkward.name}" set {setting}')
    assert content_of(awkward) == before


def test_several_connections_find_what_one_finds(awkward: Source) -> None:
    one = content_of(awkward)
    with readers(Database.of(awkward.conninfo), connections=3, workers=0) as reading:
        assert fingerprint(*reading.connections) == one


def test_tables_without_permission_are_not_checked_and_say_why(awkward: Source, role: str) -> None:
    awkward.run(
        f"grant select (a) on secret to {role}",
        f"grant select on watched, parent to {role}",
        "create table open (a int)",
        "alter table open enable row level security",
        f"grant select on open to {role}",
        "create policy a_few on open using (a > 1)",
        "revoke select on child, parted_1 from public",
    )
    content = content_of(awkward, role)
    why = {name: table.not_checked for name, table in content.tables.items()}
    assert why["public.secret"] == "no permission to read column who"
    assert why["public.watched"] == ""
    assert why["public.parent"] == ""
    assert why["public.child"] == "no permission to read columns a, b, late"
    assert why['"Ünder scöre"."tab""le %s $1"'] == 'no permission for schema "Ünder scöre"'
    assert why["public.open"] == 'query would be affected by row-level security policy for table "open"'
    assert "permission denied for large object" in content.large_objects.not_checked


def test_a_table_that_cannot_be_dumped_refuses_the_dump_unless_it_is_left_out(
    source: Source, place: Path, role: str
) -> None:
    source.run(
        "create table mine (a int)", "insert into mine values (1)", "create table theirs (id serial primary key)"
    )
    source.run("create index on theirs (id)", f"grant select on mine to {role}")
    conninfo = f"{source.conninfo} user={role}"
    with pytest.raises(Refused, match="permission denied for table theirs"):
        take_dump(conninfo, place / "one", name="shop")
    assert list(place.iterdir()) == []
    path = take_dump(conninfo, place / "two", name="shop", exclude=["public.theirs", "public.theirs_id_seq"])
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest)
    assert set(manifest.tables) == {"public.mine"}
    report = verify(path, environment="")
    assert report.verdict == "proven", report.disproven


def test_ten_thousand_tables_take_a_few_round_trips(source: Source) -> None:
    source.run("do $$ begin for n in 1..3000 loop execute format('create table t%s (a int)', n); end loop; end $$")
    content = content_of(source)
    assert len(content.tables) == 3000
    assert {table.rows for table in content.tables.values()} == {0}


def test_as_many_columns_as_a_table_can_have(source: Source) -> None:
    columns = ", ".join(f"c{number} int" for number in range(1600))
    source.run(f"create table wide ({columns})", "insert into wide (c0, c1599) values (1, 2)")
    before = content_of(source)
    source.run("update wide set c0 = 2, c1599 = 1")
    assert content_of(source) != before
