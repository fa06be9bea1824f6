"""How an alarm is evaluated: AWS's own tables first, then each rule, then what must hold of all points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opslib.errors import BadRequest
from opslib.monitoring.alarm import MissingData
from opslib.monitoring.evaluate import Because, Settings, State, WarmUp, evaluate

MODES: tuple[MissingData, ...] = ("missing", "ignore", "breaching", "notBreaching")
KEEP = "KEEP"

VALUES = {"0": 1.0, "X": 9.0, "-": None}
"""A point within the threshold of 5, one that breaches it, and none, as AWS draws them; the newest is the last."""

# AWS, "Configuring how CloudWatch alarms treat missing data", the two tables of "How alarm state is evaluated when data
# is missing": points, points to be filled, then the state for missing, ignore, breaching and notBreaching.
ALL_OF_3 = {
    "0 - X - X": (0, "OK", "OK", "OK", "OK"),
    "0 - - - -": (2, "OK", "OK", "OK", "OK"),
    "- - - - -": (3, "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    "0 X X - X": (0, "ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": (2, "ALARM", KEEP, "ALARM", "OK"),
}
TWO_OF_3 = {
    "0 - X - X": (0, "ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": (0, "ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": (1, "OK", "OK", "ALARM", "OK"),
    "- - - - 0": (2, "OK", "OK", "ALARM", "OK"),
    "- - - X -": (2, "ALARM", KEEP, "ALARM", "OK"),
}
# Rows that the same tables had earlier (awsdocs/amazon-cloudwatch-user-guide, doc_source/AlarmThatSendsEmail.md, 2019
# to 2022; the first came with its pull request 13), and what the page's text says of 3 of 3.
EARLIER = {
    (3, "X - - - -"): (2, "ALARM", KEEP, "ALARM", "OK"),
    (2, "- - X - -"): (2, "ALARM", KEEP, "ALARM", "OK"),
    (2, "- - - - X"): (2, "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    (3, "- - - - X"): (2, "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    (3, "- - - X -"): (2, "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
}
TABLES = {
    **{(3, drawn): row for drawn, row in ALL_OF_3.items()},
    **{(2, drawn): row for drawn, row in TWO_OF_3.items()},
    **EARLIER,
}


def drawn(text: str) -> list[float | None]:
    return [VALUES[point] for point in text.split()]


def over_5(m: int = 3, n: int = 3, **more: Any) -> Settings:
    return Settings(
        **{"comparison": "GreaterThanThreshold", "threshold": 5, "datapoints_to_alarm": m, "evaluation_periods": n}
        | more
    )


def state(points: Sequence[float | None], settings: Settings, previous: State = "OK") -> State:
    return evaluate(points, settings, previous).state


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("previous", get_args(State))
@pytest.mark.parametrize(("m", "points"), TABLES)
def test_every_row_of_awss_tables(m: int, points: str, previous: State, mode: MissingData) -> None:
    filled, *states = TABLES[m, points]
    expected = dict(zip(MODES, states, strict=True))[mode]
    verdict = evaluate(drawn(points), over_5(m, missing_data=mode, evaluation_range=5), previous)
    assert (verdict.filled, verdict.state) == (filled, previous if expected == KEEP else expected)


def test_the_evaluation_range_is_two_points_longer_than_the_periods_unless_it_is_given() -> None:
    """AWS's page has 5 for 3; a one-day alarm on missing data takes three to four days, that is 3 for 1."""
    assert over_5().points_considered == 5
    assert over_5(1, 1).points_considered == 3
    assert over_5(evaluation_range=4).points_considered == 4


def test_a_one_day_alarm_on_missing_data_fires_when_the_last_real_point_has_left_the_range() -> None:
    daily = over_5(1, 1, period_seconds=86_400, missing_data="breaching")
    assert [state(drawn("0" + " -" * days), daily) for days in range(1, 5)] == ["OK", "OK", "ALARM", "ALARM"]


def test_only_the_newest_n_real_points_decide() -> None:
    assert state(drawn("X X 0 0 0"), over_5(2)) == "OK"
    assert state(drawn("X X 0 - X"), over_5(2)) == "ALARM"


def test_m_breaching_points_are_enough_though_others_are_missing() -> None:
    for mode in MODES:
        assert state(drawn("- - X X -"), over_5(2, missing_data=mode)) == "ALARM"


