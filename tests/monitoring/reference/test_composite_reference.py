"""Composite alarms and their suppressor, against AWS's examples and against the reference."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.monitoring.evaluate import ActionsSuppressor, Suppression, advance, evaluate_composite, parse_rule
from tests.monitoring.reference import reference_composite as reference
from tests.monitoring.reference.comparing import compared

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
NAMES = ("api-down", "disk full", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x", 'so "called"')

one_alarm = st.tuples(st.sampled_from(STATES), st.sampled_from(NAMES))
conditions = st.sampled_from([f"{negation}{state}" for negation in ("", "NOT ") for state in STATES])
some_alarms = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5)


def at_least(alarms):
    """AT_LEAST over these alarms: a number up to all of them, or a percentage."""
    minimum = st.integers(1, len(alarms)).map(str) | st.integers(1, 100).map("{}%".format)
    return st.tuples(st.just("AT_LEAST"), minimum, conditions, st.just(alarms))


rules = st.recursive(
    st.one_of(one_alarm, some_alarms.flatmap(at_least), st.sampled_from([("TRUE",), ("FALSE",)])),
    lambda inner: st.one_of(st.tuples(st.just("NOT"), inner), st.tuples(st.sampled_from(["AND", "OR"]), inner, inner)),
    max_leaves=8,
)


@compared
@given(rules, st.fixed_dictionaries({name: st.sampled_from(STATES) for name in NAMES}), st.sampled_from(STATES))
def test_any_rule_has_the_state_of_the_reference(rule, states, previous):
    verdict = evaluate_composite(parse_rule(reference.text(rule)), states, previous)
    assert verdict.state == reference.reference_composite_state(rule, states)
    assert verdict.changed == (verdict.state != previous)


EXAMPLES = [
    ("ALARM(a) AND ALARM(b)", ("AND", ("ALARM", "a"), ("ALARM", "b"))),
    ("ALARM(a) AND NOT ALARM(b)", ("AND", ("ALARM", "a"), ("NOT", ("ALARM", "b")))),
    ("(ALARM(a) OR ALARM(b)) AND OK(c)", ("AND", ("OR", ("ALARM", "a"), ("ALARM", "b")), ("OK", "c"))),
    ('(ALARM("a") OR \nALARM("b")) AND \nOK("c")', ("AND", ("OR", ("ALARM", "a"), ("ALARM", "b")), ("OK", "c"))),
    ("AT_LEAST(2, ALARM, (a, b, c, d))", ("AT_LEAST", "2", "ALARM", ["a", "b", "c", "d"])),
    ("AT_LEAST(50%, OK, (a, b, c, d))", ("AT_LEAST", "50%", "OK", ["a", "b", "c", "d"])),
    (
        "AT_LEAST(2, ALARM, (a, b, c)) AND NOT ALARM(d)",
        ("AND", ("AT_LEAST", "2", "ALARM", ["a", "b", "c"]), ("NOT", ("ALARM", "d"))),
    ),
]


@pytest.mark.parametrize(("text", "rule"), EXAMPLES)
def test_awss_examples_of_rules_in_every_combination_of_states(text, rule):
    parsed = parse_rule(text)
    for states in product(STATES, repeat=4):
        state_of = dict(zip("abcd", states, strict=True))
        expected = reference.reference_composite_state(rule, state_of)
        assert evaluate_composite(parsed, state_of).state == expected, (text, state_of)


def acted(seconds, wait, extension, *, not_in_alarm="OK"):
    """When the product acts, told every second."""
    periods = ActionsSuppressor(wait_seconds=wait, extension_seconds=extension)

    def suppressor(second):
        return "ALARM" if second.suppressor_in_alarm else not_in_alarm

    now = Suppression(composite=seconds[0].composite, suppressor=suppressor(seconds[0]))
    acts = []
    for at, second in enumerate(seconds[1:], start=1):
        now, due = advance(now, periods, at=at, composite=second.composite, suppressor=suppressor(second))
        acts += [(act.at, act.state) for act in due]
    return acts


def timeline(composite, suppressor, length=14):
    """Seconds from the moments at which the composite is in ALARM, and those at which the suppressor is."""
    return [reference.Second("ALARM" if at in composite else "OK", at in suppressor) for at in range(length)]


@pytest.mark.parametrize(
    ("composite", "suppressor", "wait", "extension", "acts"),
    [
        pytest.param(range(2, 14), (), 2, 3, [(4, "ALARM")], id="example 1"),
        pytest.param(range(2, 14), range(3, 14), 2, 3, [], id="example 2"),
        pytest.param((2,), (), 2, 3, [(5, "OK")], id="example 3"),
        pytest.param(range(2, 14), range(14), 2, 3, [], id="example 4"),
        pytest.param(range(2, 14), range(3, 6), 2, 3, [(9, "ALARM")], id="example 5"),
        pytest.param(range(2, 7), range(3, 6), 2, 3, [(9, "OK")], id="example 6"),
        pytest.param(range(2, 14), range(4, 14), 6, 6, [], id="suppressed within WaitPeriod"),
    ],
)
def test_awss_examples_of_a_suppressor(composite, suppressor, wait, extension, acts):
    seconds = timeline(composite, suppressor)
    assert reference.actions_taken(seconds, wait, extension) == acts
    assert acted(seconds, wait, extension) == acts


@st.composite
def suppressed_alarms(draw):
    """Changes at every tenth second at most, one alarm at a time; periods end at a fifth: AWS says nothing of ties."""
    composite, suppressor = draw(st.sampled_from(STATES)), draw(st.booleans())
    seconds = []
    changes = st.lists(st.sampled_from(["composite", "suppressor", "suppressor", "neither"]), min_size=5, max_size=15)
    for who in [*draw(changes), *["neither"] * 6]:
        if who == "composite":
            composite = draw(st.sampled_from([state for state in STATES if state != composite]))
        elif who == "suppressor":
            suppressor = not suppressor
        seconds += [reference.Second(composite, suppressor)] * 10
    return seconds


@compared
@given(
    suppressed_alarms(),
    st.integers(0, 4).map(lambda tens: 10 * tens + 5),
    st.integers(0, 4).map(lambda tens: 10 * tens + 5),
    st.sampled_from(["OK", "INSUFFICIENT_DATA"]),
)
def test_any_suppressed_alarm_acts_when_the_reference_does(seconds, wait, extension, not_in_alarm):
    assert acted(seconds, wait, extension, not_in_alarm=not_in_alarm) == reference.actions_taken(
        seconds, wait, extension
    )
