"""What an alarm's metric was last: the number that target tracking scales by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from opslib.sandbox.behaviour.autoscaling.activities import Occasion
from opslib.sandbox.behaviour.service_calls import ask
from opslib.sandbox.gaps.alarms import describe

__all__ = ["newest_value"]


def newest_value(here: Occasion, alarm: Any) -> float | None:
    """The newest point among those that the alarm looks at; None when there is none.

    Args:
        here: Where and when.
        alarm: It, as moto keeps it.
    """
    described = describe(alarm)
    queries = described.get("Metrics") or [
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {name: described[name] for name in ("Namespace", "MetricName", "Dimensions")},
                "Period": described["Period"],
                "Stat": described.get("Statistic") or described.get("ExtendedStatistic"),
            },
        }
    ]
    period = next(query["MetricStat"]["Period"] for query in queries if "MetricStat" in query)
    end = here.at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    start = end - timedelta(seconds=period * (described["EvaluationPeriods"] + 1))
    asked = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end, "ScanBy": "TimestampDescending"}
    results = ask(here.account, here.region, "cloudwatch", "GetMetricData", asked)["MetricDataResults"]
    return next((float(result["Values"][0]) for result in results if result["Values"]), None)
