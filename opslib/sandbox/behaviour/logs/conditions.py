"""The conditions of filter patterns: comparisons joined by && and ||, over the fields of a log event. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

__all__ = ["MISSING", "BadPattern", "Condition", "read_condition"]

MISSING: Final = object()
"""What a field that an event does not have is looked up as."""

Condition = Callable[[Callable[[str], Any]], bool]
"""Whether an event fulfils it, given how its fields are looked up."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>&&|\|\||[()]|!=|<=|>=|=|<|>)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<regex>%[^%]+%)
      | (?P<word>[^\s()=<>!&|"%]+)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_STATES: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("IS", "TRUE"): lambda value: value is True,
    ("IS", "FALSE"): lambda value: value is False,
    ("IS", "NULL"): lambda value: value is None,
    ("NOT", "EXISTS"): lambda value: value is MISSING,
}


class BadPattern(ValueError):
    """A filter pattern that AWS refuses."""


@dataclass(slots=True)
class _Tokens:
    """The tokens of a condition, taken one by one: each with its sort."""

    left: list[tuple[str, str]]

    def peek(self) -> str:
        return self.left[0][1] if self.left else ""

    def take(self, *sorts: str) -> tuple[str, str]:
        if not self.left or (sorts and self.left[0][0] not in sorts):
            raise BadPattern(f"Invalid metric filter pattern: {' or '.join(sorts)} expected at '{self.peek()}'")
        return self.left.pop(0)


def read_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        BadPattern: It is none.
    """
    tokens = _Tokens(list(_tokens(text)))
    condition = _either(tokens)
    if tokens.left:
        raise BadPattern(f"Invalid metric filter pattern at '{tokens.peek()}'")
    return condition


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadPattern(f"Invalid metric filter pattern at '{text[at:].strip()}'")
        yield str(found.lastgroup), found[str(found.lastgroup)]
        at = found.end()


def _either(tokens: _Tokens) -> Condition:
    """`&&` binds before `||`."""
    parts = [_both(tokens)]
    while tokens.peek() == "||":
        tokens.take()
        parts.append(_both(tokens))
    return lambda field: any(part(field) for part in parts)


def _both(tokens: _Tokens) -> Condition:
    parts = [_one(tokens)]
    while tokens.peek() == "&&":
        tokens.take()
        parts.append(_one(tokens))
    return lambda field: all(part(field) for part in parts)


def _one(tokens: _Tokens) -> Condition:
    if tokens.peek() == "(":
        tokens.take()
        inner = _either(tokens)
        if tokens.take()[1] != ")":
            raise BadPattern("Invalid metric filter pattern: ')' expected")
        return inner
    _, name = tokens.take("word")
    sort, sign = tokens.take("sign", "word")
    if sort == "word":
        _, state = tokens.take("word")
        holds = _STATES.get((sign, state))
        if holds is None:
            raise BadPattern(f"Invalid metric filter pattern at '{sign} {state}'")
        return lambda field: holds(field(name))
    compares = _comparison(sign, *tokens.take("text", "regex", "word"))
    return lambda field: compares(field(name))


def _comparison(sign: str, sort: str, wanted: str) -> Callable[[Any], bool]:
    if sign in _ORDERS:
        if not _NUMBER.fullmatch(wanted):
            raise BadPattern(f"Invalid metric filter pattern: {sign} compares numbers, and '{wanted}' is none")
        order, limit = _ORDERS[sign], float(wanted)
        return lambda value: (number := _number(value)) is not None and order(number, limit)
    if sign not in {"=", "!="}:
        raise BadPattern(f"Invalid metric filter pattern at '{sign}'")
    equal = _equality(sort, wanted)
    # Assumed: what an event does not have is neither equal nor unequal to anything; NOT EXISTS asks for it.
    return lambda value: _is_plain(value) and equal(value) is (sign == "=")


def _equality(sort: str, wanted: str) -> Callable[[Any], bool]:
    if sort == "regex":
        expression = re.compile(wanted[1:-1])
        return lambda value: bool(expression.search(_text(value)))
    if sort == "text":
        wanted = re.sub(r"\\(.)", r"\1", wanted[1:-1])
    elif _NUMBER.fullmatch(wanted):
        number = float(wanted)
        return lambda value: _number(value) == number
    return lambda value: bool(_wildcards(wanted).fullmatch(_text(value)))


@cache
def _wildcards(wanted: str) -> re.Pattern[str]:
    """`*` stands for any text; nothing else is special."""
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", wanted)), re.DOTALL
    )


def _is_plain(value: Any) -> bool:
    """Whether it can be compared: objects, arrays, null and what is missing cannot."""
    return isinstance(value, str | int | float | bool)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
