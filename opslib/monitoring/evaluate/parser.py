"""The parser of metric math."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.expression import (
    LEVELS,
    NEGATIVE_LEVEL,
    Array,
    Binary,
    Call,
    Id,
    Negative,
    Node,
    Number,
    Text,
    Word,
)

__all__ = ["parse"]

DEEPEST = 100
"""Expressions within expressions, so that a hostile text is refused and does not exhaust the stack."""

_TOKEN = re.compile(
    r"""
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<id>[a-z][A-Za-z0-9_]*)
    | (?P<word>[A-Z][A-Z0-9_]*)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<operator>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]])
    """,
    re.VERBOSE,
)
_SPELLED = {"&&": "AND", "||": "OR"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


@lru_cache(maxsize=1024)
def parse(expression: str) -> Node:
    """Read an expression of metric math.

    Raises:
        BadRequest: It is not of the language; the message names the character, counted from 1.
    """
    return _Parser(expression).whole()


class _Parser:
    """Precedence climbing over the table of operators."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [*self._read(), _Token("end", "", len(expression))]
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._binary(1)
        if self._token.kind != "end":
            self._refuse("an operator or the end")
        return node

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _read(self) -> Iterator[_Token]:
        at = 0
        while at < len(self._expression):
            if self._expression[at].isspace():
                at += 1
                continue
            match = _TOKEN.match(self._expression, at)
            if match is None:
                raise self._error(f"unknown character {self._expression[at]!r}", at)
            text = _SPELLED.get(match[0], match[0])
            is_operator = text in LEVELS
            yield _Token("operator" if is_operator else str(match.lastgroup), text, at)
            at = match.end()

    def _binary(self, level: int) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} levels", self._token.position)
        left = self._unary()
        while (operator := self._token).kind == "operator" and LEVELS.get(operator.text, 0) >= level:
            self._next += 1
            binds = LEVELS[operator.text]
            right = self._binary(NEGATIVE_LEVEL if operator.text == "^" else binds + 1)
            left = Binary(operator.text, left, right, operator.position)
        self._depth -= 1
        return left

    def _unary(self) -> Node:
        minus = self._take("-")
        if minus:
            return Negative(self._binary(NEGATIVE_LEVEL), minus.position)
        return self._primary()

    def _primary(self) -> Node:  # noqa: PLR0911 - one for each kind of token
        token = self._token
        self._next += 1
        match token.kind:
            case "number":
                return Number(float(token.text), token.position)
            case "id":
                return Id(token.text, token.position)
            case "text":
                return Text(token.text[1:-1], token.position)
            case "word":
                return self._called(token)
            case _ if token.text == "(":
                node = self._binary(1)
                self._expect(")")
                return node
            case _ if token.text == "[":
                return Array(self._list("]"), token.position)
        self._next -= 1
        return self._refuse("a number, an id, a function or a bracket")

    def _called(self, word: _Token) -> Node:
        if not self._take("("):
            return Word(word.text, word.position)
        return Call(word.text, self._list(")"), word.position)

    def _list(self, closing: str) -> tuple[Node, ...]:
        if self._take(closing):
            return ()
        items = [self._binary(1)]
        while self._take(","):
            items.append(self._binary(1))
        self._expect(closing)
        return tuple(items)

    def _take(self, text: str) -> _Token | None:
        token = self._token
        if token.kind != "operator" or token.text != text:
            return None
        self._next += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._refuse(repr(text))

    def _refuse(self, wanted: str) -> Node:
        token = self._token
        found = repr(token.text) if token.text else "the end"
        raise self._error(f"{found} where {wanted} belongs", token.position)

    def _error(self, what: str, position: int) -> BadRequest:
        return BadRequest(f"metric math {self._expression!r}: {what}, at character {position + 1}", "correct it")
