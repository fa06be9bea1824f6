"""What this machine lacks says nothing about a backup."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from opslib.backup.expectation import Query
from opslib.backup.postgres.binaries import Installation
from opslib.backup.postgres.limits import advice, lacking
from opslib.backup.postgres.scratch import initialise, running, server_directory
from tests.backup.postgres.conftest import Source, take, verify

pytestmark = pytest.mark.feature("B3")

SAID = {
    'pg_restore: error: could not execute query: ERROR:  extension "postgis" is not available': True,
    'could not extend file "base/16385/16391" with FileFallocate(): No space left on device': True,
    "ERROR:  could not resize shared memory segment to 8388608 bytes: No space left on device": True,
    "ERROR:  out of memory": True,
    "LOG:  client backend (PID 7) was terminated by signal 9: Killed": True,
    "pg_restore: error: out of memory": False,  # which a damaged length asks for
    "LOG:  client backend (PID 7) was terminated by signal 11: Segmentation fault": False,
    'ERROR:  relation "t" does not exist': False,
}


@pytest.mark.parametrize("line", SAID)
def test_what_is_the_machines_and_what_the_backups(line: str) -> None:
    assert bool(lacking([line])) == SAID[line]


def test_a_full_disk_is_told_from_a_missing_right() -> None:
    assert advice("could not write to output file: No space left on device", "ask for the right") == "make room there"
    assert advice("permission denied for table t", "ask for the right") == "ask for the right"


def test_a_check_that_needs_more_than_there_is_is_not_checked(source: Source, place: Path) -> None:
    source.run("create table big as select n, md5(n::text) t from generate_series(1, 20000) n")
    sorting = Query(name="last", query="select max(t) from (select t from big order by t offset 9) x", at_least=0)
    path = take(source, place / "one")
    settings = {"work_mem": "64kB", "temp_file_limit": "0", "max_parallel_workers_per_gather": "0"}
    report = verify(path, business=(sorting,), settings=settings)
    assert report.disproven == {}
    assert report.verdict == "not checked"
    assert "temp_file_limit" in report.of("business", "not checked")[0]


def test_a_process_of_the_server_that_the_kernel_has_killed_is_seen_in_its_log(newest: Installation) -> None:
    with server_directory() as directory:
        initialise(newest, directory)
        with running(newest, directory) as scratch:
            assert scratch.complaints == ()
            with scratch.database().connect() as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
                deadline = time.monotonic() + 60
                while not scratch.complaints and time.monotonic() < deadline:
                    time.sleep(0.01)
            assert lacking(scratch.complaints) == ("was terminated by signal 9",)
