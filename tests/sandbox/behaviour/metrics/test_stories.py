"""Alarms that live: what they do as minutes pass, told from outside."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

CPU = {"dimensions": {"ClusterName": "shop", "ServiceName": "api"}, "unit": "Percent"}
OF_API = [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "api"}]


def test_five_of_five_minutes_above_page_at_the_fifth_and_recover(story, utc):
    topic = story.topic()
    arn = story.alarm("api-cpu", Dimensions=OF_API, AlarmActions=[topic], OKActions=[topic])
    story.pass_minutes()
    began = story.minute()
    for minute in range(5):
        assert story.state("api-cpu") == "INSUFFICIENT_DATA", f"after {minute} minutes"
        story.minutes_of("CPUUtilization", [90.0 + minute], **CPU)
    found = story.described("api-cpu")
    assert found["StateValue"] == "ALARM"
    assert utc(found["StateTransitionedTimestamp"]) == began + timedelta(minutes=5, seconds=2)
    assert found["StateReason"].startswith("Threshold Crossed: 5 out of the last 5 datapoints [94.0 (")
    assert json.loads(found["StateReasonData"])["recentDatapoints"] == [90.0, 91.0, 92.0, 93.0, 94.0]
    assert json.loads(found["StateReasonData"])["statistic"] == "Average"

    (page,) = story.inbox()
    assert (page["endpoint"], page["topic_arn"]) == ("ops@example.com", topic)
    assert page["subject"] == 'ALARM: "api-cpu" in EU (Ireland)'
    message = json.loads(page["message"])
    assert {name: message[name] for name in ("AlarmArn", "NewStateValue", "OldStateValue", "Region")} == {
        "AlarmArn": arn,
        "NewStateValue": "ALARM",
        "OldStateValue": "INSUFFICIENT_DATA",
        "Region": "EU (Ireland)",
    }
    assert message["NewStateReason"] == found["StateReason"]
    assert (
        message["StateChangeTime"] == f"{found['StateTransitionedTimestamp'].astimezone(began.tzinfo):%FT%T}.000+0000"
    )
    assert message["Trigger"] == {
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/ECS",
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": None,
        "Dimensions": [{"value": "shop", "name": "ClusterName"}, {"value": "api", "name": "ServiceName"}],
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 80.0,
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }

    story.minutes_of("CPUUtilization", [30.0], **CPU)
    assert story.state("api-cpu") == "OK"
    assert story.pages() == [("api-cpu", "ALARM"), ("api-cpu", "OK")]
    story.minutes_of("CPUUtilization", [30.0, 30.0], **CPU)
    assert len(story.inbox()) == 2, "a state that lasts says nothing"


def test_a_silence_alarm_fires_when_the_samples_stop(story):
    topic = story.topic()
    story.alarm(
        "silent",
        Dimensions=OF_API,
        EvaluationPeriods=3,
        Threshold=0.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        AlarmActions=[topic],
    )
    story.minutes_of("CPUUtilization", [20.0, 20.0, 20.0, 20.0], **CPU)
    assert story.state("silent") == "OK"
    story.minutes_of("CPUUtilization", [None, None, None, None], **CPU)
    assert story.state("silent") == "OK", "real points of the evaluation range (N + 2) still stand in"
    story.minutes_of("CPUUtilization", [None], **CPU)
    assert (story.state("silent"), story.pages()) == ("ALARM", [("silent", "ALARM")])


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("missing", "INSUFFICIENT_DATA"), ("ignore", "INSUFFICIENT_DATA"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_a_new_alarm_without_data_is_evaluated_within_two_minutes(story, treatment, expected):
    story.alarm("new", TreatMissingData=treatment)
    assert story.state("new") == "INSUFFICIENT_DATA"
    story.pass_minutes(2)
    assert story.state("new") == expected


def test_a_warm_up_holds_a_silence_alarm_back(story):
    story.alarm("new", TreatMissingData="breaching", WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 10})
    story.pass_minutes(9)
    assert story.state("new") == "INSUFFICIENT_DATA"
    story.pass_minutes(3)
    assert story.state("new") == "ALARM"


def test_a_composite_pages_once_for_two_children_without_actions(story):
    topic = story.topic()
    for name in ("cpu", "memory"):
        story.alarm(name, MetricName=name, EvaluationPeriods=1)
    story.cloudwatch.put_composite_alarm(
        AlarmName="api-down", AlarmRule="ALARM(cpu) OR ALARM(memory)", AlarmActions=[topic]
    )
    for minute in range(3):
        story.service("cpu", 99)
        story.service("memory", 99 if minute else 10)
        story.pass_minutes()
    assert [story.state(name) for name in ("cpu", "memory", "api-down")] == ["ALARM"] * 3
    assert story.pages() == [("api-down", "ALARM")]
    message = json.loads(story.inbox()[0]["message"])
    assert message["AlarmRule"] == "ALARM(cpu) OR ALARM(memory)"
    assert [child["Arn"].rpartition(":")[2] for child in message["TriggeringChildren"]] == ["cpu"]
    assert message["OldStateValue"] == "OK"


def test_disabled_actions_change_state_and_say_nothing(story):
    story.alarm("quiet", AlarmActions=[story.topic()], EvaluationPeriods=1, ActionsEnabled=False)
    story.minutes_of("CPUUtilization", [99.0, 99.0])
    assert (story.state("quiet"), story.inbox()) == ("ALARM", [])
    story.minutes_of("CPUUtilization", [1.0])
    story.cloudwatch.enable_alarm_actions(AlarmNames=["quiet"])
    story.minutes_of("CPUUtilization", [99.0])
    assert story.pages() == [("quiet", "ALARM")]


def test_an_alarm_set_by_hand_acts_and_returns_to_its_own_state(story):
    story.alarm("cpu", AlarmActions=[story.topic()], EvaluationPeriods=1)
    story.minutes_of("CPUUtilization", [1.0, 1.0])
    story.turn("cpu", "ALARM")
    assert (story.state("cpu"), story.pages()) == ("ALARM", [("cpu", "ALARM")])
    story.minutes_of("CPUUtilization", [1.0, 1.0])
    assert story.state("cpu") == "OK"
    story.turn("cpu", "OK")
    assert len(story.history("cpu", "StateUpdate")) == 3, "the same state again is no change"


def test_a_percentile_of_few_samples_is_ignored_where_that_is_asked_for(story):
    common = {"Statistic": None, "MetricName": "Latency", "EvaluationPeriods": 1, "Threshold": 1.0}
    for name, treatment in (("keeps", "ignore"), ("decides", "evaluate")):
        story.alarm(name, ExtendedStatistic="p95", EvaluateLowSampleCountPercentile=treatment, **common)
    story.service("Latency", 0.1, count=1000)
    story.pass_minutes(2)
    story.service("Latency", 0.1, count=1000)
    story.pass_minutes()
    assert (story.state("keeps"), story.state("decides")) == ("OK", "OK")
    story.service("Latency", 9.0, count=5)  # 10 / (1 - 0.95) = 200 samples are few
    story.pass_minutes()
    assert (story.state("keeps"), story.state("decides")) == ("OK", "ALARM")
    story.service("Latency", 9.0, count=500)
    story.pass_minutes()
    assert story.state("keeps") == "ALARM"


def test_an_error_rate_with_fill_is_0_where_no_errors_were_counted(story):
    def metric(identity: str, name: str) -> dict:
        stat = {"Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": identity, "MetricStat": stat, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "100*FILL(e,0)/r", "Label": "errors", "ReturnData": True}
    nothing = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    story.alarm(
        "errors",
        **nothing,
        Metrics=[rate, metric("e", "5XX"), metric("r", "RequestCount")],
        EvaluationPeriods=2,
        Threshold=5.0,
        AlarmActions=[story.topic()],
    )
    elb = {"namespace": "AWS/ApplicationELB"}
    for _ in range(3):
        story.service("RequestCount", 100, **elb)
        story.pass_minutes()
    assert story.state("errors") == "OK", "no 5XX metric at all"
    for _ in range(2):
        story.service("RequestCount", 100, **elb)
        story.service("5XX", 10, **elb)
        story.pass_minutes()
    assert (story.state("errors"), story.pages()) == ("ALARM", [("errors", "ALARM")])
    trigger = json.loads(story.inbox()[0]["message"])["Trigger"]
    assert [query["Id"] for query in trigger["Metrics"]] == ["rate", "e", "r"]
    assert trigger["Metrics"][0] == {
        "Expression": "100*FILL(e,0)/r",
        "Id": "rate",
        "Label": "errors",
        "ReturnData": True,
    }


def test_an_alarm_of_ten_seconds_is_evaluated_every_ten_seconds(story):
    story.alarm("fast", Namespace="Shop", MetricName="Queue", Period=10, EvaluationPeriods=2)
    story.pass_minutes()
    for _ in range(3):
        datum = {"MetricName": "Queue", "Value": 99.0, "StorageResolution": 1}
        story.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])
        story.sandbox.clock.advance(10)
    assert story.state("fast") == "ALARM"


def test_a_scaling_policy_is_called_again_every_minute_while_the_alarm_lasts(story):
    policy = f"arn:aws:autoscaling:eu-west-1:{'1' * 12}:scalingPolicy:id:resource/ecs/service/shop/api:policyName/cpu"
    story.alarm("scale", AlarmActions=[policy], EvaluationPeriods=1)
    story.minutes_of("CPUUtilization", [99.0, 99.0, 99.0])
    assert len(story.history("scale", "Action")) == 3


def test_an_action_that_is_not_modelled_fails_and_history_says_so(story):
    item = "arn:aws:ssm:eu-west-1:123456789012:opsitem:3"
    story.alarm("cpu", AlarmActions=[item], EvaluationPeriods=1)
    story.minutes_of("CPUUtilization", [99.0])
    [failed] = story.history("cpu", "Action")
    assert failed["HistorySummary"].startswith(f'Failed to execute action {item}. Received error: "SandboxNotModelled')
