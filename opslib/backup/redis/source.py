"""A Redis or Valkey server to take a dump of: where it is, and how a client and `redis-cli` reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opslib.errors import Refused

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["RedisSource", "keyspace"]

CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class RedisSource:
    """Where a server is.

    Attributes:
        host: Its name or address.
        port: Its port.
        username: An ACL user; empty: the default one.
        password: Its password; empty: none. It goes into no argument of a process and no message.
        tls: Whether to speak TLS.
        socket: The path of a Unix socket, instead of host and port.
    """

    host: str = "127.0.0.1"
    port: int = 6379
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    socket: str = ""

    @property
    def address(self) -> str:
        """What messages call it."""
        return self.socket or f"{self.host}:{self.port}"

    def connect(self) -> Redis:
        """A client of it, that has not connected yet."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        login: dict[str, Any] = {
            "username": self.username or None,
            "password": self.password or None,
            "retry": Retry(NoBackoff(), 0),  # redis-py's own way waits seconds for what is not there
        }
        if self.socket:
            return Redis(unix_socket_path=self.socket, socket_connect_timeout=CONNECT_SECONDS, **login)
        return Redis(host=self.host, port=self.port, ssl=self.tls, socket_connect_timeout=CONNECT_SECONDS, **login)

    def describe(self) -> dict[str, Any]:
        """What the server says of itself: product, version, role, run id, and the keys in each database.

        Raises:
            Refused: it does not answer, or does not accept the password.
        """
        from redis.exceptions import RedisError

        try:
            with self.connect() as client:
                told: dict[str, Any] = dict(client.info("all"))
        except RedisError as problem:
            raise Refused(
                f"the Redis server at {self.address} does not answer ({type(problem).__name__}: {problem})",
                "check host, port, password and network",
            ) from None
        valkey = told.get("valkey_version")
        return {
            "product": "Valkey" if valkey else "Redis",
            "version": str(valkey or told.get("redis_version", "")),
            "role": str(told.get("role", "")),
            "run_id": str(told.get("run_id", "")),
            "keys": keyspace(told),
        }

    def command_line(self) -> tuple[list[str], dict[str, str]]:
        """The arguments of `redis-cli` that lead to the server, and the variable that holds the password."""
        where = ["-s", str(Path(self.socket).absolute())] if self.socket else ["-h", self.host, "-p", str(self.port)]
        user = ["--user", self.username] if self.username else []
        return [*where, *user, *(["--tls"] if self.tls else [])], (
            {"REDISCLI_AUTH": self.password} if self.password else {}
        )


def keyspace(info: dict[str, Any]) -> dict[str, int]:
    """The number of keys in each database that has any, as INFO says."""
    found = {name: value for name, value in info.items() if name.startswith("db") and name[2:].isdigit()}
    return {name: int(value["keys"]) for name, value in sorted(found.items(), key=lambda row: int(row[0][2:]))}
