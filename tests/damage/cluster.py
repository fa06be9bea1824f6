"""A PostgreSQL server that stands for the production one, with a shop's database that can be put back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from opslib.backup.postgres.binaries import Installation
from opslib.backup.postgres.scratch import Scratch, running, server_directory

__all__ = ["Cluster", "make_data", "start_cluster"]

SETTINGS = {"wal_level": "replica", "max_wal_senders": "4", "max_locks_per_transaction": "256"}

SHOP = """
create extension citext;
create domain cents as bigint check (value >= 0);
create type state as enum ('open', 'paid', 'sent');
create table customer (id int generated always as identity primary key, name citext not null, balance numeric(12, 2),
  since date, seen timestamptz);
create table orders (id serial primary key, customer int not null references customer, placed timestamptz not null,
  state state not null, amount cents not null, item text, document jsonb, raw json, place point, digest bytea);
create table visit (day date not null, page text, hits int, ratio float8) partition by range (day);
create table visit_1 partition of visit for values from ('2026-01-01') to ('2026-02-01');
create table visit_2 partition of visit default;
create table setting (name text, value text);
create index orders_item on orders (item);
create unique index customer_name on customer (name, id);
create view open_orders as select id, amount from orders where state = 'open';
create function total(int) returns bigint stable language sql as
  'select sum(amount)::bigint from public.orders where customer = $1';
create sequence ticket start 5;
comment on table orders is 'what was ordered';
insert into customer (name, balance, since, seen) select 'Customer ' || n, n * 1.25, date '2020-01-01' + n,
  timestamptz '2026-01-01 00:00+00' + n * interval '1 minute' from generate_series(1, 150) n;
insert into orders (customer, placed, state, amount, item, document, raw, place, digest)
  select n % 150 + 1, timestamptz '2026-03-01 00:00+00' + n * interval '37 seconds',
  (array['open', 'paid', 'sent']::state[])[n % 3 + 1], n * 7, 'item ' || n % 97 || ' ' || md5(n::text),
  jsonb_build_object('lines', n % 5, 'note', md5((n * 3)::text)), json_build_object('n', n), point(n, n / 3.0),
  decode(md5(n::text), 'hex') from generate_series(1, 2500) n;
insert into visit select date '2026-01-01' + n % 60, '/page/' || n % 13, n, n / 7.0 from generate_series(1, 600) n;
insert into setting select 'key ' || n % 4, 'same' from generate_series(1, 12) n;
select nextval('ticket');
grant select on orders to shop_reader;
alter table setting owner to shop_owner;
"""
VECTORS = """
create extension vector;
create table embedding (id int primary key, v vector(4));
insert into embedding select n, format('[%s,%s,%s,1]', n, n / 2.0, n / 3.0)::vector from generate_series(1, 100) n;
"""
ROLES = ("create role shop_reader login", "create role shop_owner nologin", "grant shop_owner to shop_reader")


@dataclass(frozen=True)
class Cluster:
    """A running server.

    Attributes:
        server: As opslib runs its own.
        has_vectors: Whether it has pgvector.
    """

    server: Scratch
    has_vectors: bool

    def conninfo(self, database: str = "shop") -> str:
        """libpq's connection string of a database."""
        return f"host={self.server.directory / 's'} port=5432 user={self.server.superuser} dbname={database}"

    def run(self, *statements: str, database: str = "shop") -> list[tuple[Any, ...]]:
        """Run statements, and return the last one's rows."""
        rows: list[tuple[Any, ...]] = []
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
        return rows

    @contextmanager
    def changed(self, *statements: str) -> Iterator[None]:
        """The shop's database after some statements; afterwards it is as it was."""
        try:
            self.run(*statements)
            yield
        finally:
            self.run("drop database shop with (force)", "create database shop template pristine", database="postgres")


def make_data(installation: Installation, directory: Path, *, checksums: bool) -> None:
    """An empty data directory. PostgreSQL makes checksums by itself from 18 on, and not before."""
    wanted = ["--data-checksums"] if checksums else ["--no-data-checksums"] if installation.major >= 18 else []
    options = ("-U", "postgres", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", *wanted)
    ran = installation.run("initdb", "-D", str(directory / "data"), *options, cwd=directory, as_server=True)
    if ran.code:
        raise RuntimeError(ran.first_error)


@contextmanager
def start_cluster(installation: Installation, *, checksums: bool) -> Iterator[Cluster]:
    """A server with the shop on it, and a pristine copy to put it back from."""
    with server_directory() as directory:
        make_data(installation, directory, checksums=checksums)
        with running(installation, directory, settings=SETTINGS) as server:
            bare = Cluster(server, has_vectors=False)
            query = "select count(*) > 0 from pg_available_extensions where name = 'vector'"
            cluster = Cluster(server, bare.run(query, database="postgres")[0][0])
            cluster.run(*ROLES, "create database pristine", database="postgres")
            cluster.run(SHOP, *([VECTORS] if cluster.has_vectors else []), "vacuum analyze", database="pristine")
            cluster.run("create database shop template pristine", "checkpoint", database="postgres")
            yield cluster
