"""How a database is reached: as libpq does it, with no password in a process's arguments or in a message.

A connection string, a service, or nothing at all: what is left out comes from the environment, `.pgpass` and the
service file, as with any of PostgreSQL's own programs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from opslib.errors import BadRequest, Refused

__all__ = ["SETTINGS", "Connection", "Database", "one_line", "prepare"]

Connection = psycopg.Connection[TupleRow]

_IN_ENVIRONMENT = {"password": "PGPASSWORD"}
_FILES = ("PGPASSFILE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL")

SETTINGS: Mapping[str, str] = {
    # What a value looks like as text must not depend on the server or the role.
    "search_path": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    # A policy that hides rows has to be an error, never a smaller table.
    "row_security": "off",
    # A long read is not a stuck one.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    # Compiling a query that reads each row once costs more than it saves.
    "jit": "off",
    "default_transaction_read_only": "on",
    "synchronize_seqscans": "off",
}
"""What every reading session sets; those that a server does not know are left out."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where a database is.

    Attributes:
        conninfo: libpq's connection string, without secrets.
        secrets: What was taken out of it, by libpq's keyword.
        expect_directory: The data directory that the server has to have; empty where any will do.
    """

    conninfo: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    expect_directory: str = ""

    @classmethod
    def of(cls, source: str) -> Database:
        """From a connection string or URI.

        Args:
            source: As for psql; empty where the environment says it all.

        Raises:
            BadRequest: libpq cannot read it, or it holds a secret that can only be handed on in a process's arguments.
        """
        try:
            every = conninfo_to_dict(source)
        except psycopg.Error:
            # libpq's own message quotes what it could not read, which may be the password.
            raise BadRequest("the connection string cannot be read", "write it as for psql") from None
        if "sslpassword" in every:
            raise BadRequest("sslpassword cannot be handed on to pg_dump in secret", "use a key without one") from None
        secrets = {key: str(every.pop(key)) for key in _IN_ENVIRONMENT if key in every}
        return cls(make_conninfo("", **{key: str(value) for key, value in every.items()}), secrets)

    def named(self, database: str) -> Database:
        """Another database of the same server."""
        return Database(make_conninfo(self.conninfo, dbname=database), self.secrets, self.expect_directory)

    @property
    def says(self) -> str:
        """Where it is, for people."""
        told = conninfo_to_dict(self.conninfo)
        name = told.get("dbname") or os.environ.get("PGDATABASE") or told.get("service") or "the database"
        host = told.get("host") or os.environ.get("PGHOST") or ""
        return f"{name} on {host}" if host else str(name)

    def environment(self) -> dict[str, str]:
        """What a program needs to reach it, next to the connection string: secrets, and libpq's own variables."""
        own = {name: value for name, value in os.environ.items() if name.startswith("PG")}
        # The program works elsewhere, so relative names of files would lead astray.
        own |= {name: str(Path(own[name]).resolve()) for name in _FILES if name in own}
        return own | {_IN_ENVIRONMENT[key]: value for key, value in self.secrets.items()}

    def connect(self) -> Connection:
        """A connection in autocommit.

        Raises:
            Refused: there is no way to it, or it leads to another server than the expected one.
        """
        more: dict[str, Any] = {"application_name": "opslib backup", "client_encoding": "UTF8", **self.secrets}
        try:
            connection = psycopg.connect(self.conninfo, autocommit=True, **more)
        except psycopg.Error as error:
            raise Refused(
                f"no connection to {self.says}: {one_line(error)}", "check the address and the role"
            ) from None
        if self.expect_directory:
            asked = connection.execute("select current_setting('data_directory')").fetchone()
            if asked is None or Path(asked[0]).resolve() != Path(self.expect_directory).resolve():
                connection.close()
                raise Refused(f"{self.says} is not our scratch server", "nothing was done to it")
        return connection

    @contextmanager
    def session(self, settings: Mapping[str, str] | None = None) -> Iterator[Connection]:
        """A connection whose results do not depend on the server's or the role's settings; it can only read.

        Args:
            settings: More of them, or others.
        """
        with self.connect() as connection:
            prepare(connection, settings)
            yield connection


def prepare(connection: Connection, settings: Mapping[str, str] | None = None) -> None:
    """Make a connection's results independent of the server's and the role's settings.

    Args:
        connection: In autocommit.
        settings: More than `SETTINGS`, or others.
    """
    wanted = {**SETTINGS, **(settings or {})}
    connection.execute(
        "select set_config(s.name, w.value, false) from unnest(%s::text[], %s::text[]) w(name, value)"
        " join pg_catalog.pg_settings s on lower(s.name) = lower(w.name)",
        [list(wanted), list(wanted.values())],
    )


def one_line(error: BaseException) -> str:
    """The first line of what a server said."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
