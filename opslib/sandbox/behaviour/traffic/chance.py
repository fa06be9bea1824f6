"""Seeded chance: how many of so many, and how a number is shared out in whole parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

__all__ = ["around", "chosen", "shared"]

_RARE = 25.0
"""Below this mean a count is drawn as a Poisson number; above it, the normal distribution is as good."""


def around(mean: float, percent: float, random: Random) -> float:
    """A number around a mean, never negative.

    Args:
        mean: The mean.
        percent: The standard deviation, as a share of the mean.
        random: Where chance comes from.
    """
    return max(0.0, mean * random.gauss(1.0, percent / 100)) if percent else mean


def chosen(count: int, share: float, random: Random) -> int:
    """How many out of a count it happens to, each with the same probability.

    Args:
        count: Out of how many.
        share: The probability, from 0.0 to 1.0.
        random: Where chance comes from.
    """
    if share <= 0 or count <= 0:
        return 0
    if share >= 1:
        return count
    if share > 0.5:  # noqa: PLR2004  # the rarer of the two outcomes is drawn
        return count - chosen(count, 1 - share, random)
    mean = count * share
    if mean < _RARE:
        return min(count, _poisson(mean, random))
    return min(count, max(0, round(random.gauss(mean, math.sqrt(mean * (1 - share))))))


def shared(count: int, weights: Sequence[float], random: Random) -> list[int]:
    """A count in whole parts, as near to the weights as whole numbers come; who gets the odd one is chance.

    Args:
        count: What is shared out.
        weights: Of each part; all zero: nobody gets anything.
        random: Where chance comes from.
    """
    total = sum(weights)
    if total <= 0:
        return [0] * len(weights)
    parts, passed, gone = [], random.random(), 0.0
    done = math.floor(passed)
    for weight in weights:
        gone += count * weight / total
        upto = math.floor(passed + gone + 1e-9)
        parts.append(upto - done)
        done = upto
    return parts


def _poisson(mean: float, random: Random) -> int:
    """Knuth's way: how often uniform numbers can be multiplied before they fall below exp(-mean)."""
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
