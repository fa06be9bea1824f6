"""A metric's values of one minute, ready to be published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Dimensions", "Sample", "dimensions"]

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted."""


class Sample(NamedTuple):
    """What is published of one metric.

    Attributes:
        namespace: `AWS/ECS` and the like.
        name: The metric's name.
        dimensions: Names and values, sorted.
        values: Each value with how often it came.
        unit: AWS's name of their unit.
    """

    namespace: str
    name: str
    dimensions: Dimensions
    values: Mapping[float, float]
    unit: str


def dimensions(**values: str) -> Dimensions:
    """Dimensions by name."""
    return tuple(sorted(values.items()))
