"""Metric math over numpy arrays: the same numbers as `opslib.monitoring.evaluate.math`, many at once.

The last axis of an array is time; NaN is a missing point. What is in no table here is left to that module.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np

from opslib.monitoring.backtest.history import Floats
from opslib.monitoring.backtest.timeline import Moments
from opslib.monitoring.evaluate.expression import Array, Binary, Call, Id, Negative, Node, Number, Word, walk

__all__ = ["Arrays", "Way", "way", "worked_out"]


class Way(Enum):
    """How an expression is worked out."""

    POINTS = "points"
    """Each point depends on its own period alone: once over the whole history, with numpy."""
    WINDOWS = "windows"
    """It depends on the points before it, as far as an evaluation sees them: each evaluation's window, with numpy."""
    WHOLE = "whole"
    """Each point depends on its own period alone: once over the whole history, by the plain evaluator."""
    PLAIN = "plain"
    """Each evaluation's window, by the plain evaluator."""


@dataclass(frozen=True, slots=True)
class Arrays:
    """What an expression can see.

    Attributes:
        metrics: Points by id, all of one shape.
        starts: When each point's period starts, in seconds since 1970, in that shape.
        period_seconds: Length of a period.
    """

    metrics: Mapping[str, Floats]
    starts: Moments
    period_seconds: int


Value = Any
"""A number, an array, or a list of arrays, as in metric math."""

_REDUCTIONS: Final = frozenset({"AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"})
_BACKWARD: Final = frozenset({"DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM"})
_ARRAYS: Final = frozenset({"METRICS"})


def way(node: Node) -> Way:
    """How an expression is to be worked out."""
    calls = [part for part in walk(node) if isinstance(part, Call)]
    windows = any(_looks_back(call) for call in calls)
    operators = {part.operator for part in walk(node) if isinstance(part, Binary)}
    if operators <= _OPERATORS.keys() and all(_is_vectorised(call) for call in calls):
        return Way.WINDOWS if windows else Way.POINTS
    return Way.PLAIN if windows else Way.WHOLE


def worked_out(node: Node, arrays: Arrays) -> Floats | None:
    """The time series that an expression gives; None where it gives none, or not a single one.

    Args:
        node: An expression whose `way` is POINTS or WINDOWS.
        arrays: What it can see.
    """
    with np.errstate(all="ignore"):
        value = _value(node, arrays)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, np.ndarray) else None


def _looks_back(call: Call) -> bool:
    if call.function in _REDUCTIONS:
        inside = call.arguments[0] if call.arguments else None
        return not (isinstance(inside, Array) or (isinstance(inside, Call) and inside.function in _ARRAYS))
    return call.function in _BACKWARD or (call.function == "FILL" and isinstance(call.arguments[-1], Word))


def _is_vectorised(call: Call) -> bool:
    if call.function in ("MIN", "MAX"):
        return isinstance(call.arguments[0], Array)
    if call.function == "FILL" and isinstance(call.arguments[-1], Word):
        return call.arguments[-1].name == "REPEAT"
    return call.function in _FUNCTIONS


def _value(node: Node, arrays: Arrays) -> Value:  # noqa: PLR0911 - one for each kind of node
    match node:
        case Number():
            return node.value
        case Id():
            return arrays.metrics[node.name]
        case Negative():
            value = _value(node.operand, arrays)
            return [-one for one in value] if isinstance(value, list) else -value
        case Binary():
            return _binary(node.operator, _value(node.left, arrays), _value(node.right, arrays))
        case Array():
            found: list[Floats] = []
            for item in node.items:
                inside = _value(item, arrays)
                found += inside if isinstance(inside, list) else [inside]
            return found
        case Call():
            if node.function == "FILL" and isinstance(node.arguments[1], Word):
                return _each(_repeat, _value(node.arguments[0], arrays))
            return _FUNCTIONS[node.function](arrays, *(_value(argument, arrays) for argument in node.arguments))
        case _:
            raise TypeError(f"metric math: {node} has no value")


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "==": np.equal,
    "!=": np.not_equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
    "AND": lambda left, right: (left != 0) & (right != 0),
    "OR": lambda left, right: (left != 0) | (right != 0),
}
"""Without ``^``: numpy's power may differ from Python's in the last place."""


