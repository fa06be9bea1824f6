"""The arithmetic of CloudWatch's metric math over points of one period.

Values are of three types, as AWS calls them: S, a number; TS, a time series; TS[], an array of time series. A time
series is here a tuple with one entry for each period of the range, None where it has no point.

Missing points, as AWS's page "Using math expressions with CloudWatch metrics" has it, and as its examples show:

- Between two time series, arithmetic, comparisons and logical operators have a point wherever *one* of the two has one,
  and take the missing one for 0: ``m1 + m2`` is ``m1`` where there is no ``m2``. Where both have none there is none.
- Between a time series and a number there is a point where the time series has one.
- A division by 0, and so by a missing point, gives no point; nor does anything else without a finite, real result. A
  number without a result (``AVG`` of no points) is NaN in here, and every point that it would make is missing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import functions
from opslib.monitoring.evaluate.anomaly import Model
from opslib.monitoring.evaluate.expression import (
    Array,
    Binary,
    Call,
    Id,
    Negative,
    Node,
    Number,
    Text,
    Word,
    ids,
    render,
)
from opslib.monitoring.evaluate.functions import Scalar, Scope, Series, Value
from opslib.monitoring.evaluate.parser import parse

__all__ = ["check", "compute", "compute_all"]


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "AND": lambda left, right: left != 0 and right != 0,
    "OR": lambda left, right: left != 0 or right != 0,
}


def compute(
    expression: str | Node,
    metrics: Mapping[str, Sequence[float | None]],
    *,
    start: float = 0.0,
    period_seconds: int = 60,
    models: Mapping[str, Model] | None = None,
) -> Series:
    """The one time series that an expression gives, as an alarm needs it; the newest point last.

    Args:
        expression: The text, or what `parse` made of it.
        metrics: The points of each metric by its id, the newest last, all over the same periods.
        start: Where the first period starts, in seconds since 1970; only functions of time look at it.
        period_seconds: The one period of the metrics.
        models: Anomaly models by the id of the metric that they were trained on.

    Raises:
        BadRequest: The expression does not parse, names an id or a function that is not known, uses one with arguments
            of the wrong type, or does not give a single time series; the message names the place.
    """
    found = compute_all(expression, metrics, start=start, period_seconds=period_seconds, models=models)
    if len(found) != 1:
        text = expression if isinstance(expression, str) else render(expression)
        what = f"metric math {text!r} gives {len(found)} time series"
        raise BadRequest(what, "an alarm watches one; sum them up or choose one")
    return found[0]


def compute_all(
    expression: str | Node,
    metrics: Mapping[str, Sequence[float | None]],
    *,
    start: float = 0.0,
    period_seconds: int = 60,
    models: Mapping[str, Model] | None = None,
) -> tuple[Series, ...]:
    """All time series that an expression gives, as a graph may have them; otherwise as `compute`."""
    node = parse(expression) if isinstance(expression, str) else expression
    lengths = {len(points) for points in metrics.values()}
    if len(lengths) > 1:
        raise BadRequest(f"metrics of {sorted(lengths)} points", "give each metric's points over the same periods")
    count = lengths.pop() if lengths else 0
    scope = Scope({key: tuple(points) for key, points in metrics.items()}, start, period_seconds, count, models or {})
    evaluation = _Evaluation(expression, scope)
    value = evaluation.value(node)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, tuple):
        return (value,)
    raise evaluation.error(node, "it gives a number and has to give a time series", "wrap it in TIME_SERIES")


def check(expression: str, known: Iterable[str]) -> None:
    """See that an alarm could watch an expression: it parses, names only known ids, and gives one time series.

    Raises:
        BadRequest: It could not.
    """
    named = set(known)
    unknown = ids(parse(expression)) - named
    if unknown:
        what = f"metric math {expression!r} names {', '.join(sorted(unknown))}"
        raise BadRequest(what, f"its metrics are {', '.join(sorted(named)) or 'none'}")
    compute(expression, dict.fromkeys(named, ()))


@dataclass(frozen=True, slots=True)
class _Evaluation:
    expression: str | Node
    scope: Scope

    def value(self, node: Node) -> Value:
        return _VALUES[type(node)](self, node)

    def number(self, node: Number) -> Value:
        return node.value

    def negative(self, node: Negative) -> Value:
        return _negative(self.value(node.operand))

    def nothing(self, node: Text | Word) -> Value:
        raise self.error(node, f"{render(node)} has no value here", "it belongs into a function")

    def error(self, node: Node, what: str, next_step: str) -> BadRequest:
        text = self.expression if isinstance(self.expression, str) else render(self.expression)
        return BadRequest(f"metric math {text!r}: {what}, at character {node.position + 1}", next_step)

    def metric(self, node: Id) -> Series:
        if node.name not in self.scope.metrics:
            known = ", ".join(sorted(self.scope.metrics)) or "none"
            raise self.error(node, f"there is no metric {node.name}", f"known are {known}")
        return self.scope.metrics[node.name]

    def array(self, node: Array) -> list[Series]:
        found: list[Series] = []
        for item in node.items:
            value = self.value(item)
            if isinstance(value, list):
                found += value
            elif isinstance(value, tuple):
                found.append(value)
            else:
                raise self.error(item, "a number within an array of time series", "wrap it in TIME_SERIES")
        return found

    def binary(self, node: Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        apply = _OPERATORS[node.operator]
        if isinstance(left, list):
            if isinstance(right, list):
                raise self.error(node, f"{node.operator} between two arrays", "AWS takes an array on one side only")
            return [_between(series, right, apply) for series in left]
        if isinstance(right, list):
            return [_between(left, series, apply) for series in right]
        if isinstance(left, tuple) or isinstance(right, tuple):
            return _between(left, right, apply)
        result = _point(apply, left, right)
        return math.nan if result is None else result

    def call(self, node: Call) -> Value:
        function = functions.FUNCTIONS.get(node.function)
        if function is None:
            raise self.error(node, f"the function {node.function} is not modelled", f"there are {functions.NAMES}")
        if not function.fewest <= len(node.arguments) <= function.most:
            what = f"{node.function} takes {function.usage} and got {len(node.arguments)} arguments"
            raise self.error(node, what, "correct it")
        arguments = tuple(self._argument(argument) for argument in node.arguments)
        try:
            return function.apply(self.scope, *arguments)
        except functions.WrongType as wrong:
            place = node.arguments[wrong.index] if wrong.index < len(node.arguments) else node
            what = f"{node.function} takes {function.usage}, and not {wrong.got}"
            raise self.error(place, what, "correct it") from None

    def _argument(self, node: Node) -> functions.Argument:
        if isinstance(node, (Word, Text)):
            return node
        return functions.Given(self.value(node), node.name if isinstance(node, Id) else None)


# A table, and no `match`: every alarm with metric math comes by here for every part of it, every minute.
_VALUES: Mapping[type[Node], Callable[[_Evaluation, Any], Value]] = {
    Number: _Evaluation.number,
    Id: _Evaluation.metric,
    Negative: _Evaluation.negative,
    Binary: _Evaluation.binary,
    Array: _Evaluation.array,
    Call: _Evaluation.call,
    Text: _Evaluation.nothing,
    Word: _Evaluation.nothing,
}


def _negative(value: Value) -> Value:
    if isinstance(value, list):
        return [_negated(series) for series in value]
    return _negated(value) if isinstance(value, tuple) else -value


def _negated(series: Series) -> Series:
    return tuple(None if point is None else -point for point in series)


def _between(left: Series | Scalar, right: Series | Scalar, apply: Callable[[float, float], float]) -> Series:
    """Of two, at least one a time series."""
    if not isinstance(left, tuple):
        left = _wherever(right, left)
    if not isinstance(right, tuple):
        right = _wherever(left, right)
    return tuple(
        None if one is None and other is None else _point(apply, one or 0.0, other or 0.0)
        for one, other in zip(left, right, strict=True)
    )


def _wherever(series: Series | Scalar, number: Scalar) -> Series:
    """A number as a time series that has its points where another has."""
    return tuple(None if point is None else number for point in series) if isinstance(series, tuple) else ()


def _point(apply: Callable[[float, float], float], left: float, right: float) -> float | None:
    if math.isnan(left) or math.isnan(right):
        return None
    try:
        result = float(apply(left, right))
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None
