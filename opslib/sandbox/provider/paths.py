"""Paths into AWS's requests and answers, and templates of requests.

A path is AWS's names joined by dots; `KeySchema[KeyType=HASH].AttributeName` means the element of the list `KeySchema`
whose `KeyType` is `HASH`, `Targets[0]` the first element of that list; `.` is the whole. A template is a request with
`{name}` where a value of the resource goes; `{name?}` leaves the parameter out where the resource has no such value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["fill", "get_at", "parse_identity", "put_at", "steps"]

_SELECTOR = re.compile(r"(\w+)\[(\w+)=(\w+)\]")
_FIRST = re.compile(r"(\w+)\[0\]")
_HOLE = re.compile(r"\{([\w.]+)(\??)\}")
_MISSING = object()


def steps(path: str) -> tuple[str | int, ...]:
    """The parts of a path."""
    if path == ".":
        return ()
    found: list[str | int] = []
    for part in path.split("."):
        first = _FIRST.fullmatch(part)
        found += [first[1], 0] if first else [part]
    return tuple(found)


def get_at(record: Any, path: str) -> Any:
    """The value at a path, or None."""
    if path == ".":
        return record
    for part in path.split("."):
        if record is None:
            return None
        selector, first = _SELECTOR.fullmatch(part), _FIRST.fullmatch(part)
        name = selector[1] if selector else first[1] if first else part
        record = record.get(name) if isinstance(record, Mapping) else None
        if first:
            record = record[0] if record else None
        if selector and record is not None:
            record = next((item for item in record if item.get(selector[2]) == selector[3]), None)
    return record


def put_at(record: dict[str, Any], path: str, value: Any) -> tuple[str | int, ...]:
    """Put a value at a path, making what is on the way; a list that is already there is made longer.

    Returns:
        The way that was gone, with the indexes of list elements.
    """
    if path == ".":
        record.update(value)
        return ()
    gone: list[str | int] = []
    *way, last = path.split(".")
    whole = _FIRST.fullmatch(last)
    if whole:
        return (*put_at(record, ".".join((*way, whole[1])), [value]), 0)
    for part in way:
        selector, first = _SELECTOR.fullmatch(part), _FIRST.fullmatch(part)
        if first is not None:
            gone += [first[1], 0]
            items = record.setdefault(first[1], [{}])
            record = items[0]
            continue
        if selector is None:
            gone.append(part)
            record = record.setdefault(part, {})
            continue
        items = record.setdefault(selector[1], [])
        index = next((at for at, item in enumerate(items) if item.get(selector[2]) == selector[3]), len(items))
        if index == len(items):
            items.append({selector[2]: selector[3]})
        gone += [selector[1], index]
        record = items[index]
    there = record.get(last)
    if isinstance(there, list) and isinstance(value, list):
        there.extend(value)
    else:
        record[last] = value
    return (*gone, last)


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """A template with the values of the scope in it.

    Raises:
        KeyError: The scope lacks a value that is not optional.
    """
    if isinstance(template, Mapping):
        filled = {key: _filled(value, scope) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not _MISSING}
    return _filled(template, scope)


def _filled(template: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        whole = _HOLE.fullmatch(template)
        if whole:
            return _value(whole, scope)
        return _HOLE.sub(lambda hole: str(_value(hole, scope)), template)
    if isinstance(template, list | tuple):
        return [_filled(item, scope) for item in template]
    if isinstance(template, Mapping):
        return fill(template, scope)
    return template


def _value(hole: re.Match[str], scope: Mapping[str, Any]) -> Any:
    name, optional = hole[1], hole[2]
    head, _, rest = name.partition(".")
    value = scope.get(head)
    if rest:
        value = get_at(value, rest)
    if value is None:
        if optional:
            return _MISSING
        raise KeyError(name)
    return value


def parse_identity(template: str, identity: str) -> dict[str, str]:
    """The values that a template of an identifier had, from the identifier; empty when it does not fit."""
    pattern = "".join(
        f"(?P<{piece[1:-1]}>.+)"
        if piece.startswith("{") and piece.endswith("}") and last
        else f"(?P<{piece[1:-1]}>[^:]+)"
        if piece.startswith("{")
        else re.escape(piece)
        for piece, last in _pieces(template)
    )
    match = re.fullmatch(pattern, identity, re.DOTALL)
    return match.groupdict() if match else {}


def _pieces(template: str) -> list[tuple[str, bool]]:
    pieces = [piece for piece in re.split(r"(\{\w+\})", template) if piece]
    return [(piece, index == len(pieces) - 1) for index, piece in enumerate(pieces)]