def _binary(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [_binary(operator, one, right) for one in left]
    if isinstance(right, list):
        return [_binary(operator, left, one) for one in right]
    apply = _OPERATORS[operator]
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        no_left, no_right = np.isnan(left), np.isnan(right)
        result = apply(np.where(no_left, 0.0, left), np.where(no_right, 0.0, right)).astype(np.float64)
        return _only(result, ~(no_left & no_right))
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        series, number = (left, right) if isinstance(left, np.ndarray) else (right, left)
        if math.isnan(number):
            return np.full(series.shape, np.nan)
        return _only(np.asarray(apply(left, right), dtype=np.float64), ~np.isnan(series))
    result = float(apply(np.float64(left), np.float64(right)))
    return result if math.isfinite(result) and not math.isnan(left) and not math.isnan(right) else math.nan


def _only(result: Floats, there: Any) -> Floats:
    """The result where there is one, and where it is finite."""
    there &= np.isfinite(result)
    if not there.all():
        result[~there] = np.nan
    return result


def _each(apply: Callable[[Floats], Floats], value: Value) -> Value:
    return [apply(one) for one in value] if isinstance(value, list) else apply(value)


def _if(_: Arrays, condition: Value, yes: Value, no: Value = math.nan) -> Value:
    if not isinstance(condition, np.ndarray):
        series = next(value for value in (yes, no) if isinstance(value, np.ndarray))
        chosen = math.nan if math.isnan(condition) else yes if condition else no
        return chosen if isinstance(chosen, np.ndarray) else np.full(series.shape, chosen)
    if isinstance(yes, np.ndarray):
        yes = np.where(np.isnan(yes), 0.0, yes)
    found = np.where(condition != 0, yes, no)
    return np.where(np.isnan(condition), np.nan, found)


def _fill(_: Arrays, value: Value, by: Value) -> Value:
    return _each(lambda series: np.where(np.isnan(series), by, series), value)


def _latest(series: Floats) -> Any:
    """For each place, where the latest point up to it is; -1 for none."""
    places = np.where(np.isnan(series), -1, np.arange(series.shape[-1]))
    return np.maximum.accumulate(places, axis=-1)


def _repeat(series: Floats) -> Floats:
    latest = _latest(series)
    found: Floats = np.where(latest < 0, np.nan, np.take_along_axis(series, np.maximum(latest, 0), axis=-1))
    return found


def _stepwise(apply: Callable[[Floats, Floats, Any], Floats]) -> Callable[..., Value]:
    """Of each point and the one before it."""

    def steps(arrays: Arrays, value: Value) -> Value:
        def one(series: Floats) -> Floats:
            latest = _latest(series)
            before = np.concatenate((np.full_like(latest[..., :1], -1), latest[..., :-1]), axis=-1)
            earlier = np.take_along_axis(series, np.maximum(before, 0), axis=-1)
            passed = (np.arange(series.shape[-1]) - before) * arrays.period_seconds
            found: Floats = np.where((before < 0) | np.isnan(series), np.nan, apply(earlier, series, passed))
            return found

        return _each(one, value)

    return steps


def _timely(apply: Callable[[Moments], Any]) -> Callable[..., Value]:
    return lambda arrays, _: apply(arrays.starts).astype(np.float64)


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_THURSDAY = 3  # 1970 began on a Thursday, the fourth day of the week

_FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = {
    "ABS": lambda _, value: _each(np.abs, value),
    "CEIL": lambda _, value: _each(np.ceil, value),
    "DAY": _timely(lambda starts: (starts // _DAY + _THURSDAY) % 7 + 1),
    "DIFF": _stepwise(lambda before, point, _: point - before),
    "DIFF_TIME": _stepwise(lambda _before, point, passed: np.where(np.isnan(point), np.nan, passed)),
    "EPOCH": _timely(lambda starts: starts),
    "FILL": _fill,
    "FIRST": lambda _, value: value[0],
    "FLOOR": lambda _, value: _each(np.floor, value),
    "HOUR": _timely(lambda starts: starts // _HOUR % 24),
    "IF": _if,
    "LAST": lambda _, value: value[-1],
    "MAX": lambda _, value: np.fmax.reduce(value),
    "MIN": lambda _, value: np.fmin.reduce(value),
    "MINUTE": _timely(lambda starts: starts // _MINUTE % 60),
    "PERIOD": lambda arrays, _: float(arrays.period_seconds),
    "RATE": _stepwise(lambda before, point, passed: (point - before) / passed),
    "TIME_SERIES": lambda arrays, value: np.full(arrays.starts.shape, value),
}
