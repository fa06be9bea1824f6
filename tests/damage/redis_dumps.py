"""Redis dumps without a checksum of their own, damaged in a byte."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as NotConnected

from opslib.backup.manifest import MANIFEST, sealed
from opslib.backup.redis import RdbManifest, RedisSource, verify_rdb
from opslib.backup.redis.binaries import server_binary
from opslib.backup.writing import sha256_of
from tests.damage.flipping import flip_bit
from tests.damage.ground import Ground
from tests.damage.row import Findings, Scene

__all__ = ["REDIS", "RedisTrial", "digested_anew"]

READ: dict[str, Callable[[Redis, bytes], Any]] = {
    "string": lambda client, key: client.get(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "hash": lambda client, key: sorted(client.hgetall(key).items()),
    "set": lambda client, key: sorted(client.smembers(key)),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    "stream": lambda client, key: client.xrange(key),
}


@dataclass
class RedisTrial:
    """A dump to be damaged.

    Attributes:
        ground: Where the server is.
        path: Its directory.
        environment: Whose it should be.
    """

    ground: Ground
    path: Path
    environment: str = "test"

    @property
    def file(self) -> Path:
        """The RDB file."""
        return self.path / "dump.rdb"

    @property
    def manifest(self) -> RdbManifest:
        """What was taken."""
        return RdbManifest.model_validate_json((self.path / MANIFEST).read_bytes())

    def judge(self) -> Findings:
        """Load and compare it."""
        return verify_rdb(self.path, name="sessions", environment=self.environment)[0]

    def is_damaged(self) -> bool:
        """Whether a server of our own loads other keys or values from it than from the sound one, or none."""
        sound = self.ground.sound("redis", self.ground.redis_dump) / "dump.rdb"
        return contents(self.file) != contents(sound)


def contents(file: Path) -> dict[tuple[int, bytes], Any]:
    """Every key, by database: its type, its value read by the type's own command, and whether it expires."""
    directory = Path(tempfile.mkdtemp(prefix="ops", dir="/tmp"))  # a socket's path is short
    shutil.copy(file, directory / "dump.rdb")
    options = ["--port", "0", "--unixsocket", "s", "--dir", str(directory), "--save", "", "--databases", "16"]
    server = subprocess.Popen([server_binary().path, *options], cwd=directory, stdout=subprocess.DEVNULL)
    try:
        found: dict[tuple[int, bytes], Any] = {}
        with RedisSource(socket=str(directory / "s")).connect() as client:
            while server.poll() is None:
                try:
                    client.ping()
                    break
                except (NotConnected, BusyLoadingError):
                    time.sleep(0.02)
            try:
                for database in range(16):
                    client.execute_command("SELECT", database)
                    for key in client.scan_iter():
                        kind = client.type(key).decode()
                        found[database, key] = (kind, READ[kind](client, key), client.pttl(key) >= 0)
            except (RedisError, KeyError) as problem:
                return {(-1, b""): str(problem)}
        return found
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(directory, ignore_errors=True)


def flip(trial: RedisTrial, chance: Random) -> str:
    """One bit between the head and the end mark."""
    content = trial.file.read_bytes()
    if any(content[-8:]):
        raise ValueError("this dump has a checksum")
    return flip_bit(trial.file, chance, 9, len(content) - 9)


def flip_manifest(trial: RedisTrial, chance: Random) -> str:
    """One bit of the manifest."""
    return flip_bit(trial.path / MANIFEST, chance)


def digested_anew(inject: Callable[[RedisTrial, Random], str]) -> Callable[[RedisTrial, Random], str]:
    """The same, with the SHA-256 of the damaged file in the manifest: only what is loaded gives it away."""

    def injected(trial: RedisTrial, chance: Random) -> str:
        did = inject(trial, chance)
        (before,) = trial.manifest.files
        file = before.model_copy(update={"sha256": sha256_of(trial.file)})
        (trial.path / MANIFEST).write_bytes(sealed(trial.manifest.model_copy(update={"files": (file,)})).text())
        return did

    return injected


def of_another(trial: RedisTrial, chance: Random) -> str:
    """A dump of another environment."""
    trial.environment = chance.choice(("staging", "prod", "test2"))
    return f"a dump of test, verified as of {trial.environment}"


@contextmanager
def _opened(ground: Ground, place: Path, major: int) -> Iterator[RedisTrial]:
    del major
    shutil.copytree(ground.sound("redis", ground.redis_dump), place / "backup")
    yield RedisTrial(ground, place / "backup")


REDIS = Scene("a Redis dump without a checksum", _opened)
