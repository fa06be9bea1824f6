"""What tests of backups share: a real Redis server, and a configuration in a directory of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NotConnected

from opslib.backup.config import BackupConfig, parse_config
from opslib.backup.redis.binaries import server_binary
from opslib.backup.redis.source import RedisSource


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[Path]:
    """A Redis server of the tests' own, on a socket in a directory with a short name."""
    directory = Path(tempfile.mkdtemp(prefix="ops", dir="/tmp"))
    socket = directory / "s"
    arguments = ["--port", "0", "--unixsocket", str(socket), "--dir", str(directory), "--databases", "40", "--save", ""]
    server = subprocess.Popen([server_binary().path, *arguments], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    with RedisSource(socket=str(socket)).connect() as client:
        while True:
            try:
                client.ping()
                break
            except NotConnected:
                assert time.monotonic() < deadline
                time.sleep(0.02)
    yield socket
    server.kill()
    server.wait()
    shutil.rmtree(directory)


@pytest.fixture
def redis_source(redis_socket: Path) -> RedisSource:
    """The server, empty."""
    source = RedisSource(socket=str(redis_socket))
    with source.connect() as client:
        client.flushall()
    return source


@pytest.fixture
def full_redis(redis_source: RedisSource) -> RedisSource:
    """The server with keys of each type in several databases, one of them with an end of its life."""
    with redis_source.connect() as client:
        client.mset({f"session:{number}": f"user-{number}" * 5 for number in range(200)})
        client.rpush("queue", *range(50))
        client.hset("hash", mapping={"a": "1", "b": "2"})
        client.zadd("sorted", {"x": 1.5, "y": 2})
        client.sadd("set", "m", "n")
        client.xadd("stream", {"field": "value"})
        client.set("mortal", "x", ex=3600)
        client.execute_command("SELECT", 33)
        client.set("elsewhere", "y")
        client.execute_command("SELECT", 0)
    return redis_source


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., BackupConfig]:
    """Makes a configuration of sources, whose paths are in the test's directory."""

    def make(environment: str = "prod", *, evidence: dict[str, Any] | None = None, **sources: Any) -> BackupConfig:
        document = {"environment": environment, "sources": sources} | ({"evidence": evidence} if evidence else {})
        return parse_config(document, place=tmp_path, source="the test")

    return make


@pytest.fixture
def scratch_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory of the test's own, so that no other test's scratch is seen in it."""
    short = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(short))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield short
    shutil.rmtree(short, ignore_errors=True)
