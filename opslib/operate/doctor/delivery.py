"""Whether what was published arrived: SNS says so only in its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from opslib.contract import StackOutputs
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.topics import TopicOf, topics_of
from opslib.procedure.aws import regional

__all__ = ["CHECKS", "LOST_METRICS"]

LOOKED_BACK: Final = timedelta(days=1)

LOST_METRICS: Final = {
    "NumberOfNotificationsFailed": "were not delivered: a subscriber is gone, or refuses",
    "NumberOfNotificationsFilteredOut-InvalidMessageBody": "were dropped: the subscription's filter cannot read them",
}
"""SNS's metrics of messages that did not arrive, and what became of those."""

_METRICS_PER_CALL: Final = 500


@dataclass(frozen=True, slots=True)
class Lost:
    """How many messages of a topic did not arrive, by SNS's metric."""

    topic: str
    messages: dict[str, float]


def _regions(outputs: StackOutputs) -> list[str]:
    return sorted({topic.region for topic in topics_of(outputs)})


def _see_lost(look: Look, region: str) -> tuple[Lost, ...]:
    wanted = [(topic, metric) for topic in topics_of(look.outputs) if topic.region == region for metric in LOST_METRICS]
    counted: dict[str, dict[str, float]] = {}
    for start in range(0, len(wanted), _METRICS_PER_CALL):
        part = wanted[start : start + _METRICS_PER_CALL]
        answer = look.read(
            regional("cloudwatch", region, look.home),
            "GetMetricData",
            MetricDataQueries=[_query(place, topic, metric) for place, (topic, metric) in enumerate(part)],
            StartTime=look.now - LOOKED_BACK,
            EndTime=look.now,
        )
        for result in answer["MetricDataResults"]:
            topic, metric = part[int(result["Id"].removeprefix("m"))]
            counted.setdefault(topic.name, {})[metric] = sum(result["Values"])
    return tuple(Lost(name, messages) for name, messages in counted.items())


def _query(place: int, topic: TopicOf, metric: str) -> dict[str, Any]:
    return {
        "Id": f"m{place}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SNS",
                "MetricName": metric,
                "Dimensions": [{"Name": "TopicName", "Value": topic.name}],
            },
            "Period": 3600,
            "Stat": "Sum",
        },
    }


def _undelivered(lost: tuple[Lost, ...], _: datetime) -> Iterator[Fault]:
    for one in lost:
        for metric, count in one.messages.items():
            if count:
                yield Fault(one.topic, f"{count:g} messages of the last day {LOST_METRICS[metric]}")


CHECKS: Final[tuple[Check[Any, Any], ...]] = (
    Check(
        id="messages-arrive",
        group="Telling people",
        level="critical",
        looks_at="every message of the last day was delivered",
        why="the next page may not arrive either",
        next_step="`opslib doctor {stack} --page TIER` tries it; a subscriber that refuses is to be replaced",
        subjects=_regions,
        read=_see_lost,
        judge=_undelivered,
        on=lambda region: f"topics in {region}",
    ),
)
"""What is checked of deliveries."""
