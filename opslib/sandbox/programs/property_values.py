"""Pulumi's property values as plain Python, with secrets kept apart.

On the wire a property is a protobuf `Struct`; a secret, an asset or a reference to a resource is a map with a signature
in it. Plain means: dict, list, str, bool, None, and numbers as int where they are whole, for Pulumi has only floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

__all__ = ["SIGNATURE", "Secret", "from_struct", "holds_secret", "revealed", "to_struct"]

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key whose presence says that a map is no map; pulumi.runtime.rpc has these values."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature, not a secret
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that Pulumi encrypts in its state and hides in its texts.

    Attributes:
        value: The plain value.
    """

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Read properties: plain Python, with each secret as a `Secret` and a resource as its identifier (or its URN)."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Write properties; `Secret` goes out as the wire has it."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _write(struct.fields[key], value)
    return struct


def revealed(value: Any) -> Any:
    """The same value with every `Secret` in it replaced by what it holds."""
    if isinstance(value, Secret):
        return revealed(value.value)
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(item) for item in value]
    return value


def holds_secret(value: Any) -> bool:
    """Whether a value is a `Secret` or holds one at any depth."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(holds_secret(item) for item in value.values())
    return isinstance(value, list | tuple) and any(holds_secret(item) for item in value)


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _from_map(value.struct_value)
        case _:
            return None


def _from_map(struct: struct_pb2.Struct) -> Any:
    plain = from_struct(struct)
    match plain.get(SIGNATURE):
        case str(signature) if signature == _SECRET:
            return Secret(plain.get("value"))
        case str(signature) if signature == _RESOURCE:
            return plain.get("id") or plain.get("urn")
        case _:
            return plain


def _write(into: struct_pb2.Value, value: Any) -> None:
    match value:
        case None:
            into.null_value = struct_pb2.NULL_VALUE
        case bool():
            into.bool_value = value
        case int() | float():
            into.number_value = value
        case str():
            into.string_value = value
        case Secret():
            _write(into, {SIGNATURE: _SECRET, "value": value.value})
        case Mapping():
            into.struct_value.SetInParent()
            for key, item in value.items():
                _write(into.struct_value.fields[key], item)
        case list() | tuple():
            into.list_value.SetInParent()
            for item in value:
                _write(into.list_value.values.add(), item)
        case _:
            raise TypeError(f"{type(value).__name__} is no Pulumi property value")
