"""From what was gathered to documents in CloudWatch's embedded metric format.

By the specification (docs.aws.amazon.com, "Specification: Embedded metric format"): at most 100 metrics a directive,
at most 100 numbers in a metric's array, and one value for each member of the document, so that metrics whose dimensions
differ need documents of their own. PutMetricData's `Values` with `Counts` are no part of it: a metric's target is a
number or an array of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opslib.monitoring.emit.series import Gathered

__all__ = ["documents"]

MOST_METRICS = 100
MOST_VALUES = 100

MOST_CHARACTERS = 16_000
"""Where a document ends and the next begins. CloudWatch takes more (256 KB, then 1 MB), but some of the ways there cut
lines at 16 KiB (Docker's log drivers), and a UDP datagram ends at 64 KiB."""

EXACT = 2**53

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


@dataclass(slots=True)
class _Open:
    """A document that is being filled."""

    root: dict[str, Any]
    directives: dict[tuple[str, tuple[tuple[str, ...], ...]], list[dict[str, str]]] = field(default_factory=dict)
    metrics: int = 0
    characters: int = 0

    def has_room(self, name: str, characters: int) -> bool:
        if not self.metrics:
            return True
        return name not in self.root and self.metrics < MOST_METRICS and self.characters + characters <= MOST_CHARACTERS

    def close(self, timestamp_milliseconds: int, meta: dict[str, str]) -> str:
        directives = [
            {"Namespace": namespace, "Dimensions": dimension_sets, "Metrics": metrics}
            for (namespace, dimension_sets), metrics in self.directives.items()
        ]
        aws = {"Timestamp": timestamp_milliseconds, **meta, "CloudWatchMetrics": directives}
        return _ENCODER.encode({"_aws": aws, **self.root})


def _short(values: list[float]) -> list[float]:
    """Numbers as doubles, which is how CloudWatch computes, where an integer has more digits than that."""
    return values if min(values) >= -EXACT and max(values) <= EXACT else [float(value) for value in values]


def documents(
    gathered: Iterable[Gathered], *, timestamp_milliseconds: int, log_group: str | None = None
) -> Iterator[str]:
    """One line of JSON for each document that is needed.

    Args:
        gathered: What was gathered; every value within CloudWatch's range.
        timestamp_milliseconds: When, since 1970.
        log_group: Where the CloudWatch agent is to put the document.
    """
    meta = {"LogGroupName": log_group} if log_group else {}
    by_root: dict[tuple[tuple[str, str], ...], list[Gathered]] = {}
    for one in gathered:
        by_root.setdefault(one.place.root, []).append(one)
    for root, members in by_root.items():
        document = _Open(dict(root))
        for one in members:
            metric, name = one.place.metric, one.place.metric.name
            for start in range(0, len(one.values), MOST_VALUES):
                values = _short(one.values[start : start + MOST_VALUES])
                # A number has at most 24 characters and a comma.
                characters = one.place.characters + 25 * len(values)
                if not document.has_room(name, characters):
                    yield document.close(timestamp_milliseconds, meta)
                    document = _Open(dict(root))
                key = (metric.namespace, one.place.dimension_sets)
                document.directives.setdefault(key, []).append({"Name": name, "Unit": metric.unit})
                document.root[name] = values[0] if len(values) == 1 else values
                document.metrics += 1
                document.characters += characters
        yield document.close(timestamp_milliseconds, meta)
