"""The evaluator's decision on an alarm, against AWS's tables and against the reference."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.monitoring.evaluate import Settings, evaluate, fewest_samples
from tests.monitoring.reference import reference_threshold as reference
from tests.monitoring.reference.comparing import compared

KEPT = "Retain current state"
VALUES = {"0": 0.0, "X": 9.0, "-": None}

THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK", "OK", "OK"),
    ("0 - - - -", "OK", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", KEPT, "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", "OK", "OK", "ALARM", "OK"),
    ("- - - X -", "ALARM", KEPT, "ALARM", "OK"),
]
# Rows that the page had earlier: until June 2019, and in January 2019 (pull request 13).
EARLIER_THREE_OF_THREE = [
    ("- - - - X", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
    ("X - - - -", "ALARM", KEPT, "ALARM", "OK"),
]
EARLIER_TWO_OF_THREE = [
    ("- - - - X", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
    ("- - X - -", "ALARM", KEPT, "ALARM", "OK"),
]
ROWS = [
    pytest.param(m, row[0].split(), mode, expected, id=f"{m} of 3, {row[0]}, {mode}")
    for m, rows in ((3, THREE_OF_THREE + EARLIER_THREE_OF_THREE), (2, TWO_OF_THREE + EARLIER_TWO_OF_THREE))
    for row in rows
    for mode, expected in zip(reference.MODES, row[1:], strict=True)
]


def evaluated(signs, m, n, mode, previous):
    """The product's state for AWS's signs, which are the evaluation range."""
    settings = Settings(
        comparison="GreaterThanThreshold",
        threshold=5.0,
        datapoints_to_alarm=m,
        evaluation_periods=n,
        missing_data=mode,
        evaluation_range=len(signs),
    )
    return evaluate([VALUES[sign] for sign in signs], settings, previous).state


@pytest.mark.parametrize("previous", reference.STATES)
@pytest.mark.parametrize(("m", "signs", "mode", "expected"), ROWS)
def test_every_row_of_both_of_awss_tables(m, signs, mode, expected, previous):
    expected = previous if expected == KEPT else expected
    assert reference.state_of_signs(signs, m, 3, mode, previous) == expected
    assert evaluated(signs, m, 3, mode, previous) == expected


@pytest.mark.parametrize("n", range(1, 6))
def test_every_series_of_five_points(n):
    for m, mode, previous in product(range(1, n + 1), reference.MODES, reference.STATES):
        for signs in product("0X-", repeat=5):
            expected = reference.state_of_signs(signs, m, n, mode, previous)
            assert evaluated(signs, m, n, mode, previous) == expected, (" ".join(signs), m, n, mode, previous)


@st.composite
def alarms(draw):
    n = draw(st.integers(1, 8))
    # Small whole numbers, so that a value is often the threshold itself; and mostly gaps, or mostly none.
    value = st.one_of(st.integers(-2, 2).map(float), st.floats(-3, 3, allow_nan=False), st.none())
    gap_or_value = draw(st.sampled_from([value, st.one_of(st.none(), st.none(), value)]))
    return {
        "n": n,
        "m": draw(st.integers(1, n)),
        "evaluation_range": n + draw(st.integers(0, 5)),
        "mode": draw(st.sampled_from(reference.MODES)),
        "comparison": draw(st.sampled_from(list(reference.COMPARISONS))),
        "threshold": float(draw(st.integers(-2, 2))),
        "previous": draw(st.sampled_from(reference.STATES)),
        "values": draw(st.lists(gap_or_value, max_size=16)),
    }


def expected_of(alarm, mode):
    signs = [reference.sign(each, alarm["comparison"], alarm["threshold"]) for each in alarm["values"]]
    considered = reference.in_range(signs, alarm["evaluation_range"])
    return reference.state_of_signs(considered, alarm["m"], alarm["n"], mode, alarm["previous"])


def settings_of(alarm, **more):
    return Settings(
        comparison=alarm["comparison"],
        threshold=alarm["threshold"],
        datapoints_to_alarm=alarm["m"],
        evaluation_periods=alarm["n"],
        missing_data=alarm["mode"],
        evaluation_range=alarm["evaluation_range"],
        **more,
    )


@compared
@given(alarms())
def test_any_alarm_has_the_state_of_the_reference(alarm):
    verdict = evaluate(alarm["values"], settings_of(alarm), alarm["previous"])
    assert verdict.state == expected_of(alarm, alarm["mode"])
    assert verdict.changed == (verdict.state != alarm["previous"])


@compared
@given(alarms())
def test_an_alarm_on_dynamodb_ignores_missing_data(alarm):
    verdict = evaluate(alarm["values"], settings_of(alarm, dynamodb=True), alarm["previous"])
    assert verdict.state == expected_of(alarm, "ignore")


@compared
@given(alarms(), st.sampled_from(["50", "90", "99", "99.9", "10", "0.5", "49.99"]), st.integers(-3, 3))
def test_too_few_samples_keep_the_state(alarm, percent, more):
    fewest = fewest_samples(f"p{percent}")
    samples = int(reference.fewest_samples(percent)) + more
    verdict = evaluate(
        alarm["values"], settings_of(alarm, fewest_samples=fewest), alarm["previous"], sample_count=samples
    )
    kept = samples < reference.fewest_samples(percent)
    assert verdict.state == (alarm["previous"] if kept else expected_of(alarm, alarm["mode"]))


@pytest.mark.parametrize(
    ("percent", "fewest"), [("99", 1000), ("50", 20), ("95", 200), ("99.9", 10_000), ("10", 100), ("1", 1000)]
)
def test_a_percentile_is_significant_from_ten_samples_beyond_it(percent, fewest):
    assert reference.fewest_samples(percent) == fewest
    assert fewest_samples(f"p{percent}") == pytest.approx(fewest)
    settings = Settings(comparison="GreaterThanThreshold", threshold=5.0, fewest_samples=fewest_samples(f"p{percent}"))
    states = [evaluate([9.0], settings, "OK", sample_count=count).state for count in (fewest - 1, fewest)]
    assert states == ["OK", "ALARM"]
