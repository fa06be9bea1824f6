"""Sample data: what a series might look like, where there is no history of it.

The same metric always has the same data, whatever else there is: they follow from its identity. They have the rhythm of
a working day, and keep to the side of their thresholds on which nothing is the matter.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from opslib.monitoring.draw.panel import Panel, Threshold, identity
from opslib.monitoring.draw.scale import finite
from opslib.monitoring.metric import Insights, Metric, Series

__all__ = ["END_HOUR", "groups", "sample"]

END_HOUR = 12.0
"""The sample window ends at noon: a morning shows how load rises."""

_PEAK_HOUR = 15.0
_NOISES = 1_021
_SMOOTH = 0.82
"""How much of a point's noise is the point's before: metrics wander, they do not flicker."""

_PERCENT = (12.0, 55.0)
_RANGES: dict[str, tuple[float, float]] = {
    "%": _PERCENT,
    "percent": _PERCENT,
    "s": (0.02, 0.3),
    "seconds": (0.02, 0.3),
    "ms": (20.0, 300.0),
    "bytes": (2e8, 3e9),
    "bytes/s": (2e5, 8e6),
    "tasks": (2.0, 4.0),
    "targets": (2.0, 4.0),
    "containers": (2.0, 4.0),
    "usd": (20.0, 400.0),
    "count": (0.0, 3.0),
}
"""By unit: what is nothing unusual."""
_ANY = (20.0, 900.0)
_BY_NAME: tuple[tuple[str, tuple[float, float]], ...] = (
    ("Bytes", (2e8, 3e9)),
    ("Pending", (0.0, 0.0)),
    ("UnHealthy", (0.0, 0.0)),
    ("Anomalous", (0.0, 0.0)),
    ("ErrorCount", (0.0, 3.0)),
    ("Throttle", (0.0, 1.0)),
    ("Deployment", (1.0, 1.0)),
    ("Utilization", _PERCENT),
)
_WHOLE_BELOW = 12.0
"""Small counts are whole numbers."""
_ALIKE = frozenset({"tasks", "targets", "containers"})
_WHOLE_UNITS = frozenset({"tasks", "targets", "containers", "count", "connections", "sessions", "ids"})

_STATISTICS: dict[str, float] = {"Average": 0.62, "Minimum": 0.45, "p50": 0.55, "p90": 0.85, "p95": 0.92, "p99": 1.0}
"""How the statistics of one metric lie: the 99th percentile above the average."""


_CALM = 0.12
_UNREST = (0.3, 0.4, 0.5)
"""Shares of a series' range: what it never falls below, and what is noise rather than the time of day."""


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    whole: bool


def sample(series: Series, panel: Panel, *, right: bool, hours: Sequence[float], variant: int = 0) -> list[float]:
    """The sample data of a series.

    Args:
        series: Of what.
        panel: Where it is drawn: its thresholds say what is usual.
        right: Whether it is drawn against the right axis.
        hours: The time of day of each point.
        variant: Of a query that gives several series, which.
    """
    unit = (panel.right_axis if right else panel.left_axis).unit
    # What is wanted and what is there are the same while nothing is the matter.
    alike = unit in _ALIKE and isinstance(series, Metric) and not right
    seed = _seed(series.dimensions if alike and isinstance(series, Metric) else identity(series), variant)
    lies = _range(series, panel, right=right, seed=seed)
    if lies.low == lies.high:
        return [lies.low] * len(hours)
    span = lies.high - lies.low
    rhythm = _rhythm(tuple(hours), (seed >> 8) % 5 * 0.6 - 1.2)
    if lies.whole:
        # Tasks and connections come and go with the day, and do not flicker.
        return [float(round(lies.low + span * daily)) for daily in rhythm]
    if isinstance(series, Metric):
        span *= _STATISTICS.get(series.statistic, 1.0)
    unrest = _UNREST[(seed >> 16) % len(_UNREST)] * span
    calm, swing = lies.low + _CALM * span, (1 - _CALM) * span - unrest
    start = seed % _NOISES
    return [calm + swing * daily + unrest * noise for daily, noise in zip(rhythm, _noise()[start:], strict=False)]


