"""Several connections that see one and the same moment of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from opslib.backup.postgres.connecting import Connection, Database

__all__ = ["Readers", "readers"]

_BEGIN = "begin transaction isolation level repeatable read, read only"


@dataclass(frozen=True, slots=True)
class Readers:
    """Connections in one snapshot.

    Attributes:
        snapshot: Its name, for pg_dump and for whoever else should see the same.
        connections: Of which the first holds the snapshot.
    """

    snapshot: str
    connections: tuple[Connection, ...]

    @property
    def first(self) -> Connection:
        """The one that holds the snapshot."""
        return self.connections[0]


@contextmanager
def readers(database: Database, *, connections: int = 1, workers: int = 2) -> Iterator[Readers]:
    """Connections in one snapshot, in transactions that can only read.

    Args:
        database: Where.
        connections: How many.
        workers: How many processes of the server may help each query.
    """
    settings = {"max_parallel_workers_per_gather": str(workers)}
    with ExitStack() as open_ones:
        first = open_ones.enter_context(database.session(settings))
        first.execute(_BEGIN)
        row = first.execute("select pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        every = [first]
        for _ in range(connections - 1):
            other = open_ones.enter_context(database.session(settings))
            other.execute(_BEGIN)
            other.execute("set transaction snapshot '" + snapshot + "'")
            every.append(other)
        yield Readers(snapshot, tuple(every))
        for each in every:
            each.execute("rollback")
