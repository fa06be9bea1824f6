"""Metric math over dictionaries of timestamp to value, by recursion over a tree that can be written out as text.

A tree is a tuple whose first item says what it is:

    ("number", 5.0)                         a scalar
    ("id", "m1")                            a time series: {timestamp: value}, missing where there is no key
    ("-", tree)                             unary minus
    ("+" "-" "*" "/", tree, tree)           arithmetic
    ("<" "<=" ">" ">=" "==" "!=", tree, tree)   1 or 0
    ("AND" "OR", tree, tree)                1 or 0
    ("IF", condition, tree[, tree])
    ("FILL", tree, tree or "REPEAT" or "LINEAR")
    ("AVG" "SUM" "MIN" "MAX", tree)         of one series: a scalar
    ("AVG" "SUM" "MIN" "MAX", [trees])      of an array of series: a series
    ("RATE" "DIFF" "DIFF_TIME" "RUNNING_SUM" "ABS" "CEIL" "FLOOR", tree)
    ("TIME_SERIES", tree)                   a scalar at every timestamp

Source: AWS's page "Using math expressions with CloudWatch metrics"; each rule below stands beside its sentence.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Series = dict[int, float]
Value = float | Series
Tree = tuple[Any, ...]
Argument = Tree | str | list[Tree]

ARITHMETIC: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    # "If the value of a data point causes a function to attempt to divide by zero, the data point is dropped."
    "/": lambda left, right: None if right == 0 else left / right,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
LOGIC: dict[str, Callable[[float, float], bool]] = {
    "AND": lambda left, right: left != 0 and right != 0,
    "OR": lambda left, right: left != 0 or right != 0,
}
OPERATORS: Mapping[str, Callable[[float, float], float | None]] = ARITHMETIC | COMPARISONS | LOGIC
OF_POINTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "SUM": sum,
    "MIN": min,
    "MAX": max,
}
EACH_POINT: Mapping[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


class Undefined(Exception):
    """AWS's page says nothing of this case (the average of no data point, a scalar divided by zero)."""


def evaluate(tree: Tree, metrics: Mapping[str, Series], timestamps: Sequence[int]) -> Value:
    """The value of a tree.

    Args:
        tree: What to calculate.
        metrics: The series by their id.
        timestamps: Every timestamp of the range, ascending: where a data point can be missing.
    """
    what = tree[0]
    if what == "number":
        return float(tree[1])
    if what == "id":
        return dict(metrics[tree[1]])

    def value(argument: Argument) -> Any:
        if isinstance(argument, str):
            return argument
        if isinstance(argument, list):
            return [value(each) for each in argument]
        return evaluate(argument, metrics, timestamps)

    arguments = [value(each) for each in tree[1:]]
    if what == "FILL":
        return filled(arguments[0], arguments[1], timestamps)
    if what == "TIME_SERIES":
        return dict.fromkeys(timestamps, arguments[0])
    return calculated(what, arguments)


def calculated(what: str, arguments: list[Any]) -> Value:
    """An operator or function that needs to know nothing but its arguments."""
    if what == "IF":
        return chosen(*arguments)
    if what == "-" and len(arguments) == 1:
        return combined(operator.sub, 0.0, arguments[0])
    if what in OPERATORS:
        return combined(OPERATORS[what], *arguments)
    if what in OF_POINTS:
        return of_array(what, arguments[0]) if isinstance(arguments[0], list) else of_series(what, arguments[0])
    return of_neighbours(what, arguments[0])


