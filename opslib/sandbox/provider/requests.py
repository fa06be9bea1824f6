"""From a row and a resource's inputs to the requests that AWS gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.provider.codecs import Trail
from opslib.sandbox.provider.paths import fill, get_at, put_at
from opslib.sandbox.provider.records import Field, encode_fields
from opslib.sandbox.provider.row import Change, ResourceType, Tagging
from opslib.sandbox.provider.values import UNKNOWN

__all__ = ["Request", "calls_of", "create_request", "encoded", "follows_creation", "tags_for"]


@dataclass(frozen=True, slots=True)
class Request:
    """A call with its parameters, and from which property each parameter comes."""

    operation: str
    parameters: dict[str, Any]
    origins: Mapping[tuple[str | int, ...], str]

    def property_at(self, at: tuple[str | int, ...]) -> str:
        """The property that stands at a place of the request, or above it."""
        for length in range(len(at), 0, -1):
            if at[:length] in self.origins:
                return self.origins[at[:length]]
        below = [name for place, name in self.origins.items() if place[: len(at)] == at]
        return below[0] if below else ".".join(map(str, at))


def tags_for(tagging: Tagging, tags: Mapping[str, str]) -> Any:
    """Tags in the service's form."""
    if not tagging.pair:
        return dict(tags)
    key, value = tagging.pair
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def create_request(row: ResourceType, inputs: Mapping[str, Any], scope: Mapping[str, Any], *, tags: bool) -> Request:
    """The request that creates (or, for put-style operations, overwrites) the resource.

    Args:
        row: Its type.
        inputs: Its inputs.
        scope: What the row's templates may name.
        tags: Whether its tags go with it.
    """
    trail = Trail((), "")
    parameters = fill(row.create.parameters, scope)
    for name, value in encode_fields(row.fields, inputs, trail).items():
        put_at(parameters, name, value)
    if tags and row.tags and row.tags.path and inputs.get("tags"):
        given = inputs["tags"]
        parameters[row.tags.path] = UNKNOWN if given is UNKNOWN else tags_for(row.tags, given)
        trail.origins[(row.tags.path,)] = "tags"
    return Request(row.create.operation, parameters, trail.origins)


def follows_creation(change: Change, inputs: Mapping[str, Any]) -> bool:
    """Whether a call has to follow the creation of this resource."""
    if isinstance(change.at_create, tuple):
        path, value = change.at_create
        return bool(get_at(inputs, path) == value)
    return change.at_create and any(inputs.get(name) is not None for name in change.asked_by)


def calls_of(change: Change, inputs: Mapping[str, Any], scope: Mapping[str, Any]) -> Request | None:
    """The call that brings some properties to what the inputs say, or None."""
    if change.when:
        name, value = change.when
        wanted = inputs.get(name) == value
    else:
        wanted = change.otherwise is None or any(inputs.get(one.name) is not None for one in change.fields)
    if not wanted:
        other = change.otherwise
        return Request(other.operation, fill(other.parameters, scope), {}) if other else None
    trail = Trail((), "")
    parameters = fill(change.call.parameters, scope) | encode_fields(change.fields, inputs, trail)
    return Request(change.call.operation, parameters, trail.origins)


def encoded(one: Field, value: Any) -> Any:
    """A value in AWS's form."""
    return one.codec.encode(value, Trail((), one.name))
