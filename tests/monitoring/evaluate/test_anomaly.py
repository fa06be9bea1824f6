"""The band that stands in for CloudWatch's: seasonal, robust, and never without width."""

from __future__ import annotations

import random

import pytest

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import Settings, evaluate, train

HOUR = 3_600
MONDAY = 345_600  # 5 January 1970, 00:00 UTC
TWO_WEEKS = 14 * 24


def weekly(index: int) -> float:
    """Busy in the office hours of weekdays, hourly points."""
    hour, day = index % 24, index // 24 % 7
    return 100.0 if day < 5 and 9 <= hour < 17 else 20.0


@pytest.fixture(scope="module")
def history() -> list[float | None]:
    noise = random.Random(1)
    return [weekly(index // 12) + noise.gauss(0, 2) for index in range(TWO_WEEKS * 12)]


def test_the_band_knows_the_hour_of_the_week(history: list[float | None]) -> None:
    model = train(history, start=MONDAY, period_seconds=300)
    monday_noon, sunday_noon = MONDAY + 12 * HOUR, MONDAY + (6 * 24 + 12) * HOUR
    assert model.band(monday_noon)[0] > 90
    assert model.band(sunday_noon)[1] < 30
    assert model.centres[12] > 90, "the first day is a Monday"
    assert model.centres[6 * 24 + 12] < 30, "the seventh is a Sunday"
    assert model.band(monday_noon + 5 * 7 * 24 * HOUR) == model.band(monday_noon)


def test_most_of_the_history_is_within_two_deviations(history: list[float | None]) -> None:
    model = train(history, start=MONDAY, period_seconds=300)
    edges = model.bands(start=MONDAY, count=len(history), period_seconds=300)
    outside = sum(not low <= (point or 0) <= high for point, (low, high) in zip(history, edges, strict=True))
    assert 0.02 < outside / len(history) < 0.10


def test_a_few_outliers_move_nothing(history: list[float | None]) -> None:
    spoilt = [1e6 if index % 100 == 0 else point for index, point in enumerate(history)]
    model, clean = (train(points, start=MONDAY, period_seconds=300) for points in (spoilt, history))
    assert model.band(MONDAY)[1] == pytest.approx(clean.band(MONDAY)[1], rel=0.2)


def test_an_alarm_fires_outside_the_band_only(history: list[float | None]) -> None:
    model = train(history, start=MONDAY, period_seconds=300)
    settings = Settings(comparison="LessThanLowerOrGreaterThanUpperThreshold", period_seconds=300)
    noon = MONDAY + 12 * HOUR
    band = model.bands(start=noon, count=1, period_seconds=300)
    states = [evaluate([value], settings, band=band).state for value in (20.0, 100.0, 200.0)]
    assert states == ["ALARM", "OK", "ALARM"]


def test_hours_without_history_are_said_by_the_same_hour_of_other_days() -> None:
    one_day = [float(index) for index in range(24) for _ in range(4)]
    model = train(one_day, start=MONDAY, period_seconds=900)
    for day in range(7):
        assert model.band(MONDAY + (day * 24 + 7) * HOUR)[0] == pytest.approx(7, rel=0.01)


def test_a_constant_metric_has_a_band_and_a_wider_one_is_wider() -> None:
    model = train([50.0] * 10, start=0, period_seconds=60)
    low, high = model.band(0)
    assert low < 50 < high
    assert model.band(0, 4)[1] > high


def test_nothing_cannot_be_learnt_from() -> None:
    with pytest.raises(BadRequest, match="history"):
        train([None, None], start=0, period_seconds=60)
