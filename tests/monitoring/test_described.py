"""Alarms as DescribeAlarms tells of them, in the model's words."""

from __future__ import annotations

from typing import Any

import pytest

from opslib.monitoring import Alarm, CompositeAlarm, Expression, Insights, Metric
from opslib.monitoring.described import NOBODY, Described, described

pytestmark = pytest.mark.feature("P5")

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"
PLAIN: dict[str, Any] = {
    "AlarmName": "cpu",
    "AlarmDescription": "too busy",
    "ActionsEnabled": True,
    "AlarmActions": [TOPIC],
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "ServiceName", "Value": "api"}, {"Name": "ClusterName", "Value": "shop"}],
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
    "Threshold": 80.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
MATH = {key: value for key, value in PLAIN.items() if key not in ("Namespace", "MetricName", "Statistic", "Dimensions")}


def stat(key: str, name: str, *, returns: bool = False) -> dict[str, Any]:
    metric = {"Namespace": "AWS/ELB", "MetricName": name, "Dimensions": []}
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": returns}


def metric_alarm(record: dict[str, Any]) -> Alarm:
    (found,) = described([record], []).alarms
    assert isinstance(found, Alarm)
    return found


def test_a_plain_alarm() -> None:
    found = metric_alarm(PLAIN)
    dimensions = (("ClusterName", "shop"), ("ServiceName", "api"))
    assert found.series == Metric("AWS/ECS", "CPUUtilization", dimensions, "Average", 60)
    assert found.condition == "> 80 for 3 of 5 x 60 s"
    assert (found.title, found.missing_data, found.tier) == ("too busy", "missing", "warning")


@pytest.mark.parametrize(
    "change", [{"AlarmActions": []}, {"ActionsEnabled": False}], ids=["no actions", "switched off"]
)
def test_an_alarm_that_tells_nobody_has_no_tier(change: dict[str, Any]) -> None:
    found = metric_alarm(PLAIN | change)
    assert (found.tier, found.paged_by) == (None, NOBODY)


def test_what_is_not_said_is_what_cloudwatch_takes() -> None:
    record = PLAIN | {"TreatMissingData": "notBreaching", "ExtendedStatistic": "p99"}
    record |= {"EvaluateLowSampleCountPercentile": "ignore"}
    del record["DatapointsToAlarm"], record["Statistic"]
    found = metric_alarm(record)
    assert (found.datapoints_to_alarm, found.missing_data, found.low_samples) == (5, "notBreaching", "ignore")
    assert isinstance(found.series, Metric)
    assert found.series.statistic == "p99"


def test_math_is_spelled_out() -> None:
    rate = {"Id": "rate", "Expression": "100 * share", "ReturnData": True}
    share = {"Id": "share", "Expression": "errors / requests", "ReturnData": False}
    unused = stat("unused", "Nothing")
    found = metric_alarm(MATH | {"Metrics": [rate, share, stat("errors", "E"), stat("requests", "R"), unused]})
    assert isinstance(found.series, Expression)
    assert found.series.expression == "100 * (errors / requests)"
    assert [key for key, _ in found.series.inputs] == ["errors", "requests"]
    assert found.series.period_seconds == 300


def test_one_metric_among_queries_is_a_plain_one() -> None:
    found = metric_alarm(MATH | {"Metrics": [stat("m1", "E", returns=True)]})
    assert found.series == Metric("AWS/ELB", "E", (), "Sum", 300)


def test_a_band() -> None:
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "ReturnData": True}
    record = MATH | {"Metrics": [stat("m1", "E", returns=True), band], "ThresholdMetricId": "ad1"}
    found = metric_alarm(record | {"ComparisonOperator": "GreaterThanUpperThreshold"})
    assert (found.deviations, found.threshold) == (3.0, None)
    assert found.series == Metric("AWS/ELB", "E", (), "Sum", 300)


def test_a_query() -> None:
    query = {"Id": "q1", "Expression": "SELECT MAX(CPUUtilization) FROM SCHEMA(X)", "Period": 60, "ReturnData": True}
    assert isinstance(metric_alarm(MATH | {"Metrics": [query]}).series, Insights)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({**MATH}, "has no metric"),
        ({**MATH, "Metrics": [stat("a", "A", returns=True), stat("b", "B", returns=True)]}, "2 of its queries"),
        ({**MATH, "Metrics": [{"Id": "a", "Expression": "a + 1", "ReturnData": True}]}, "names a within itself"),
        ({**MATH, "Metrics": [{"Id": "a", "Expression": "SEARCH('x', 'Sum', 60)"}]}, "math without a metric"),
    ],
    ids=["no metric", "two lines", "a circle", "a search"],
)
def test_what_the_model_has_no_words_for_is_said(record: dict[str, Any], why: str) -> None:
    found = described([record, PLAIN | {"AlarmName": "other"}], [])
    assert [one.name for one in found.alarms] == ["other"]
    assert why in found.unknown["cpu"]


def composite(rule: str, **more: Any) -> Described:
    return described([], [{"AlarmName": "group", "AlarmRule": rule, "AlarmActions": [TOPIC], **more}])


def test_a_composite() -> None:
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:b"
    (found,) = composite(f'ALARM("a") AND (ALARM("{arn}") OR NOT ALARM(c))').alarms
    assert isinstance(found, CompositeAlarm)
    assert found.expression == 'ALARM("a") AND (ALARM("b") OR NOT ALARM("c"))'
    assert found.acts
    (silent,) = composite('ALARM("a")', AlarmActions=[]).alarms
    assert isinstance(silent, CompositeAlarm)
    assert not silent.acts


@pytest.mark.parametrize("rule", ['OK("a")', "TRUE", 'NOT (ALARM("a") OR ALARM("b"))'])
def test_a_rule_that_asks_for_more_is_left_out(rule: str) -> None:
    assert "more than ALARM" in composite(rule).unknown["group"]
    assert "suppressor" in composite('ALARM("a")', ActionsSuppressor="b").unknown["group"]
