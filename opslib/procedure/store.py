"""What a journal is kept in: items under two keys, with compare-and-swap. SQLite here; DynamoDB beside it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from opslib.errors import JournalUnreachable

__all__ = ["Conflict", "Item", "SqliteStore", "Store"]


class Conflict(Exception):
    """Somebody else wrote first. It never leaves the journal."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is kept under two keys.

    Attributes:
        pk: The first key.
        sk: The second.
        version: Counts the writes of this item, from 1.
        value: In JSON types.
    """

    pk: str
    sk: str
    version: int
    value: Mapping[str, Any]


class Store(Protocol):
    """Items under two keys.

    Every method raises `JournalUnreachable` where the store does not answer.
    """

    def get(self, pk: str, sk: str) -> Item | None:
        """The item as it is now, never as it was; None where there is none."""
        ...

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        """Write an item.

        Args:
            pk: The first key.
            sk: The second.
            value: In JSON types.
            expected: The version it must have now; None: there must be none.

        Raises:
            Conflict: it has another.
        """
        ...

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        """Delete an item.

        Raises:
            Conflict: it has another version than expected, or is not there.
        """
        ...

    def query(self, pk: str) -> tuple[Item, ...]:
        """All items under a first key, in the order of the second."""
        ...


_SCHEMA = """
create table if not exists items (
    pk text not null, sk text not null, version integer not null, value text not null, primary key (pk, sk)
) strict
"""

_BUSY_SECONDS = 5.0
"""How long to wait for another process's write: each takes milliseconds."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """An open file, and what it has to be still to be used: this process's own, and the file that is there.

    A connection must not be used after a fork, and one to a file that was since replaced or deleted writes nowhere.
    """

    db: sqlite3.Connection
    pid: int
    file: tuple[int, int]

    @classmethod
    def open(cls, path: Path) -> _Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Each thread takes one for itself alone while it uses it.
        db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level="IMMEDIATE", check_same_thread=False)
        try:
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = full")
            db.execute(_SCHEMA)
            return cls(db, os.getpid(), _file(path))
        except BaseException:
            db.close()
            raise

    def fits(self, path: Path) -> bool:
        try:
            return self.pid == os.getpid() and self.file == _file(path)
        except OSError:
            return False


def _file(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


class SqliteStore:
    """A file on this machine, for targets without AWS: it locks out this machine's processes, and no other machine.

    It is kept open between uses: to close it would fold its log into the file every time, which waits for the disk
    twice more. What was written is on the disk all the same (``synchronous = full``), whenever the process ends.

    Args:
        path: The file; made with its directory where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def get(self, pk: str, sk: str) -> Item | None:
        """See `Store.get`."""
        with self._open() as db:
            row = db.execute("select version, value from items where pk = ? and sk = ?", (pk, sk)).fetchone()
        return None if row is None else Item(pk, sk, row[0], json.loads(row[1]))

    def put(self, pk: str, sk: str, value: Mapping[str, Any], *, expected: int | None) -> Item:
        """See `Store.put`."""
        text = json.dumps(value, sort_keys=True)
        with self._open() as db:
            if expected is None:
                sql = "insert into items values (?, ?, 1, ?) on conflict do nothing"
                written = db.execute(sql, (pk, sk, text)).rowcount
            else:
                sql = "update items set version = version + 1, value = ? where pk = ? and sk = ? and version = ?"
                written = db.execute(sql, (text, pk, sk, expected)).rowcount
        if not written:
            raise Conflict
        return Item(pk, sk, (expected or 0) + 1, value)

    def delete(self, pk: str, sk: str, *, expected: int) -> None:
        """See `Store.delete`."""
        with self._open() as db:
            sql = "delete from items where pk = ? and sk = ? and version = ?"
            if not db.execute(sql, (pk, sk, expected)).rowcount:
                raise Conflict

    def query(self, pk: str) -> tuple[Item, ...]:
        """See `Store.query`."""
        with self._open() as db:
            rows = db.execute("select sk, version, value from items where pk = ? order by sk", (pk,)).fetchall()
        return tuple(Item(pk, sk, version, json.loads(value)) for sk, version, value in rows)

    def close(self) -> None:
        """Close what is open; it is opened again when it is used again."""
        idle = self._idle
        while idle:
            self._let_go(idle.pop())

    def __del__(self) -> None:
        self.close()

    @property
    def _idle(self) -> list[_Connection]:
        """Connections that nobody uses now: one for each thread that has come at the same time."""
        found: list[_Connection] = vars(self).setdefault("_connections", [])
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection for one use, and a transaction on it."""
        path = self._path
        try:
            connection = self._taken(path)
            try:
                with connection.db as db:
                    yield db
            except BaseException:
                self._let_go(connection)
                raise
            self._idle.append(connection)
        except (sqlite3.Error, OSError) as problem:
            raise JournalUnreachable(f"the journal {path} cannot be used ({problem})", "free the file") from None

    def _taken(self, path: Path) -> _Connection:
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.fits(path):
                return connection
            self._let_go(connection)
        return _Connection.open(path)

    def _let_go(self, connection: _Connection) -> None:
        if connection.pid == os.getpid():
            connection.db.close()
        else:
            # Closed after a fork, it would take the parent's log for one that nobody uses any more.
            _INHERITED.append(connection)


_INHERITED: list[_Connection] = []
"""Connections of the process that this one was forked from: never used, and never closed."""
