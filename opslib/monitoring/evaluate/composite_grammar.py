r"""The language of AlarmRule, read and written.

The grammar, words in any case::

    rule      = both { OR both }
    both      = not { AND not }
    not       = NOT not | one
    one       = ( rule ) | TRUE | FALSE | state ( alarm ) | AT_LEAST ( least , [NOT] state , ( alarm { , alarm } ) )
    state     = ALARM | OK | INSUFFICIENT_DATA
    least     = a number of alarms, or a percentage of them: 2, 50%
    alarm     = a name or ARN, in double quotes (\" for a quote in it) or without quotes, spaces, brackets and commas

AWS, CloudWatch User Guide, "Composite alarms". AND before OR is not documented by AWS (assumed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from opslib.errors import BadRequest
from opslib.monitoring.evaluate.composite import ALL_PERCENT, Always, And, AtLeast, InState, Not, Or, Rule, children
from opslib.monitoring.evaluate.settings import State

__all__ = ["parse_rule", "render_rule"]

# AWS, PutCompositeAlarm: "as many as 100 children", "as many as 500 elements. Elements are child alarms, TRUE or FALSE
# statements, and parentheses"; AlarmRule: at most 10,240 characters.
MOST_CHILDREN = 100
MOST_ELEMENTS = 500
MOST_CHARACTERS = 10_240

CORRECT = "correct the rule"
SPLIT = "split it into several composites"

_STATE = r"ALARM|OK|INSUFFICIENT_DATA"
_ALARM = r'"(?:[^"\\]|\\.)+"|[^()",\s]+'
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<state>{_STATE})\s*\(\s*(?P<alarm>{_ALARM})\s*\)
      | AT_LEAST\s*\(\s*(?P<least>\d+)(?P<percent>%?)\s*,\s*(?P<negated>NOT\s+)?(?P<required>{_STATE})\s*,\s*
            \(\s*(?P<alarms>(?:{_ALARM})(?:\s*,\s*(?:{_ALARM}))*)\s*\)
        \s*\)
      | (?P<word>AND|OR|NOT|TRUE|FALSE)(?!\w)
      | (?P<bracket>[()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_ALARMS = re.compile(_ALARM)
_STATES: dict[str, State] = {"ALARM": "ALARM", "OK": "OK", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}


def render_rule(rule: Rule) -> str:
    """CloudWatch's syntax; `parse_rule` gives the same tree again."""
    match rule:
        case InState():
            return f"{rule.state}({_quoted(rule.alarm)})"
        case AtLeast():
            least = f"{rule.least}{'%' if rule.percent else ''}"
            required = f"{'NOT ' if rule.negated else ''}{rule.state}"
            return f"AT_LEAST({least}, {required}, ({', '.join(map(_quoted, rule.alarms))}))"
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
    elements = sum(token.elements for token in tokens)
    if elements > MOST_ELEMENTS:
        raise BadRequest(f"the rule has {elements} elements; the maximum is {MOST_ELEMENTS}", SPLIT)
    rule = _Parser(tokens, len(text)).whole()
    if len(children(rule)) > MOST_CHILDREN:
        raise BadRequest(f"the rule has {len(children(rule))} children; the maximum is {MOST_CHILDREN}", SPLIT)
    return rule


def _quoted(alarm: str) -> str:
    name = alarm.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'


def _unquoted(written: str) -> str:
    return re.sub(r"\\(.)", r"\1", written[1:-1]) if written.startswith('"') else written


def _inner(rule: Rule, *bracketed: type[Rule]) -> str:
    text = render_rule(rule)
    return f"({text})" if isinstance(rule, bracketed) else text


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    position: int
    leaf: InState | AtLeast | None = None

    @property
    def elements(self) -> int:
        """How many elements AWS counts; of AT_LEAST its alarms (assumed)."""
        if isinstance(self.leaf, AtLeast):
            return len(self.leaf.alarms)
        return int(self.kind not in ("AND", "OR", "NOT"))


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        position = at + len(text[at:]) - len(text[at:].lstrip())
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadRequest(f"Unsupported token '{text[position]}' at char {position}", CORRECT)
        if match["state"]:
            state = _STATES[match["state"].upper()]
            yield _Token(state, position, InState(_unquoted(match["alarm"]), state))
        elif match["alarms"]:
            yield _Token("AT_LEAST", position, _at_least(match, position))
        else:
            yield _Token((match["word"] or match["bracket"]).upper(), position)
        at = match.end()


def _at_least(match: re.Match[str], position: int) -> AtLeast:
    alarms = tuple(_unquoted(written) for written in _ALARMS.findall(match["alarms"]))
    least, percent = int(match["least"]), bool(match["percent"])
    most = ALL_PERCENT if percent else len(alarms)
    if not 1 <= least <= most:  # AWS's page gives no bounds (assumed): what is always true, or never, is a mistake
        unit = "%" if percent else ""
        raise BadRequest(
            f"AT_LEAST at char {position} asks for {least}{unit}, not for 1{unit} to {most}{unit}", CORRECT
        )
    return AtLeast(least, percent, _STATES[match["required"].upper()], bool(match["negated"]), alarms)


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
