"""A throw-away PostgreSQL server: of this machine's programs, on a socket that nobody else can reach, always removed.

It never listens to a network and is never told the address of another server: each connection to it is checked against
its own data directory before anything is done. A server made from a base backup would replicate, archive and run jobs
as its original did; the settings here forbid all three.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from opslib.backup.postgres.binaries import Installation, give_to_server, server_user
from opslib.backup.postgres.connecting import Database
from opslib.backup.postgres.limits import advice
from opslib.backup.scratch import scratch_directory, scratch_root, sweep
from opslib.errors import Refused

__all__ = ["Scratch", "initialise", "running", "server_directory"]

PORT = 5432
_SOCKET_BYTES = 107 if sys.platform == "linux" else 103
"""The longest path of a socket."""

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    # A crash of this server loses nothing that anybody needs.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "40",
    # pg_dump's advice for many tables and large objects; 40 connections of them are 20 MB.
    "max_locks_per_transaction": "2048",
    # It must not act as the server that it was made from did.
    "archive_mode": "off",
    "max_logical_replication_workers": "0",
    "shared_preload_libraries": "",
    "ssl": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "",
    "lc_messages": "C",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Scratch:
    """A running scratch server.

    Attributes:
        installation: Whose programs it runs.
        directory: Everything of it; our own.
        superuser: Whom we connect as.
    """

    installation: Installation
    directory: Path
    superuser: str

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What it writes to its log."""
        return self.directory / "s" / "log"

    @property
    def complaints(self) -> tuple[str, ...]:
        """The lines of its log that tell of a process of its own that was ended, or of a crash."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return tuple(line for line in lines if "terminated by signal" in line or line.startswith("PANIC"))

    def database(self, name: str = "postgres") -> Database:
        """One of its databases.

        What is said to be empty here is so that the environment (PGHOSTADDR, say) cannot lead elsewhere; what this
        libpq does not know, such as `require_auth` before 16, it does not look for there either.
        """
        known = {option.keyword.decode() for option in Conninfo.get_defaults()}
        empty = {key: "" for key in ("hostaddr", "options", "require_auth") if key in known}
        conninfo = make_conninfo(
            host=str(self.directory / "s"),
            port=PORT,
            user=self.superuser,
            dbname=name,
            sslmode="disable",
            passfile=str(self.directory / "no-passwords"),
            **empty,
        )
        return Database(conninfo, {}, str(self.data))

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """The variables by which PostgreSQL's programs reach one of its databases."""
        socket = str(self.directory / "s")
        return {
            "PGHOST": socket,
            "PGPORT": str(PORT),
            "PGUSER": self.superuser,
            "PGDATABASE": database,
            # Else a database whose own settings make it read-only could not be restored.
            "PGOPTIONS": "-c default_transaction_read_only=off",
        }


@contextmanager
def server_directory(within: Path | None = None) -> Iterator[Path]:
    """A directory for a scratch server, gone at the end together with the server; sweeps first.

    Args:
        within: As for `opslib.backup.scratch.scratch_root`; with room for the restored database.

    Raises:
        Refused: the server's user cannot get there, or the path is too long for a socket.
    """
    if within:
        _check_reachable(within.absolute())
    root = scratch_root(within)
    _check_reachable(root)
    sweep(within)
    with scratch_directory("postgres", within=within, mode=0o711) as directory:
        if len(str(directory / "s" / f".s.PGSQL.{PORT}")) > _SOCKET_BYTES:
            raise Refused(f"{root} is too long a path for a server's socket", "give a shorter one")
        for name in ("data", "s"):
            (directory / name).mkdir(mode=0o700)
            give_to_server(directory / name)
        yield directory


def initialise(installation: Installation, directory: Path, *, superuser: str = "postgres") -> None:
    """Make an empty data directory, with checksums.

    Args:
        installation: Whose programs make it.
        directory: Of `server_directory`.
        superuser: The first role's name.

    Raises:
        Refused: initdb failed.
    """
    options = ("--data-checksums", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust")
    ran = installation.run(
        "initdb", "-D", str(directory / "data"), "-U", superuser, *options, cwd=directory, as_server=True
    )
    if ran.code:
        user = server_user()
        readable = f"PostgreSQL has to be readable by {user.pw_name}, whom it runs as" if user else "see to that"
        says = f"no scratch server can be made in {directory}: {ran.first_error}"
        raise Refused(says, advice(says, readable))


@contextmanager
def running(
    installation: Installation,
    directory: Path,
    *,
    superuser: str = "postgres",
    settings: Mapping[str, str] | None = None,
    wait_seconds: int = 3600,
) -> Iterator[Scratch]:
    """The server of a directory's data, from start to stop.

    Args:
        installation: Whose programs run it.
        directory: Of `server_directory`, with ``data`` in it.
        superuser: Whom to connect as.
        settings: More settings than ours, or others.
        wait_seconds: How long to wait for it; a base backup may have much to recover.

    Raises:
        Refused: it does not start; the message is the last that its log says.
    """
    server = Scratch(installation, directory, superuser)
    _configure(server, {**_SETTINGS, **(settings or {})})
    control = ("-D", str(server.data), "-w", "-t", str(wait_seconds))
    started = installation.run("pg_ctl", *control, "-l", str(server.log), "start", cwd=directory, as_server=True)
    if started.code:
        raise Refused(f"the server does not start: {_last_words(server.log)}", "")
    try:
        yield server
    finally:
        installation.run("pg_ctl", *control, "-m", "immediate", "stop", cwd=directory, as_server=True)


def _configure(server: Scratch, settings: Mapping[str, str]) -> None:
    """Write every file that the server reads anew: those of a base backup speak of another machine."""
    own = {**settings, "unix_socket_directories": str(server.directory / "s"), "unix_socket_permissions": "0700"}
    quoted = {name: value.replace("'", "''") for name, value in own.items()}
    files = {
        "postgresql.conf": "".join(f"{name} = '{value}'\n" for name, value in quoted.items()),
        "postgresql.auto.conf": "",
        "pg_hba.conf": "local all all trust\nlocal replication all trust\n",
        "pg_ident.conf": "",
    }
    for name, text in files.items():
        (server.data / name).write_text(text, encoding="utf-8")
        give_to_server(server.data / name)


def _check_reachable(root: Path) -> None:
    if not root.is_dir():
        raise Refused(f"{root} is not a directory", "give one for scratch servers")
    if (user := server_user()) is None:
        return
    for part in (root, *root.parents):
        if not part.stat().st_mode & 0o001:
            raise Refused(
                f"scratch servers run as {user.pw_name}, who cannot get into {part}", "give another directory for them"
            )


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = max((number for number, line in enumerate(lines) if line.startswith(("FATAL", "PANIC"))), default=-1)
    # What went wrong is often said one line before the server gives up.
    return "; ".join(lines[max(0, last - 1) : last + 1]) if last >= 0 else (lines or ["its log is empty"])[-1]
