"""Every row of the table, written, extracted as CloudWatch does it, stored, and read by name as an alarm reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from opslib.monitoring import emitted
from opslib.monitoring.emit import Counter, Gauge
from opslib.sandbox import Sandbox
from tests.monitoring.emit.extract import Extracted

pytestmark = pytest.mark.feature("M9")

REGION = "eu-west-1"
GIVEN = (3.0, 1.0, 2.0)
READ = {"Sum": 6.0, "Average": 2.0, "Maximum": 3.0, "Minimum": 1.0, "p95": 3.0, "p75": 3.0}


def put(cloudwatch: Any, found: Sequence[Extracted]) -> None:
    for namespace in {one.namespace for one in found}:
        data = [
            {
                "MetricName": one.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in one.dimensions],
                "Unit": one.unit,
                "Timestamp": one.timestamp_milliseconds / 1000,
                "Values": list(one.values),
            }
            for one in found
            if one.namespace == namespace
        ]
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def query(identity: str, row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    known = {"Environment": "shop-prod", "Service": "api"}
    dimensions = [{"Name": name, "Value": known.get(name, "x")} for name in names]
    metric = {"Namespace": row.namespace, "MetricName": row.name, "Dimensions": dimensions}
    return {"Id": identity, "MetricStat": {"Metric": metric, "Period": 60, "Stat": row.statistic, "Unit": row.unit}}


def test_what_is_written_is_read_by_name_under_every_set(emitter, aws: Sandbox) -> None:
    cloudwatch = aws.client("cloudwatch", REGION)
    # Not across the end of a minute, and in the account's time.
    now = aws.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    aws.clock.advance((now - aws.clock.now()).total_seconds() + 1)
    for row in emitted.EMITTED:
        at = row.at({name: "x" for name in row.dimensions if name not in {"Environment", "Service"}})
        for value in GIVEN:
            emitter._put(at, value)
    put(cloudwatch, [_at(one, aws.clock.now()) for one in emitter.extracted()])

    identity = count()
    asked = {f"m{next(identity)}": (row, names) for row in emitted.EMITTED for names in row.dimension_sets}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query(key, row, names) for key, (row, names) in asked.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
    )
    read = {asked[result["Id"]]: result["Values"] for result in answer["MetricDataResults"]}
    assert read == {(row, names): [READ[row.statistic]] for row, names in asked.values()}
    assert {Counter, Gauge} < {type(row) for row in emitted.EMITTED}


def _at(one: Extracted, now: datetime) -> Extracted:
    return Extracted(one.namespace, one.name, one.dimensions, one.unit, int(now.timestamp() * 1000), one.values)
