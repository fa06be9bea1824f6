"""Killed at any moment, a run leaves nothing that looks whole, and nothing at all after the next one."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from opslib.backup.manifest import compare_files
from opslib.backup.postgres import DumpManifest, Options, read_manifest, sweep, take_dump, verify_dump
from opslib.backup.postgres.manifest import records_of
from opslib.backup.postgres.owned import processes_in
from opslib.backup.verdict import verdict_of
from opslib.backup.writing import PARTIAL, remove_partial
from tests.backup.postgres.conftest import Source

KILLS = int(os.environ.get("OPSLIB_KILLS", "12"))
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


def is_whole(path: Path) -> bool:
    manifest = read_manifest(path)
    assert isinstance(manifest, DumpManifest), manifest
    found = {each.path: (each.size, each.sha256) for each in records_of(path) if each.path != "manifest.json"}
    return all(finding.verdict == "proven" for finding in compare_files(manifest, found))


def gone(path: Path) -> bool:
    """Whether every program of PostgreSQL's has left a directory; the kernel takes a moment."""
    deadline = time.monotonic() + 10
    while processes_in(path) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not processes_in(path)


@pytest.fixture
def big(source: Source) -> Source:
    source.run("create table big as select n, repeat(md5(n::text), 20) as t from generate_series(1, 20000) n")
    source.run("create index on big (n)", "create index on big (t)")
    return source


def test_kill_9_at_random_moments(big: Source, place: Path) -> None:
    backups, scratch = place / "backups", place / "scratch"
    backups.mkdir()
    scratch.mkdir()
    scratch.chmod(0o711)
    earlier = take_dump(big.conninfo, backups / "earlier", name="shop")
    for name in ("first", "whole"):  # the first also starts what the others are forked from
        began = time.monotonic()
        whole = run(big, backups / name, scratch)
        whole.join()
        assert whole.exitcode == 0
        lasts = time.monotonic() - began
    chance = random.Random(6)
    left: dict[str, int] = {}
    for number in range(KILLS):
        process = run(big, backups / f"killed-{number}", scratch)
        time.sleep(lasts * (number + chance.random()) / KILLS)
        process.kill()
        process.join()
        found = sorted(path.name for path in (*backups.glob(f"{PARTIAL}*"), *scratch.glob("scratch-*")))
        for name in found:
            left[name.split("-")[0]] = left.get(name.split("-")[0], 0) + 1
        assert all(is_whole(path) for path in backups.iterdir() if not path.name.startswith("."))
        # What the next run does first, whatever it does then.
        remove_partial(backups)
        swept = sweep(scratch)
        assert len(swept) == sum(name.startswith("scratch") for name in found)
        assert [path for path in scratch.iterdir() if path.is_dir()] == []
        assert [path for path in backups.iterdir() if path.name.startswith(".")] == []
        assert gone(scratch)
        assert gone(backups)
    assert set(left) == {".partial", "scratch"}, "no kill hit a take, or none a verification"
    assert verdict_of(verify_dump(earlier, Options(name="shop", scratch=scratch))[0]) == "proven"


def test_a_living_run_is_not_swept(big: Source, place: Path) -> None:
    scratch = place / "scratch"
    scratch.mkdir()
    scratch.chmod(0o711)
    process = run(big, place / "one", scratch)
    deadline = time.monotonic() + 30
    while not processes_in(scratch) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert processes_in(scratch)
    assert sweep(scratch) == ()
    process.join()
    assert process.exitcode == 0
    assert gone(scratch)
    assert [path for path in scratch.iterdir() if path.is_dir()] == []


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
        deadline = time.monotonic() + 30
        while not processes_in(backups) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert processes_in(backups)
        process.kill()
        process.join()
        assert gone(backups)
