"""Metric math: the product against AWS's examples and against the reference."""

from __future__ import annotations

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from opslib.monitoring.evaluate import compute
from tests.monitoring.reference import reference_math as reference
from tests.monitoring.reference.comparing import compared, compared_briefly

PERIOD_SECONDS, START = 60, 600
IDS = ("m1", "m2", "errors_5xx")


def as_dict(values):
    return {START + index * PERIOD_SECONDS: float(each) for index, each in enumerate(values) if each is not None}


def as_values(series, count):
    return [series.get(START + index * PERIOD_SECONDS) for index in range(count)]


def in_reference(tree, metrics):
    count = len(next(iter(metrics.values())))
    timestamps = [START + index * PERIOD_SECONDS for index in range(count)]
    series = reference.evaluate(tree, {name: as_dict(values) for name, values in metrics.items()}, timestamps)
    return as_values(series, count)


def in_product(text, metrics):
    return list(compute(text, metrics, start=START, period_seconds=PERIOD_SECONDS))


M1, M2, M3 = ("id", "m1"), ("id", "m2"), ("id", "m3")


def number(value):
    return ("number", value)


LESS = {"m1": [30, 20, 0, 0], "m2": [20, None, 20, None]}
CHOICE = {"m1": [1, 1, 0, 0, None], "m2": [30, None, 0, 0, 30], "m3": [0, 0, 20, None, 20]}


@pytest.mark.parametrize(
    ("text", "tree", "metrics", "expected"),
    [
        ("(m1 < m2)", ("<", M1, M2), LESS, [0, 0, 1, 0]),
        ("(m1 >= 30)", (">=", M1, number(30)), LESS, [1, 0, 0, 0]),
        (
            "(m1 > 15 AND m2 > 15)",
            ("AND", (">", M1, number(15)), (">", M2, number(15))),
            LESS,
            [1, 0, 0, 0],
        ),
        ("IF(m1, m2, m3)", ("IF", M1, M2, M3), CHOICE, [30, 0, 20, None, None]),
        ("IF(m1, 5, m3)", ("IF", M1, number(5), M3), CHOICE, [5, 5, 20, None, None]),
        ("IF(m1, m2, 5)", ("IF", M1, M2, number(5)), CHOICE, [30, 0, 5, 5, None]),
    ],
)
def test_every_table_of_awss_page(text, tree, metrics, expected):
    assert in_reference(tree, metrics) == expected
    assert in_product(text, metrics) == expected


@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [("m1 > 1 AND m2 > 1", "m1 > 1 && m2 > 1"), ("m1 > 1 OR m2 > 1", "m1 > 1 || m2 > 1")],
)
def test_and_or_have_two_spellings(one_way, other_way):
    assert in_product(one_way, LESS) == in_product(other_way, LESS)


# Random trees. Where a small rounding would make a big difference (comparisons, conditions, divisors, CEIL, FLOOR),
# what is inside gives the same bits however it is calculated: whole numbers, and divisions of them. `exact` says so.

numbers = st.sampled_from([0, 1, 2, 3, 5, 0.5, 10]).map(number)
of_points = st.sampled_from(list(reference.OF_POINTS))


def series_trees(depth, *, exact):
    """Trees that give a time series."""
    ids = st.sampled_from(IDS).map(lambda name: ("id", name))
    if depth == 0:
        return ids
    inner, kept = series_trees(depth - 1, exact=exact), series_trees(depth - 1, exact=True)
    scalars, kept_scalars = scalar_trees(depth - 1, exact=exact), scalar_trees(depth - 1, exact=True)
    either, kept_either = st.one_of(inner, scalars), st.one_of(kept, kept_scalars)

    def operation(names, left, right):
        return st.tuples(st.sampled_from(list(names)), left, right)

    options = [
        ids,
        operation("+-*", inner, either),
        operation("+-*", scalars, inner),
        operation("/", inner, kept_either),
        operation("/", kept_scalars, kept),
        operation(reference.COMPARISONS, kept, kept_either),
        operation(reference.COMPARISONS, kept_scalars, kept),
        operation(reference.LOGIC, kept, kept),
        st.tuples(st.just("-"), inner),
        st.tuples(st.just("IF"), kept, either),
        st.tuples(st.just("IF"), kept, either, either),
        st.tuples(st.just("IF"), kept_scalars, inner, inner),
        st.tuples(st.just("FILL"), inner, st.one_of(either, st.just("REPEAT"))),
        st.tuples(st.sampled_from(["CEIL", "FLOOR"]), kept),
        st.tuples(st.just("ABS"), inner),
        st.tuples(st.just("TIME_SERIES"), scalars),
        st.tuples(st.sampled_from(["MIN", "MAX"]), st.lists(inner, min_size=1, max_size=3)),
    ]
    if not exact:
        options += [
            st.tuples(st.just("FILL"), inner, st.just("LINEAR")),
            st.tuples(st.sampled_from(["AVG", "SUM"]), st.lists(inner, min_size=2, max_size=3)),
            st.tuples(st.sampled_from(["RATE", "DIFF", "DIFF_TIME", "RUNNING_SUM"]), inner),
        ]
    return st.one_of(options)


