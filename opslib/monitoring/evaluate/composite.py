r"""Composite alarms: the language of AlarmRule, and the state that follows from the children's states.

The grammar, words in any case::

    rule      = both { OR both }
    both      = not { AND not }
    not       = NOT not | one
    one       = ( rule ) | TRUE | FALSE | state ( alarm )
    state     = ALARM | OK | INSUFFICIENT_DATA
    alarm     = a name or ARN, in double quotes (\" for a quote in it) or without quotes, spaces and brackets

AND before OR is not documented by AWS (assumed). AT_LEAST, which AWS's newest pages have, is not modelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.settings import State

__all__ = [
    "Always",
    "And",
    "CompositeVerdict",
    "InState",
    "Not",
    "Or",
    "Rule",
    "children",
    "evaluate_composite",
    "holds",
    "parse_rule",
    "render_rule",
]

# AWS, PutCompositeAlarm: "as many as 100 children", "as many as 500 elements. Elements are child alarms, TRUE or FALSE
# statements, and parentheses"; AlarmRule: at most 10,240 characters.
MOST_CHILDREN = 100
MOST_ELEMENTS = 500
MOST_CHARACTERS = 10_240

CORRECT = "correct the rule"
SPLIT = "split it into several composites"

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


@dataclass(frozen=True, slots=True)
class InState:
    """True while the alarm is in the state.

    Attributes:
        alarm: Name or ARN, as written.
        state: The state.
    """

    alarm: str
    state: State


@dataclass(frozen=True, slots=True)
class Always:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """True while the rule within is not."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class And:
    """True while every one of two or more is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True while one of two or more is."""

    rules: tuple[Rule, ...]


Rule = InState | Always | Not | And | Or

StateOf = Callable[[str], State | None]
"""The state of an alarm by name or ARN as the rule writes it; None where there is no such alarm."""


@dataclass(frozen=True, slots=True)
class CompositeVerdict:
    """What an evaluation of a composite came to.

    Attributes:
        state: Its state from now on.
        previous: Its state before.
        decisive: Those children, in the rule's order, that are in a state which the rule names for them.
    """

    state: State
    previous: State
    decisive: tuple[InState, ...]

    @property
    def changed(self) -> bool:
        """Whether the state is another: only then does an alarm act."""
        return self.state != self.previous

    @property
    def reason(self) -> str:
        """Why, in words."""
        found = ", ".join(f"{child.alarm} is in {child.state}" for child in self.decisive)
        return (
            f"The rule is {'TRUE' if self.state == 'ALARM' else 'FALSE'}: {found or 'no alarm is in a state it names'}."
        )


def evaluate_composite(
    rule: Rule, state_of: StateOf | Mapping[str, State], previous: State = "INSUFFICIENT_DATA"
) -> CompositeVerdict:
    """The state of a composite alarm: ALARM while its rule holds, else OK.

    A composite is in INSUFFICIENT_DATA only between its creation and its first evaluation (AWS, PutCompositeAlarm). A
    child in INSUFFICIENT_DATA makes ALARM() and OK() false and nothing more. So does a child that is not there: it is
    in no state (assumed).

    Args:
        rule: From `parse_rule`.
        state_of: Gives the state of each child.
        previous: The state that the composite is in.
    """
    ask = state_of.get if isinstance(state_of, Mapping) else state_of
    named = dict.fromkeys(_leaves(rule))
    return CompositeVerdict(
        "ALARM" if holds(rule, ask) else "OK",
        previous,
        tuple(leaf for leaf in named if ask(leaf.alarm) == leaf.state),
    )


def holds(rule: Rule, state_of: StateOf) -> bool:
    """Whether a rule is true, given the states of its children."""
    match rule:
        case InState():
            return state_of(rule.alarm) == rule.state
        case Always():
            return rule.value
        case Not():
            return not holds(rule.rule, state_of)
        case And():
            return all(holds(part, state_of) for part in rule.rules)
        case Or():
            return any(holds(part, state_of) for part in rule.rules)


