"""Between the engine's messages and plain Python: what is unknown, and what is secret.

A property in which anything is secret is sent back as a whole secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct

from opslib.sandbox.programs.property_values import Secret, from_struct, holds_secret, revealed, to_struct
from opslib.sandbox.provider.values import UNKNOWN

__all__ = ["Unwrapped", "unwrap", "wrap"]

_UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # `UNKNOWN` in pulumi.runtime.rpc


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Properties as plain values.

    Attributes:
        values: The properties.
        secret: The names of those in which something is secret.
        words: The secret texts, to keep them out of messages.
    """

    values: dict[str, Any]
    secret: frozenset[str]
    words: frozenset[str]

    def hide(self, message: str) -> str:
        """A message without the secret texts."""
        for word in sorted(self.words, key=len, reverse=True):
            message = message.replace(word, "[secret]")
        return message


def unwrap(properties: Struct) -> Unwrapped:
    """The engine's properties as plain values."""
    sent = from_struct(properties)
    secret = frozenset(name for name, value in sent.items() if holds_secret(value))
    words = frozenset(word for name in secret for word in _hidden(sent[name], inside=False))
    return Unwrapped({name: _known(revealed(value)) for name, value in sent.items()}, secret, words)


def _hidden(value: Any, *, inside: bool) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _hidden(value.value, inside=True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _hidden(item, inside=inside)
    elif isinstance(value, list):
        for item in value:
            yield from _hidden(item, inside=inside)
    elif inside and isinstance(value, str) and value and value != _UNKNOWN_TEXT:
        yield value


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _known(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return UNKNOWN if value == _UNKNOWN_TEXT else value


def wrap(values: Mapping[str, Any], secret: Collection[str] = ()) -> Struct:
    """Plain values as the engine's properties, with these names wrapped as secrets. None is left out."""
    sent = {name: _sendable(value) for name, value in values.items() if value is not None}
    return to_struct({name: Secret(value) if name in secret else value for name, value in sent.items()})


def _sendable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sendable(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_sendable(item) for item in value]
    if value is UNKNOWN:
        return _UNKNOWN_TEXT
    return value if isinstance(value, str | int | float) else str(value)
