"""What a property is, and how a nested object with properties of its own travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opslib.sandbox.provider.codecs import PLAIN, Plain, Trail
from opslib.sandbox.provider.paths import get_at, put_at, steps
from opslib.sandbox.provider.values import UNKNOWN

__all__ = ["NOTHING", "Field", "Record", "encode_fields"]

NOTHING: Final = object()
"""A property that has no default."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a resource, or of a nested record.

    Attributes:
        name: Pulumi's name.
        path: Where it goes in the request that creates the resource; empty when it is not sent there.
        codec: How it travels.
        live: Where it stands in what AWS tells, when that is not `path`; `-` when AWS does not tell it.
        default: The value that the real provider fills in.
        computed: AWS fills it in when the program does not, so leaving it out later is no change.
        quiet: Not among the outputs unless the program sets it.
        cleared: What AWS takes for "no longer set", where attributes are set one by one.
    """

    name: str
    path: str
    codec: Plain = PLAIN
    live: str = ""
    default: Any = NOTHING
    computed: bool = False
    quiet: bool = False
    cleared: str = ""

    @property
    def told_at(self) -> str:
        """Where AWS tells it; empty when it does not."""
        return "" if self.live == "-" else self.live or self.path


@dataclass(frozen=True, slots=True)
class Record(Plain):
    """A nested object with properties of its own."""

    fields: tuple[Field, ...] = ()

    def encode(self, value: Any, trail: Trail) -> Any:
        """Each property at its path."""
        if value is UNKNOWN:
            return value
        return encode_fields(self.fields, value, trail)

    def decode(self, live: Any) -> Any:
        """Each property that AWS tells."""
        if live is None:
            return None
        told = {one.name: one.codec.decode(get_at(live, one.told_at)) for one in self.fields if one.told_at}
        return {name: value for name, value in told.items() if value not in (None, {}, [])}

    def same(self, one: Any, other: Any) -> bool:
        """Property by property; a default that is left out is the default, and what AWS fills in may be left out."""
        if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
            return False
        return all(
            (right is None and (left is None or item.computed)) or item.codec.same(left, right)
            for item in self.fields
            for left, right in [(_or_default(one, item), _or_default(other, item))]
        )

    def adopt(self, wanted: Any, live: Any) -> Any:
        """The properties that the program sets."""
        if not (isinstance(wanted, Mapping) and isinstance(live, Mapping)):
            return live
        adopted = {}
        for one in self.fields:
            if wanted.get(one.name) is None:
                continue
            if live.get(one.name) is not None:
                adopted[one.name] = one.codec.adopt(wanted[one.name], live[one.name])
            elif not one.told_at or wanted[one.name] in (one.default, "", [], {}):
                adopted[one.name] = wanted[one.name]
        return adopted

    def complete(self, value: Any) -> Any:
        """With the defaults of its properties."""
        if not isinstance(value, Mapping):
            return value
        completed = dict(value)
        for one in self.fields:
            if completed.get(one.name) is not None:
                completed[one.name] = one.codec.complete(completed[one.name])
            elif one.default is not NOTHING:
                completed[one.name] = one.default
        return completed


def encode_fields(fields: Sequence[Field], value: Mapping[str, Any], trail: Trail) -> dict[str, Any]:
    """Each property that is set, at its path."""
    request: dict[str, Any] = {}
    for one in fields:
        if not one.path:
            continue
        given = value.get(one.name)
        name = f".{one.name}" if trail.name else one.name
        if given is None:
            # AWS's parameter is this property's all the same: a refusal because it is missing names the property.
            trail.origins.setdefault((*trail.aws, *steps(one.path)), f"{trail.name}{name}")
            continue
        step = trail.into(steps(one.path), name)
        encoded = one.codec.encode(given, step)
        if encoded is UNKNOWN and one.path == ".":
            continue
        trail.origins[(*trail.aws, *put_at(request, one.path, encoded))] = step.name
    return request


def _or_default(record: Mapping[str, Any], one: Field) -> Any:
    value = record.get(one.name)
    return one.default if value is None and one.default is not NOTHING else value
