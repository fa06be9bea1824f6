"""Where the trials of a process take place: its servers, each started when it is first needed and used by all."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from redis.exceptions import ConnectionError as NotConnected

from opslib.backup.postgres.binaries import choose, installations
from opslib.backup.redis import RedisSource, take_rdb
from opslib.backup.redis.binaries import server_binary
from opslib.clients import Clients
from opslib.sandbox import Sandbox
from tests.damage.cluster import Cluster, start_cluster

__all__ = ["Ground", "quickest_directory"]

START_SECONDS = 60


def quickest_directory() -> Path:
    """Where servers live that last for a second: in memory where there is some, else on the disk."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 4 << 30
    return shared if roomy else Path(tempfile.gettempdir())


class Ground:
    """Servers and sound backups; `close` ends them all.

    Args:
        root: A directory of its own.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.chmod(0o711)
        self._stack = ExitStack()
        self._clusters: dict[tuple[int, bool], Cluster] = {}
        self._sound: dict[str, Path] = {}

    def close(self) -> None:
        """End every server."""
        self._stack.close()

    @staticmethod
    def majors() -> tuple[int, ...]:
        """The major versions of PostgreSQL that are here, the newest first."""
        return tuple(dict.fromkeys(each.major for each in installations()))

    def cluster(self, major: int, *, checksums: bool = True) -> Cluster:
        """A PostgreSQL server of a major version, with the shop's database on it."""
        key = (major, checksums)
        if key not in self._clusters:
            installation = choose(major, exactly=True)
            self._clusters[key] = self._stack.enter_context(start_cluster(installation, checksums=checksums))
        return self._clusters[key]

    def sound(self, name: str, make: Callable[[Path], object]) -> Path:
        """A sound backup, made once; whoever damages it takes a copy."""
        if name not in self._sound:
            path = self.root / f"sound-{name}"
            make(path)
            self._sound[name] = path
        return self._sound[name]

    @cached_property
    def redis(self) -> RedisSource:
        """A Redis server that writes no checksum into its dumps, with keys of each type in two databases."""
        directory = Path(tempfile.mkdtemp(prefix="ops", dir="/tmp"))
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)
        options = ["--port", "0", "--unixsocket", "s", "--dir", str(directory), "--save", "", "--rdbchecksum", "no"]
        server = subprocess.Popen([server_binary().path, *options], cwd=directory, stdout=subprocess.DEVNULL)
        self._stack.callback(server.wait)
        self._stack.callback(server.kill)
        source = RedisSource(socket=str(directory / "s"))
        deadline = time.monotonic() + START_SECONDS
        with source.connect() as client:
            while True:
                try:
                    client.ping()
                    break
                except NotConnected:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
            client.mset({f"session:{number}": f"user-{number}-" * (number % 9) for number in range(300)})
            client.rpush("queue", *range(50), "last")
            client.hset("hash", mapping={f"field-{number}": f"value {number}" for number in range(40)})
            client.zadd("sorted", {f"m{number}": number * 1.5 for number in range(30)})
            client.sadd("numbers", *range(100, 120))
            client.sadd("words", "one", "two", "three")
            client.xadd("stream", {"field": "value"})
            client.set("mortal", "x", ex=36000)
            client.execute_command("SELECT", 3)
            client.set("elsewhere", "y")
        return source

    def redis_dump(self, into: Path) -> Path:
        """A dump of that server."""
        return take_rdb(self.redis, into, name="sessions", environment="test")

    @cached_property
    def sandbox(self) -> Sandbox:
        """An AWS account in a box."""
        return self._stack.enter_context(Sandbox())

    @cached_property
    def _clients(self) -> Clients:
        return Clients()

    @contextmanager
    def aws(self) -> Iterator[Clients]:
        """opslib's clients of that account, in an environment that leads nowhere else while they are used."""
        before = dict(os.environ)
        os.environ.update(self._told)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        try:
            yield self._clients
        finally:
            os.environ.clear()
            os.environ.update(before)

    @cached_property
    def _told(self) -> dict[str, str]:
        return self.sandbox.environment()
