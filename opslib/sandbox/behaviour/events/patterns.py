"""Event patterns: whether an event matches, and whether a pattern is one. Pure.

Source: EventBridge's user guide, "Event patterns" and "Comparison operators". moto matches most of it, but takes true
for 1, does not look into arrays of objects, and lets a rule with a schedule match every event.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["BadPattern", "matches", "read_pattern"]

_MISSING = object()
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    "=": lambda one, other: one == other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


class BadPattern(ValueError):
    """A pattern that AWS refuses."""


def read_pattern(text: str) -> dict[str, Any]:
    """Read a pattern.

    Raises:
        BadPattern: It is none; the message says why.
    """
    try:
        pattern = json.loads(text)
    except ValueError:
        raise BadPattern("Event pattern is not valid. Reason: Invalid JSON") from None
    if not isinstance(pattern, dict) or not pattern:
        raise BadPattern("Event pattern is not valid. Reason: Filter is not an object")
    _check(pattern)
    return pattern


def _check(pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if isinstance(wanted, dict) and name != "$or":
            _check(wanted)
        elif not isinstance(wanted, list):
            raise BadPattern(f'Event pattern is not valid. Reason: "{name}" must be an object or an array')
        elif not wanted:
            raise BadPattern("Event pattern is not valid. Reason: Empty arrays are not allowed")
        elif name == "$or":
            for each in wanted:
                _check(each)
        else:
            for each in wanted:
                _check_filter(each)


def _check_filter(wanted: Any) -> None:
    if isinstance(wanted, list):
        raise BadPattern("Event pattern is not valid. Reason: Match value must be String, number, true, false, or null")
    if not isinstance(wanted, dict):
        return
    (name, value), *more = wanted.items()
    if more or name not in _FILTERS:
        raise BadPattern(f"Event pattern is not valid. Reason: Unrecognized match type {name}")
    if name == "numeric":
        pairs = list(zip(value[::2], value[1::2], strict=False)) if isinstance(value, list) else []
        if not pairs or len(value) % 2 or any(sign not in _COMPARISONS or not _is_number(n) for sign, n in pairs):
            raise BadPattern("Event pattern is not valid. Reason: Value of numeric must be an array of comparisons")
    if name == "exists" and not isinstance(value, bool):
        raise BadPattern("Event pattern is not valid. Reason: Value of exists must be true or false")


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event matches a pattern.

    Args:
        pattern: It, checked.
        event: The event under EventBridge's names (`detail-type`), or a part of it.
    """
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def _field_matches(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or":
        return any(matches(each, event) for each in wanted)
    if isinstance(event, list):  # AWS: one element is enough
        return any(_field_matches(name, wanted, each) for each in event)
    value = event.get(name, _MISSING) if isinstance(event, dict) else _MISSING
    if isinstance(wanted, dict):
        return matches(wanted, {} if value is _MISSING else value)
    return any(_filter_matches(each, value) for each in wanted)


def _filter_matches(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(wanted["exists"]) == (value is not _MISSING and not isinstance(value, dict))
    if value is _MISSING:
        return False
    if isinstance(value, list):
        return any(_filter_matches(wanted, each) for each in value)
    if isinstance(wanted, dict):
        ((name, operand),) = wanted.items()
        return _FILTERS[name](operand, value)
    return _same(wanted, value)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _each(operand: Any) -> Iterator[Any]:
    yield from operand if isinstance(operand, list) else (operand,)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """A filter on the beginning or end of a text, with or without regard to case."""

    def holds(operand: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return any(test(value.lower(), each.lower()) for each in _each(operand["equals-ignore-case"]))
        return any(test(value, each) for each in _each(operand))

    return holds


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        ((name, inner),) = operand.items()
        return not _FILTERS[name](inner, value)
    return not any(_same(each, value) for each in _each(operand))


def _numeric(operand: Any, value: Any) -> bool:
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return _is_number(value) and all(_COMPARISONS[sign](value, number) for sign, number in pairs)


def _wildcard(operand: Any, value: Any) -> bool:
    def as_expression(text: str) -> str:
        parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", text)
        return "".join(".*" if part == "*" else re.escape(part.removeprefix("\\") or "\\") for part in parts)

    return isinstance(value, str) and any(re.fullmatch(as_expression(t), value, re.DOTALL) for t in _each(operand))


def _cidr(operand: Any, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _ignoring_case(operand: Any, value: Any) -> bool:
    return isinstance(value, str) and any(each.lower() == value.lower() for each in _each(operand))


_FILTERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "exists": lambda operand, value: bool(operand) == (value is not _MISSING),
    "numeric": _numeric,
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "wildcard": _wildcard,
}
