"""A request against botocore's model of AWS: types, required members, enumerations, sizes, ranges and patterns.

botocore's own validator checks neither enumerations nor maxima nor patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from opslib.sandbox.provider.values import UNKNOWN

__all__ = ["Problem", "conform", "problems"]

_WHOLE = {"integer", "long"}
_FRACTIONAL = {"double", "float"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What AWS would refuse: where in the request, and why."""

    at: tuple[str | int, ...]
    reason: str


def conform(value: Any, shape: Any) -> Any:
    """The value with numbers as AWS's model has them: Pulumi sends every number as a float."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {name: conform(item, shape.members[name]) for name, item in value.items()}
    if kind == "map" and isinstance(value, Mapping):
        return {name: conform(item, shape.value) for name, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [conform(item, shape.member) for item in value]
    if kind in _WHOLE and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind in _FRACTIONAL and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def problems(value: Any, shape: Any, at: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """What AWS's model refuses. `UNKNOWN` passes as anything."""
    if value is UNKNOWN:
        return
    yield from _CHECKS.get(shape.type_name, _anything)(value, shape, at)


def _structure(value: Any, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(at, "is no object")
        return
    for name, item in value.items():
        yield from problems(item, shape.members[name], (*at, name))
    for name in shape.required_members:
        if name not in value:
            yield Problem((*at, name), "is required by AWS")


def _map(value: Any, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(at, "is no object")
        return
    yield from _size(len(value), "holds {} entries", shape, at)
    for name, item in value.items():
        yield from problems(name, shape.key, (*at, name))
        yield from problems(item, shape.value, (*at, name))


def _list(value: Any, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(at, "is no list")
        return
    yield from _size(len(value), "holds {}", shape, at)
    for index, item in enumerate(value):
        yield from problems(item, shape.member, (*at, index))


def _string(value: Any, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(at, "is no text")
        return
    yield from _size(len(value), "has {} characters", shape, at)
    if shape.enum and value not in shape.enum:
        choices = ", ".join(shape.enum) if len(shape.enum) <= 12 else f"{', '.join(shape.enum[:12])}, …"  # noqa: PLR2004 - one line
        yield Problem(at, f"is {value!r}; AWS takes {choices}")
    pattern = shape.metadata.get("pattern")
    compiled = _pattern(pattern) if pattern else None
    if compiled and not compiled.fullmatch(value):
        yield Problem(at, f"does not match AWS's pattern {pattern}")


def _number(value: Any, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    whole = shape.type_name in _WHOLE
    if isinstance(value, bool) or not isinstance(value, int | float) or (whole and not float(value).is_integer()):
        yield Problem(at, "is no whole number" if whole else "is no number")
        return
    yield from _size(value, "is {:g}", shape, at)


def _boolean(value: Any, _shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(at, "is no boolean")


def _timestamp(value: Any, _shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if not isinstance(value, datetime):
        yield Problem(at, "is no time of the form 2026-01-31_00:00")


def _anything(_value: Any, _shape: Any, _at: tuple[str | int, ...]) -> Iterator[Problem]:
    return iter(())


_CHECKS = {
    "structure": _structure,
    "map": _map,
    "list": _list,
    "string": _string,
    "integer": _number,
    "long": _number,
    "double": _number,
    "float": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _size(size: float, words: str, shape: Any, at: tuple[str | int, ...]) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        wanted = f"{least or 0} to {most}" if most is not None else f"{least} and more"
        yield Problem(at, f"{words.format(size)}; AWS takes {wanted}")


@cache
def _pattern(pattern: str) -> re.Pattern[str] | None:
    """AWS's pattern, or None where it is of Java's dialect and not of Python's."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
