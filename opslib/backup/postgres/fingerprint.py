"""The content fingerprint: of each table, how many rows and the sum of their hashes, computed inside the server.

Each column of a row is hashed with a seed of its own, in the order of their names; the hashes are joined by XOR, and
that is hashed once more by `hashint8extended`: without it, exchanging a column's values between two rows would leave
the sum as it is. Generated columns are left out: a dump does not carry them. `hashing` says how each type is hashed.
(The server's own hash of a whole row, `hash_record_extended`, first copies the row: that takes half as long again.)

What it does not see, and every report says: the sign of a floating-point zero. Any other change to one row goes unseen
by chance once in four thousand million times, for PostgreSQL folds 64 bits to 32 before it hashes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Literal

import psycopg

from opslib.backup.postgres.connecting import Connection, one_line
from opslib.backup.postgres.hashing import Hashing, methods_of
from opslib.backup.postgres.large_objects import large_objects
from opslib.backup.postgres.limits import is_of_machine
from opslib.backup.postgres.tables import Listed, list_tables

__all__ = ["ALGORITHM", "UNSEEN", "Content", "TableContent", "fingerprint"]

ALGORITHM = "B1"
UNSEEN = "the sign of a floating-point zero is not seen by the fingerprint"

_SMALL_BYTES = 1 << 20
_BATCH = 100
"""So many small tables are read by one query: 10,000 of them are a hundred round trips."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TableContent:
    """What a table holds.

    Attributes:
        kind: What it is; the content of a materialised view is computed anew by a restore.
        rows: How many; None where it was not read.
        fingerprint: The sum of the rows' hashes; empty where it was not read.
        unlogged: Whether it is left out of base backups.
        not_checked: Why it was not read, where it could not be.
        broken: What the server said when reading it failed.
    """

    kind: Literal["table", "materialised view", "foreign table"] = "table"
    rows: int | None = None
    fingerprint: str = ""
    unlogged: bool = False
    not_checked: str = ""
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds.

    Attributes:
        tables: By name.
        methods: How each type in use was hashed.
        large_objects: All of them as one.
        algorithm: How it was computed.
    """

    tables: Mapping[str, TableContent]
    methods: Mapping[str, str]
    large_objects: TableContent
    algorithm: str = ALGORITHM

    @property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(table.rows or 0 for table in self.tables.values() if table.kind == "table")


@dataclass(frozen=True, slots=True)
class _Task:
    """A query that reads one table or many small ones; each of its rows begins with the number of the table."""

    tables: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        return " union all ".join("select " + str(number) + read for number, (_, read) in enumerate(self.tables))


def fingerprint(
    connection: Connection,
    *others: Connection,
    methods: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    told: Told = lambda _done, _total: None,
) -> Content:
    """Fingerprint every table of a database.

    Args:
        connection: As `prepare` leaves it, in a transaction (see `opslib.backup.postgres.reading`).
        others: More connections, which share the work; they have to see the same snapshot.
        methods: How types were hashed by the fingerprint that this one is compared with.
        without: Tables that are left out.
        told: Called with how many tables are done, of how many.
    """
    left_out = set(without)
    listed = [table for table in list_tables(connection) if table.name not in left_out]
    how = methods_of(connection, {kind for table in listed for _, kind in table.columns}, methods)
    found = {
        table.name: TableContent(table.kind, unlogged=table.unlogged, not_checked=table.not_checked) for table in listed
    }
    readable = [table for table in listed if not table.not_checked]
    done = len(listed) - len(readable)
    for task, results in _read_all((connection, *others), list(_tasks(readable, how))):
        for name, result in results.items():
            before = found[name]
            found[name] = TableContent(before.kind, *result[:2], before.unlogged, *result[2:])
        done += len(task.tables)
        told(done, len(listed))
    used = {each.type: each.method for each in how.values()}
    rows, total, why, broken = _one(connection, ("(large objects)", ""), large_objects)
    return Content(
        dict(sorted(found.items())), used, TableContent("table", rows, total, not_checked=why, broken=broken)
    )


_Result = tuple[int | None, str, str, str]
"""Rows, fingerprint, why it was not read, what went wrong."""


def _read_all(connections: Sequence[Connection], tasks: list[_Task]) -> Iterator[tuple[_Task, dict[str, _Result]]]:
    """Every task's results, as they come; the connections take the tasks from one queue."""
    if len(connections) == 1:
        for task in tasks:
            yield task, _run(connections[0], task)
        return
    queue: SimpleQueue[_Task] = SimpleQueue()
    for task in tasks:
        queue.put(task)
    came: SimpleQueue[tuple[_Task, dict[str, _Result]] | None] = SimpleQueue()

    def work(connection: Connection) -> None:
        try:
            while True:
                task = queue.get_nowait()
                came.put((task, _run(connection, task)))
        except Empty:
            return
        finally:
            came.put(None)

    with ThreadPoolExecutor(len(connections)) as pool:
        workers = [pool.submit(work, connection) for connection in connections]
        left = len(workers)
        while left:
            if (each := came.get()) is None:
                left -= 1
            else:
                yield each
        for worker in workers:
            worker.result()


def _run(connection: Connection, task: _Task) -> dict[str, _Result]:
    """Read a task's tables together, and one by one where that fails."""
    if len(task.tables) > 1:
        try:
            with _undone(connection):
                rows = connection.execute(task.query).fetchall()
            return {task.tables[number][0]: (count, total, "", "") for number, count, total in rows}
        except psycopg.DatabaseError:
            if connection.closed:
                raise
    return {table[0]: _one(connection, table, _read_table) for table in task.tables}


def _read_table(connection: Connection, read: str) -> tuple[int, str]:
    row = connection.execute("select 0" + read).fetchone()
    return (int(row[1]), str(row[2])) if row else (0, "0")


def _one(connection: Connection, table: tuple[str, str], read: Callable[[Connection, str], tuple[int, str]]) -> _Result:
    try:
        with _undone(connection):
            return (*read(connection, table[1]), "", "")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState) as error:
        return None, "", one_line(error), ""
    except psycopg.DatabaseError as error:
        if connection.closed:
            raise
        says = one_line(error)
        return (None, "", says, "") if is_of_machine(error) else (None, "", "", says)


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    """A subtransaction that is always rolled back: neither locks nor memory pile up over ten thousand tables."""
    connection.execute("savepoint reading")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("rollback to savepoint reading; release savepoint reading")


def _tasks(tables: Iterable[Listed], how: Mapping[int, Hashing]) -> Iterator[_Task]:
    """The large tables one by one, the largest first; then the small ones, many at a time."""
    ordered = sorted(tables, key=lambda table: (-table.size, table.name))
    large = [table for table in ordered if table.size > _SMALL_BYTES]
    small = ordered[len(large) :]
    for table in large:
        yield _Task(((table.name, _select(table, how)),))
    for start in range(0, len(small), _BATCH):
        yield _Task(tuple((table.name, _select(table, how)) for table in small[start : start + _BATCH]))


def _select(table: Listed, how: Mapping[int, Hashing]) -> str:
    hashes = [how[kind].of(name, seed) for seed, (name, kind) in enumerate(table.columns, start=1)]
    where = " where " + table.condition if table.condition else ""
    row = "hashint8extended(" + (" # ".join(hashes) or "0") + ", 1)"
    return ", count(*), coalesce(sum(" + row + "), 0)::text from only " + table.name + " t" + where
