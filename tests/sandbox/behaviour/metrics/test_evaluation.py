"""What is evaluated, how, how often, and what that costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

NO_METRIC = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))


def metric(identity: str, name: str, *, period: int = 60, returned: bool = False) -> dict:
    stat = {"Metric": {"Namespace": "AWS/ECS", "MetricName": name}, "Period": period, "Stat": "Average"}
    return {"Id": identity, "MetricStat": stat, "ReturnData": returned}


def test_many_alarms_without_data_stay_well_as_days_go_by(story):
    """What days cost is measured by `python -m benchmarks.sandbox`."""
    for number in range(84):
        story.alarm(f"alarm-{number}", MetricName=f"metric-{number}", TreatMissingData="notBreaching")
    story.pass_minutes(3)
    story.sandbox.clock.advance(7 * 86_400)
    assert story.state("alarm-83") == "OK"


def test_an_hour_with_data_every_minute_wakes_every_alarm(story):
    now = story.minute()
    for number in range(84):
        story.alarm(f"alarm-{number}", MetricName=f"metric-{number}")
    samples = [
        {
            "namespace": "AWS/ECS",
            "name": f"metric-{number}",
            "value": 99.0 if minute < 30 else 1.0,
            "region": "eu-west-1",
            "at": (now + timedelta(minutes=minute)).isoformat(),
        }
        for minute in range(60)
        for number in range(84)
    ]
    story.ask("POST", "/metrics", samples=samples)
    story.sandbox.clock.advance(3600 + 10)
    for number in (0, 83):
        assert [
            item["HistorySummary"].rpartition(" ")[2] for item in story.history(f"alarm-{number}", "StateUpdate")
        ] == [
            "ALARM",
            "OK",
        ]


def test_a_sample_wakes_an_alarm_that_had_nothing_to_see(story):
    story.alarm("cpu", EvaluationPeriods=1, TreatMissingData="notBreaching")
    story.pass_minutes(600)
    story.minutes_of("CPUUtilization", [99.0])
    assert story.state("cpu") == "ALARM"


def test_the_window_of_five_minutes_slides_every_minute(story):
    story.alarm("cpu", Period=300, EvaluationPeriods=1, Statistic="Sum", Threshold=4.5, TreatMissingData="notBreaching")
    story.pass_minutes(7 - story.minute().minute % 5)  # never at a multiple of five minutes
    for minute in range(5):
        assert story.state("cpu") != "ALARM", minute
        story.minutes_of("CPUUtilization", [1.0])
    assert story.state("cpu") == "ALARM"


def test_a_wall_clock_window_waits_for_its_period_to_end(story):
    story.alarm(
        "cpu",
        Period=300,
        EvaluationPeriods=1,
        Statistic="Sum",
        Threshold=4.5,
        TreatMissingData="notBreaching",
        EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Berlin"}},
    )
    story.pass_minutes(6 - story.minute().minute % 5)
    story.minutes_of("CPUUtilization", [5.0, None, None])
    assert story.state("cpu") != "ALARM"
    story.pass_minutes(1)
    assert story.state("cpu") == "ALARM"


def test_an_alarm_over_days_is_evaluated_at_the_full_hour(story):
    story.alarm("daily", Period=86_400, EvaluationPeriods=2, DatapointsToAlarm=1, TreatMissingData="notBreaching")
    story.pass_minutes(63 - story.minute().minute)
    story.minutes_of("CPUUtilization", [99.0])
    story.pass_minutes(30)
    assert story.state("daily") != "ALARM"
    story.pass_minutes(40)
    found = story.described("daily")
    assert (found["StateValue"], found["StateUpdatedTimestamp"].minute) == ("ALARM", 0)


def test_an_alarm_of_dynamodb_keeps_its_state_without_data(story):
    story.alarm("throttled", Namespace="AWS/DynamoDB", MetricName="Throttles", EvaluationPeriods=1, Threshold=0.0)
    story.minutes_of("Throttles", [5.0, None, None, None, None], namespace="AWS/DynamoDB")
    assert story.state("throttled") == "ALARM"


def test_without_data_an_alarm_goes_back_to_insufficient_data(story):
    story.alarm("cpu", EvaluationPeriods=1)
    story.minutes_of("CPUUtilization", [99.0, None, None, None])
    assert story.state("cpu") == "INSUFFICIENT_DATA"


def test_an_alarm_may_look_at_the_time_alone(story):
    story.alarm(
        "second-half",
        **NO_METRIC,
        Metrics=[metric("m", "CPUUtilization"), {"Id": "e", "Expression": "MINUTE(m)", "ReturnData": True}],
        EvaluationPeriods=1,
        Threshold=30.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    story.pass_minutes(65 - story.minute().minute)
    assert story.state("second-half") == "OK"
    story.pass_minutes(30)
    assert story.state("second-half") == "ALARM"


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("m +", "Error in expression 'e'"),
        ("x * 2", "there is no metric with the id x"),
        ("NOPE(m)", "Invalid function name NOPE"),
        ("METRICS()", ""),
        ("[m, m]", "one time series"),
        ("1 + 1", "time series"),
    ],
)
def test_an_alarm_with_an_impossible_expression_is_refused(story, refused, expression, says):
    request = {
        "AlarmName": "math",
        "Metrics": [metric("m", "CPUUtilization"), {"Id": "e", "Expression": expression, "ReturnData": True}],
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    if not says:
        story.cloudwatch.put_metric_alarm(**request)
        return
    code, message = refused(story.cloudwatch.put_metric_alarm, **request)
    assert (code, says in message) == ("ValidationError", True)


@pytest.mark.parametrize(
    "changes",
    [
        {
            **NO_METRIC,
            "Metrics": [
                {
                    "Id": "e",
                    "Expression": "DB_PERF_INSIGHTS('RDS', 'db-ABC', 'db.Concurrency.deadlocks.avg')",
                    "Period": 60,
                }
            ],
        },
        {"Statistic": None, "ExtendedStatistic": "tm99"},
    ],
    ids=["function", "statistic"],
)
def test_what_cannot_be_evaluated_says_so_in_its_reason(story, changes):
    story.alarm("blind", TreatMissingData="breaching", **changes)
    story.pass_minutes(5)
    found = story.described("blind")
    assert (found["StateValue"], found["StateReason"].partition(":")[0]) == ("INSUFFICIENT_DATA", "SandboxNotModelled")


def put_band(story) -> None:
    story.alarm(
        "odd",
        **NO_METRIC,
        Threshold=None,
        ThresholdMetricId="band",
        ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        EvaluationPeriods=2,
        Metrics=[
            metric("m", "CPUUtilization", returned=True),
            {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 3)", "ReturnData": True},
        ],
    )


def test_an_anomaly_alarm_without_history_has_no_band(story):
    put_band(story)
    story.minutes_of("CPUUtilization", [50.0, 51.0, 50.0, 51.0, 90.0, 90.0])
    assert story.state("odd") == "INSUFFICIENT_DATA"


def test_an_anomaly_alarm_fires_outside_the_band_that_was_learnt(story):
    now = story.minute()
    samples = [
        {
            "namespace": "AWS/ECS",
            "name": "CPUUtilization",
            "value": 50.0 + minute % 3,
            "region": "eu-west-1",
            "at": (now - timedelta(minutes=minute)).isoformat(),
        }
        for minute in range(1, 600)
    ]
    story.ask("POST", "/metrics", samples=samples)
    story.cloudwatch.put_anomaly_detector(
        SingleMetricAnomalyDetector={"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Stat": "Average"}
    )
    put_band(story)
    story.minutes_of("CPUUtilization", [51.0, 52.0, 50.0])
    assert story.state("odd") == "OK"
    story.minutes_of("CPUUtilization", [90.0, 90.0])
    found = story.described("odd")
    assert found["StateValue"] == "ALARM"
    assert "approximation" in found["StateReason"]

    end = story.minute()
    band = story.cloudwatch.get_metric_data(
        MetricDataQueries=[
            metric("m", "CPUUtilization"),
            {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 3)"},
        ],
        StartTime=end - timedelta(minutes=2),
        EndTime=end,
    )["MetricDataResults"]
    upper, lower = (result["Values"][0] for result in band)
    assert lower < 50
    assert 52 < upper < 90


def test_detectors_are_described_and_deleted(story, refused):
    cloudwatch = story.cloudwatch
    one = {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": [], "Stat": "Sum"}
    identity = cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=one)["AnomalyDetectorId"]
    assert cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=one)["AnomalyDetectorId"] == identity
    (found,) = cloudwatch.describe_anomaly_detectors(Namespace="Shop")["AnomalyDetectors"]
    assert (found["SingleMetricAnomalyDetector"], found["StateValue"]) == (one, "TRAINED_INSUFFICIENT_DATA")
    assert cloudwatch.describe_anomaly_detectors(Namespace="Other")["AnomalyDetectors"] == []
    cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector=one)
    code, _ = refused(cloudwatch.delete_anomaly_detector, SingleMetricAnomalyDetector=one)
    assert code == "ResourceNotFoundException"
