"""Choice rules: whether one holds. Pure.

Source: the Amazon States Language specification, "Choice State".
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.paths import Scope, select

__all__ = ["OPERATORS", "holds"]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    return _moment(value) is not None


def _compare(
    fits: Callable[[Any], bool], compares: Callable[[Any, Any], bool], read: Callable[[Any], Any] = lambda value: value
) -> Callable[[Any, Any], bool]:
    """Of values of the right type only: AWS takes another type for a rule that does not hold."""
    return lambda value, wanted: fits(value) and fits(wanted) and bool(compares(read(value), read(wanted)))


def _like(value: Any, wanted: Any) -> bool:
    """StringMatches: `*` stands for any text; nothing else is special."""
    return re.fullmatch(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", wanted)), value) is not None


def _compared() -> dict[str, Callable[[Any, Any], bool]]:
    table = {"BooleanEquals": _compare(lambda value: isinstance(value, bool), operator.eq)}
    for order, compares in _ORDER.items():
        table[f"String{order}"] = _compare(_is_text, compares)
        table[f"Numeric{order}"] = _compare(_is_number, compares)
        table[f"Timestamp{order}"] = _compare(_is_moment, compares, _moment)
    table["StringMatches"] = _compare(_is_text, _like)
    return table


_COMPARED = _compared()
_ARE: Mapping[str, Callable[[Any], bool]] = {
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNull": lambda value: value is None,
    "IsNumeric": _is_number,
    "IsString": _is_text,
    "IsTimestamp": _is_moment,
}
_MISSING = object()

OPERATORS = frozenset({*_COMPARED, *(f"{name}Path" for name in _COMPARED), *_ARE, "IsPresent", "And", "Or", "Not"})
"""Every word that may say what a rule compares."""


def holds(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a rule holds.

    Raises:
        StateFailed: It looks at something that is not there, and does not ask whether it is.
    """
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    if "And" in rule or "Or" in rule:
        every = all if "And" in rule else any
        return every(holds(each, scope) for each in rule.get("And") or rule["Or"])
    name = next(name for name in rule if name in OPERATORS)
    value = _variable(rule["Variable"], scope, may_be_missing=name == "IsPresent")
    if name == "IsPresent":
        return bool((value is not _MISSING) == rule[name])
    if name in _ARE:
        return bool(_ARE[name](value) == rule[name])
    wanted = rule[name] if name in _COMPARED else select(rule[name], scope)
    return _COMPARED[name.removesuffix("Path")](value, wanted)


def _variable(path: str, scope: Scope, *, may_be_missing: bool) -> Any:
    try:
        return select(path, scope)
    except StateFailed:
        if may_be_missing:
            return _MISSING
        cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
        raise StateFailed("States.Runtime", cause) from None
