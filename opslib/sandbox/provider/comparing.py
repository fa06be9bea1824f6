"""The diff: which properties changed, and which of them ask for a new resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import Plain
from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.row import ResourceType
from opslib.sandbox.provider.values import UNKNOWN, Difference

__all__ = ["changed_properties", "difference"]


def changed_properties(row: ResourceType, olds: Mapping[str, Any], news: Mapping[str, Any], region: str) -> list[str]:
    """The properties whose values differ in meaning.

    Args:
        row: The type.
        olds: The inputs at the last update or refresh.
        news: The inputs now.
        region: What `region` is where it is not set.
    """
    return list(_changed(row, olds, news, region))


def _changed(row: ResourceType, olds: Mapping[str, Any], news: Mapping[str, Any], region: str) -> Iterator[str]:
    named = row.named
    for name in sorted({*olds, *news}):
        one = named.get(name, Field(name, ""))
        old, new = olds.get(name), news.get(name)
        if name == "region":
            if row.regional and (old or region) != (new or region):
                yield name
        elif old is None or new is None:
            if not _is_empty(one.codec, one, old if new is None else new) and not (new is None and one.computed):
                yield name
        elif not one.codec.same(old, new):
            yield name


def _is_empty(codec: Plain, one: Field, value: Any) -> bool:
    return value is None or value in ("", [], {}) or (value is not UNKNOWN and codec.same(one.default, value))


def difference(
    row: ResourceType, olds: Mapping[str, Any], news: Mapping[str, Any], region: str, *, same_identity: bool
) -> Difference:
    """What an update would change.

    Args:
        row: The type.
        olds: The inputs at the last update or refresh.
        news: The inputs now.
        region: What `region` is where it is not set.
        same_identity: Whether a new resource with these inputs would have the id of the old one.
    """
    changed = changed_properties(row, olds, news, region)
    replaces = [name for name in changed if name in row.replace_on or name == "region"]
    replaces += [
        name
        for name, before, after in row.replace_if
        if name in changed and (olds.get(name), news.get(name)) == (before, after)
    ]
    return Difference(tuple(changed), tuple(replaces), bool(replaces) and same_identity)
