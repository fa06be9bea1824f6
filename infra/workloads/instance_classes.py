"""What RDS's instance classes have, as data: memory, from which limits follow that no metric tells.

Source: AWS's page "DB instance classes" (hardware specifications). Within a family memory doubles with the size, so
that the table holds what a `large` has, and the few sizes that are not in step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["POSTGRES_MOST_CONNECTIONS", "default_connections", "has_disk_credits", "is_burstable", "memory_gib"]

_GIB = 1024**3

POSTGRES_BYTES_PER_CONNECTION = 9_531_392
POSTGRES_MOST_CONNECTIONS = 5_000
"""RDS's default for PostgreSQL is LEAST(DBInstanceClassMemory/9531392, 5000)."""
RDS_MEMORY_SHARE = 0.95
RDS_MEMORY_KEPT_GIB = 0.25
"""DBInstanceClassMemory is the class's memory less what RDS and the system keep, which AWS does not tell. Instances of
1, 2, 4, 8 and 15.25 GiB are reported to say 81, 198, 413, 856 and 1,660. A share of more connections than there are
would never reach its critical threshold, so this estimate lies just below all of them."""

_LARGE_GIB: Mapping[str, float] = {
    **dict.fromkeys(
        ("m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m7g", "m7gd", "m7i", "m8g", "m8gd"), 8
    ),
    **dict.fromkeys(
        ("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r6idn", "r6in", "r7g", "r7gd", "r7i", "r8g"), 16
    ),
    **dict.fromkeys(("x2g", "x2gd", "x2idn"), 32),
    **dict.fromkeys(("x2iedn", "x2iezn"), 64),
    **dict.fromkeys(("t3", "t4g"), 8),
    "c6gd": 4,
    "m4": 8,
    "r4": 15.25,
    "z1d": 16,
}
"""GiB of memory of a family's `large`."""

_BURSTABLE_GIB: Mapping[str, float] = {"micro": 1, "small": 2, "medium": 4}
"""The sizes below `large`, which only the t families have."""

_CLASS = re.compile(r"db\.(?P<family>[a-z0-9-]+)\.(?P<size>[a-z0-9]+)$")
_TIMES = re.compile(r"(?P<times>\d*)xlarge$")
_LARGEST_WITH_CREDITS = 2
"""Up to 2xlarge, EBS performance above a base rate is paid for by credits (AWS: "EBS-optimized instance types")."""


def memory_gib(instance_class: str) -> float | None:
    """The memory of a class, in GiB; None where the table does not know it.

    Args:
        instance_class: Such as `db.r7g.xlarge`.
    """
    found = _CLASS.match(instance_class)
    large = _LARGE_GIB.get(found["family"]) if found else None
    if found is None or large is None:
        return None
    size = found["size"]
    if is_burstable(instance_class) and size in _BURSTABLE_GIB:
        return _BURSTABLE_GIB[size]
    times = _times(size)
    return None if times is None else large * (2 * times or 1)


def is_burstable(instance_class: str) -> bool:
    """Whether a class earns credits for its CPU."""
    return instance_class.startswith("db.t")


def has_disk_credits(instance_class: str) -> bool:
    """Whether a class earns credits for its disks."""
    found = _CLASS.match(instance_class)
    if found is None:
        return False
    times = _times(found["size"])
    return is_burstable(instance_class) or (times is not None and times <= _LARGEST_WITH_CREDITS)


def default_connections(memory: float) -> int:
    """RDS's default of PostgreSQL's `max_connections`, estimated from below.

    Args:
        memory: The memory of the instance's class, in GiB.
    """
    left_gib = RDS_MEMORY_SHARE * memory - RDS_MEMORY_KEPT_GIB
    by_memory = max(1, int(left_gib * _GIB) // POSTGRES_BYTES_PER_CONNECTION)
    return min(by_memory, POSTGRES_MOST_CONNECTIONS)


def _times(size: str) -> int | None:
    """How many `xlarge` a size is; 0 for `large`."""
    if size == "large":
        return 0
    found = _TIMES.match(size)
    return int(found["times"] or 1) if found else None