def _range(series: Series, panel: Panel, *, right: bool, seed: int) -> _Range:
    unit = (panel.right_axis if right else panel.left_axis).unit.strip().lower()
    own = [line for line in panel.thresholds if line.right is right and math.isfinite(line.value)]
    named = [line for line in own if series.label and _is_of(line.label, series.label)]
    chosen = named or ([] if any(": " in line.label for line in own) else own)
    low, high = _within(chosen, unit, seed) if chosen else _usual(series, unit, seed)
    whole = unit in _WHOLE_UNITS or (not unit and high < _WHOLE_BELOW)
    if whole:
        low, high = float(math.ceil(low)), float(max(math.floor(high), math.ceil(low)))
    return _Range(low, high, whole)


def _is_of(line: str, label: str) -> bool:
    """The label of a threshold begins with what it is of; that of a series may go on with its statistic."""
    return label.startswith(line.rpartition(": ")[0] or line)


def _within(lines: list[Threshold], unit: str, seed: int) -> tuple[float, float]:
    """Where nothing is the matter: below the lowest threshold of what gets worse upwards, above the others."""
    above = [finite(line.value) or 0.0 for line in lines if line.side != "below"]
    below = [finite(line.value) or 0.0 for line in lines if line.side == "below"]
    share = 0.45 + seed % 5 * 0.08
    if above:
        first = min(above)
        bottom = max(below, default=min(0.0, first))
        return bottom + 0.1 * (first - bottom), bottom + share * (first - bottom)
    floor = max(below)
    if unit in ("%", "percent") and 0 <= floor < 100:  # noqa: PLR2004  per cent
        return floor + 0.45 * (100 - floor), floor + (0.6 + seed % 4 * 0.08) * (100 - floor)
    away = max(abs(floor), 1.0)
    return floor + away * (0.8 + seed % 3 * 0.2), floor + away * (1.6 + seed % 5 * 0.4)


def _usual(series: Series, unit: str, seed: int) -> tuple[float, float]:
    name = series.name if isinstance(series, Metric) else ""
    found = next((lies for part, lies in _BY_NAME if part in name), None) if not unit or unit == "count" else None
    quiet = next((lies for part, lies in _BY_NAME if part in name and lies[1] <= 1), None)
    low, high = quiet or _RANGES.get(unit) or found or _ANY
    size = 1.0 if high <= _WHOLE_BELOW or unit in ("%", "percent") else 0.4 + seed % 7 * 0.2
    return low * size, high * size


def _seed(who: object, variant: int) -> int:
    return crc32(_named(who).encode("utf-8", "replace"), variant)


@lru_cache(maxsize=4_096)
def _named(who: object) -> str:
    return repr(who)


@lru_cache(maxsize=1)
def _noise() -> tuple[float, ...]:
    """Noise between 0 and 1, the same in every process; more than once round, so that one may begin anywhere."""
    numbers = random.Random(7)  # noqa: S311  it has to be the same every time, and protects nothing
    found, last = [], 0.0
    for _ in range(_NOISES):
        last = _SMOOTH * last + numbers.gauss(0.0, 1.0)
        found.append(last)
    low, high = min(found), max(found)
    return tuple((value - low) / (high - low) for value in found) * 2


@lru_cache(maxsize=64)
def _rhythm(hours: tuple[float, ...], shift: float) -> tuple[float, ...]:
    """From 0 in the night to 1 in the afternoon."""
    return tuple(0.5 + 0.5 * math.cos((hour - _PEAK_HOUR - shift) * math.tau / 24) for hour in hours)


def groups(query: Insights) -> list[str]:
    """What the series of a query that groups are called, where nobody knows: by what it groups, and a number."""
    words = query.sql.split()
    capitals = [word.upper() for word in words]
    if "GROUP" not in capitals:
        return [query.label or "query"]
    place = capitals.index("GROUP") + 2
    by = words[place].strip(',;"') if place < len(words) else "group"
    return [f"{by} {number}" for number in (1, 2, 3)]
