"""Take a dump of a Redis server: its own snapshot, with the digest of that file loaded."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from opslib import __version__
from opslib.backup.manifest import MANIFEST, FileRecord, Manifest, sealed
from opslib.backup.progress import Stopwatch
from opslib.backup.redis.binaries import client_binary, server_binary
from opslib.backup.redis.loading import Loaded, load_rdb
from opslib.backup.redis.rdb import read_rdb
from opslib.backup.redis.source import RedisSource
from opslib.backup.writing import sha256_of, whole_directory
from opslib.errors import OpslibError, Refused

__all__ = ["DUMP", "RdbManifest", "take_rdb", "version_of"]

DUMP = "dump.rdb"


class RdbManifest(Manifest):
    """What a dump holds.

    Attributes:
        source: What the server said of itself when the dump was begun, and its keys when it had ended.
        rdb_version: Of the file's format.
        digest: DEBUG DIGEST of the file, loaded. It covers every key and value and whether a key expires, but not when.
        keys: The number of keys in each database, as loaded.
        loaded_by: The server that computed them.
    """

    kind: Literal["redis"] = "redis"
    source: dict[str, str | dict[str, int]]
    rdb_version: int
    digest: str
    keys: dict[str, int]
    loaded_by: str


def take_rdb(
    source: RedisSource, into: Path, *, name: str, environment: str = "", stopwatch: Stopwatch | None = None
) -> Path:
    """Dump a server into a directory that appears whole or not at all, with the manifest in it.

    Args:
        source: The server.
        into: The directory to make.
        name: Of the source, for the manifest.
        environment: Of the source, for the manifest.
        stopwatch: Times the phases.

    Returns:
        The directory.

    Raises:
        Refused: the server does not answer or does not allow replication, or this machine has no program for it.
        OpslibError: what was dumped does not load: nothing is kept.
    """
    watch = stopwatch or Stopwatch(name)
    before = source.describe()
    client = client_binary(tls=source.tls)
    with whole_directory(into) as directory:
        file = directory / DUMP
        taken_at = datetime.now(UTC)
        with watch.phase("dump"):
            _dump(client, source, file)
        after = source.describe()
        with watch.phase("load"):
            loaded = load_rdb(file, server_binary(version_of(str(before["version"]))))
        version = read_rdb(file).version
        if loaded.state != "loaded" or version is None:
            raise _does_not_load(source, loaded)
        with watch.phase("checksum"):
            record = FileRecord(path=DUMP, size=file.stat().st_size, sha256=sha256_of(file))
        manifest = RdbManifest(
            name=name,
            environment=environment,
            taken_at=taken_at,
            taken_by=f"opslib {__version__}",
            files=(record,),
            source={**before, "address": source.address, "keys_after": after["keys"]},
            rdb_version=version,
            digest=loaded.digest,
            keys=loaded.keys or {},
            loaded_by=loaded.server,
        )
        (directory / MANIFEST).write_bytes(sealed(manifest).text())
    return into


def version_of(text: str) -> tuple[int, ...]:
    """A version such as `7.2.4` as numbers; empty where it is none."""
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


def _dump(client: Path, source: RedisSource, file: Path) -> None:
    arguments, login = source.command_line()
    answer = subprocess.run(  # noqa: S603  # a program that this machine's administrator installed
        [client, *arguments, "--rdb", file.name],
        cwd=file.parent,  # where it is found and ended by the next run, when this one is killed
        start_new_session=True,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **login},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if answer.returncode == 0 and file.exists() and file.stat().st_size:
        return
    said = " ".join((answer.stderr + answer.stdout).split())[-200:] or f"exit code {answer.returncode}"
    raise Refused(
        f"the Redis server at {source.address} gives no dump over replication ({said})",
        "allow SYNC to this user; a managed service that forbids it takes snapshots itself:"
        " list what it exports as a source of kind files",
    )


def _does_not_load(source: RedisSource, loaded: Loaded) -> OpslibError:
    if loaded.state == "unable":
        return Refused(
            f"the dump of {source.address} cannot be loaded here: {loaded.says}",
            "install a server of at least the source's version",
        )
    return OpslibError(
        f"the dump of {source.address} does not load: {loaded.says}",
        "nothing was kept; look into the source's log, and take it again",
    )