def children(rule: Rule) -> tuple[str, ...]:
    """The alarms that a rule names, by name or ARN as written, each once, in order."""
    return tuple(dict.fromkeys(leaf.alarm for leaf in _leaves(rule)))


def render_rule(rule: Rule) -> str:
    """CloudWatch's syntax; `parse_rule` gives the same tree again."""
    match rule:
        case InState():
            name = rule.alarm.replace("\\", "\\\\").replace('"', '\\"')
            return f'{rule.state}("{name}")'
        case Always():
            return "TRUE" if rule.value else "FALSE"
        case Not():
            return f"NOT {_inner(rule.rule, And, Or)}"
        case And():
            return " AND ".join(_inner(part, And, Or) for part in rule.rules)
        case Or():
            return " OR ".join(_inner(part, Or) for part in rule.rules)


def parse_rule(text: str) -> Rule:
    """Read an AlarmRule.

    Raises:
        BadRequest: It is empty, broken, or larger than AWS takes; the message names the character, counted from 0 as
            CloudWatch does.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(f"the rule has {len(text)} characters; the maximum is {MOST_CHARACTERS}", SPLIT)
    tokens = list(_tokens(text))
    elements = sum(token.kind not in ("AND", "OR", "NOT") for token in tokens)
    if elements > MOST_ELEMENTS:
        raise BadRequest(f"the rule has {elements} elements; the maximum is {MOST_ELEMENTS}", SPLIT)
    rule = _Parser(tokens, len(text)).whole()
    if len(children(rule)) > MOST_CHILDREN:
        raise BadRequest(f"the rule has {len(children(rule))} children; the maximum is {MOST_CHILDREN}", SPLIT)
    return rule


def _leaves(rule: Rule) -> Iterator[InState]:
    match rule:
        case InState():
            yield rule
        case Not():
            yield from _leaves(rule.rule)
        case And() | Or():
            for part in rule.rules:
                yield from _leaves(part)
        case Always():
            return


def _inner(rule: Rule, *bracketed: type[Rule]) -> str:
    text = render_rule(rule)
    return f"({text})" if isinstance(rule, bracketed) else text


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    position: int
    leaf: InState | None = None


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        position = at + len(text[at:]) - len(text[at:].lstrip())
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadRequest(f"Unsupported token '{text[position]}' at char {position}", CORRECT)
        if match["state"]:
            name = match["bare"] or re.sub(r"\\(.)", r"\1", match["quoted"])
            state: State = _STATES[match["state"].upper()]
            yield _Token(state, position, InState(name, state))
        else:
            yield _Token((match["word"] or match["bracket"]).upper(), position)
        at = match.end()


_STATES: dict[str, State] = {"ALARM": "ALARM", "OK": "OK", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}


@dataclass(slots=True)
class _Parser:
    tokens: list[_Token]
    length: int
    next: int = field(default=0)

    def whole(self) -> Rule:
        rule = self._or()
        return rule if self.next == len(self.tokens) else self._refuse()

    def _or(self) -> Rule:
        parts = [self._and()]
        while self._take("OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Rule:
        parts = [self._not()]
        while self._take("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Rule:
        return Not(self._not()) if self._take("NOT") else self._one()

    def _one(self) -> Rule:
        if self.next == len(self.tokens):
            return self._refuse()
        if leaf := self.tokens[self.next].leaf:
            self.next += 1
            return leaf
        for word in ("TRUE", "FALSE"):
            if self._take(word):
                return Always(word == "TRUE")
        if self._take("("):
            inner = self._or()
            return inner if self._take(")") else self._refuse()
        return self._refuse()

    def _take(self, kind: str) -> bool:
        found = self.next < len(self.tokens) and self.tokens[self.next].kind == kind
        self.next += found
        return found

    def _refuse(self) -> Rule:
        if self.next == len(self.tokens):
            raise BadRequest(f"Unexpected end of the rule at char {self.length}", CORRECT)
        token = self.tokens[self.next]
        raise BadRequest(f"Unsupported token '{token.kind}' at char {token.position}", CORRECT)