def test_a_single_good_point_among_too_few_is_ok_without_filling() -> None:
    for points in ("- - - - 0", "- - X 0 -", "X 0 - - -", "0 X - - -"):
        assert state(drawn(points), over_5(), "ALARM") == "OK"


def test_a_premature_alarm_says_so() -> None:
    verdict = evaluate(drawn("- - X - -"), over_5(), "OK")
    assert (verdict.premature, verdict.changed) == (True, True)
    assert not evaluate(drawn("0 X X - X"), over_5(), "OK").premature


def test_fewer_points_than_periods_are_missing_ones() -> None:
    assert state([9.0], over_5(missing_data="breaching")) == "ALARM"
    assert state([], over_5()) == "INSUFFICIENT_DATA"


def test_dynamodb_ignores_whatever_is_said() -> None:
    settings = over_5(missing_data="breaching", dynamodb=True)
    assert [state([None] * 5, settings, previous) for previous in get_args(State)] == list(get_args(State))


def test_not_a_number_is_no_point() -> None:
    assert state([float("nan")] * 5, over_5()) == "INSUFFICIENT_DATA"


COMPARISONS = {
    "GreaterThanThreshold": "011",
    "GreaterThanOrEqualToThreshold": "111",
    "LessThanThreshold": "000",
    "LessThanOrEqualToThreshold": "100",
}


@pytest.mark.parametrize(("comparison", "breaching"), COMPARISONS.items())
def test_how_a_point_is_held_against_a_threshold(comparison: Any, breaching: str) -> None:
    settings = over_5(1, 1, comparison=comparison)
    assert "".join("1" if state([value], settings) == "ALARM" else "0" for value in (5.0, 5.5, 6.0)) == breaching


BANDS = {
    "LessThanLowerOrGreaterThanUpperThreshold": "10001",
    "LessThanLowerThreshold": "10000",
    "GreaterThanUpperThreshold": "00001",
}


@pytest.mark.parametrize(("comparison", "breaching"), BANDS.items())
def test_how_a_point_is_held_against_a_band(comparison: Any, breaching: str) -> None:
    settings = Settings(comparison=comparison)
    found = (evaluate([value], settings, band=[(2.0, 8.0)]).state for value in (1.0, 2.0, 5.0, 8.0, 9.0))
    assert "".join("1" if one == "ALARM" else "0" for one in found) == breaching


def test_each_point_has_its_own_band_and_is_missing_without_one() -> None:
    settings = Settings(comparison="GreaterThanUpperThreshold", datapoints_to_alarm=2, evaluation_periods=2)
    points = [5.0, 5.0, 5.0]
    assert evaluate(points, settings, band=[(0, 9), (0, 4), (0, 4)]).state == "ALARM"
    assert evaluate(points, settings, band=[(0, 9), (0, 4), (0, 9)]).state == "OK"
    assert evaluate(points, settings, band=[None, None, None]).state == "INSUFFICIENT_DATA"


def test_a_band_where_there_is_a_threshold_is_refused_and_the_reverse() -> None:
    band = Settings(comparison="GreaterThanUpperThreshold")
    for points, settings, edges in (([1.0], over_5(1, 1), [(0, 1)]), ([1.0], band, None), ([1.0, 2.0], band, [(0, 1)])):
        with pytest.raises(BadRequest, match="band"):
            evaluate(points, settings, band=edges)


def test_too_few_samples_for_a_percentile_keep_the_state() -> None:
    p99 = over_5(1, 1, fewest_samples=1_000)
    assert evaluate([9.0], p99, "OK", sample_count=999).state == "OK"
    assert evaluate([9.0], p99, "OK", sample_count=1_000).state == "ALARM"
    assert evaluate([9.0], p99, "OK").state == "ALARM"


def test_no_samples_at_all_are_missing_data() -> None:
    p99 = over_5(1, 1, fewest_samples=1_000, missing_data="breaching")
    assert evaluate([None] * 3, p99, "OK", sample_count=0).state == "ALARM"


def test_a_warm_up_holds_until_there_is_enough_data() -> None:
    settings = over_5(missing_data="breaching", warm_up=WarmUp(10))
    held = evaluate([None, 9.0, 9.0], settings, age_seconds=120)
    assert (held.state, held.because) == ("INSUFFICIENT_DATA", Because.WARM_UP)
    assert evaluate([9.0] * 3, settings, age_seconds=180).state == "ALARM"
    assert evaluate([None] * 3, settings, age_seconds=600).state == "ALARM"
    assert evaluate([None] * 3, settings).state == "ALARM"


