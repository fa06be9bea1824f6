"""Samples that go in, and the points that come out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

NAMESPACE = "Shop"


def put(story, name: str, *values: float, **more: Any) -> None:
    """Values of one metric, a sample each."""
    data = [{"MetricName": name, "Value": value, **more} for value in values]
    story.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)


def metric(identity: str, name: str, statistic: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": name}, "Period": period, "Stat": statistic}
    return {"Id": identity, "MetricStat": stat, **more}


def got(story, *queries: dict[str, Any], minutes: int = 10, **more: Any) -> dict[str, list[float]]:
    end = story.minute() + timedelta(minutes=1)
    found = story.cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=end - timedelta(minutes=minutes), EndTime=end, **more
    )
    return {result["Id"]: result["Values"] for result in found["MetricDataResults"]}


@pytest.fixture
def put_orders(story):
    """Orders 1, 2, 3 in one minute, none in the next, 4 in the third."""
    put(story, "Orders", 1, 2, 3)
    story.pass_minutes(2)
    put(story, "Orders", 4)
    return story


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("Sum", [4, 6]),
        ("Average", [4, 2]),
        ("Minimum", [4, 1]),
        ("Maximum", [4, 3]),
        ("SampleCount", [1, 3]),
        ("p50", [4, 2]),
        ("p90", [4, 3]),
    ],
)
def test_every_statistic_of_raw_values(put_orders, statistic, expected):
    assert got(put_orders, metric("m", "Orders", statistic))["m"] == pytest.approx(expected)
    ascending = got(put_orders, metric("m", "Orders", statistic), ScanBy="TimestampAscending")["m"]
    assert ascending == pytest.approx(expected[::-1])


def test_a_longer_period_has_the_samples_of_all_its_minutes(put_orders):
    now = put_orders.minute() - timedelta(minutes=2)
    found = put_orders.cloudwatch.get_metric_data(
        MetricDataQueries=[metric("s", "Orders", "Sum", 86_400), metric("p", "Orders", "p50", 86_400)],
        StartTime=now,
        EndTime=now + timedelta(minutes=10),
    )["MetricDataResults"]
    assert sum(found[0]["Values"]) == 10


def test_values_with_counts_and_statistic_sets(story):
    counted = {"MetricName": "Latency", "Values": [0.1, 2.0], "Counts": [99.0, 1.0], "Unit": "Seconds"}
    summed = {"SampleCount": 10.0, "Sum": 50.0, "Minimum": 2.0, "Maximum": 8.0}
    story.cloudwatch.put_metric_data(
        Namespace=NAMESPACE, MetricData=[counted, {"MetricName": "Summed", "StatisticValues": summed}]
    )
    found = got(
        story,
        metric("p", "Latency", "p95"),
        metric("n", "Latency", "SampleCount"),
        metric("average", "Summed", "Average"),
        metric("most", "Summed", "Maximum"),
        metric("none", "Summed", "p95"),
    )
    assert found == {"p": [0.1], "n": [100], "average": [5], "most": [8], "none": []}


def test_a_start_between_two_periods_is_rounded_down(story):
    put(story, "Orders", 1)
    minute = story.minute()
    found = story.cloudwatch.get_metric_data(
        MetricDataQueries=[metric("m", "Orders")],
        StartTime=minute + timedelta(seconds=30),
        EndTime=minute + timedelta(minutes=2),
    )["MetricDataResults"][0]
    assert (found["Timestamps"], found["Values"]) == ([minute], [1])


def test_units_are_kept_apart(story):
    put(story, "Size", 1, Unit="Bytes")
    put(story, "Size", 100, Unit="Count")
    with_unit = metric("m", "Size")
    with_unit["MetricStat"]["Unit"] = "Bytes"
    assert got(story, with_unit) == {"m": [1]}
    assert got(story, metric("m", "Size")) == {"m": [101]}
    story.alarm("size", Namespace=NAMESPACE, MetricName="Size", Unit="Percent", EvaluationPeriods=1, Threshold=0.0)
    story.pass_minutes(2)
    assert story.state("size") == "INSUFFICIENT_DATA", "no sample has the alarm's unit"


def test_high_resolution_has_points_of_a_second(story):
    put(story, "Queue", 5, StorageResolution=1)
    put(story, "Slow", 5)
    assert got(story, metric("fine", "Queue", period=1), metric("coarse", "Slow", period=1)) == {
        "fine": [5],
        "coarse": [],
    }


def test_math_over_one_another_and_only_what_is_returned(put_orders):
    found = got(
        put_orders,
        metric("a", "Orders", ReturnData=False),
        {"Id": "filled", "Expression": "FILL(a, 0)", "ReturnData": False},
        {"Id": "double", "Expression": "filled * 2"},
        minutes=3,
    )
    assert found == {"double": [8, 0, 12]}


def test_an_expression_may_give_several_series(put_orders):
    end = put_orders.minute() + timedelta(minutes=1)
    found = put_orders.cloudwatch.get_metric_data(
        MetricDataQueries=[
            metric("a", "Orders", ReturnData=False),
            metric("b", "Orders", "Maximum", ReturnData=False),
            {"Id": "both", "Expression": "METRICS() * 10", "Label": "times ten"},
        ],
        StartTime=end - timedelta(minutes=5),
        EndTime=end,
    )["MetricDataResults"]
    assert [(one["Id"], one["Label"], one["Values"]) for one in found] == [
        ("both", "times ten", [40, 60]),
        ("both", "times ten", [40, 30]),
    ]


def test_labels_may_be_dynamic(put_orders):
    end = put_orders.minute() + timedelta(minutes=1)
    label = "${LABEL} of ${PROP('Namespace')}: ${MIN} to ${MAX}, last ${LAST}, ${DATAPOINT_COUNT} at ${MAX_TIME}"
    (found,) = put_orders.cloudwatch.get_metric_data(
        MetricDataQueries=[metric("m", "Orders", Label=label)],
        StartTime=end - timedelta(minutes=5),
        EndTime=end,
        LabelOptions={"Timezone": "+0200"},
    )["MetricDataResults"]
    at = put_orders.minute() - timedelta(minutes=2) + timedelta(hours=2)
    assert found["Label"] == f"Orders of Shop: 4 to 6, last 4, 2 at {at:%Y-%m-%dT%H:%M:%S}"


def test_pages_hold_so_many_points_and_no_point_twice(story):
    for value in range(7):
        for name in ("A", "B"):
            put(story, name, value)
        story.pass_minutes()
    end = story.minute() + timedelta(minutes=1)
    request = {
        "MetricDataQueries": [metric("a", "A"), metric("b", "B")],
        "StartTime": end - timedelta(minutes=20),
        "EndTime": end,
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": 5,
    }
    values: dict[str, list[float]] = {"a": [], "b": []}
    pages = 0
    while True:
        page = story.cloudwatch.get_metric_data(**request)
        pages += 1
        for result in page["MetricDataResults"]:
            values[result["Id"]] += result["Values"]
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]
    assert (pages, values) == (3, {"a": list(range(7)), "b": list(range(7))})


REFUSED = {
    "unknown function": ([{"Id": "e", "Expression": "FROBNICATE(1)"}], "FROBNICATE"),
    "unknown id": ([{"Id": "e", "Expression": "m9 * 2"}], "m9"),
    "broken": ([metric("m", "Orders"), {"Id": "e", "Expression": "m +"}], "Error in expression 'e'"),
    "itself": ([{"Id": "e", "Expression": "f"}, {"Id": "f", "Expression": "e"}], "depends on itself"),
    "a number": ([{"Id": "e", "Expression": "1 + 1"}], "Error in expression 'e'"),
    "twice the same id": ([metric("m", "Orders"), metric("m", "Orders")], "not unique"),
    "nothing returned": ([metric("m", "Orders", ReturnData=False)], "must return data"),
    "period": ([metric("m", "Orders", period=45)], "Period"),
    "both": ([metric("m", "Orders", Expression="1")], "one of MetricStat and Expression"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_queries_that_aws_refuses_are_refused(story, refused, case):
    queries, says = REFUSED[case]
    end = story.minute()
    code, message = refused(
        story.cloudwatch.get_metric_data,
        MetricDataQueries=queries,
        StartTime=end - timedelta(minutes=5),
        EndTime=end,
    )
    assert code == "ValidationError"
    assert says in message


def test_what_the_evaluator_lacks_is_said_to_be_lacking(story, refused):
    end = story.minute()
    for expression in ("SEARCH('{AWS/ECS} CPU', 'Average')", 'SELECT AVG(CPUUtilization) FROM "AWS/EC2"'):
        code, _ = refused(
            story.cloudwatch.get_metric_data,
            MetricDataQueries=[{"Id": "e", "Expression": expression}],
            StartTime=end - timedelta(minutes=5),
            EndTime=end,
        )
        assert code == "SandboxNotModelled"


BAD_DATA = {
    "a namespace of AWS": ({"MetricName": "a", "Value": 1.0}, "AWS/ECS", "InvalidParameterValue"),
    "no value": ({"MetricName": "a"}, "Shop", "InvalidParameterCombination"),
    "two values": ({"MetricName": "a", "Value": 1.0, "Values": [1.0]}, "Shop", "InvalidParameterCombination"),
    "nan": ({"MetricName": "a", "Value": float("nan")}, "Shop", "InvalidParameterValue"),
    "counts": ({"MetricName": "a", "Values": [1.0], "Counts": [1.0, 2.0]}, "Shop", "InvalidParameterValue"),
    "resolution": ({"MetricName": "a", "Value": 1.0, "StorageResolution": 30}, "Shop", "InvalidParameterValue"),
    "unit": ({"MetricName": "a", "Value": 1.0, "Unit": "Apples"}, "Shop", "InvalidParameterValue"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_data_that_aws_refuses_are_refused_and_none_of_the_call_is_kept(story, refused, case):
    datum, namespace, expected = BAD_DATA[case]
    good = {"MetricName": "good", "Value": 1.0}
    code, _ = refused(story.cloudwatch.put_metric_data, Namespace=namespace, MetricData=[good, datum])
    assert code == expected
    assert story.cloudwatch.list_metrics()["Metrics"] == []


@pytest.mark.parametrize("off", [timedelta(days=-14, minutes=-5), timedelta(hours=2, minutes=5)])
def test_data_too_old_or_too_young_are_refused(story, refused, off):
    at = story.minute() + off
    datum = {"MetricName": "a", "Value": 1.0, "Timestamp": at}
    assert refused(story.cloudwatch.put_metric_data, Namespace="Shop", MetricData=[datum])[0] == "InvalidParameterValue"


def test_a_large_put_that_the_sdk_compresses_is_understood(story):
    data = [{"MetricName": f"name-{number:04}", "Value": 1.0} for number in range(1000)]
    story.cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    pages = story.cloudwatch.get_paginator("list_metrics").paginate(Namespace="Shop")
    assert [len(page["Metrics"]) for page in pages] == [500, 500]


def test_statistics_of_one_metric_with_its_unit(put_orders, refused):
    end = put_orders.minute() + timedelta(minutes=1)
    request = {
        "Namespace": NAMESPACE,
        "MetricName": "Orders",
        "StartTime": end - timedelta(minutes=5),
        "EndTime": end,
        "Period": 60,
    }
    found = put_orders.cloudwatch.get_metric_statistics(**request, Statistics=["Sum", "Maximum"])
    assert found["Label"] == "Orders"
    assert [(point["Sum"], point["Maximum"], point["Unit"]) for point in found["Datapoints"]] == [
        (6, 3, "None"),
        (4, 4, "None"),
    ]
    extended = put_orders.cloudwatch.get_metric_statistics(**request, ExtendedStatistics=["p50"])["Datapoints"]
    assert [point["ExtendedStatistics"] for point in extended] == [{"p50": 2}, {"p50": 4}]
    assert refused(put_orders.cloudwatch.get_metric_statistics, **request)[0] == "InvalidParameterCombination"
    long = {**request, "StartTime": end - timedelta(days=2)}
    code, message = refused(put_orders.cloudwatch.get_metric_statistics, **long, Statistics=["Sum"])
    assert (code, "1440" in message) == ("InvalidParameterCombination", True)


def test_metrics_are_listed_by_name_dimension_and_activity(story):
    for name, value in (("api", "blue"), ("web", "green")):
        put(story, name, 1, Dimensions=[{"Name": "Colour", "Value": value}, {"Name": "Zone", "Value": "a"}])

    def names(**filters: Any) -> list[str]:
        return [found["MetricName"] for found in story.cloudwatch.list_metrics(**filters)["Metrics"]]

    assert names() == ["api", "web"]
    assert names(Dimensions=[{"Name": "Colour", "Value": "green"}]) == ["web"]
    assert names(Dimensions=[{"Name": "Zone"}]) == ["api", "web"]
    assert names(Dimensions=[{"Name": "Shape"}]) == names(Namespace="Other") == []
    story.sandbox.clock.advance(4 * 3600)
    assert (names(RecentlyActive="PT3H"), names()) == ([], ["api", "web"])
    story.sandbox.clock.advance(15 * 86_400)
    assert names() == []


def test_another_region_is_another_world(story):
    put(story, "Orders", 1)
    assert story.client("cloudwatch", "us-east-1").list_metrics()["Metrics"] == []
