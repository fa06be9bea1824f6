from __future__ import annotations

import pytest

from opslib.sandbox.gaps.alarm_rule import RuleError, parse_rule

STATES = {"high": "ALARM", "low": "OK", "new": "INSUFFICIENT_DATA", "with space (1)": "ALARM"}

HOLDS = [
    ("ALARM(high)", True),
    ('ALARM("high")', True),
    ('ALARM("with space (1)")', True),
    ("ALARM(low)", False),
    ("OK(low)", True),
    ("INSUFFICIENT_DATA(new)", True),
    ("TRUE", True),
    ("FALSE", False),
    ("false", False),
    ("NOT ALARM(high)", False),
    ("NOT NOT ALARM(high)", True),
    ("ALARM(high) AND ALARM(low)", False),
    ("ALARM(high) OR ALARM(low)", True),
    ("TRUE OR FALSE AND FALSE", True),
    ("(TRUE OR FALSE) AND FALSE", False),
    ("NOT FALSE AND FALSE", False),
    ("NOT(ALARM(low))AND(OK(low))", True),
    ("(ALARM(high) OR ALARM(low)) AND NOT INSUFFICIENT_DATA(high)", True),
    ("  ALARM ( high )\n\tAND OK( low ) ", True),
]

BROKEN = [
    ("", "Unexpected end"),
    ("   ", "Unexpected end"),
    ("()", r"Unsupported token '\)' at char 1"),
    ("ALARM()", "Unsupported token 'A' at char 0"),
    ("ALARM(high", "Unsupported token 'A' at char 0"),
    ("ALARM(high))", r"Unsupported token '\)' at char 11"),
    ("(ALARM(high)", "Unexpected end"),
    ("ALARM(high) ALARM(low)", "Unsupported token 'ALARM' at char 12"),
    ("ALARM(high) AND", "Unexpected end"),
    ("AND ALARM(high)", "Unsupported token 'AND' at char 0"),
    ("BROKEN(high)", "Unsupported token 'B' at char 0"),
    ("ALARM(two words)", "Unsupported token 'A' at char 0"),
    ("high", "Unsupported token 'h' at char 0"),
    (" OR ".join(f"ALARM(a{n})" for n in range(101)), "101 children"),
    ("(" * 250 + "TRUE" + ")" * 250, "501 elements"),
]


@pytest.mark.parametrize(("rule", "expected"), HOLDS)
def test_rules_hold_as_their_children_say(rule, expected):
    assert parse_rule(rule).holds(STATES.__getitem__) is expected


@pytest.mark.parametrize(("rule", "says"), BROKEN)
def test_broken_rules_are_refused_where_they_break(rule, says):
    with pytest.raises(RuleError, match=says):
        parse_rule(rule)


def test_children_are_named_once_in_order():
    assert parse_rule('ALARM(b) OR OK("a") AND NOT ALARM(b)').children == ("b", "a")


def test_a_hundred_children_are_taken():
    assert len(parse_rule(" OR ".join(f"ALARM(a{n})" for n in range(100))).children) == 100