def test_a_warm_up_that_has_ended_early_does_not_begin_again() -> None:
    settings = over_5(missing_data="breaching", warm_up=WarmUp(10))
    assert evaluate([None] * 5, settings, "OK", age_seconds=300).state == "ALARM"


def test_a_warm_up_may_wait_to_the_end() -> None:
    settings = over_5(warm_up=WarmUp(10, only_start_evaluating_after=True))
    assert evaluate([9.0] * 3, settings, age_seconds=599).state == "INSUFFICIENT_DATA"
    assert evaluate([9.0] * 3, settings, age_seconds=600).state == "ALARM"


@pytest.mark.parametrize(
    "wrong",
    [
        {"m": 0},
        {"m": 4},
        {"period_seconds": 45},
        {"period_seconds": 0},
        {"evaluation_range": 2},
        {"threshold": None},
        {"comparison": "GreaterThanUpperThreshold"},
    ],
    ids=str,
)
def test_settings_that_aws_would_not_take_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="alarm settings"):
        over_5(**wrong)


@pytest.mark.parametrize("minutes", [0, 2_881])
def test_a_warm_up_is_a_minute_to_two_days(minutes: int) -> None:
    with pytest.raises(BadRequest, match="warm-up"):
        WarmUp(minutes)


numbers = st.floats(-100, 100)
points_of = st.lists(st.none() | numbers, max_size=12)
sizes = st.integers(1, 5).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))
states = st.sampled_from(get_args(State))
modes = st.sampled_from(MODES)


@given(st.lists(numbers, min_size=7, max_size=12), sizes, states)
def test_without_missing_points_the_four_treatments_agree(points: Any, size: Any, previous: Any) -> None:
    assert len({state(points, over_5(*size, missing_data=mode), previous) for mode in MODES}) == 1


@given(points_of, sizes, modes, states, st.lists(st.none() | numbers, max_size=5))
def test_points_beyond_the_range_change_nothing(points: Any, size: Any, mode: Any, previous: Any, older: Any) -> None:
    settings = over_5(*size, missing_data=mode)
    full = [None] * max(0, settings.points_considered - len(points)) + points
    assert state(older + full, settings, previous) == state(full, settings, previous)


@given(points_of, sizes, numbers, numbers)
def test_a_higher_threshold_never_alarms_where_a_lower_one_does_not(
    points: Any, size: Any, one: Any, other: Any
) -> None:
    low, high = sorted((one, other))
    for mode in ("breaching", "notBreaching"):
        if state(points, over_5(*size, threshold=high, missing_data=mode)) == "ALARM":
            assert state(points, over_5(*size, threshold=low, missing_data=mode)) == "ALARM"


@given(points_of, sizes)
def test_what_alarms_with_missing_data_good_alarms_with_it_bad(points: Any, size: Any) -> None:
    if state(points, over_5(*size, missing_data="notBreaching")) == "ALARM":
        for mode in MODES:
            assert state(points, over_5(*size, missing_data=mode)) == "ALARM"


@given(points_of, sizes, modes)
def test_the_previous_state_matters_to_ignore_alone(points: Any, size: Any, mode: Any) -> None:
    verdicts = [evaluate(points, over_5(*size, missing_data=mode), previous) for previous in get_args(State)]
    kept = [verdict.because is Because.KEPT for verdict in verdicts]
    assert all(kept) if mode == "ignore" and any(kept) else len({verdict.state for verdict in verdicts}) == 1


@given(points_of, sizes, modes, states)
def test_only_missing_data_lets_an_alarm_have_insufficient_data(
    points: Any, size: Any, mode: Any, previous: Any
) -> None:
    verdict = evaluate(points, over_5(*size, missing_data=mode), previous)
    if verdict.state == "INSUFFICIENT_DATA" and previous != "INSUFFICIENT_DATA":
        assert mode == "missing"
        assert all(point.breaching for point in verdict.deciding)


@given(points_of, sizes, modes, states)
def test_mirrored_points_under_a_mirrored_comparison_decide_the_same(
    points: Any, size: Any, mode: Any, previous: Any
) -> None:
    mirrored = over_5(*size, missing_data=mode, comparison="LessThanThreshold", threshold=-5)
    turned = [None if point is None else -point for point in points]
    assert state(turned, mirrored, previous) == state(points, over_5(*size, missing_data=mode), previous)
