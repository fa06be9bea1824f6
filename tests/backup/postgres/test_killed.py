"""What lives while others sweep, and what does not outlive a killed run; tests/backup/test_kills.py does the rest."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from opslib.backup.postgres import Options, take_dump, verify_dump
from opslib.backup.processes import processes_in
from opslib.backup.scratch import scratch_root, sweep
from tests.backup.postgres.conftest import Source

# Its children begin with everything imported, so that a kill hits the run and not the start of Python.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["opslib.backup.postgres", "psycopg"])
pytestmark = pytest.mark.feature("B2", "B4")


def take_and_verify(source: str, into: Path, scratch: Path) -> None:
    take_dump(source, into, name="shop")
    verify_dump(into, Options(name="shop", scratch=scratch))


def run(source: Source, into: Path, scratch: Path) -> ForkServerProcess:
    process = FORKS.Process(target=take_and_verify, args=(source.conninfo, into, scratch))
    process.start()
    return process


@pytest.fixture
def big(source: Source) -> Source:
    source.run("create table big as select n, repeat(md5(n::text), 20) as t from generate_series(1, 20000) n")
    source.run("create index on big (n)", "create index on big (t)")
    return source


def wait_for_a_process(directory: Path) -> bool:
    """Whether one came to work there: some, as initdb, are gone at the next look."""
    deadline = time.monotonic() + 60
    while not (found := processes_in(directory)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(found)


def test_a_living_run_is_not_swept(big: Source, place: Path) -> None:
    scratch = place / "scratch"
    scratch.mkdir()
    scratch.chmod(0o711)
    process = run(big, place / "one", scratch)
    assert wait_for_a_process(scratch)
    assert sweep(scratch) == ()
    process.join()
    assert process.exitcode == 0
    assert not processes_in(scratch)
    assert [path for path in scratch_root(scratch).iterdir() if path.is_dir()] == []


def test_pg_dump_does_not_outlive_a_killed_run(big: Source, place: Path) -> None:
    """Here it would wait for a lock, and hold others, until the table is free."""
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv here: pg_dump ends by itself, later")
    backups = place / "backups"
    backups.mkdir()
    with big.server.database(big.name).connect() as connection:
        connection.execute("begin")
        connection.execute("lock table big in access exclusive mode")
        process = run(big, backups / "one", place)
        assert wait_for_a_process(backups)
        process.kill()
        process.join()
        # The kernel has killed it as well, which takes a moment.
        deadline = time.monotonic() + 60
        while processes_in(backups) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert not processes_in(backups)
