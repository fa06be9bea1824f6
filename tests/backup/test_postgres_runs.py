"""PostgreSQL through the runs: a dump and a base backup, taken and proven with what the configuration asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from opslib.backup import take, verify
from opslib.backup.config import BackupConfig
from opslib.backup.postgres.binaries import choose, installations
from opslib.backup.postgres.scratch import initialise, running, server_directory


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """A server with a table, which stands for the production one."""
    installation = choose(installations()[0].major)
    settings = {"wal_level": "replica", "max_wal_senders": "4"}
    with server_directory() as directory:
        initialise(installation, directory)
        with running(installation, directory, settings=settings) as server:
            conninfo = server.database().conninfo
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("create table orders (id serial primary key, created_at timestamptz default now())")
                connection.execute("insert into orders select from generate_series(1, 100)")
            yield conninfo


@pytest.fixture
def config(source: str, configured: Callable[..., BackupConfig], monkeypatch: pytest.MonkeyPatch) -> BackupConfig:
    monkeypatch.setenv("ORDERS_DSN", source)
    orders = {"kind": "postgres", "dsn_variable": "ORDERS_DSN", "rto_seconds": 600}
    return configured(
        orders=orders
        | {
            "freshness": [{"query": "select max(created_at) from orders", "max_age_seconds": 3600}],
            "business": [{"name": "orders", "query": "select count(*) from orders", "at_least": 100}],
        },
        cluster=orders | {"format": "base"},
        strict=orders | {"business": [{"name": "orders", "query": "select count(*) from orders", "at_least": 101}]},
    )


@pytest.mark.feature("B3", "B5")
def test_a_dump_is_taken_and_proven(config: BackupConfig) -> None:
    assert take(config, "orders").verdict == "proven"
    run = verify(config, "orders")
    wrong = [finding for finding in run.report.findings if finding.verdict != "proven" and finding.required]
    assert (run.verdict, wrong) == ("proven", [])
    assert {"content", "schema", "freshness", "business", "rto"} <= {each.check for each in run.report.findings}
    assert run.report.restored_seconds
    assert verify(config, "orders", skip_proven=True).report.skipped is not None


@pytest.mark.feature("B3")
def test_a_wrong_answer_to_a_business_query_is_disproven(config: BackupConfig) -> None:
    take(config, "strict")
    run = verify(config, "strict")
    assert {each.check for each in run.report.findings if each.verdict == "disproven"} == {"business"}


@pytest.mark.feature("B4")
def test_a_base_backup_is_taken_and_verified_by_its_own_checks(config: BackupConfig) -> None:
    assert take(config, "cluster").verdict == "proven"
    run = verify(config, "cluster")
    assert {each.check for each in run.report.findings if each.verdict == "disproven"} == set()
    assert "base backup" in {each.check for each in run.report.findings if each.verdict == "proven"}
