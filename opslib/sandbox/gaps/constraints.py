"""AWS's own limits on parameters (lengths, ranges, enumerations), read from botocore's model of the operation.

moto checks almost none of them. They are AWS's published ones, so what is refused here AWS refuses too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.core.utils import get_service_model

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall

__all__ = ["check_constraints"]

_SIZED = ("string", "list", "map")
_NUMBERS = ("integer", "long", "float", "double")

# Limit, how it is broken, and AWS's words for it; one row for sizes and one for values.
_SIZE_LIMITS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "min": (lambda size, limit: size < limit, "Member must have length greater than or equal to {}"),
    "max": (lambda size, limit: size > limit, "Member must have length less than or equal to {}"),
}
_VALUE_LIMITS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "min": (lambda value, limit: value < limit, "Member must have value greater than or equal to {}"),
    "max": (lambda value, limit: value > limit, "Member must have value less than or equal to {}"),
}


def check_constraints(call: GapCall, code: str = "ValidationException") -> None:
    """Refuse a call whose parameters break the model's limits.

    Args:
        call: The call.
        code: The service's error code for it.

    Raises:
        AwsError: They do; the message names each parameter, as AWS's does.
    """
    shape = get_service_model(call.request.service).operation_model(call.request.operation).input_shape
    broken = list(_broken(shape, call.parameters, "")) if shape is not None else []
    if broken:
        errors = "error" if len(broken) == 1 else "errors"
        raise AwsError(code, f"{len(broken)} validation {errors} detected: {'; '.join(broken)}")


def _broken(shape: Any, value: Any, path: str) -> Iterator[str]:
    limits = shape.metadata
    if shape.type_name in _SIZED:
        yield from _beyond(_SIZE_LIMITS, limits, len(value), value, path)
    elif shape.type_name in _NUMBERS:
        yield from _beyond(_VALUE_LIMITS, limits, value, value, path)
    if "enum" in limits and value not in limits["enum"]:
        values = ", ".join(limits["enum"])
        yield _sentence(value, path, f"Member must satisfy enum value set: [{values}]")
    yield from _broken_inside(shape, value, path)


def _broken_inside(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for required in shape.required_members:
            if value.get(required) is None:
                yield _sentence(None, _join(path, required), "Member must not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _broken(member, value[name], _join(path, name))
    elif shape.type_name == "list":
        for number, item in enumerate(value, start=1):
            yield from _broken(shape.member, item, f"{path}.{number}.member")


def _beyond(
    limits: Mapping[str, tuple[Callable[[float, float], bool], str]],
    given: Mapping[str, Any],
    measure: float,
    value: Any,
    path: str,
) -> Iterator[str]:
    for name, (is_broken, words) in limits.items():
        if name in given and is_broken(measure, float(given[name])):
            yield _sentence(value, path, words.format(given[name]))


def _sentence(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    camel = name[0].lower() + name[1:]
    return f"{path}.{camel}" if path else camel
