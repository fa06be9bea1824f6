"""The functions of metric math: a table.

A row says how many arguments a function takes, of which types, and what it does. Rows follow AWS's table; what AWS
does not say and is assumed: STDDEV is that of the whole population; MIN, MAX and STDDEV over an array look at the
points that are there (AVG takes missing ones for 0, as AWS says); the logarithm of what is not positive gives no point;
LINEAR fills gaps between two points only, and REPEAT nothing before the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any

from opslib.monitoring.evaluate.anomaly import DEFAULT_WIDTH, Model
from opslib.monitoring.evaluate.expression import Text, Word

__all__ = ["FUNCTIONS", "NAMES", "Argument", "Function", "Given", "Scalar", "Scope", "Series", "Value", "WrongType"]

Scalar = float
Series = tuple[float | None, ...]
Value = Scalar | Series | list[Series]

_TYPES: dict[type, str] = {float: "a number", int: "a number", tuple: "a time series", list: "an array"}


class WrongType(Exception):
    """An argument is of a type that the function does not take; never leaves this package."""

    def __init__(self, index: int, got: str) -> None:
        super().__init__(got)
        self.index = index
        self.got = got


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see.

    Attributes:
        metrics: Points by id.
        start: Where the first period starts, in seconds since 1970.
        period_seconds: Length of a period.
        count: How many periods there are.
        models: Anomaly models by the id of their metric.
    """

    metrics: Mapping[str, Series]
    start: float
    period_seconds: int
    count: int
    models: Mapping[str, Model]


@dataclass(frozen=True, slots=True)
class Given:
    """An argument that was computed.

    Attributes:
        value: What came out.
        id: The id that it is, if it is nothing more.
    """

    value: Value
    id: str | None


Argument = Given | Word | Text


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table.

    Attributes:
        apply: Computes it; raises WrongType for an argument of another type.
        usage: Its arguments, for messages, in AWS's notation.
        fewest: The least number of arguments.
        most: The greatest.
    """

    apply: Callable[..., Value]
    usage: str
    fewest: int = 1
    most: int = 1


def _value(arguments: Sequence[Argument], index: int, *types: type) -> Any:
    argument = arguments[index]
    if not isinstance(argument, Given):
        raise WrongType(index, argument.name if isinstance(argument, Word) else f'"{argument.value}"')
    if not isinstance(argument.value, types):
        raise WrongType(index, _TYPES[type(argument.value)])
    return argument.value


def _there(value: Any) -> Any:
    """A number without a result is a missing point."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _mapped(apply: Callable[[Scope, Series], Series]) -> Function:
    """TS to TS, and TS[] to TS[] one by one."""

    def run(scope: Scope, *arguments: Argument) -> Value:
        value = _value(arguments, 0, tuple, list)
        return [apply(scope, series) for series in value] if isinstance(value, list) else apply(scope, value)

    return Function(run, "a time series or an array")


def _pointwise(apply: Callable[[float], float]) -> Function:
    def one(point: float | None) -> float | None:
        if point is None:
            return None
        try:
            return float(apply(point))
        except ValueError:
            return None

    return _mapped(lambda _, series: tuple(one(point) for point in series))


def _reduced(
    apply: Callable[[list[float]], float], *, missing_is_zero: bool = False, of_none: float = math.nan
) -> Function:
    """TS to S, over its points; TS[] to TS, period by period."""

    def run(scope: Scope, *arguments: Argument) -> Value:
        value = _value(arguments, 0, tuple, list)
        if isinstance(value, tuple):
            there = [point for point in value if point is not None]
            return float(apply(there)) if there else of_none
        if not value:
            return (None,) * scope.count
        periods: list[float | None] = []
        for points in zip(*value, strict=True):
            there = [point for point in points if point is not None]
            counted = [point or 0.0 for point in points] if missing_is_zero else there
            periods.append(apply(counted) if there else None)
        return tuple(periods)

    return Function(run, "a time series or an array")


def _if(_: Scope, *arguments: Argument) -> Value:
    """AWS, "Using IF expressions": where it is true and there is no value, 0; where false and none, no point."""
    condition = _value(arguments, 0, float, tuple)
    yes = _there(_value(arguments, 1, float, tuple))
    no = _there(_value(arguments, 2, float, tuple)) if len(arguments) > 2 else None  # noqa: PLR2004 - the third
    if not isinstance(condition, tuple):
        series = next((value for value in (yes, no) if isinstance(value, tuple)), None)
        if series is None:
            raise WrongType(1, "a number where nothing is a time series")
        chosen = None if math.isnan(condition) else yes if condition else no
        return chosen if isinstance(chosen, tuple) else (chosen,) * len(series)
    found: list[float | None] = []
    for index, point in enumerate(condition):
        if point is None:
            found.append(None)
        elif point:
            found.append((yes[index] or 0.0) if isinstance(yes, tuple) else yes)
        else:
            found.append(no[index] if isinstance(no, tuple) else no)
    return tuple(found)


def _fill(_: Scope, *arguments: Argument) -> Value:
    value = _value(arguments, 0, tuple, list)
    filler = arguments[1]
    if isinstance(filler, Word):
        if filler.name not in _FILLS:
            raise WrongType(1, filler.name)
        fill = _FILLS[filler.name]
    else:
        by = _there(_value(arguments, 1, float, tuple))

        def fill(series: Series) -> Series:
            return tuple(
                (by[index] if isinstance(by, tuple) else by) if point is None else point
                for index, point in enumerate(series)
            )

    return [fill(series) for series in value] if isinstance(value, list) else fill(value)


def _repeat(series: Series) -> Series:
    latest: float | None = None
    return tuple(latest := latest if point is None else point for point in series)


