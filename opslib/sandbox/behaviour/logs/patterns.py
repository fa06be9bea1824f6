"""Filter patterns of CloudWatch Logs: whether a log event matches, and what its fields are. Pure.

Source: CloudWatch Logs' user guide, "Filter pattern syntax for metric filters, subscription filters, and filter log
events". Letters' case counts everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from opslib.sandbox.behaviour.logs.conditions import MISSING, BadPattern, read_condition

__all__ = ["BadPattern", "Fields", "Pattern", "read_pattern"]

Fields = Callable[[str], Any]
"""The value of a matched event's field: `$.latency` of JSON, `$size` of words; `MISSING` where it has none."""

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(%[^%]+%)|([^\s"%]+))')
_BARE = re.compile(r"\w+")
_STEP = re.compile(r"""\.?([\w@-]+)|\[(\d+|\*)\]|\.?\[['"]([^'"]+)['"]\]""")
_WORD = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')
_COLUMN = re.compile(r"\s*([\w.]+)?\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read.

    Attributes:
        match: The fields of an event that matches, None of one that does not.
    """

    match: Callable[[str], Fields | None]


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> Pattern:
    """Read a pattern.

    Args:
        text: In one of AWS's forms: terms, `%regex%`, `{ JSON conditions }` or `[words]`.

    Raises:
        BadPattern: It is none; the message says where.
    """
    written = text.strip()
    if written.startswith("{"):
        return _json(written)
    if written.startswith("["):
        return _words(written)
    return _terms(written)


def _no_fields(_: str) -> Any:
    return MISSING


def _terms(text: str) -> Pattern:
    """All plain terms, no `-term`; where there are only `?terms`, one of them."""
    terms: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise BadPattern(f"Invalid metric filter pattern at '{text[at:]}'")
        sign, quoted, regex, bare = found.groups()
        if bare is not None and not _BARE.fullmatch(bare):
            raise BadPattern(f"Invalid character(s) in term '{bare}'")
        terms[sign].append(_term(quoted, regex, bare))
        at = found.end()

    def match(message: str) -> Fields | None:
        wanted = all(term(message) for term in terms[""])
        wanted &= bool(terms[""]) or not terms["?"] or any(term(message) for term in terms["?"])
        return _no_fields if wanted and not any(term(message) for term in terms["-"]) else None

    return Pattern(match)


def _term(quoted: str | None, regex: str | None, bare: str | None) -> Callable[[str], bool]:
    if regex is not None:
        expression = re.compile(regex[1:-1])
        return lambda message: bool(expression.search(message))
    text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare or ""
    return lambda message: text in message


def _json(text: str) -> Pattern:
    if not text.endswith("}"):
        raise BadPattern("Invalid metric filter pattern: '}' expected")
    condition = read_condition(text[1:-1])

    def match(message: str) -> Fields | None:
        try:
            event = json.loads(message)
        except ValueError:
            return None
        if not isinstance(event, dict):
            return None

        def field(selector: str) -> Any:
            return _selected(event, selector)

        return field if condition(field) else None

    return Pattern(match)


def _selected(event: Mapping[str, Any], selector: str) -> Any:
    """What a selector such as `$.userIdentity.type` or `$.items[0].name` points to; `[*]` is the first element."""
    value: Any = event
    for name, index, quoted in _STEP.findall(selector.removeprefix("$")):
        if index:
            items = value if isinstance(value, list) else []
            position = 0 if index == "*" else int(index)
            value = items[position] if position < len(items) else MISSING
        else:
            value = value.get(name or quoted, MISSING) if isinstance(value, Mapping) else MISSING
    return value


def _words(text: str) -> Pattern:
    """`[ip, user, ..., status=4*, bytes>1000]`: a word for each column; `...` stands for any number of them."""
    if not text.endswith("]"):
        raise BadPattern("Invalid metric filter pattern: ']' expected")
    columns = [one.strip() for one in text[1:-1].split(",")]
    if columns.count("...") > 1:
        raise BadPattern("Invalid metric filter pattern: '...' may stand once")
    names, conditions = [], []
    for number, column in enumerate(columns):
        name, rest = _named(column, number)
        names.append(name)
        if rest:
            conditions.append(read_condition(column if column.startswith(name) else f"{name} {rest}"))

    def match(message: str) -> Fields | None:
        values = [next(filter(None, found), "") for found in _WORD.findall(message)]
        by_name = _aligned(names, values)
        if by_name is None:
            return None

        def field(name: str) -> Any:
            return by_name.get(name.removeprefix("$"), MISSING)

        return field if all(condition(field) for condition in conditions) else None

    return Pattern(match)


def _named(column: str, number: int) -> tuple[str, str]:
    if column == "...":
        return column, ""
    found = _COLUMN.fullmatch(column)
    if found is None:  # the expression takes any text
        raise BadPattern(f"Invalid metric filter pattern at '{column}'")
    return found[1] or f"w{number + 1}", found[2]


def _aligned(names: list[str], values: list[str]) -> dict[str, str] | None:
    if "..." not in names:
        return dict(zip(names, values, strict=True)) if len(names) == len(values) else None
    at = names.index("...")
    after = names[at + 1 :]
    if len(values) < at + len(after):
        return None
    last = values[len(values) - len(after) :] if after else []
    return dict(zip([*names[:at], *after], [*values[:at], *last], strict=True))
