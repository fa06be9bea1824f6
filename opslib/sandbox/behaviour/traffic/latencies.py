"""The times of many requests, as few values with counts, so that averages and percentiles come out right."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random
from statistics import NormalDist

__all__ = ["add_latencies", "latencies", "mean_seconds"]

_EDGES = (
    *(percent / 100 for percent in range(0, 90, 10)),
    *(percent / 100 for percent in range(90, 94, 2)),
    *(percent / 1000 for percent in range(940, 960, 5)),
    *(percent / 100 for percent in range(96, 98)),
    *(percent / 1000 for percent in range(980, 1000, 4)),
    0.999,
    1.0,
)
"""Between which shares of the requests one value stands for all: fine where percentiles are watched, at 95 and 99."""

_SHARES: tuple[tuple[float, float], ...] = tuple(
    (high, NormalDist().inv_cdf((low + high) / 2)) for low, high in pairwise(_EDGES)
)
"""Of each stretch: up to which share it goes, and how many standard deviations its middle is from the median."""

_DIGITS = 4


def latencies(count: int, median_seconds: float, sigma: float, random: Random) -> dict[float, float]:
    """The times of log-normally distributed requests.

    Args:
        count: How many requests.
        median_seconds: Half of them take less.
        sigma: The shape.
        random: Decides where few requests fall.

    Returns:
        Times in seconds, each with how many requests took it.
    """
    found: dict[float, float] = {}
    offset, done = random.random(), 0
    for upto, deviations in _SHARES:
        reached = math.floor(count * upto + offset) if upto < 1 else count
        reached = min(reached, count)
        if reached > done:
            seconds = round(median_seconds * math.exp(sigma * deviations), _DIGITS) or 10**-_DIGITS
            found[seconds] = found.get(seconds, 0.0) + reached - done
            done = reached
    return found


def mean_seconds(median_seconds: float, sigma: float) -> float:
    """How long a request takes on average."""
    return median_seconds * math.exp(sigma * sigma / 2)


def add_latencies(total: dict[float, float], more: dict[float, float]) -> None:
    """Count times in with others."""
    for seconds, count in more.items():
        total[seconds] = total.get(seconds, 0.0) + count