def _linear(series: Series) -> Series:
    known = [(index, point) for index, point in enumerate(series) if point is not None]
    filled = list(series)
    for (left, low), (right, high) in pairwise(known):
        for index in range(left + 1, right):
            filled[index] = low + (high - low) * (index - left) / (right - left)
    return tuple(filled)


_FILLS: dict[str, Callable[[Series], Series]] = {"REPEAT": _repeat, "LINEAR": _linear}


def _stepwise(apply: Callable[[float, float, float], float]) -> Function:
    """Of each point and the one before it: the difference of the values, of the times, and their quotient."""

    def steps(scope: Scope, series: Series) -> Series:
        found: list[float | None] = []
        before: tuple[int, float] | None = None
        for index, point in enumerate(series):
            if point is None:
                found.append(None)
                continue
            found.append(
                None if before is None else apply(before[1], point, (index - before[0]) * scope.period_seconds)
            )
            before = index, point
        return tuple(found)

    return _mapped(steps)


def _running_sum(_: Scope, series: Series) -> Series:
    total = 0.0
    return tuple(None if point is None else (total := total + point) for point in series)


def _period(scope: Scope, *arguments: Argument) -> Value:
    argument = arguments[0]
    if not isinstance(argument, Given) or argument.id is None:
        raise WrongType(0, "the result of an expression")
    return float(scope.period_seconds)


def _time_series(scope: Scope, *arguments: Argument) -> Value:
    return (_there(_value(arguments, 0, float)),) * scope.count


def _metrics(scope: Scope, *arguments: Argument) -> Value:
    part = ""
    if arguments:
        if not isinstance(arguments[0], Text):
            raise WrongType(0, "what is not in quotes")
        part = arguments[0].value
    return [series for key, series in scope.metrics.items() if part in key]


def _chosen(index: int) -> Function:
    def run(_: Scope, *arguments: Argument) -> Value:
        value = _value(arguments, 0, list)
        if not value:
            raise WrongType(0, "an empty array")
        series: Series = value[index]
        return series

    return Function(run, "an array")


def _band(scope: Scope, *arguments: Argument) -> Value:
    """The upper edge first, as AWS's example ``LAST(ANOMALY_DETECTION_BAND(m1))`` for the lower one says."""
    _value(arguments, 0, tuple)
    width = _value(arguments, 1, float) if len(arguments) > 1 else DEFAULT_WIDTH
    key = arguments[0].id if isinstance(arguments[0], Given) else None
    model = scope.models.get(key) if key is not None else None
    if model is None:  # CloudWatch has no band before a model is trained
        return [(None,) * scope.count] * 2
    edges = model.bands(start=scope.start, count=scope.count, period_seconds=scope.period_seconds, width=width)
    return [
        tuple(None if edge is None else edge[1] for edge in edges),
        tuple(None if edge is None else edge[0] for edge in edges),
    ]


def _timely(apply: Callable[[datetime], float]) -> Function:
    """A part of each period's start, in UTC; the result has a point in every period."""

    def run(scope: Scope, *arguments: Argument) -> Value:
        _value(arguments, 0, tuple)
        starts = (scope.start + index * scope.period_seconds for index in range(scope.count))
        return tuple(float(apply(datetime.fromtimestamp(at, UTC))) for at in starts)

    return Function(run, "a time series")


FUNCTIONS: Mapping[str, Function] = {
    "ABS": _pointwise(abs),
    "ANOMALY_DETECTION_BAND": Function(_band, "a time series and a number", 1, 2),
    "AVG": _reduced(fmean, missing_is_zero=True),
    "CEIL": _pointwise(math.ceil),
    "DATAPOINT_COUNT": _reduced(lambda points: float(len(points)), of_none=0.0),
    "DATE": _timely(lambda at: at.day),
    "DAY": _timely(datetime.isoweekday),
    "DIFF": _stepwise(lambda before, point, _: point - before),
    "DIFF_TIME": _stepwise(lambda _before, _point, seconds: seconds),
    "EPOCH": _timely(datetime.timestamp),
    "FILL": Function(_fill, "a time series or an array, and a number, a time series, REPEAT or LINEAR", 2, 2),
    "FIRST": _chosen(0),
    "FLOOR": _pointwise(math.floor),
    "HOUR": _timely(lambda at: at.hour),
    "IF": Function(_if, "a condition and one or two numbers or time series", 2, 3),
    "LAST": _chosen(-1),
    "LOG": _pointwise(math.log),
    "LOG10": _pointwise(math.log10),
    "MAX": _reduced(max),
    "METRICS": Function(_metrics, "nothing or a text in quotes", 0, 1),
    "METRIC_COUNT": Function(lambda _, *given: float(len(_value(given, 0, list))), "an array"),
    "MIN": _reduced(min),
    "MINUTE": _timely(lambda at: at.minute),
    "MONTH": _timely(lambda at: at.month),
    "PERIOD": Function(_period, "the id of a metric"),
    "RATE": _stepwise(lambda before, point, seconds: (point - before) / seconds),
    "RUNNING_SUM": _mapped(_running_sum),
    "STDDEV": _reduced(pstdev),
    "SUM": _reduced(math.fsum, missing_is_zero=True, of_none=0.0),
    "TIME_SERIES": Function(_time_series, "a number"),
    "YEAR": _timely(lambda at: at.year),
}
"""Every function that is modelled. Not modelled are those over the whole account or the service (SEARCH, SERVICE_QUOTA,
INSIGHT_RULE_METRIC, DB_PERF_INSIGHTS, LAMBDA) and REMOVE_EMPTY, SLICE and SORT, which no alarm of ours needs."""

NAMES = ", ".join(FUNCTIONS)
