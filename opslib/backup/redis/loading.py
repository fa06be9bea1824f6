"""An RDB file loaded in a scratch server that listens on nothing but a socket in a private directory."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from opslib.backup.redis.binaries import ServerBinary
from opslib.backup.redis.source import RedisSource, keyspace
from opslib.backup.scratch import scratch_directory

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["Loaded", "check_format", "load_rdb"]

LOOK_AGAIN_SECONDS = 0.02
STOP_SECONDS = 5
LOAD_SECONDS = 4 * 3600
DATABASES = 1024  # a dump of a server with more databases than the default 16 must load too
DEBUG_NEEDS_ASKING = (7,)  # from Redis 7 on, and in every Valkey, DEBUG is off unless allowed

# A replica keeps keys whose time is over, which a primary drops while it loads: without this a dump would lose keys,
# and its digest change, by lying about. Nothing ever listens on port 0, so that it never finds the primary to copy.
CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
replicaof 127.0.0.1 0
replica-serve-stale-data yes
databases {databases}
dbfilename dump.rdb
save ""
appendonly no
rdbchecksum yes
sanitize-dump-payload yes
daemonize no
logfile server.log
"""

BEYOND_THIS_SERVER = (
    (r"Can't handle RDB format version (\d+)", "the dump's format {0} is newer than {server} reads"),
    (r"contains module data I can't load: no matching module (?:type )?'?([^'\s]+)", "it holds data of module {0}"),
    (r"AUX_FIELD.*module|module.*not (?:found|loaded)", "it holds data of a module"),
)
"""What a server says when the fault is not the file's."""

ALWAYS_SAID = ("oO0OoO0O", "version=", "Configuration loaded", "overcommit", "Terminating", "Exiting")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading a file.

    Attributes:
        state: `loaded`; `refused`: the file is damaged; `unable`: this server cannot tell.
        says: Why it was not loaded, on one line.
        digest: DEBUG DIGEST of all databases: 40 hexadecimal digits.
        keys: The number of keys in each database that has any.
        server: The server that loaded it.
    """

    state: Literal["loaded", "refused", "unable"]
    server: str
    says: str = ""
    digest: str = ""
    keys: dict[str, int] | None = None


def load_rdb(path: Path, binary: ServerBinary) -> Loaded:
    """Load a file, and take its digest and the number of its keys.

    Args:
        path: The RDB file; it is read only.
        binary: The server to load it with.
    """
    from redis.exceptions import RedisError

    with scratch_directory("redis") as directory:
        (directory / "dump.rdb").symlink_to(path.resolve())
        configuration = CONFIGURATION.format(databases=DATABASES, socket=directory / "redis.sock")
        allow = "enable-debug-command local\n" if binary.version >= DEBUG_NEEDS_ASKING else ""
        (directory / "redis.conf").write_text(configuration + allow, encoding="utf-8")
        with _running(binary, directory) as client:
            if client is None:
                return _not_loaded(directory, binary)
            try:
                digest = str(_text(client.execute_command("DEBUG", "DIGEST")))  # type: ignore[no-untyped-call]  # redis-py has no types for it
                told: dict[str, Any] = dict(client.info("keyspace"))
            except RedisError as problem:
                return Loaded("unable", binary.title, f"the scratch server failed ({type(problem).__name__})")
        return Loaded("loaded", binary.title, digest=digest, keys=keyspace(told))


def check_format(path: Path, binary: ServerBinary) -> tuple[bool, str]:
    """What `redis-check-rdb` says: whether the file is right, and what is wrong."""
    name = f"{binary.product.lower()}-check-rdb"  # a server that is called so checks a file instead of serving
    answer = subprocess.run(  # noqa: S603  # a program that this machine's administrator installed
        [name, str(path.resolve())],
        executable=binary.path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=_environment(),
    )
    told = re.search(r"RDB ERROR DETECTED ---\s*\[offset (\d+)\] (.+)", answer.stdout)
    return answer.returncode == 0, (f"{told[2]} at byte {told[1]}" if told else f"exit code {answer.returncode}")


@contextmanager
def _running(binary: ServerBinary, directory: Path) -> Iterator[Redis | None]:
    """A client of the server after it has loaded the file; None: it ended while loading."""
    process = subprocess.Popen(  # noqa: S603  # a program that this machine's administrator installed
        [binary.path, str(directory / "redis.conf")],  # with its directory: without /proc it is found by it
        cwd=directory,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(directory / "stderr.log").open("wb"),
        start_new_session=True,  # Ctrl-C reaches us, and we end it
    )
    try:
        with RedisSource(socket=str(directory / "redis.sock")).connect() as client:
            yield client if _answers(process, client) else None
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], client: Redis) -> bool:
    from redis.exceptions import BusyLoadingError
    from redis.exceptions import ConnectionError as NotConnected

    deadline = time.monotonic() + LOAD_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client.ping()
        except (BusyLoadingError, NotConnected):
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return True
    return False


def _not_loaded(directory: Path, binary: ServerBinary) -> Loaded:
    said = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in (directory / "server.log", directory / "stderr.log")
        if path.exists()
    )
    for pattern, words in BEYOND_THIS_SERVER:
        if found := re.search(pattern, said):
            says = words.format(*(found.groups() or ("",)), server=binary.title)
            return Loaded("unable", binary.title, f"{says}; use a newer or fitting server")
    warnings = [line.partition(" # ")[2] for line in said.splitlines() if " # " in line]
    telling = [line.rpartition(" -> ")[2] for line in warnings if not any(words in line for words in ALWAYS_SAID)]
    if not telling:
        return Loaded("unable", binary.title, f"the scratch server did not start ({said.strip()[-200:] or 'no word'})")
    return Loaded("refused", binary.title, telling[-1])


def _environment() -> dict[str, str]:
    """Only what a server needs: no secret of ours goes into it."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _text(answer: object) -> object:
    return answer.decode() if isinstance(answer, bytes) else answer