def scalar_trees(depth, *, exact):
    """Trees that give a scalar."""
    if depth == 0:
        return numbers
    of_ids = st.tuples(of_points, series_trees(0, exact=True))
    inner = scalar_trees(depth - 1, exact=exact)
    options = [numbers, of_ids, st.tuples(st.sampled_from(["+", "-", "*"]), inner, inner)]
    if not exact:
        options.append(st.tuples(of_points, series_trees(depth - 1, exact=False)))
    return st.one_of(options)


@st.composite
def metrics(draw):
    count = draw(st.integers(3, 8))
    value = st.sampled_from([None, None, -3.0, -2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0])
    return {name: draw(st.lists(value, min_size=count, max_size=count)) for name in IDS}


def agree(tree, series):
    try:
        expected = in_reference(tree, series)
    except reference.Undefined:
        reject()
    found = in_product(reference.text(tree), series)
    for one, other in zip(found, expected, strict=True):
        same = one is None if other is None else one == pytest.approx(other, rel=1e-9, abs=1e-9)
        assert same, f"{reference.text(tree)} over {series}: {found}, and the reference has {expected}"


E = ("id", "errors_5xx")
QUOTIENT = ("/", M1, M2)
SINGLE = [
    *((operator, M1, M2) for operator in reference.OPERATORS),
    *((operator, M1, number(2)) for operator in reference.OPERATORS),
    *((operator, number(2), M1) for operator in reference.OPERATORS),
    *((name, each) for name in ("-", "ABS", "CEIL", "FLOOR") for each in (M1, QUOTIENT)),
    *((name, M1) for name in ("RATE", "DIFF", "DIFF_TIME", "RUNNING_SUM")),
    *(("FILL", M1, how) for how in (number(0), number(7), "REPEAT", "LINEAR", M2, ("MAX", M1))),
    *((name, [M1, M2, E]) for name in reference.OF_POINTS),
    *(("-", M1, (name, M1)) for name in reference.OF_POINTS),
    *(("TIME_SERIES", (name, M1)) for name in reference.OF_POINTS),
    *(("IF", (">", M1, number(1)), *rest) for rest in ((M1,), (number(1), number(0)), (M2, E), (M2,), (number(3), M2))),
    *(("IF", M1, *rest) for rest in ((M2,), (M2, E), (number(3), E), (M2, number(3)), (number(3), number(4)))),
    *(("IF", (">", ("SUM", M1), number(3)), *rest) for rest in ((M2,), (M2, E))),
    # What an error rate looks like.
    ("*", ("/", E, M1), number(100)),
    ("*", number(100), ("/", E, ("+", M1, M2))),
    ("IF", (">", M1, number(2)), ("*", ("/", ("FILL", E, number(0)), M1), number(100)), number(0)),
]


@pytest.mark.parametrize("tree", SINGLE, ids=reference.text)
def test_any_metrics_give_the_series_of_the_reference(tree):
    compared_briefly(given(metrics())(lambda series: agree(tree, series)))()


@pytest.mark.parametrize("one", reference.BINDING)
def test_every_two_operators_bind_as_in_the_reference(one):
    series = {"m1": [5, 2, -3, 0, 1, None], "m2": [2, 2, 4, 0, None, 3], "errors_5xx": [3, 0, 1, 2, -5, 1]}
    for other in reference.BINDING:
        agree((one, M1, (other, M2, E)), series)
        agree((other, (one, M1, M2), E), series)


@compared
@given(series_trees(3, exact=False), metrics())
def test_any_expression_gives_the_series_of_the_reference(tree, series):
    agree(tree, series)
