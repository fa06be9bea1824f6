from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from opslib.backup.postgres import Database, Options, verify_dump
from opslib.backup.postgres.binaries import Installation, choose, installations, server_user
from opslib.backup.postgres.scratch import initialise, running, server_directory
from opslib.backup.processes import end_processes, processes_in
from opslib.errors import Refused
from tests.backup.postgres.conftest import Source, take

pytestmark = pytest.mark.feature("B2")


def test_a_scratch_server_is_reached_by_its_socket_alone_and_is_gone_afterwards(newest: Installation) -> None:
    with server_directory() as directory:
        initialise(newest, directory)
        with running(newest, directory) as scratch, scratch.database().connect() as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("show data_checksums").fetchone() == ("on",)
            assert stat.S_IMODE((directory / "s").stat().st_mode) == 0o700
            assert processes_in(directory)
            if user := server_user():
                assert (directory / "data").stat().st_uid == user.pw_uid != 0
        assert not processes_in(directory)
    assert not directory.exists()


def test_a_server_that_is_swept_may_shut_down_before_it_is_killed(newest: Installation) -> None:
    with server_directory() as directory:
        initialise(newest, directory)
        with running(newest, directory) as scratch:
            assert {process.name for process in end_processes(directory)} == {"postgres"}
            assert processes_in(directory) == ()
            # Killed, it would have left its shared memory behind.
            assert "received immediate shutdown request" in scratch.log.read_text()


def test_it_is_gone_after_an_error_too(newest: Installation) -> None:
    made: list[Path] = []

    def fail() -> None:
        with server_directory() as directory:
            made.append(directory)
            initialise(newest, directory)
            with running(newest, directory):
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not made[0].exists()
    assert not processes_in(made[0])


def test_the_environment_cannot_lead_a_verification_to_another_server(
    source: Source, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.run("create table a (b int)", "insert into a values (1)")
    path = take(source, place / "one")
    for name, value in source.server.environment(source.name).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    monkeypatch.setenv("PGREQUIREAUTH", "scram-sha-256")
    before = source.run("select datname from pg_database")
    findings, _ = verify_dump(path, Options(name="shop"))
    assert [each for each in findings if each.verdict == "disproven"] == []
    monkeypatch.delenv("PGHOSTADDR")
    assert source.run("select datname from pg_database") == before


def test_a_connection_that_leads_elsewhere_is_refused(source: Source) -> None:
    elsewhere = Database(source.conninfo, {}, "/nowhere/data")
    with pytest.raises(Refused, match="is not our scratch server: nothing was done to it"):
        elsewhere.connect()


def test_places_where_a_server_cannot_be_are_refused_in_words(place: Path) -> None:
    with pytest.raises(Refused, match="is not a directory"), server_directory(place / "none"):
        pass
    long = place / ("x" * 100)
    long.mkdir()
    with pytest.raises(Refused, match="too long a path for a server's socket"), server_directory(long):
        pass
    if server_user():
        shut = place / "shut"
        shut.mkdir(mode=0o700)
        with pytest.raises(Refused, match="who cannot get into"), server_directory(shut):
            pass


def test_a_server_that_does_not_start_says_why(newest: Installation) -> None:
    with server_directory() as directory:
        initialise(newest, directory)
        settings = {"shared_buffers": "nonsense"}
        with (
            pytest.raises(Refused, match='invalid value for parameter "shared_buffers"'),
            running(newest, directory, settings=settings),
        ):
            pass


def test_installations_are_found_and_chosen(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = installations()
    assert [each.major for each in every] == sorted((each.major for each in every), reverse=True)
    assert choose(1) == min(every, key=lambda each: each.major)
    assert choose(every[0].major, exactly=True).major == every[0].major
    with pytest.raises(Refused, match="PostgreSQL 99 or newer is needed, and here is"):
        choose(99)
    monkeypatch.setenv("OPSLIB_PG_BIN", str(place))
    with pytest.raises(Refused, match=f"no PostgreSQL in {place}: install"):
        installations()
    assert installations(every[0].directory) == every[:1]


def test_an_older_libpq_reaches_it_too(source: Source, place: Path) -> None:
    """psycopg without its own libpq takes the machine's, which may know fewer options."""
    variables = os.environ | {"PSYCOPG_IMPL": "python"}
    asked = "import psycopg.pq; print(psycopg.pq.version())"
    version = subprocess.run([sys.executable, "-c", asked], env=variables, capture_output=True, text=True, check=False)
    if version.returncode or int(version.stdout) >= 16_00_00:
        pytest.skip("this machine's libpq is none of the older ones")
    source.run("create table a (b int)", "insert into a values (1)")
    program = (
        "import sys; from pathlib import Path; from opslib.backup.postgres import Options, take_dump, verify_dump\n"
        "path = take_dump(sys.argv[1], Path(sys.argv[2]), name='shop')\n"
        "print(*{each.check for each in verify_dump(path, Options(name='shop'))[0] if each.verdict == 'disproven'})"
    )
    command = [sys.executable, "-c", program, source.conninfo, str(place / "one")]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("\n", "")
