"""From a line that is written to an alarm that rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opslib.errors import OpslibError
from opslib.sandbox import Sandbox, Workload

GROUP = "/shop/api"
ONE = {"metricName": "Errors", "metricNamespace": "shop", "metricValue": "1", "unit": "Count"}


@pytest.fixture
def logs(aws: Callable[..., Any]) -> Any:
    client = aws("logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="task")
    return client


@pytest.fixture
def write(logs: Any, account: Sandbox) -> Callable[..., Any]:
    def put(*messages: str, seconds_ago: float = 0) -> Any:
        at = int((account.clock.now().timestamp() - seconds_ago) * 1000)
        events = [{"timestamp": at, "message": message} for message in messages]
        return logs.put_log_events(logGroupName=GROUP, logStreamName="task", logEvents=events)

    return put


def put_filter(logs: Any, pattern: str = "ERROR", name: str = "errors", **transformation: Any) -> None:
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName=name,
        filterPattern=pattern,
        metricTransformations=[{**ONE, **transformation}],
    )


def total(
    aws: Callable[..., Any], account: Sandbox, name: str, namespace: str = "shop", **dimensions: str
) -> float | None:
    now = account.clock.now()
    found = aws("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now.timestamp() - 3600,
        EndTime=now.timestamp() + 60,
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in found) if found else None


@pytest.mark.feature("M21")
def test_a_line_in_a_log_becomes_a_metric_and_rings(
    logs: Any, write: Callable[..., Any], aws: Callable[..., Any], account: Sandbox
) -> None:
    put_filter(logs)
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="shop", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=2, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]["StateValue"])

    write("all is well", "one ERROR")
    account.clock.advance(180)
    assert state() == "OK"
    write("ERROR", "an ERROR", "[ERROR 500]", "error")
    account.clock.advance(120)
    assert state() == "ALARM"


def test_each_line_counts_for_what_its_filter_says(
    logs: Any, write: Callable[..., Any], aws: Callable[..., Any], account: Sandbox
) -> None:
    put_filter(logs, "{ $.ms > 0 }", "slow", metricName="Took", metricValue="$.ms", dimensions={"Path": "$.path"})
    put_filter(logs, "ERROR", "none", metricName="Errors", defaultValue=0.0)
    write('{"ms": 20, "path": "/a"}', '{"ms": 5, "path": "/a"}', '{"ms": 7, "path": "/b"}', '{"ms": 9}', "ms")
    assert total(aws, account, "Took", Path="/a") == 25
    assert total(aws, account, "Took", Path="/b") == 7
    assert total(aws, account, "Took") is None, "a line without the dimension counts nowhere"
    assert total(aws, account, "Errors") == 0, "the default, as nothing matched"


def test_what_is_written_is_counted_by_cloudwatch_itself(
    write: Callable[..., Any], aws: Callable[..., Any], account: Sandbox
) -> None:
    write("one", "two")
    write("too old", seconds_ago=20 * 86_400)
    assert total(aws, account, "IncomingBytes", "AWS/Logs", LogGroupName=GROUP) == 2 * (3 + 26)
    samples = aws("cloudwatch").list_metrics(Namespace="AWS/Logs")["Metrics"]
    assert {metric["MetricName"] for metric in samples} == {"IncomingBytes", "IncomingLogEvents"}


@pytest.mark.feature("M21")
def test_a_filter_lives_as_in_aws(
    logs: Any, write: Callable[..., Any], aws: Any, account: Sandbox, refused: Any
) -> None:
    put_filter(logs)
    put_filter(logs, "WARN")
    [there] = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert there["filterPattern"] == "WARN", "putting it again changes it"
    write("ERROR", "WARN")
    assert total(aws, account, "Errors") == 1
    logs.delete_metric_filter(logGroupName=GROUP, filterName="errors")
    write("WARN")
    assert total(aws, account, "Errors") == 1
    put_filter(logs)
    logs.delete_log_group(logGroupName=GROUP)
    assert logs.describe_metric_filters()["metricFilters"] == []
    code, _ = refused(put_filter, logs=logs)
    assert code == "ResourceNotFoundException"


def test_filters_that_aws_refuses_are_refused_and_not_kept(logs: Any, refused: Any) -> None:
    assert refused(put_filter, logs=logs, pattern="a-b")[0] == "InvalidParameterException"
    both = {"defaultValue": 0.0, "dimensions": {"Path": "$.path"}}
    assert refused(put_filter, logs=logs, pattern="{ $.a = 1 }", **both)[0] == "InvalidParameterException"
    assert logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"] == []
    for number in range(100):
        put_filter(logs, name=f"filter-{number}")
    assert refused(put_filter, logs=logs, name="one-more")[0] == "LimitExceededException"
    put_filter(logs, "WARN", "filter-7")


def test_a_pattern_is_tried_out(logs: Any) -> None:
    tried = logs.test_metric_filter(filterPattern="ERROR", logEventMessages=["fine", "an ERROR"])
    assert [match["eventNumber"] for match in tried["matches"]] == [2]


def test_a_seeded_account_has_its_log_groups_and_takes_them_once(aws: Callable[..., Any], account: Sandbox) -> None:
    seeded = Workload(log_groups=("/ecs/shop/api",))
    account.seed(seeded)
    groups = aws("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/ecs/shop/api"]
    with pytest.raises(OpslibError, match="log group /ecs/shop/api"):
        account.seed(seeded)
