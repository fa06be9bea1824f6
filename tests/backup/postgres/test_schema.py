"""Every single change to a schema is named, and what a change touches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opslib.backup.postgres import readers
from opslib.backup.postgres.connecting import Database
from opslib.backup.postgres.schema import compare_schemas, read_roles, read_schema
from tests.backup.postgres.conftest import Source

AWKWARD = Path(__file__).with_name("awkward.sql").read_text(encoding="utf-8")
pytestmark = pytest.mark.feature("B3")

CHANGES = {
    "alter table parent add more int": ["column public.parent.more was not there", "column public.child.more"],
    "alter table watched drop column ref cascade": ["column public.watched.ref is missing"],
    "alter table secret alter a type bigint": ["column public.secret.a type is bigint, and was integer"],
    "alter table secret alter who set not null": ["column public.secret.who not_null is True"],
    "alter table secret alter who set default 'x'": ["column public.secret.who default is 'x'::text, and was None"],
    "alter table secret disable row level security": ["table public.secret row_security is False"],
    "alter table secret set (fillfactor = 50)": ["table public.secret options is ['fillfactor=50']"],
    "alter table unlogged set logged": ["table public.unlogged persistence is p, and was u"],
    "alter table parted detach partition parted_1": ["table public.parted_1"],
    "alter table child no inherit parent": ["table public.child column_order"],
    "drop index parent_double_idx": ["index public.parent_double_idx is missing"],
    "alter table watched validate constraint unsure": ["constraint public.watched.unsure"],
    "alter table watched drop constraint watched_pkey": ["constraint public.watched.watched_pkey is missing", "index"],
    "alter domain positive drop constraint positive_check": ["constraint public.positive.positive_check is missing"],
    "alter sequence downward increment -4": ["sequence public.downward increment is -4, and was -3"],
    "alter sequence watched_id_seq owned by none": ["sequence public.watched_id_seq owned_by is None"],
    "create or replace view a_view as select p.a, c.b from parent p join child c using (a) where p.a > 1": [
        "view public.a_view definition",
    ],
    "refresh materialized view never_filled": ["materialised view public.never_filled populated is True"],
    "create or replace function double(int) returns int language sql immutable return $1 * 3": [
        "function public.double"
    ],
    "drop aggregate total(int)": ["function public.total(integer) is missing"],
    "alter table watched disable trigger watch": ["trigger public.watched.watch enabled is D"],
    "drop rule quiet on watched": ["rule public.watched.quiet is missing"],
    "alter policy own on secret using (true)": ["policy public.secret.own using is true"],
    "alter type mood add value 'meh' before 'ok'": ["type public.mood labels"],
    "alter type pair add attribute z int": ["type public.pair fields"],
    "drop extension hstore cascade": ["extension hstore is missing"],
    "drop statistics together": ["extended statistics public.together is missing"],
    "alter publication news add table secret": ["publication news tables"],
    "alter server elsewhere options (add port '1')": ["foreign server elsewhere option_names"],
    "alter default privileges in schema public revoke select on tables from public": ["default privilege"],
    "comment on table watched is 'other'": ["comment table public.watched"],
    "create collation other (locale = 'C')": ["collation public.other was not there"],
    "create operator ## (function = int4pl, leftarg = int, rightarg = int)": ["operator"],
    "create text search configuration here (copy = simple)": ["text search configuration public.here"],
    "create cast (mood as int) with inout": ["cast"],
    "grant select on secret to public": ["table public.secret acl"],
    "grant update (a) on secret to public": ["column public.secret.a acl"],
    "create schema more": ["schema more was not there"],
}


@pytest.fixture(scope="module")
def awkward(server: object) -> Iterator[Source]:
    maintenance = Source(server, "postgres")  # type: ignore[arg-type]  # the session's server
    maintenance.run("create database awkward_schema")
    source = Source(maintenance.server, "awkward_schema")
    source.run(AWKWARD)
    yield source
    maintenance.run("drop database awkward_schema with (force)")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_named(awkward: Source, change: str) -> None:
    with awkward.server.database(awkward.name).session({"default_transaction_read_only": "off"}) as connection:
        then = read_schema(connection)
        connection.execute("begin")
        connection.execute("set local search_path = public")
        connection.execute(change.encode())
        connection.execute("set local search_path = ''")
        now = read_schema(connection)
        connection.execute("rollback")
        assert read_schema(connection) == then
    said = [f"{each.kind} {each.name} {each.says}" for each in compare_schemas(then, now)]
    for expected in CHANGES[change]:
        assert [line for line in said if line.startswith(expected)], said
    assert len(said) <= len(CHANGES[change]) + 6, said


def test_a_role_is_read_without_its_password(source: Source, role: str) -> None:
    source.run(f"alter role {role} password 'swordfish' connection limit 3 valid until '2030-01-01'")
    source.run(f"alter role {role} set work_mem = '1MB'", f"grant pg_monitor to {role} with admin option")
    with readers(Database.of(source.conninfo)) as reading:
        found = read_roles(reading.first)[role]
    assert found["connection_limit"] == 3
    assert found["member_of"] == ["pg_monitor with admin"]
    assert found["settings"] == ["work_mem=1MB"]
    assert "swordfish" not in str(found)
    assert "SCRAM" not in str(found)


def test_another_major_version_explains_other_words_and_nothing_else() -> None:
    then = {"view": {"a": {"definition": "x", "owner": "o"}, "b": {"definition": "x", "owner": "o"}}}
    now = {"view": {"a": {"definition": "y", "owner": "o"}, "b": {"definition": "y", "owner": "p"}}}
    found = list(compare_schemas(then, now, other_major=True))
    assert [(each.name, each.by_version) for each in found] == [("a", True), ("b", False)]
    assert not any(each.by_version for each in compare_schemas(then, now))
