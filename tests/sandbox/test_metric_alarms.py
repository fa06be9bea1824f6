from __future__ import annotations

from typing import Any

import pytest

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
ALARM: dict[str, Any] = {
    "AlarmName": "slow",
    "MetricName": "Latency",
    "Namespace": "Shop",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
    "Threshold": 0.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "breaching",
    "Dimensions": [{"Name": "Service", "Value": "api"}],
    "AlarmActions": [TOPIC],
}
ONE_METRIC = ("MetricName", "Namespace", "Statistic", "Period", "Dimensions")


def query(query_id: str, *, returned: bool = False, period: int = 60, **changes: Any) -> dict[str, Any]:
    metric = {"Namespace": "Shop", "MetricName": query_id}
    stat = {"Metric": metric, "Period": period, "Stat": "Sum"}
    return {"Id": query_id, "MetricStat": stat, "ReturnData": returned, **changes}


def math(*queries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Changes that make the alarm one of metric math."""
    return {**dict.fromkeys(ONE_METRIC), "Metrics": list(queries), **changes}


RATE = {"Id": "rate", "Expression": "errors / requests", "ReturnData": True}
BAND = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True}
ANOMALY = {"Threshold": None, "ThresholdMetricId": "band", "ComparisonOperator": "GreaterThanUpperThreshold"}

GOOD = {
    "as it stands": {},
    "high resolution": {"Period": 10},
    "a day of minutes": {"Period": 60, "EvaluationPeriods": 1440, "DatapointsToAlarm": 1},
    "a week of hours": {"Period": 3600, "EvaluationPeriods": 168, "DatapointsToAlarm": 168},
    "a percentile": {"Statistic": None, "ExtendedStatistic": "p99.9"},
    "a trimmed mean": {"Statistic": None, "ExtendedStatistic": "TM(10%:90%)"},
    "math": math(query("errors"), query("requests"), RATE),
    "ten of math": math(*(query(f"m{n}") for n in range(9)), {**RATE, "Expression": "m1 + m2"}),
    "anomaly": math(query("m1", returned=True), BAND, **ANOMALY),
    "other actions": {"AlarmActions": ["arn:aws:automate:eu-west-1:ec2:recover"], "OKActions": [TOPIC] * 5},
    "longest name": {"AlarmName": "n" * 255},
    "no missing data option": {"TreatMissingData": None},
}

BAD = {
    "period of 45 s": ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
    "period of math": (math(query("errors", period=90, returned=True)), "Period must be"),
    "more than a day": ({"EvaluationPeriods": 1441}, "more than a day"),
    "more than a week": ({"Period": 3600, "EvaluationPeriods": 169}, "more than a week"),
    "M over N": ({"DatapointsToAlarm": 6}, "less than or equal to EvaluationPeriods"),
    "six actions": ({"AlarmActions": [TOPIC] * 6}, "'alarmActions' failed to satisfy constraint"),
    "action that is no ARN": ({"OKActions": ["alerts"]}, "Invalid arn syntax: alerts"),
    "topic elsewhere": (
        {"AlarmActions": [TOPIC.replace("eu-west-1", "us-east-1")]},
        "Invalid region us-east-1 specified. Only eu-west-1 is supported.",
    ),
    "name too long": ({"AlarmName": "n" * 256}, "length less than or equal to 255"),
    "name with a control character": ({"AlarmName": "a\nb"}, "control characters"),
    "description too long": ({"AlarmDescription": "d" * 1025}, "length less than or equal to 1024"),
    "two statistics": ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic and ExtendedStatistic"),
    "no statistic": ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
    "odd statistic": ({"Statistic": None, "ExtendedStatistic": "q99"}, "The statistic is none of"),
    "percentile over 100": ({"Statistic": None, "ExtendedStatistic": "p101"}, "The statistic is none of"),
    "no metric": (dict.fromkeys(ONE_METRIC), "Exactly one of MetricName, Metrics"),
    "metric and math": ({"Metrics": [query("m1", returned=True)]}, "Exactly one of MetricName, Metrics"),
    "math with a period": (math(query("m1", returned=True), Period=60), "must not be specified with Metrics"),
    "eleven of math": (math(*(query(f"m{n}") for n in range(10)), RATE), "greater than 10"),
    "nothing returned": (math(query("m1"), query("m2")), "Exactly one element"),
    "two returned": (math(query("m1", returned=True), RATE), "Exactly one element"),
    "id twice": (math(query("m1"), query("m1"), RATE), "unique"),
    "id in capitals": (math(query("M1"), RATE), "lower-case letter"),
    "two periods": (math(query("m1"), query("m2", period=300), RATE), "the same period"),
    "metric and expression": (math(query("m1", returned=True, Expression="m2")), "exactly one of MetricStat"),
    "unknown missing data": ({"TreatMissingData": "never"}, "TreatMissingData"),
    "unknown operator": ({"ComparisonOperator": "MoreThan"}, "'comparisonOperator' failed to satisfy constraint"),
    "band operator, no band": ({"ComparisonOperator": "LessThanLowerThreshold"}, "anomaly detection bands"),
    "band that is not there": (math(query("m1", returned=True), **ANOMALY), "Id of one of the Metrics"),
    "no threshold": ({"Threshold": None}, "Exactly one of Threshold"),
    "no period": ({"Period": None}, "Period must be specified"),
}


def put(**changes: Any) -> dict[str, Any]:
    """What to put: the alarm with changes, without what they set to None."""
    return {name: value for name, value in {**ALARM, **changes}.items() if value is not None}


@pytest.mark.parametrize("case", GOOD)
def test_alarms_that_aws_takes_come_back_as_they_were_put(aws, case):
    cloudwatch = aws("cloudwatch")
    given = put(**GOOD[case])
    cloudwatch.put_metric_alarm(**given)
    found = cloudwatch.describe_alarms(AlarmNames=[given["AlarmName"]])["MetricAlarms"][0]
    assert {name: found[name] for name in given} == given
    assert found["AlarmArn"] == f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{given['AlarmName']}"


@pytest.mark.parametrize("case", BAD)
def test_alarms_that_aws_refuses_are_refused_and_not_made(aws, refused, case):
    cloudwatch = aws("cloudwatch")
    changes, says = BAD[case]
    code, message = refused(cloudwatch.put_metric_alarm, **put(**changes))
    assert code == "ValidationError"
    assert says in message
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_a_new_alarm_has_insufficient_data_and_a_second_put_keeps_the_state(aws):
    cloudwatch = aws("cloudwatch")

    def state() -> tuple[str, Any, Any]:
        alarm = cloudwatch.describe_alarms()["MetricAlarms"][0]
        return alarm["StateValue"], alarm["StateUpdatedTimestamp"], alarm["AlarmConfigurationUpdatedTimestamp"]

    cloudwatch.put_metric_alarm(**ALARM)
    assert state()[0] == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="by hand")
    before = state()
    cloudwatch.put_metric_alarm(**ALARM)
    assert state()[:2] == before[:2]
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 0.7})
    assert state()[:2] == before[:2]
    assert state()[2] > before[2]


def test_an_update_overwrites_everything_else_and_ignores_tags(aws):
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "shop"}])
    bare = {name: ALARM[name] for name in ALARM if name not in ("AlarmActions", "TreatMissingData")}
    cloudwatch.put_metric_alarm(**bare, Tags=[{"Key": "team", "Value": "other"}])
    alarm = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert alarm["AlarmActions"] == []
    assert "TreatMissingData" not in alarm
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_pages_are_as_long_as_asked_and_lead_to_the_end(aws, refused):
    cloudwatch = aws("cloudwatch")
    for number in range(7):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": f"a{number}"})
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 3}))
    assert [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages] == [
        ["a0", "a1", "a2"],
        ["a3", "a4", "a5"],
        ["a6"],
    ]
    assert refused(cloudwatch.describe_alarms, NextToken="nonsense")[0] == "InvalidNextToken"
    assert "maxRecords" in refused(cloudwatch.describe_alarms, MaxRecords=101)[1]


def test_filters_narrow_together(aws, refused):
    cloudwatch = aws("cloudwatch")
    for name, topic in (("api-slow", TOPIC), ("api-down", TOPIC + "-2"), ("web-slow", TOPIC)):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name, "AlarmActions": [topic]})
    cloudwatch.set_alarm_state(AlarmName="api-slow", StateValue="OK", StateReason="by hand")

    def names(**filters: Any) -> list[str]:
        return [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms(**filters)["MetricAlarms"]]

    assert names(AlarmNamePrefix="api-") == ["api-down", "api-slow"]
    assert names(AlarmNames=["web-slow", "none"]) == ["web-slow"]
    assert names(StateValue="OK") == ["api-slow"]
    assert names(ActionPrefix=TOPIC + "-2") == ["api-down"]
    assert names(AlarmNamePrefix="api-", StateValue="INSUFFICIENT_DATA") == ["api-down"]
    code, _ = refused(cloudwatch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="b")
    assert code == "ValidationError"


def test_alarms_for_a_metric_are_those_with_exactly_its_dimensions(aws):
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": "all", "Dimensions": []})
    metric = {"MetricName": "Latency", "Namespace": "Shop"}
    found = cloudwatch.describe_alarms_for_metric(**metric, Dimensions=ALARM["Dimensions"])["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["slow"]


def test_tags_of_alarms_live_and_die_with_them(aws, refused):
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "a", "Value": "1"}])
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(slow)")
    for name in ("slow", "both"):
        arn = f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"
        cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
        cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
        assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    cloudwatch.delete_alarms(AlarmNames=["both"])
    assert refused(cloudwatch.list_tags_for_resource, ResourceARN=arn)[0] == "ResourceNotFoundException"
