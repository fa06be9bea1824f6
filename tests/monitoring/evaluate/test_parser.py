"""The language of metric math: what it means, and where it is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import ids, parse, render
from opslib.monitoring.evaluate.expression import LEVELS, Array, Binary, Call, Id, Negative, Node, Number, Text, Word

SAME = {
    "1 + 2 * 3": "1 + (2 * 3)",
    "1 - 2 - 3": "(1 - 2) - 3",
    "2 ^ 3 ^ 2": "2 ^ (3 ^ 2)",
    "-m1 ^ 2": "-(m1 ^ 2)",
    "-m1 * 2": "(-m1) * 2",
    "2 ^ -m1": "2 ^ (-m1)",
    "m1 > 1 AND m2 > 2 OR m3": "((m1 > 1) AND (m2 > 2)) OR m3",
    "m1 > 1 && m2 || m3": "((m1 > 1) AND m2) OR m3",
    "m1 + 1 > m2 / 2": "(m1 + 1) > (m2 / 2)",
    " SUM ( [ m1 ,m2 ] ) ": "SUM([m1, m2])",
    "1.5e3": "1500",
}


@pytest.mark.parametrize(("one", "other"), SAME.items())
def test_what_binds_tighter(one: str, other: str) -> None:
    assert parse(one) == parse(other)


WRONG = {
    "m1 +": "the end where a number, an id, a function or a bracket belongs, at character 5",
    "m1 m2": "'m2' where an operator or the end belongs, at character 4",
    "(m1": "the end where ')' belongs, at character 4",
    "[m1, ]": "']' where a number, an id, a function or a bracket belongs, at character 6",
    "m1 % 2": "unknown character '%', at character 4",
    "SUM(m1": "the end where ')' belongs, at character 7",
    "": "the end where a number, an id, a function or a bracket belongs, at character 1",
    "m1 = 2": "unknown character '=', at character 4",
    "(" * 200: "more than 100 levels, at character 101",
    "-" * 200 + "1": "more than 100 levels, at character 101",
}


@pytest.mark.parametrize(("expression", "said"), WRONG.items(), ids=lambda text: text[:20])
def test_an_error_names_the_character(expression: str, said: str) -> None:
    with pytest.raises(BadRequest) as wrong:
        parse(expression)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_the_ids_are_those_that_begin_with_a_small_letter() -> None:
    expression = 'IF(FILL(requests, REPEAT) > 5, 100 * e1 / requests, SUM(METRICS("errors")))'
    assert ids(parse(expression)) == {"requests", "e1"}


def test_nodes_know_where_they_stand_and_are_equal_wherever_they_stand() -> None:
    node = parse("m1 + SUM(m2)")
    assert isinstance(node, Binary)
    assert isinstance(node.right, Call)
    assert (node.position, node.right.position, node.right.arguments[0].position) == (3, 5, 9)
    assert node == parse("m1+SUM(m2)")


leaves = st.builds(Number, st.floats(0, 1e300)) | st.builds(
    Id, st.from_regex(r"[a-z][A-Za-z0-9_]{0,4}", fullmatch=True)
)
inside = leaves | st.builds(Text, st.from_regex("[a-z ]{0,4}", fullmatch=True)) | st.just(Word("REPEAT"))
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Negative, inner)
        | st.builds(Binary, st.sampled_from(list(LEVELS)), inner, inner)
        | st.builds(Array, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Call, st.sampled_from(["SUM", "FILL", "IF"]), st.lists(inner | inside, max_size=3).map(tuple))
    ),
    max_leaves=12,
)


RENDERED = (
    "1 + 2 * 3",
    "(1 + 2) * 3",
    "1 - (2 - 3)",
    "1 - 2 - 3",
    "2 ^ 3 ^ 2",
    "(2 ^ 3) ^ 2",
    "-m1 ^ 2",
    "(-m1) ^ 2",
    "2 ^ -m1",
    "--m1",
    "-(m1 + m2)",
    "m1 > 1 AND (m2 OR m3)",
    "(m1 > 1) > 0 AND m2",
    'SUM([m1, m2 / 0.5]) - METRICS("x")',
)


@pytest.mark.parametrize("expression", RENDERED)
def test_it_is_written_with_the_brackets_that_it_needs(expression: str) -> None:
    assert render(parse(expression)) == expression.replace("(m1 > 1) > 0", "m1 > 1 > 0")


@given(trees)
def test_what_is_written_is_read_again(tree: Node) -> None:
    assert parse(render(tree)) == tree
