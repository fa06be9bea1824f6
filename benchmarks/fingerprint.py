"""What the content fingerprint costs: ``python -m benchmarks.fingerprint`` prints a JSON list of measurements.

A pgbench table of a gigabyte (`OPSLIB_BENCH_MB=100` for a quick look) in a scratch server on the disk, its pages in
the page cache. The fingerprint and its peer `count(*)` take turns, each is the best of its runs, and all without help
first and then with two workers. `count(*)` scans the table: an index-only scan would read something else. The table's
files are read by `read()` in pieces of 1 MB, after their pages were dropped from the page cache; the row's name says
where that was not possible, and so what was read was warm. Memory is the peak of this process over the fingerprint of
10,000 tables, above what it had before.
"""

from __future__ import annotations

import json
import math
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opslib.backup.postgres import Database, fingerprint, readers
from opslib.backup.postgres.binaries import installations
from opslib.backup.postgres.scratch import Scratch, initialise, running, server_directory

MEGABYTES = int(os.environ.get("OPSLIB_BENCH_MB", "1024"))
TABLES = int(os.environ.get("OPSLIB_BENCH_TABLES", "10000"))
RUNS = 5
BYTES_PER_SCALE = 12_800_000  # of pgbench_accounts alone
TARGET_SERIAL = 4.5
TARGET_PARALLEL = 6.0
TARGET_TABLES_SECONDS = 60.0
TARGET_MEMORY_MB = 120.0
COUNT = "select count(*) from public.pgbench_accounts"
_TABLE = "public.pgbench_accounts"


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def fill(server: Scratch) -> None:
    """Make the table, and have its hint bits written, so that no measurement does that."""
    scale = math.ceil(MEGABYTES * (1 << 20) / BYTES_PER_SCALE)
    ran = server.installation.run(
        "pgbench", "-i", "-q", f"--scale={scale}", cwd=server.directory, env=server.environment()
    )
    if ran.code:
        raise RuntimeError(ran.first_error)
    with server.database().connect() as connection:
        # The fingerprint reads what it is given: only this table counts.
        connection.execute("drop table pgbench_branches, pgbench_tellers, pgbench_history")
        connection.execute("vacuum (freeze, analyze) pgbench_accounts")
        connection.execute("checkpoint")


def compare(database: Database, workers: int) -> tuple[float, float]:
    """Seconds of the fingerprint and of count(*), by turns."""
    ours, peer = [], []
    settings = {"max_parallel_workers_per_gather": str(workers), "enable_indexonlyscan": "off"}
    with readers(database, workers=workers) as reading, database.session(settings) as counting:
        for _ in range(RUNS):
            peer.append(timed(lambda: counting.execute(COUNT).fetchone()))
            ours.append(timed(lambda: fingerprint(reading.first)))
    return min(ours), min(peer)


def read_files(server: Scratch) -> tuple[float, str]:
    """Seconds of reading the table's files, and how."""
    with server.database().connect() as connection:
        row = connection.execute(f"select pg_relation_filepath('{_TABLE}')").fetchone()
    first = server.data / str(row[0] if row else "")
    files = [first, *sorted(first.parent.glob(f"{first.name}.[0-9]*"))]
    dropped = [drop(file) for file in files]
    seconds = timed(lambda: read(files))
    return seconds, "cold" if all(dropped) else "warm: the page cache could not be dropped"


def drop(file: Path) -> bool:
    """Drop a file's pages from the page cache; whether they are gone, by asking for one without waiting for a disk."""
    if not hasattr(os, "posix_fadvise") or not hasattr(os, "RWF_NOWAIT"):
        return False
    with file.open("rb", buffering=0) as opened:
        number = opened.fileno()
        os.fsync(number)  # only what is on the disk can be dropped
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            return os.preadv(number, [bytearray(4096)], file.stat().st_size // 2, os.RWF_NOWAIT) <= 0
        except BlockingIOError:
            return True
        except OSError:  # a file system that cannot tell
            return False


def read(files: list[Path]) -> None:
    """Read files to their ends."""
    for file in files:
        with file.open("rb", buffering=0) as source:
            while source.read(1 << 20):
                pass


def many_tables(server: Scratch) -> tuple[float, float]:
    """Seconds of the fingerprint of very many tables, and by how many megabytes this process grew."""
    with server.database("template1").connect() as connection:
        connection.execute("create database many")
    with server.database("many").connect() as connection:
        for start in range(0, TABLES, 1000):
            connection.execute(
                "do $$ begin for n in " + f"{start}..{min(TABLES, start + 1000) - 1}" + " loop "
                "execute format('create table t%s (id int primary key, t text)', n); end loop; end $$"
            )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with readers(server.database("many")) as reading:
        seconds = timed(lambda: fingerprint(reading.first))
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def row(name: str, ours: float, peer: float | None, target: float) -> dict[str, Any]:
    """A measurement: against a peer by the ratio, else by itself."""
    ratio = None if peer is None else round(ours / peer, 2)
    return {
        "name": name,
        "ours": round(ours, 4),
        "peer": None if peer is None else round(peer, 4),
        "ratio": ratio,
        "target": target,
        "holds": (ours if ratio is None else ratio) <= target,
    }


def measured() -> list[dict[str, Any]]:
    """Every measurement."""
    installation = installations()[0]
    with tempfile.TemporaryDirectory(prefix="opslib-bench-", dir="/var/tmp") as place:  # a disk, where /tmp may be none
        Path(place).chmod(0o711)
        with server_directory(Path(place)) as directory:
            initialise(installation, directory)
            settings = {"shared_buffers": "128MB", "max_parallel_workers": "2", "max_worker_processes": "4"}
            with running(installation, directory, settings=settings) as server:
                fill(server)
                size = f"{MEGABYTES} MB table, PostgreSQL {installation.version}"
                serial, count = compare(server.database(), 0)
                parallel, count_parallel = compare(server.database(), 2)
                files, how = read_files(server)
                many, memory = many_tables(server)
    grew = f"memory grew by {memory:.0f} MB of {TARGET_MEMORY_MB:.0f} allowed"
    tables = row(f"content fingerprint of {TABLES} tables; {grew}", many, None, TARGET_TABLES_SECONDS)
    return [
        row(f"content fingerprint against count(*), serial, {size}", serial, count, TARGET_SERIAL),
        row(f"content fingerprint against count(*), 2 workers, {size}", parallel, count_parallel, TARGET_PARALLEL),
        row(f"content fingerprint, serial, against reading the files ({how}), {size}", serial, files, TARGET_SERIAL),
        tables | {"holds": tables["holds"] and memory <= TARGET_MEMORY_MB},
    ]


if __name__ == "__main__":
    print(json.dumps(measured(), indent=2))