def combined(function: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    """An operator between any two of scalar and series.

    Two series: "Missing values in a time series are treated as 0", and where "only one of the time series has a value
    for a particular time stamp, the function treats the missing value in the other time series as 0". So there is a
    result wherever one of the two has a value, and none where neither has.
    """
    if isinstance(left, float) and isinstance(right, float):
        scalar = function(left, right)
        if scalar is None:
            raise Undefined
        return float(scalar)
    times = sorted({time for side in (left, right) if isinstance(side, dict) for time in side})

    def at(side: Value, time: int) -> float:
        return side if isinstance(side, float) else side.get(time, 0.0)

    pairs = {time: (at(left, time), at(right, time)) for time in times}
    results = {time: function(*pair) for time, pair in pairs.items()}
    return {time: float(result) for time, result in results.items() if result is not None}


def chosen(condition: Value, when_true: Value, when_false: Value | None = None) -> Value:
    """IF, by the rules of "Using IF expressions".

    TRUE and `when_true` misses: 0. FALSE and `when_false` misses or is omitted: dropped. Condition misses: dropped.
    """
    if isinstance(condition, float):
        # One of the two as it is; AWS: "is an empty time series, if metric3 is omitted from the expression".
        if condition != 0:
            return when_true
        return {} if when_false is None else when_false
    result: Series = {}
    for time, truth in condition.items():
        if truth != 0:
            result[time] = when_true if isinstance(when_true, float) else when_true.get(time, 0.0)
        elif isinstance(when_false, float):
            result[time] = when_false
        elif when_false is not None and time in when_false:
            result[time] = when_false[time]
    return result


def filled(series: Series, how: Value | str, timestamps: Sequence[int]) -> Series:
    """FILL with a scalar, a series, REPEAT (the newest value before the gap) or LINEAR (between the gap's two ends)."""
    result: Series = {}
    for time in timestamps:
        before = [each for each in timestamps if each < time and each in series]
        after = [each for each in timestamps if each > time and each in series]
        if time in series:
            result[time] = series[time]
        elif isinstance(how, float):
            result[time] = how
        elif isinstance(how, dict):
            if time in how:
                result[time] = how[time]
        elif how == "REPEAT" and before:
            result[time] = series[before[-1]]
        elif how == "LINEAR" and before and after:
            start, end = before[-1], after[0]
            share = (time - start) / (end - start)
            result[time] = series[start] + share * (series[end] - series[start])
    return result


def of_series(what: str, series: Series) -> float:
    """A scalar "representing the average of all the data points in the metric"; what is missing is no data point."""
    if not series:
        raise Undefined
    return float(OF_POINTS[what](list(series.values())))


def of_array(what: str, array: Sequence[Series]) -> Series:
    """An array of series, timestamp by timestamp.

    AVG says "Missing values are treated as 0", so it divides by the number of series; for a SUM it is all the same. Of
    MIN and MAX the page says nothing: they are only compared where no series misses.
    """
    result: Series = {}
    for time in sorted({time for series in array for time in series}):
        if what in {"MIN", "MAX"} and any(time not in series for series in array):
            raise Undefined
        result[time] = float(OF_POINTS[what]([series.get(time, 0.0) for series in array]))
    return result


def of_neighbours(what: str, series: Series) -> Series:
    """Functions of a data point and the ones before it; the first has none before it."""
    times = sorted(series)
    if what in EACH_POINT:
        return {time: float(EACH_POINT[what](series[time])) for time in times}
    if what == "RUNNING_SUM":
        return {time: sum(series[each] for each in times if each <= time) for time in times}
    result: Series = {}
    for earlier, later in itertools.pairwise(times):
        result[later] = {
            "DIFF": series[later] - series[earlier],
            "DIFF_TIME": float(later - earlier),
            "RATE": (series[later] - series[earlier]) / (later - earlier),
        }[what]
    return result


BINDING = {"OR": 1, "AND": 2} | dict.fromkeys(COMPARISONS, 3) | {"+": 4, "-": 4, "*": 5, "/": 5}
"""How tightly an operator binds, as in every language that has these operators; AWS's page has no such table."""


def text(tree: Tree, around: int = 0) -> str:
    """The tree as CloudWatch writes it, with no more brackets than are needed."""
    what = tree[0]
    if what == "number":
        return format(tree[1], "g")
    if what == "id":
        return str(tree[1])
    if what in BINDING and len(tree) == 3:
        own = BINDING[what]
        # Comparisons are not chained: `(a < b) < c` keeps its brackets.
        left, right = own + (what in COMPARISONS), own + 1
        written = f"{text(tree[1], left)} {what} {text(tree[2], right)}"
        return f"({written})" if own < around else written
    if what == "-":
        return f"(-{text(tree[1], 6)})" if around else f"-{text(tree[1], 6)}"
    return f"{what}({', '.join(argument(each) for each in tree[1:])})"


def argument(each: Argument) -> str:
    """One argument of a function: a tree, a keyword, or an array of trees."""
    if isinstance(each, str):
        return each
    if isinstance(each, list):
        return "[" + ", ".join(text(tree) for tree in each) + "]"
    return text(each)
