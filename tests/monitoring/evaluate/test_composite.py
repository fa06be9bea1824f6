"""Composite alarms: the language of the rule, and the state that follows."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring import AllOf, AnyOf, InAlarm
from opslib.monitoring import rule as model_rules
from opslib.monitoring.evaluate import State, children, evaluate_composite, holds, parse_rule, render_rule
from opslib.monitoring.evaluate.composite import Always, And, AtLeast, InState, Not, Or, Rule

pytestmark = pytest.mark.feature("M15")

STATES: dict[str, State] = {"bad": "ALARM", "good": "OK", "new": "INSUFFICIENT_DATA"}

TRUE_OR_FALSE = {
    "ALARM(bad)": True,
    "ALARM(good)": False,
    "OK(good)": True,
    "INSUFFICIENT_DATA(new)": True,
    "ALARM(new)": False,
    "OK(new)": False,
    "NOT ALARM(new)": True,
    "ALARM(bad) AND NOT ALARM(good)": True,
    "ALARM(good) OR OK(good)": True,
    "ALARM(bad) OR ALARM(bad) AND FALSE": True,
    "(ALARM(bad) OR ALARM(bad)) AND FALSE": False,
    "NOT FALSE AND FALSE": False,
    "NOT (TRUE AND FALSE)": True,
    "not not alarm(bad)": True,
    'ALARM("bad")': True,
    "ALARM( bad )": True,
    "OK(nobody)": False,
    "AT_LEAST(1, ALARM, (bad, good, new))": True,
    "AT_LEAST(2, ALARM, (bad, good, new))": False,
    "AT_LEAST(2, NOT ALARM, (bad, good, new))": True,
    "AT_LEAST(3, NOT ALARM, (bad, good, new))": False,
    "AT_LEAST(33%, OK, (bad, good, new))": True,
    "AT_LEAST(34%, OK, (bad, good, new))": False,
    "AT_LEAST(2, ALARM, (bad, bad))": True,
    "AT_LEAST(1, NOT OK, (nobody))": True,
    "AT_LEAST(1, INSUFFICIENT_DATA, (nobody))": False,
    'at_least( 2 ,not  ok,("bad" ,new)) and NOT AT_LEAST(1, OK, (new))': True,
    "TRUE": True,
}


@pytest.mark.parametrize(("text", "expected"), TRUE_OR_FALSE.items())
def test_when_a_rule_holds(text: str, expected: bool) -> None:
    assert holds(parse_rule(text), STATES.get) is expected


def test_a_name_in_quotes_may_hold_anything() -> None:
    rule = parse_rule(r'ALARM("a (\"b\") c") OR ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:d)')
    assert children(rule) == ('a ("b") c', "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:d")


def test_each_child_is_named_once_in_order() -> None:
    assert children(parse_rule("ALARM(b) AND (OK(a) OR NOT ALARM(b))")) == ("b", "a")


REFUSED = {
    "": "Unexpected end of the rule at char 0",
    "ALARM(a) AND": "Unexpected end of the rule at char 12",
    "ALARM(a) OK(b)": "Unsupported token 'OK' at char 9",
    "(ALARM(a)": "Unexpected end of the rule at char 9",
    "ALARM(a))": "Unsupported token ')' at char 8",
    "  ALARM()": "Unsupported token 'A' at char 2",
    "AND ALARM(a)": "Unsupported token 'AND' at char 0",
    "TRUE AND AT_LEAST(1, ALARM, ())": "Unsupported token 'A' at char 9",
    "AT_LEAST(1, BROKEN, (a))": "Unsupported token 'A' at char 0",
    "AT_LEAST(half, ALARM, (a))": "Unsupported token 'A' at char 0",
    "TRUE OR AT_LEAST(0, ALARM, (a))": "AT_LEAST at char 8 asks for 0, not for 1 to 1",
    "AT_LEAST(3, ALARM, (a, b))": "AT_LEAST at char 0 asks for 3, not for 1 to 2",
    "AT_LEAST(101%, ALARM, (a))": "AT_LEAST at char 0 asks for 101%, not for 1% to 100%",
    f"AT_LEAST(1, OK, ({', '.join(f'a{number}' for number in range(101))}))": "101 children; the maximum is 100",
    f"AT_LEAST(1, OK, ({', '.join(['a'] * 501)}))": "501 elements; the maximum is 500",
    "ALARM(a,b)": "Unsupported token 'A' at char 0",
    " OR ".join(f"ALARM(a{number})" for number in range(101)): "101 children; the maximum is 100",
    " OR ".join(["ALARM(a)"] * 501): "501 elements; the maximum is 500",
    "TRUE" + " " * 10_237: "10241 characters; the maximum is 10240",
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items(), ids=lambda text: text[:30])
def test_what_is_no_rule_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_rule(text)
    assert said in str(refused.value)


def test_a_composite_is_in_alarm_or_ok_and_never_again_without_data() -> None:
    rule = parse_rule("ALARM(a)")
    for child in get_args(State):
        verdict = evaluate_composite(rule, {"a": child})
        assert verdict.state == ("ALARM" if child == "ALARM" else "OK")
        assert verdict.changed


def test_the_reason_names_the_children_that_are_as_the_rule_says() -> None:
    verdict = evaluate_composite(parse_rule("ALARM(bad) AND OK(good) AND NOT ALARM(new)"), STATES, "OK")
    assert (verdict.state, verdict.reason) == ("ALARM", "The rule is TRUE: bad is in ALARM, good is in OK.")
    assert evaluate_composite(parse_rule("ALARM(good)"), STATES).reason == (
        "The rule is FALSE: no alarm is in a state it names."
    )


def test_the_reason_names_the_alarms_that_count() -> None:
    verdict = evaluate_composite(parse_rule("AT_LEAST(2, NOT OK, (bad, good, new))"), STATES)
    assert verdict.reason == "The rule is TRUE: bad is in ALARM, new is in INSUFFICIENT_DATA."


def test_the_models_rules_are_of_the_language() -> None:
    tree = AllOf((AnyOf((InAlarm("a b"), InAlarm("c"))), InAlarm("d")))
    assert parse_rule(model_rules.render(tree)) == And(
        (Or((InState("a b", "ALARM"), InState("c", "ALARM"))), InState("d", "ALARM"))
    )


leaf = st.builds(
    InState,
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
    st.sampled_from(get_args(State)),
)
names = st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1), min_size=1, max_size=4)
at_least = names.flatmap(
    lambda alarms: st.builds(
        AtLeast,
        least=st.integers(1, len(alarms)),
        percent=st.booleans(),
        state=st.sampled_from(get_args(State)),
        negated=st.booleans(),
        alarms=st.just(tuple(alarms)),
    )
)
rules: st.SearchStrategy[Rule] = st.recursive(
    leaf | at_least | st.builds(Always, st.booleans()),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(tuple).map(And)
        | st.lists(inner, min_size=2, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=10,
)


@given(rules, st.randoms())
def test_what_is_written_is_read_again(rule: Rule, chance: Any) -> None:
    again = parse_rule(render_rule(rule))
    states = {name: chance.choice(get_args(State)) for name in children(rule)}
    assert children(again) == children(rule)
    assert holds(again, states.get) == holds(rule, states.get)
