"""How a metric that applications write of themselves becomes a row: the emitter and the kinds share one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.kinds.table import MetricRow
from opslib.monitoring import Requirement
from opslib.monitoring.emit.instrument import Emitted

__all__ = ["ENVIRONMENT", "read"]

ENVIRONMENT = "environment"
"""The identifier that is set to product and environment, as the emitter sets its dimension."""

_IDENTIFIERS: Mapping[str, str] = {"Environment": ENVIRONMENT, "Service": "service", "Agent": "agent"}


def read(metric: Emitted[Any], *, by: tuple[str, str] | None = None, statistic: str | None = None) -> MetricRow:
    """The row of a metric that is written by applications.

    Args:
        metric: Its row in the emitter's table.
        by: Of its dimension sets the one that has this dimension, set to this identifier; else the smallest.
        statistic: Another statistic than the metric's own.

    Raises:
        LookupError: The metric has no such set.
    """
    wanted = by and by[0]
    sets = [names for names in metric.dimension_sets if (wanted in names if wanted else True)]
    if not sets:
        raise LookupError(f"{metric.namespace}/{metric.name} is not written by {wanted}")
    names = min(sets, key=len)
    identifiers = {**_IDENTIFIERS, **dict((by,) if by else ())}
    chosen = statistic or metric.statistic
    return MetricRow(
        metric.namespace,
        metric.name,
        {name: identifiers[name] for name in names},
        chosen,
        metric.label,
        Requirement.EMITTER,
        # What an application does a few times an hour has few samples by nature.
        low_samples="evaluate" if chosen.startswith("p") else None,
    )
