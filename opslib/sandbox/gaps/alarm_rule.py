"""The language of a composite alarm's rule: ALARM("a") AND NOT (OK(b) OR FALSE)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["AlarmRule", "RuleError", "parse_rule"]

# AWS, PutCompositeAlarm: "as many as 100 children", "as many as 500 elements. Elements are child alarms, TRUE or FALSE
# statements, and parentheses."
MAXIMUM_CHILDREN = 100
MAXIMUM_ELEMENTS = 500

_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*
            (?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<bare>[^()"\s]+))
        \s*\)
      | (?P<word>AND|OR|NOT|TRUE|FALSE)(?!\w)
      | (?P<bracket>[()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)

StateOf = Callable[[str], str]


class RuleError(Exception):
    """The rule is not of the language."""


@dataclass(frozen=True)
class _Token:
    kind: str
    at: int
    state: str = ""
    alarm: str = ""


@dataclass(frozen=True)
class AlarmRule:
    """A rule that was understood.

    Attributes:
        children: The alarms it names, by name or ARN as written, each once, in order.
        holds: Says whether it holds, given what state each child is in.
    """

    children: tuple[str, ...]
    holds: Callable[[StateOf], bool]


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> AlarmRule:
    """Read a rule.

    Raises:
        RuleError: It is empty, broken, or has more children or elements than AWS takes.
    """
    tokens = list(_tokens(text))
    elements = sum(token.kind not in ("AND", "OR", "NOT") for token in tokens)
    if elements > MAXIMUM_ELEMENTS:
        raise RuleError(f"the rule has {elements} elements; the maximum is {MAXIMUM_ELEMENTS}")
    children = tuple(dict.fromkeys(token.alarm for token in tokens if token.kind == "state"))
    if len(children) > MAXIMUM_CHILDREN:
        raise RuleError(f"the rule has {len(children)} children; the maximum is {MAXIMUM_CHILDREN}")
    parser = _Parser(tokens, len(text))
    return AlarmRule(children, parser.whole())


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise RuleError(f"Unsupported token '{text[start]}' at char {start}")
        start = at + len(match[0]) - len(match[0].lstrip())
        if match["state"]:
            name = match["bare"] or re.sub(r"\\(.)", r"\1", match["quoted"])
            yield _Token("state", start, match["state"].upper(), name)
        else:
            yield _Token((match["word"] or match["bracket"]).upper(), start)
        at = match.end()


class _Parser:
    """OR of ANDs of NOTs, the usual precedence."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._length = length
        self._next = 0

    def whole(self) -> Callable[[StateOf], bool]:
        rule = self._any()
        if self._next < len(self._tokens):
            self._refuse()
        return rule

    def _any(self) -> Callable[[StateOf], bool]:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda state_of: any(part(state_of) for part in parts)

    def _all(self) -> Callable[[StateOf], bool]:
        parts = [self._not()]
        while self._take("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda state_of: all(part(state_of) for part in parts)

    def _not(self) -> Callable[[StateOf], bool]:
        if self._take("NOT"):
            negated = self._not()
            return lambda state_of: not negated(state_of)
        return self._one()

    def _one(self) -> Callable[[StateOf], bool]:
        if token := self._take("state"):
            wanted, alarm = token.state, token.alarm
            return lambda state_of: state_of(alarm) == wanted
        if self._take("TRUE"):
            return lambda _: True
        if self._take("FALSE"):
            return lambda _: False
        if self._take("("):
            inner = self._any()
            if not self._take(")"):
                self._refuse()
            return inner
        return self._refuse()

    def _take(self, kind: str) -> _Token | None:
        if self._next < len(self._tokens) and self._tokens[self._next].kind == kind:
            self._next += 1
            return self._tokens[self._next - 1]
        return None

    def _refuse(self) -> Callable[[StateOf], bool]:
        if self._next == len(self._tokens):
            raise RuleError(f"Unexpected end of the rule at char {self._length}")
        token = self._tokens[self._next]
        raise RuleError(
            f"Unsupported token '{token.kind if token.kind != 'state' else token.state}' at char {token.at}"
        )
