"""The history of metrics, from CloudWatch's GetMetricData: paged, and no faster than AWS allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from opslib.clients import Clients, aws_call, is_throttling
from opslib.monitoring.backtest.history import Column, moment
from opslib.monitoring.backtest.reading import Query, batches

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

__all__ = ["CloudWatchReader"]

POINTS_PER_SECOND: Final = 90_000
"""AWS's quota for spans that begin more than three hours ago (CloudWatch service quotas, GetMetricData)."""

THROTTLED_SECONDS: Final = (5, 15, 45)
"""How long to wait after each throttled call, once the client's own attempts are used up."""


class CloudWatchReader:
    """A `opslib.monitoring.backtest.Reader` over GetMetricData.

    Args:
        clients: In whose account and region.
        sleep: Waits for so many seconds.
        told: Is told of each call before it is made: its number, from 1, and how many metrics it asks for.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[int, int], None] = lambda _number, _metrics: None,
    ) -> None:
        self._clients = clients
        self._sleep = sleep
        self._told = told

    def __call__(self, queries: Sequence[Query]) -> Iterator[Column]:
        """A column for each query, in their order.

        Raises:
            Refused: AWS denies it, or throttles it for more than a minute.
            Unreachable: AWS does not answer.
        """
        found: dict[Query, Column] = {}
        for number, batch in enumerate(batches(queries), 1):
            self._told(number, len(batch))
            found.update(zip(batch, self._read(batch), strict=True))
            self._sleep(sum(query.points for query in batch) / POINTS_PER_SECOND)
        return iter([found[query] for query in queries])

    def _read(self, batch: Sequence[Query]) -> Iterator[Column]:
        values = [np.full(query.points, np.nan) for query in batch]
        token: str | None = None
        while True:
            page = self._page(batch, token)
            for result in page["MetricDataResults"]:
                place = int(result["Id"].removeprefix("m"))
                query = batch[place]
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    index = (int(at.timestamp()) - query.start) // query.period_seconds
                    if 0 <= index < query.points:
                        values[place][index] = value
            token = page.get("NextToken")
            if not token:
                break
        return (
            Column(query.id, query.statistic, query.start, query.period_seconds, points)
            for query, points in zip(batch, values, strict=True)
        )

    def _page(self, batch: Sequence[Query], token: str | None) -> Any:
        client = self._clients.client("cloudwatch", region=batch[0].region)
        more: Any = {"NextToken": token} if token else {}
        waits = iter(THROTTLED_SECONDS)
        while True:
            with aws_call("read the history of metrics"):
                try:
                    return client.get_metric_data(
                        MetricDataQueries=[_query(place, query) for place, query in enumerate(batch)],
                        StartTime=moment(batch[0].start),
                        EndTime=moment(batch[0].end),
                        ScanBy="TimestampAscending",
                        **more,
                    )
                except client.exceptions.ClientError as problem:
                    seconds = next(waits, None) if is_throttling(problem) else None
                    if seconds is None:
                        raise
            self._sleep(seconds)


def _query(place: int, query: Query) -> MetricDataQueryTypeDef:
    return {
        "Id": f"m{place}",
        "MetricStat": {
            "Metric": {
                "Namespace": query.id.namespace,
                "MetricName": query.id.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in query.id.dimensions],
            },
            "Period": query.period_seconds,
            "Stat": query.statistic,
        },
    }
