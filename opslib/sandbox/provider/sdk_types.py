"""What the SDK of the real provider says about properties: which there are, which are required, of which type.

It is derived from pulumi_aws's own classes of arguments when a type is first used: `import pulumi_aws.cloudwatch` costs
85 ms, `pulumi_aws.ec2` 344 ms.
"""

from __future__ import annotations

import collections.abc
import difflib
import enum
import importlib
import inspect
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["Properties", "closest", "properties_of", "provider_properties", "type_failures"]

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "a boolean"}
_ASYNC = {"Awaitable", "Output"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A type of the SDK, as a union of these."""

    scalars: frozenset[type] = frozenset()
    enums: tuple[type[enum.Enum], ...] = ()
    item: Shape | None = None
    values: Shape | None = None
    records: tuple[type, ...] = ()
    anything: bool = False

    def words(self) -> str:
        """The type in words."""
        words = [_WORDS[kind] for kind in sorted(self.scalars, key=str)]
        words += [f"one of {', '.join(str(member.value) for member in kind)}" for kind in self.enums]
        words += ["a list"] if self.item else []
        words += ["an object"] if self.values or self.records else []
        return " or ".join(words) or "anything"


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a resource type, or of an object in one, under Pulumi's names."""

    shapes: Mapping[str, Shape]
    required: frozenset[str]


@cache
def properties_of(token: str) -> Properties:
    """The inputs of a resource type, by its token (`aws:sns/topic:Topic`)."""
    _, place, name = token.split(":")
    room = place.split("/")[0]
    module = importlib.import_module(f"pulumi_aws.{room}{'_' if keyword.iskeyword(room) else ''}")
    # Where an object in another type has the name already, the SDK calls the arguments of the resource otherwise.
    return _properties(getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args"))


@cache
def provider_properties() -> frozenset[str]:
    """The keys of the provider's own configuration."""
    return frozenset(_properties(importlib.import_module("pulumi_aws").ProviderArgs).shapes)


@cache
def _properties(arguments: type) -> Properties:
    from pulumi._types import input_type_py_to_pulumi_names, input_type_types  # pulumi costs 0.2 s

    names = input_type_py_to_pulumi_names(arguments)
    types = input_type_types(arguments)
    signature = inspect.signature(arguments).parameters
    return Properties(
        shapes={name: _shape(types[name]) for name in names.values()},
        required=frozenset(
            pulumi_name
            for python_name, pulumi_name in names.items()
            if python_name in signature and signature[python_name].default is inspect.Parameter.empty
        ),
    )


def _shape(declared: Any) -> Shape:
    origin = get_origin(declared)
    if origin is None:
        return _plain_shape(declared)
    arguments = get_args(declared)
    if isinstance(origin, type):
        if issubclass(origin, collections.abc.Mapping):
            return Shape(values=_shape(arguments[1]))
        if issubclass(origin, collections.abc.Sequence):
            return Shape(item=_shape(arguments[0]))
        if origin.__name__ in _ASYNC:
            return Shape()
    return _union([_shape(argument) for argument in arguments])


def _plain_shape(declared: Any) -> Shape:
    if declared is Any or (isinstance(declared, type) and declared.__module__ == "pulumi.asset"):
        return Shape(anything=True)  # an archive travels as a map of its own kind
    if not isinstance(declared, type) or declared is type(None):
        return Shape()
    if declared in _WORDS:
        return Shape(scalars=frozenset({declared}))
    return Shape(enums=(declared,)) if issubclass(declared, enum.Enum) else Shape(records=(declared,))


def _union(parts: list[Shape]) -> Shape:
    scalars = frozenset[type]().union(*(part.scalars for part in parts))
    return Shape(
        scalars=scalars,
        # Text or an enumeration of text is any text: botocore knows the values.
        enums=() if str in scalars else tuple(one for part in parts for one in part.enums),
        item=next((part.item for part in parts if part.item), None),
        values=next((part.values for part in parts if part.values), None),
        records=tuple(one for part in parts for one in part.records),
        anything=any(part.anything for part in parts),
    )


def closest(name: str, names: collections.abc.Iterable[str]) -> str:
    """A hint at the name that was meant, or nothing."""
    folded = {one.lower().replace("_", ""): one for one in names}
    near = difflib.get_close_matches(name.lower().replace("_", ""), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[near[0]]}?" if near else ""


def type_failures(properties: Properties, given: Mapping[str, Any], place: str = "") -> Iterator[CheckFailure]:
    """What is unknown, missing or of a wrong type, nested objects included. `UNKNOWN` passes as anything."""
    for name, value in given.items():
        path = f"{place}.{name}" if place else name
        if name not in properties.shapes:
            yield CheckFailure(path, f"is no property that the SDK knows{closest(name, properties.shapes)}")
        elif value is not None:
            yield from _value_failures(properties.shapes[name], value, path)
    for name in sorted(properties.required):
        if given.get(name) is None:
            yield CheckFailure(f"{place}.{name}" if place else name, "is required")


def _value_failures(shape: Shape, value: Any, path: str) -> Iterator[CheckFailure]:
    if value is UNKNOWN or shape.anything or _is_scalar(shape, value):
        return
    if isinstance(value, list | tuple) and shape.item:
        for index, item in enumerate(value):
            yield from _value_failures(shape.item, item, f"{path}[{index}]")
        return
    if isinstance(value, Mapping) and shape.values:
        for key, item in value.items():
            yield from _value_failures(shape.values, item, f"{path}.{key}")
        return
    if isinstance(value, Mapping) and shape.records:
        ways = [list(type_failures(_properties(record), value, path)) for record in shape.records]
        yield from min(ways, key=len)
        return
    yield CheckFailure(path, f"is {_in_words(value)}; the SDK wants {shape.words()}")


def _is_scalar(shape: Shape, value: Any) -> bool:
    if isinstance(value, bool):
        return bool in shape.scalars
    if isinstance(value, int | float):
        return float in shape.scalars or (int in shape.scalars and float(value).is_integer())
    if isinstance(value, str):
        return str in shape.scalars or any(value in {member.value for member in kind} for kind in shape.enums)
    return False


def _in_words(value: Any) -> str:
    if isinstance(value, float) and not value.is_integer():
        return "a number with a fraction"
    kinds = (
        (bool, "a boolean"), (int | float, "a number"), (str, "text"), (Mapping, "an object"), (list | tuple, "a list"),
    )  # fmt: skip
    return next((words for kind, words in kinds if isinstance(value, kind)), type(value).__name__)
