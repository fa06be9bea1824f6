"""Which series a value belongs to: dimensions completed and cleaned, and their combinations kept few."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from opslib.monitoring.emit.instrument import CONTEXT, At, Emitted
from opslib.monitoring.emit.losses import Losses
from opslib.monitoring.emit.series import Place, Series, Unusable, Window, open_series

__all__ = ["OTHER", "Places", "clean"]

OTHER = "(other)"
"""What stands for the combinations beyond a metric's most."""

EMPTY = "(empty)"
"""What stands for a value without a visible character, which CloudWatch does not take."""

VALUE_CHARACTERS = 1024

_ODD = re.compile(r"[^\x20-\x7e]")

Key = tuple[Emitted[Any], tuple[tuple[str, str], ...]]


def clean(value: object) -> str:
    """A dimension's value as CloudWatch takes it: up to 1,024 printable ASCII characters, one of them visible.

    Anything else is written as ``?``: a metric under a slightly wrong name is better than none.
    """
    text = _ODD.sub("?", str(value)[:VALUE_CHARACTERS])
    return text if text.strip() else EMPTY


class Places:
    """The series of an emitter, by metric and dimensions."""

    def __init__(self, context: Mapping[str, str], losses: Losses) -> None:
        self._context = {name: clean(value) for name, value in context.items()}
        self._losses = losses

    def begin(self, window: Window) -> None:
        """Forget every series; those to come share this window."""
        self._window = window
        # By what was given, which is quick, and by what it comes to, which is right. Both are bounded.
        self._given: dict[object, Series] = {}
        self._series: dict[Key, Series] = {}
        self._combinations: dict[Emitted[Any], int] = {}

    @property
    def opened(self) -> list[Series]:
        """Every series so far. The window's lock is held."""
        return list(self._series.values())

    def find(self, given: Emitted[Any] | At[Any]) -> Series:
        """The series of a metric with the dimensions' values that were given.

        Raises:
            Unusable: No dimension set of the metric has all its values.
        """
        if type(given) is At:
            key = given.key
            if key is None:
                key = given.key = (given.metric, *given.dimensions.items())
            return self._given.get(key) or self._open(given.metric, given.dimensions, key)
        metric: Emitted[Any] = given  # type: ignore[assignment]  # the other of the two
        return self._given.get(metric) or self._open(metric, {}, metric)

    def _open(self, metric: Emitted[Any], dimensions: Mapping[Any, str], given: object) -> Series:
        with self._window.lock:
            own = self._own(metric, dimensions)
            key = (metric, tuple(own.items()))
            series = self._series.get(key)
            if series is None and own:
                if self._combinations.get(metric, 0) >= metric.most_combinations:
                    self._losses.add(f"{metric.name} has too many combinations, the rest are {OTHER}", dimensions)
                    own = dict.fromkeys(own, OTHER)
                    key = (metric, tuple(own.items()))
                    series = self._series.get(key)
                else:
                    self._combinations[metric] = self._combinations.get(metric, 0) + 1
            if series is None:
                series = self._series[key] = self._made(metric, own)
            if len(self._given) < 2 * len(self._series) + 100:
                self._given[given] = series
            return series

    def _own(self, metric: Emitted[Any], dimensions: Mapping[Any, str]) -> dict[str, str]:
        """The dimensions that were given, in the row's order, as CloudWatch takes them."""
        wanted = metric.dimensions
        for name in dimensions:
            if name not in wanted:
                self._losses.add(f"{metric.name} was given a dimension that it has not", name)
        own = {}
        for name in wanted:
            if name in dimensions:
                own[name] = clean(dimensions[name])
                if own[name] != dimensions[name]:
                    self._losses.add("a dimension's value was changed to what CloudWatch takes", dimensions[name])
        return own

    def _made(self, metric: Emitted[Any], own: Mapping[str, str]) -> Series:
        known = {**{name: self._context[name] for name in metric.dimensions if name in self._context}, **own}
        sets = tuple(names for names in metric.dimension_sets if all(name in known for name in names))
        if not sets:
            missing = sorted(set(metric.dimensions) - CONTEXT - set(known))
            raise Unusable(f"{metric.name} was given without {', '.join(missing)}")
        used = {name for names in sets for name in names}
        return open_series(Place(metric, sets, tuple((name, known[name]) for name in sorted(used))), self._window)
