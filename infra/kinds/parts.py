"""Splitting what is too much for one dashboard or composite, so that adding or removing a workload moves no other.

A part is chosen by a hash of the workload's key, never by counting: a workload is in the same part whatever else there
is. How many parts there are changes only when one of them would not fit, from 1 to 16 to 256, and can be fixed in the
stack's file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

__all__ = ["COUNTS", "part_of", "parted"]

COUNTS: Mapping[int, int] = {1: 0, 16: 1, 256: 2}
"""The counts of parts, and how many hexadecimal digits name one."""

T = TypeVar("T")


def part_of(key: str, count: int) -> str:
    """The part that a workload is in: hexadecimal digits, empty where there is one part."""
    return hashlib.sha256(key.encode()).hexdigest()[: COUNTS[count]]


def parted(items: Iterable[tuple[str, T]], fits: Callable[[list[T]], bool], count: int | None) -> dict[str, list[T]]:
    """The items by part, in their order; the fewest parts of which each fits, or the most there can be.

    Args:
        items: Each with the key of its workload.
        fits: Whether so many items fit into one part.
        count: The number of parts, where it is fixed.
    """
    pairs = list(items)
    parts: dict[str, list[T]] = {}
    for many in COUNTS if count is None else (count,):
        parts = {}
        for key, item in pairs:
            parts.setdefault(part_of(key, many), []).append(item)
        if all(fits(part) for part in parts.values()):
            break
    return dict(sorted(parts.items()))
