"""Reading from CloudWatch: what is asked for, what it costs, what is kept; and GetMetricData itself, in the sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from opslib.clients import Clients
from opslib.errors import BadRequest, Refused
from opslib.monitoring import Alarm, Expression, Metric
from opslib.monitoring.backtest import (
    Column,
    MetricId,
    Query,
    estimate_cost,
    finest_period,
    queries_of,
    read_history,
    replay,
)
from opslib.monitoring.backtest.history import seconds
from opslib.sandbox import Sandbox
from opslib.stack.metric_history import CloudWatchReader

pytestmark = pytest.mark.feature("P2")

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)


class Recorded:
    """A reader that has every point: its own time in minutes."""

    def __init__(self) -> None:
        self.asked: list[Query] = []

    def __call__(self, queries: Sequence[Query]) -> Iterable[Column]:
        self.asked += queries
        return [
            Column(
                query.id,
                query.statistic,
                query.start,
                query.period_seconds,
                np.arange(query.start, query.end, query.period_seconds) / 60.0,
            )
            for query in queries
        ]


@pytest.mark.parametrize(("days", "period"), [(1, 60), (15, 60), (16, 300), (63, 300), (64, 3_600), (455, 3_600)])
def test_retention_is_respected(days: int, period: int) -> None:
    assert finest_period(NOW - days * DAY, NOW) == period


def test_what_cloudwatch_no_longer_has_is_refused() -> None:
    with pytest.raises(BadRequest, match="CloudWatch keeps 455 days"):
        finest_period(NOW - 456 * DAY, NOW)


def test_each_metric_is_asked_for_once(alarm: Alarm, metric: Metric) -> None:
    errors = replace(metric, name="Errors", statistic="Sum")
    slow = replace(metric, name="Latency", statistic="p95", period_seconds=300)
    alarms = [
        alarm,
        replace(alarm, name="twice", threshold=90.0),
        replace(alarm, name="rate", series=Expression("e / m", (("e", errors), ("m", metric)))),
        replace(alarm, name="slow", series=slow, low_samples="ignore"),
    ]
    queries = queries_of(alarms, since=NOW - 10 * DAY, until=NOW, now=NOW)
    assert [(one.id.name, one.statistic, one.period_seconds) for one in queries] == [
        ("CPUUtilization", "Average", 60),
        ("Errors", "Sum", 60),
        ("Latency", "p95", 300),
        ("Latency", "SampleCount", 300),
    ]
    cost = estimate_cost(queries)
    assert (cost.metrics, cost.usd) == (4, pytest.approx(0.00004))
    assert "0.0000 USD" in str(cost)
    coarse = queries_of(alarms, since=NOW - 30 * DAY, until=NOW, now=NOW)
    assert {one.period_seconds for one in coarse} == {300}


def test_no_call_is_larger_than_aws_takes(alarm: Alarm, metric: Metric) -> None:
    alarms = [replace(alarm, name=str(n), series=replace(metric, name=f"m{n}")) for n in range(1_000)]
    cost = estimate_cost(queries_of(alarms, since=NOW - 14 * DAY, until=NOW, now=NOW))
    assert (cost.metrics, cost.calls, cost.usd) == (1_000, 250, pytest.approx(0.01))
    assert cost.points / cost.calls <= 100_800
    short = estimate_cost(queries_of(alarms, since=NOW - timedelta(hours=1), until=NOW, now=NOW))
    assert short.calls == 2


def test_what_was_read_is_not_read_again(alarm: Alarm, tmp_path: Path) -> None:
    reader = Recorded()
    first = queries_of([alarm], since=NOW - 2 * DAY, until=NOW - DAY, now=NOW)
    read_history(reader, first, now=NOW, cache=tmp_path)
    assert estimate_cost(first, cache=tmp_path).metrics == 0
    more = queries_of([alarm], since=NOW - 3 * DAY, until=NOW, now=NOW)
    assert estimate_cost(more, cache=tmp_path).metrics == 2
    reader.asked.clear()
    (column,) = read_history(reader, more, now=NOW, cache=tmp_path)
    assert [(one.start, one.end) for one in reader.asked] == [
        (more[0].start, first[0].start),
        (first[0].end, more[0].end),
    ]
    np.testing.assert_array_equal(column.values, np.arange(more[0].start, more[0].end, 60) / 60.0)
    # The last hour may still change, so it is read again.
    assert estimate_cost(more, cache=tmp_path).points == 60
    reader.asked.clear()
    read_history(reader, first, now=NOW, cache=tmp_path)
    assert reader.asked == []


def test_a_cache_that_cannot_be_written_is_refused_before_anything_is_spent(alarm: Alarm, tmp_path: Path) -> None:
    file = tmp_path / "cache"
    file.write_text("theirs")
    queries = queries_of([alarm], since=NOW - DAY, until=NOW, now=NOW)
    reader = Recorded()
    for cache in (file, file / "deeper"):
        with pytest.raises(BadRequest, match="cannot be written") as refused:
            read_history(reader, queries, now=NOW, cache=cache)
        assert "\n" not in str(refused.value)
    assert reader.asked == []
    assert file.read_text() == "theirs"


def test_a_broken_cache_is_read_again(alarm: Alarm, tmp_path: Path) -> None:
    queries = queries_of([alarm], since=NOW - 2 * DAY, until=NOW - DAY, now=NOW)
    read_history(Recorded(), queries, now=NOW, cache=tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"PK broken")
    (column,) = read_history(Recorded(), queries, now=NOW, cache=tmp_path)
    assert not np.isnan(column.values).any()


def test_cloudwatch_is_read_and_replayed(aws: Sandbox, alarm: Alarm, metric: Metric) -> None:
    assert aws
    metric = replace(metric, namespace="Shop")
    alarm = replace(alarm, series=metric)
    now = datetime.now(UTC)
    client = Clients().client("cloudwatch", purpose="mutate")
    begin = now.replace(second=0, microsecond=0) - timedelta(minutes=40)
    for place in range(40):
        if place == 20:
            continue
        client.put_metric_data(
            Namespace=metric.namespace,
            MetricData=[
                {
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": "ServiceName", "Value": "api"}],
                    "Timestamp": begin + timedelta(minutes=place),
                    "Value": 90.0 if place >= 30 else 10.0,
                }
            ],
        )
    queries = queries_of([alarm], since=begin, until=now, now=now)
    calls: list[tuple[int, int]] = []
    reader = CloudWatchReader(Clients(), sleep=lambda _: None, told=lambda *call: calls.append(call))
    history = read_history(reader, queries, now=now)
    values = history.of(MetricId.of(metric), "Average")[0].over(seconds(begin), seconds(begin) + 2_400)
    assert np.flatnonzero(np.isnan(values)).tolist() == [20]
    assert (values[19], values[31]) == (10.0, 90.0)
    assert calls == [(1, 1)]
    assert replay([alarm], history, since=begin, until=begin + timedelta(minutes=40))["cpu"].pages == 1


class Throttling:
    """A client whose first calls are throttled, and whose answers come in pages."""

    class exceptions:  # noqa: N801 - as boto3 has it
        class ClientError(Exception):
            response: ClassVar[Any] = {
                "Error": {"Code": "Throttling", "Message": "Rate exceeded"},
                "ResponseMetadata": {},
            }
            operation_name = "GetMetricData"

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.tokens: list[str | None] = []

    def get_metric_data(self, **call: Any) -> Any:
        if self.refusals:
            self.refusals -= 1
            raise self.exceptions.ClientError
        self.tokens.append(call.get("NextToken"))
        at = call["StartTime"] + timedelta(minutes=len(self.tokens) - 1)
        page = {"MetricDataResults": [{"Id": "m0", "Timestamps": [at], "Values": [float(len(self.tokens))]}]}
        return page | ({"NextToken": "more"} if len(self.tokens) < 3 else {})


@pytest.mark.parametrize(("refusals", "waited"), [(0, []), (2, [5, 15]), (4, None)])
def test_pages_are_followed_and_throttling_is_waited_out(
    refusals: int, waited: list[float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, clients, waits = Throttling(refusals), Clients("eu-west-1"), list[float]()
    monkeypatch.setattr(clients, "client", lambda *_args, **_more: client)
    query = Query(MetricId("N", "m"), "Sum", 60, 1_760_000_400, 1_760_000_400 + 300)
    reader = CloudWatchReader(clients, sleep=waits.append)
    if waited is None:
        with pytest.raises(Refused, match="throttles"):
            list(reader([query]))
        return
    (column,) = reader([query])
    assert column.values[:3].tolist() == [1.0, 2.0, 3.0]
    assert client.tokens == [None, "more", "more"]
    assert waits[:-1] == waited
