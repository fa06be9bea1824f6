"""An evaluation in words: the sentences that CloudWatch sends, and ours where it has none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from opslib.monitoring.evaluate import Settings, State, WarmUp, evaluate

OVER_5: dict[str, Any] = {"comparison": "GreaterThanThreshold", "threshold": 5.0}
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

SAID: dict[str, tuple[list[float | None], dict[str, Any], State, str]] = {
    "one point": (
        [6],
        OVER_5,
        "OK",
        (
            "Threshold Crossed: 1 out of the last 1 datapoints [6.0] was greater than the threshold (5.0) "
            "(minimum 1 datapoint for OK -> ALARM transition)."
        ),
    ),
    "3 of 5": (
        [6, 7, 1, 8, 2],
        {**OVER_5, "datapoints_to_alarm": 3, "evaluation_periods": 5},
        "OK",
        (
            "Threshold Crossed: 3 out of the last 5 datapoints [8.0, 7.0, 6.0] were greater than the threshold (5.0) "
            "(minimum 3 datapoints for OK -> ALARM transition)."
        ),
    ),
    "recovered": (
        [6, 1, 1],
        {**OVER_5, "evaluation_periods": 3, "datapoints_to_alarm": 3},
        "ALARM",
        (
            "Threshold Crossed: 2 out of the last 3 datapoints [1.0, 1.0] were not greater than the threshold (5.0) "
            "(minimum 1 datapoint for ALARM -> OK transition)."
        ),
    ),
    "nothing, which is bad": (
        [None],
        {**OVER_5, "missing_data": "breaching"},
        "OK",
        (
            "Threshold Crossed: no datapoints were received for 1 period "
            "and 1 missing datapoint was treated as [Breaching]."
        ),
    ),
    "nothing, which is good": (
        [],
        {**OVER_5, "missing_data": "notBreaching", "evaluation_periods": 2},
        "OK",
        (
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[NonBreaching]."
        ),
    ),
    "some, and the rest is good": (
        [6],
        {**OVER_5, "missing_data": "notBreaching", "datapoints_to_alarm": 2, "evaluation_periods": 2},
        "ALARM",
        (
            "Threshold Crossed: 1 out of the last 1 datapoints [6.0] was greater than the threshold (5.0) and 1 "
            "missing datapoint was treated as [NonBreaching]."
        ),
    ),
    "nothing": ([], {**OVER_5, "evaluation_periods": 2}, "OK", "Insufficient Data: 2 datapoints were unknown."),
    "nothing, ignored": (
        [],
        {**OVER_5, "missing_data": "ignore"},
        "ALARM",
        "Unchanged: 1 missing datapoint was ignored.",
    ),
    "premature": (
        [6, None, None],
        {**OVER_5, "datapoints_to_alarm": 3, "evaluation_periods": 3},
        "OK",
        (
            "Threshold Crossed: 1 out of the last 1 datapoints [6.0] was greater than the threshold (5.0), "
            "the oldest 3 periods ago, and no other datapoint is in the evaluation range."
        ),
    ),
}


@pytest.mark.parametrize(("points", "settings", "previous", "said"), SAID.values(), ids=SAID)
def test_what_is_said(points: Any, settings: dict[str, Any], previous: State, said: str) -> None:
    assert evaluate(points, Settings(**settings), previous).reason == said


def test_points_have_their_times_where_they_are_known() -> None:
    settings = Settings(**OVER_5, period_seconds=300, evaluation_periods=2, datapoints_to_alarm=2)
    verdict = evaluate([6, None, 7], settings, newest_at=AT)
    assert "[7.0 (01/03/26 12:30:00), 6.0 (01/03/26 12:20:00)] were greater" in verdict.reason
    assert verdict.reason_data["startDate"] == "2026-03-01T12:20:00.000+0000"


def test_the_data_is_json_and_the_oldest_first() -> None:
    verdict = evaluate([6, 7], Settings(**OVER_5, evaluation_periods=2))
    assert json.loads(json.dumps(verdict.reason_data)) == {
        "version": "1.0",
        "period": 60,
        "recentDatapoints": [6, 7],
        "threshold": 5.0,
    }


def test_a_band_is_named_and_called_an_approximation() -> None:
    verdict = evaluate([9.0], Settings(comparison="GreaterThanUpperThreshold"), band=[(2.0, 8.0)])
    assert verdict.reason == (
        "Thresholds Crossed: 1 out of the last 1 datapoints [9.0] was greater than the upper thresholds [8.0] "
        "(minimum 1 datapoint for OK -> ALARM transition). The band is an approximation of CloudWatch's model."
    )
    assert verdict.reason_data["recentUpperThresholds"] == [8.0]


def test_a_warm_up_and_too_few_samples_say_so() -> None:
    warming = evaluate([], Settings(**OVER_5, warm_up=WarmUp(5)), age_seconds=1)
    assert "warm-up" in warming.reason
    assert "too few samples" in evaluate([6], Settings(**OVER_5, fewest_samples=10), "OK", sample_count=1).reason
