"""What flows through states: paths, templates, functions, results, and the rules of choices."""

from __future__ import annotations

from random import Random

import pytest

from opslib.sandbox.behaviour.state_machines.choices import holds
from opslib.sandbox.behaviour.state_machines.failures import StateFailed, names_match
from opslib.sandbox.behaviour.state_machines.paths import Scope, fill, put_at, select

DATA = {"a": {"b": [1, {"c": "x"}]}, "n": 3, "t": "2026-01-31T12:00:00Z", "no": None, "yes": True, "with-dash": 1}
SCOPE = Scope(DATA, {"Execution": {"Name": "e"}}, Random(1))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DATA),
        ("$.a.b[1].c", "x"),
        ("$['a'].b[-2]", 1),
        ("$.with-dash", 1),
        ("$.a.b[*].c", ["x"]),
        ("$$.Execution.Name", "e"),
    ],
)
def test_a_path_leads_somewhere(path, expected):
    assert select(path, SCOPE) == expected


@pytest.mark.parametrize("path", ["$.none", "$.a.b[7]", "$.n.x", "$..a", "a"])
def test_a_path_leads_nowhere(path):
    with pytest.raises(StateFailed):
        select(path, SCOPE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$.n", 3),
        ("States.Format('{} of {}', $.n, 'all')", "3 of all"),
        ("States.Format('it\\'s {}', $.n)", "it's 3"),
        ("States.MathAdd($.n, -1)", 2),
        ("States.Array($.n, States.Array('x'), true)", [3, ["x"], True]),
        ("States.ArrayLength($.a.b)", 2),
        ("States.ArrayGetItem($.a.b, 0)", 1),
        ("States.ArrayContains($.a.b, 1)", True),
        ("States.StringToJson('{\"z\": 1}')", {"z": 1}),
        ("States.JsonToString($.a.b)", '[1,{"c":"x"}]'),
        ("States.JsonMerge($.a, States.StringToJson('{\"z\": 1}'), false)", {**DATA["a"], "z": 1}),
        ("States.StringSplit('a,b', ',')", ["a", "b"]),
    ],
)
def test_a_template_is_filled_in(value, expected):
    assert fill({"k.$": value, "plain": "$.n", "list": [{"in.$": "$.n"}]}, SCOPE) == {
        "k": expected,
        "plain": "$.n",
        "list": [{"in": 3}],
    }


@pytest.mark.parametrize("value", ["States.Hash('a', 'MD5')", "States.Format('{}')", "States.MathAdd(1, 'x')"])
def test_a_function_that_cannot_be_computed_fails(value):
    with pytest.raises(StateFailed) as caught:
        fill({"k.$": value}, SCOPE)
    assert caught.value.error == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", "r"),
        (None, {"a": 1}),
        ("$.b", {"a": 1, "b": "r"}),
        ("$.b.c", {"a": 1, "b": {"c": "r"}}),
        ("$.a", {"a": "r"}),
    ],
)
def test_a_result_is_put_in_its_place(path, expected):
    before = {"a": 1}
    assert put_at(path, before, "r") == expected
    assert before == {"a": 1}


def test_a_result_that_does_not_fit_fails():
    with pytest.raises(StateFailed, match="ResultPathMatchFailure"):
        put_at("$.a.b", {"a": 1}, "r")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.n", "NumericGreaterThan": 2}, True),
        ({"Variable": "$.n", "NumericLessThanEquals": 2}, False),
        ({"Variable": "$.n", "StringEquals": "3"}, False),
        ({"Variable": "$.n", "NumericEqualsPath": "$.n"}, True),
        ({"Variable": "$.a.b[1].c", "StringMatches": "x*"}, True),
        ({"Variable": "$.a.b[1].c", "StringMatches": "?"}, False),
        ({"Variable": "$.yes", "BooleanEquals": True}, True),
        ({"Variable": "$.yes", "NumericEquals": 1}, False),
        ({"Variable": "$.t", "TimestampLessThan": "2026-02-01T00:00:00Z"}, True),
        ({"Variable": "$.t", "IsTimestamp": True}, True),
        ({"Variable": "$.no", "IsNull": True}, True),
        ({"Variable": "$.none", "IsPresent": False}, True),
        ({"Variable": "$.n", "IsPresent": True}, True),
        ({"Not": {"Variable": "$.n", "IsString": True}}, True),
        ({"And": [{"Variable": "$.n", "NumericEquals": 3}, {"Variable": "$.yes", "BooleanEquals": False}]}, False),
        ({"Or": [{"Variable": "$.n", "NumericEquals": 4}, {"Variable": "$.yes", "BooleanEquals": True}]}, True),
    ],
)
def test_a_rule_holds_or_not(rule, expected):
    assert holds(rule, SCOPE) is expected


def test_a_rule_about_what_is_not_there_fails():
    with pytest.raises(StateFailed, match="condition path"):
        holds({"Variable": "$.none", "NumericEquals": 1}, SCOPE)


@pytest.mark.parametrize(
    ("wanted", "error", "expected"),
    [
        (["States.ALL"], "Anything", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.TaskFailed"], "Anything", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["A", "B"], "B", True),
        (["A"], "B", False),
    ],
)
def test_errors_are_taken_by_their_names(wanted, error, expected):
    assert names_match(wanted, error) is expected
