"""What is gathered of one metric under one combination of dimension values, between two flushes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple, Protocol

from opslib.monitoring.emit.instrument import Counter, Emitted, Gauge

__all__ = ["Gathered", "Place", "Series", "Unusable", "Window", "open_series"]

GREATEST = 2.0**360
"""CloudWatch takes values from -2^360 to 2^360, and neither NaN nor infinity (MetricDatum)."""

_PLAIN = (int, float)


class Unusable(Exception):
    """A value that CloudWatch does not take; its one argument is the reason."""


@dataclass(slots=True)
class Window:
    """What the series between two flushes share.

    Attributes:
        lock: Held for each change.
        opened: When the first value came, in seconds since 1970; None before it.
        pending: How many values wait, beyond one a series.
        most_pending: Above this, values are refused until a flush.
    """

    most_pending: int
    lock: RLock = field(default_factory=RLock)
    opened: float | None = None
    pending: int = 0


@dataclass(slots=True)
class Place:
    """Where values are put: a metric and the values of its dimensions.

    Attributes:
        metric: The row.
        dimension_sets: Those of its sets whose values are all known.
        root: The dimensions' values.
        characters: What they take in a document, about.
    """

    metric: Emitted[Any]
    dimension_sets: tuple[tuple[str, ...], ...]
    root: tuple[tuple[str, str], ...]
    characters: int = field(init=False)

    def __post_init__(self) -> None:
        metric = self.metric
        names = 2 * len(metric.name) + len(metric.namespace) + len(metric.unit)
        self.characters = names + len(str(self.dimension_sets)) + len(str(self.root)) + 100


class Gathered(NamedTuple):
    """A place's values at a flush: at least one."""

    place: Place
    values: list[float]


class Series(Protocol):
    """Where values of one metric with the same dimensions are put."""

    place: Place

    def add(self, value: float) -> None:
        """Put a value.

        Raises:
            Unusable: CloudWatch would not take it, or too many wait.
        """

    def take(self) -> list[float]:
        """What was put since the last time, which then is gone. The window's lock is held."""


def open_series(place: Place, window: Window) -> Series:
    """The series that gathers as the metric's class says."""
    if isinstance(place.metric, Counter):
        return _Sum(place, window)
    if isinstance(place.metric, Gauge):
        return _Level(place, window)
    return _Values(place, window)


def _number(value: Any) -> float:
    """What is no plain number but can be one, such as a Decimal or numpy's; text cannot."""
    try:
        return float(value.__float__())
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise Unusable("a value is no number") from None


@dataclass(slots=True)
class _Sum:
    """A counter: the sum."""

    place: Place
    window: Window
    total: float = 0
    touched: bool = False

    def add(self, value: float) -> None:
        if type(value) not in _PLAIN:
            value = _number(value)
        window = self.window
        with window.lock:
            total = self.total + value
            if not -GREATEST <= total <= GREATEST:
                raise Unusable("a value is out of CloudWatch's range")
            self.total = total
            self.touched = True
            if window.opened is None:
                window.opened = time.time()

    def take(self) -> list[float]:
        if not self.touched:
            return []
        values = [self.total]
        self.total, self.touched = 0, False
        return values


@dataclass(slots=True)
class _Level:
    """A gauge: the lowest, the highest, the last."""

    place: Place
    window: Window
    lowest: float = 0
    highest: float = 0
    last: float = 0
    touched: bool = False

    def add(self, value: float) -> None:
        if type(value) not in _PLAIN:
            value = _number(value)
        if not -GREATEST <= value <= GREATEST:
            raise Unusable("a value is out of CloudWatch's range")
        window = self.window
        with window.lock:
            if not self.touched:
                self.lowest = self.highest = value
                self.touched = True
            elif value > self.highest:
                self.highest = value
            elif value < self.lowest:
                self.lowest = value
            self.last = value
            if window.opened is None:
                window.opened = time.time()

    def take(self) -> list[float]:
        if not self.touched:
            return []
        self.touched = False
        return list(dict.fromkeys((self.lowest, self.highest, self.last)))


@dataclass(slots=True)
class _Values:
    """A distribution: every value."""

    place: Place
    window: Window
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        if type(value) not in _PLAIN:
            value = _number(value)
        if not -GREATEST <= value <= GREATEST:
            raise Unusable("a value is out of CloudWatch's range")
        window = self.window
        with window.lock:
            if window.pending >= window.most_pending:
                raise Unusable("too many values wait for a flush")
            window.pending += 1
            self.values.append(value)
            if window.opened is None:
                window.opened = time.time()

    def take(self) -> list[float]:
        values, self.values = self.values, []
        return values
