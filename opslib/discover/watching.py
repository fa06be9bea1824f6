"""Reads who watches already: alarms, dashboards, and whom their topics tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opslib.discover.asking import Asking
from opslib.errors import Refused

__all__ = ["Subscription", "Watching", "read_watching"]

_ALARMS_PER_PAGE = 100
"""AWS, DescribeAlarms: the most that MaxRecords takes."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody whom a topic tells.

    Attributes:
        topic: The topic's ARN.
        protocol: SNS's word: `email`, `sms`, `https`, `lambda` …
        endpoint: The address; empty for those that may be secrets, which are not kept.
    """

    topic: str
    protocol: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Watching:
    """What watches in a region.

    Attributes:
        metric_alarms: As DescribeAlarms gives them, by name.
        composite_alarms: The same of composites.
        dashboards: How many metrics each dashboard has, by its name.
        topics: The names of all topics.
        subscriptions: Whom the topics tell on which an alarm acts.
    """

    metric_alarms: tuple[Mapping[str, Any], ...] = ()
    composite_alarms: tuple[Mapping[str, Any], ...] = ()
    dashboards: tuple[tuple[str, int], ...] = ()
    topics: tuple[str, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()


def read_watching(asking: Asking, *, with_dashboards: bool = True) -> Watching:
    """Everything that watches in the clients' region.

    Args:
        asking: Reads AWS.
        with_dashboards: Whether dashboards are read, which are the same in every region.

    Raises:
        Refused: AWS denies the reading, or does not answer.
    """
    metrics, composites = _alarms(asking)
    boards = tuple(
        (str(one["DashboardName"]), _metric_count(asking, one["DashboardName"]))
        for one in (asking.each("cloudwatch", "ListDashboards", "DashboardEntries") if with_dashboards else ())
    )
    topics = sorted(str(one["TopicArn"]) for one in asking.each("sns", "ListTopics", "Topics"))
    used = {action for alarm in (*metrics, *composites) for action in alarm.get("AlarmActions", ())}
    return Watching(
        metric_alarms=metrics,
        composite_alarms=composites,
        dashboards=tuple(sorted(boards)),
        topics=tuple(arn.rpartition(":")[2] for arn in topics),
        subscriptions=tuple(_subscriptions(asking, [arn for arn in topics if arn in used])),
    )


def _alarms(asking: Asking) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """One reading for each type: only so is what a page lists all of one name."""

    def of(kind: str, listed: str) -> tuple[Mapping[str, Any], ...]:
        found: Iterable[Any] = asking.each(
            "cloudwatch", "DescribeAlarms", listed, AlarmTypes=[kind], MaxRecords=_ALARMS_PER_PAGE
        )
        return tuple(sorted(found, key=lambda one: str(one["AlarmName"])))

    return of("MetricAlarm", "MetricAlarms"), of("CompositeAlarm", "CompositeAlarms")


def _metric_count(asking: Asking, name: str) -> int:
    body = json.loads(asking.ask("cloudwatch", "GetDashboard", DashboardName=name)["DashboardBody"])
    return sum(len((widget.get("properties") or {}).get("metrics") or ()) for widget in body.get("widgets", ()))


def _subscriptions(asking: Asking, topics: Iterable[str]) -> Iterable[Subscription]:
    for topic in topics:
        try:
            found = list(asking.each("sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic))
        except Refused:  # another account's topic tells its own only
            continue
        for one in found:
            protocol, endpoint = str(one["Protocol"]), str(one["Endpoint"])
            is_open = protocol in ("email", "email-json", "sms")
            yield Subscription(topic, protocol, endpoint if is_open else "")
