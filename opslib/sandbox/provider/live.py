"""From what AWS tells to Pulumi's inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.provider.paths import fill, get_at
from opslib.sandbox.provider.records import NOTHING, Field
from opslib.sandbox.provider.row import ResourceType
from opslib.sandbox.provider.sdk_types import properties_of

__all__ = ["Live", "imported", "inputs_now", "outputs_of"]

Live = dict[str, Any]
"""What the lookups of a row told, under AWS's names."""


def _told(row: ResourceType, live: Live) -> dict[str, Any]:
    told = {one.name: one.codec.decode(get_at(live, one.told_at)) for one in row.fields if one.told_at}
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def imported(row: ResourceType, outputs: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """The inputs of a resource that is imported: every property that AWS tells and that can be set."""
    settable = set(row.named) & set(properties_of(row.token).shapes)
    now = {name: value for name, value in outputs.items() if name in settable}
    return {**now, **({"tags": dict(tags)} if tags else {})}


def inputs_now(row: ResourceType, live: Live, inputs: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """The live value of each property that the program sets."""
    told, named = _told(row, live), row.named
    now = {}
    for name, wanted in inputs.items():
        one = named.get(name)
        if name == "tags":
            continue
        if one is None or not one.told_at:
            now[name] = wanted
        elif name in told:
            now[name] = one.codec.adopt(wanted, told[name])
        elif _says_nothing(one, wanted):
            now[name] = wanted
    if tags or "tags" in inputs:
        now["tags"] = dict(tags)
    return now


def _says_nothing(one: Field, wanted: Any) -> bool:
    if wanted in ("", [], {}) or (one.default is not NOTHING and one.codec.same(one.default, wanted)):
        return True
    return isinstance(wanted, Mapping) and one.codec.same(wanted, one.codec.complete({}))


def outputs_of(row: ResourceType, live: Live, inputs: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """All that AWS tells, the inputs in the program's words, and what AWS computed."""
    named = row.named
    told = {name: value for name, value in _told(row, live).items() if not named[name].quiet}
    computed = {}
    for name, template in row.outputs.items():
        try:
            computed[name] = fill(template, {**scope, **inputs, "live": live})
        except KeyError:
            continue  # AWS does not tell it of every resource: a stream's ARN
    return {**told, **inputs, **computed}
