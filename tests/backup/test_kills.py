"""kill -9 at random moments of a take and a verification of each kind of source; `make kills` does it a hundred times.

What has to hold after each: no half backup looks whole, the last proven one is there, and the next run leaves neither
scratch directory nor program nor half backup of the killed one. Every other next run is killed as well, maybe while it
removes what the one before has left.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from opslib.backup import BackupConfig, Run, take, verify
from opslib.backup.config import parse_config
from opslib.backup.evidence import read_entries, read_report, verify_chain
from opslib.backup.leftovers import remove_leftovers
from opslib.backup.manifest import Manifest, compare_files
from opslib.backup.postgres import BaseBackupManifest, DumpManifest
from opslib.backup.postgres.binaries import installations
from opslib.backup.postgres.manifest import records_of
from opslib.backup.postgres.scratch import initialise, running, server_directory
from opslib.backup.processes import processes_in
from opslib.backup.redis import RdbManifest
from opslib.backup.redis.source import RedisSource
from opslib.backup.scratch import scratch_root
from opslib.backup.vectors import VectorsManifest
from opslib.backup.verdict import verdict_of
from opslib.backup.writing import PARTIAL
from tests.damage.vectors import write_state

KILLS = int(os.environ.get("OPSLIB_KILLS", "2"))
KINDS = ("dump", "base", "redis", "vectors")
MANIFESTS: dict[str, type[Manifest]] = {
    "postgres": DumpManifest,
    "postgres base backup": BaseBackupManifest,
    "redis": RdbManifest,
    "vectors": VectorsManifest,
}
ACTIONS: dict[str, Callable[[BackupConfig, str], Run]] = {"take": take, "verify": verify}

# Its children begin with everything imported, so that a kill hits the run and not the start of Python.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["opslib.backup", "opslib.backup.postgres", "opslib.backup.redis", "opslib.backup.vectors"]
)


@dataclass
class Ground:
    """Where runs are killed.

    Attributes:
        document: Of the configuration.
        place: Of backups and evidence.
        temporary: The runs' temporary directory.
    """

    document: dict[str, Any]
    place: Path
    temporary: Path

    @property
    def config(self) -> BackupConfig:
        return parse_config(self.document, place=self.place, source="the test")

    def kill(self, action: str, name: str, after: float) -> bool:
        """Start a run, and kill it so many seconds after it has begun. Whether it was still at work."""
        ours, theirs = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=run, args=(theirs, self, action, name))
        process.start()
        theirs.close()
        assert ours.recv() == "begun"
        time.sleep(after)
        process.kill()
        process.join()
        return process.exitcode == -9

    def points(self, name: str) -> list[Path]:
        return sorted(path for path in (self.place / "backups" / name).iterdir() if path.name[0] != ".")

    def left(self, name: str) -> Counter[str]:
        """What there is of killed runs, by its sort."""
        found = [path.name.split("-")[0] for path in scratch_root(self.temporary).iterdir() if path.is_dir()]
        found += [PARTIAL for _ in (self.place / "backups" / name).glob(f"{PARTIAL}*")]
        found += [each.name for place in (self.temporary, self.place) for each in processes_in(place)]
        return Counter(found)


def run(pipe: Connection, ground: Ground, action: str, name: str) -> None:
    tempfile.tempdir = str(ground.temporary)
    config = ground.config
    pipe.send("begun")
    ACTIONS[action](config, name)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A server that stands for the production one."""
    with ExitStack() as stack:
        directory = stack.enter_context(server_directory())
        installation = installations()[0]
        initialise(installation, directory)
        settings = {"wal_level": "replica", "max_wal_senders": "4"}
        server = stack.enter_context(running(installation, directory, settings=settings))
        with psycopg.connect(server.database().conninfo, autocommit=True) as connection:
            connection.execute(
                "create table big as select n, repeat(md5(n::text), 20) t from generate_series(1, 8000) n"
            )
            connection.execute("create index on big (n); create index on big (t)")
        yield f"postgresql://postgres@/postgres?host={directory / 's'}&port=5432"


@pytest.fixture
def ground(database: str, redis_socket: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    with RedisSource(socket=str(redis_socket)).connect() as client:
        client.mset({f"key:{number}": "x" * 100 for number in range(5000)})
    with tempfile.TemporaryDirectory(prefix="k-", dir="/tmp") as made:
        place, temporary = Path(made, "p"), Path(made, "t")
        for directory in (place.parent, place, temporary):
            directory.mkdir(exist_ok=True)
            directory.chmod(0o711)  # the scratch server's user has to get through
        forkserver.ensure_running()  # it keeps its socket in the temporary directory of its start
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        write_state(place / "state")
        sources = {
            "dump": {"kind": "postgres", "uri": database},
            "base": {"kind": "postgres", "uri": database, "format": "base"},
            "redis": {"kind": "redis", "socket": str(redis_socket)},
            "vectors": {"kind": "vectors", "path": "state"},
        }
        yield Ground({"environment": "prod", "sources": sources}, place, temporary)


@pytest.mark.feature("B2", "B4")
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", KINDS)
def test_a_killed_run_leaves_nothing_that_looks_whole_and_nothing_after_the_next(
    ground: Ground, name: str, action: str
) -> None:
    seconds: dict[str, float] = {}
    for each, does in ACTIONS.items():
        began = time.monotonic()
        done = does(ground.config, name)
        seconds[each] = time.monotonic() - began
    assert done.verdict == "proven"
    proven = done.path
    chance = random.Random(f"{name} {action}")
    hit, left = 0, Counter[str]()
    for number in range(KILLS):
        hit += ground.kill(action, name, seconds[action] * (number + chance.random()) / KILLS)
        assert all(is_whole(path) for path in ground.points(name))
        assert proven in ground.points(name)
        found = ground.left(name)
        left += found
        if number % 2 == 0:
            (*said,) = remove_leftovers(ground.place / "backups" / name, held=False)
            assert bool(said) == any(sort in (PARTIAL, "postgres", "redis", "sqlite") for sort in found)
            assert ground.left(name) == Counter()
    last = take(ground.config, name).path
    assert ground.left(name) == Counter()
    assert verify(ground.config, name, path=last).verdict == "proven"
    evidence = ground.config.evidence.directory
    assert verdict_of(verify_chain(evidence)) == "proven"
    assert all(read_report(evidence, entry) for entry in read_entries(evidence))
    assert not list(evidence.glob(f"{PARTIAL}*"))
    assert hit >= KILLS // 2
    print(f"{name} {action}: {hit} of {KILLS} were killed at work; left and removed: {dict(left) or 'nothing'}")  # noqa: T201


def is_whole(path: Path) -> bool:
    said = (path / "manifest.json").read_bytes()
    manifest = MANIFESTS[json.loads(said)["kind"]].model_validate_json(said)
    recorded = {each.path for each in manifest.files}
    there = {each.path: (each.size, each.sha256) for each in records_of(path) if each.path in recorded}
    return all(finding.verdict == "proven" for finding in compare_files(manifest, there))
