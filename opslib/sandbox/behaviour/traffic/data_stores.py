"""What the requests cost the databases and caches behind the tasks, and how that comes back to the requests."""

from __future__ import annotations

from dataclasses import dataclass

from opslib.sandbox.behaviour.traffic.script import TrafficScript
from opslib.sandbox.behaviour.traffic.seen import SeenDatabase, World

__all__ = ["Asked", "DataStores", "DatabaseUse", "answer_from_stores", "slowness"]

MINUTE_SECONDS = 60
PERCENT = 100

# RDS for PostgreSQL, default parameter group: LEAST({DBInstanceClassMemory/9531392}, 5000).
_BYTES_PER_CONNECTION = 9_531_392
_MOST_CONNECTIONS = 5_000

_SLOWEST = 0.98


@dataclass(frozen=True, slots=True)
class Asked:
    """What the tasks ask of databases and caches in a minute.

    Attributes:
        cpu_seconds: The databases' work with no cache.
        cached_cpu_seconds: How much of that the caches can save.
        requests: How many requests need a database.
        connections: How many connections tasks want to hold.
        look_ups: How often caches are asked.
        hits: How many of those they can answer.
    """

    cpu_seconds: float = 0.0
    cached_cpu_seconds: float = 0.0
    requests: float = 0.0
    connections: float = 0.0
    look_ups: float = 0.0
    hits: float = 0.0


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """A database, a minute.

    Attributes:
        database: Which.
        busy: Its work as a share of what it can do; above 1 it does not get it done.
        connections: How many are open.
        requests: How many requests needed it.
    """

    database: SeenDatabase
    busy: float
    connections: float
    requests: float


@dataclass(frozen=True, slots=True)
class DataStores:
    """The databases and caches, a minute.

    Attributes:
        databases: Each that is available.
        look_ups: How often each cache was asked.
        hits: How many of those it answered.
        failing: Of the requests that need a database, which share fails.
        slowness: How many times as long the others wait for it.
    """

    databases: tuple[DatabaseUse, ...]
    look_ups: float
    hits: float
    failing: float
    slowness: float


def slowness(busy: float, busy_from: float) -> float:
    """How many times as long something takes on what is busy: as in a queue of one server, from a share on.

    Args:
        busy: The work as a share of the capacity.
        busy_from: Up to which share nothing is slower.
    """
    return max(1.0, (1 - busy_from) / (1 - min(busy, _SLOWEST)))


def answer_from_stores(asked: Asked, world: World, script: TrafficScript, busy_from: float) -> DataStores:
    """What becomes of what the tasks ask, shared evenly among the databases and caches there are.

    Args:
        asked: What they ask.
        world: What there is.
        script: What databases do besides.
        busy_from: From which share of its capacity on a database is slower.
    """
    hits = asked.hits if world.caches else 0.0
    work = asked.cpu_seconds - (asked.cached_cpu_seconds if world.caches else 0.0)
    serving = [database for database in world.databases if not database.is_replica]
    count, used = max(1, len(serving)), []
    failing = 0.0 if serving or not world.databases_wanted else 1.0
    slowest = 1.0
    for database in world.databases:
        part = 0.0 if database.is_replica else 1.0 / count
        own = script.database(database.identifier)
        busy = work * part / MINUTE_SECONDS / database.vcpus + own.cpu_percent / PERCENT
        most = min(database.memory_bytes / _BYTES_PER_CONNECTION, _MOST_CONNECTIONS)
        wanted = (asked.connections if part else 0.0) + own.connections
        used.append(DatabaseUse(database, busy, min(wanted, most), asked.requests * part))
        if part:
            refused = max(0.0, 1 - most / wanted) if wanted > most else 0.0
            failing += part * max(refused, 1 - 1 / busy if busy > 1 else 0.0)
            slowest = max(slowest, slowness(busy, busy_from))
    members = max(1, len([cache for cache in world.caches if not cache.is_replica]))
    return DataStores(tuple(used), asked.look_ups / members, hits / members, min(1.0, failing), slowest)
