"""Reads a service's past: its deployments, their images, and how its alarms were."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from opslib.contract import Alarm
from opslib.procedure import Read
from opslib.procedure.aws import regional
from opslib.procedure.step import MayCall
from opslib.rollback.alarms import see_alarms
from opslib.rollback.history.point import HISTORY_KEPT, AlarmTimeline, Change, Deployed, Image

__all__ = ["HISTORY_CALLS", "read_deployments", "read_timelines", "telling"]

HISTORY_CALLS = (
    MayCall("ecs", "ListServiceDeployments"),
    MayCall("ecs", "DescribeServiceRevisions"),
    MayCall("cloudwatch", "DescribeAlarms"),
    MayCall("cloudwatch", "DescribeAlarmHistory"),
)
"""What reading it calls. None of it changes anything."""

_REVISIONS_PER_CALL = 20
"""AWS, DescribeServiceRevisions."""

_MOST_PAGES = 10
"""Of an alarm's history: a thousand changes. One that flaps more is known only as far back as these reach."""

_TYPES = {"metric": "MetricAlarm", "composite": "CompositeAlarm"}


def telling(alarms: Iterable[Alarm], workload: str) -> tuple[Alarm, ...]:
    """The alarms that say whether a workload's users are well: its symptoms, and what else of it is critical.

    Causes, such as a busy processor, are left out: whether they hurt anybody is what the symptoms say. So is what only
    informs.
    """
    return tuple(
        alarm
        for alarm in alarms
        if alarm.workload == workload
        and alarm.role != "cause"
        and alarm.severity != "info"
        and (alarm.role == "symptom" or alarm.severity in ("critical", "emergency"))
    )


def read_deployments(read: Read, cluster: str, service: str, *, most: int = _REVISIONS_PER_CALL) -> Iterator[Deployed]:
    """The deployments of a service that completed, the newest first; AWS keeps them for 90 days.

    Args:
        read: Reads the world.
        cluster: The cluster.
        service: The service.
        most: How many to read at most; twenty are two calls.
    """
    token: dict[str, str] = {}
    while most > 0:
        page = read("ecs", "ListServiceDeployments", cluster=cluster, service=service, status=["SUCCESSFUL"], **token)
        briefs = page["serviceDeployments"][:most]
        arns = [brief["targetServiceRevisionArn"] for brief in briefs]
        revisions = _revisions(read, arns)
        for brief in briefs:
            revision = revisions.get(brief["targetServiceRevisionArn"])
            if revision is not None:
                started = brief.get("startedAt") or brief["createdAt"]
                yield Deployed(
                    task_definition=revision["taskDefinition"],
                    started_at=started,
                    completed_at=brief.get("finishedAt") or started,
                    images=tuple(
                        Image(image["containerName"], image["image"], image.get("imageDigest", ""))
                        for image in revision.get("containerImages", ())
                    ),
                )
        most -= len(briefs)
        if "nextToken" not in page or not briefs:
            return
        token = {"nextToken": page["nextToken"]}


def _revisions(read: Read, arns: list[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(arns), _REVISIONS_PER_CALL):
        part = list(dict.fromkeys(arns[start : start + _REVISIONS_PER_CALL]))
        answer = read("ecs", "DescribeServiceRevisions", serviceRevisionArns=part)
        found |= {revision["serviceRevisionArn"]: revision for revision in answer["serviceRevisions"]}
    return found


def read_timelines(
    read: Read, alarms: tuple[Alarm, ...], since: datetime, now: datetime, home: str
) -> tuple[AlarmTimeline, ...]:
    """How alarms were since a time; those that AWS does not have are left out.

    Args:
        read: Reads the world.
        alarms: The alarms.
        since: From when on it matters.
        now: The time.
        home: The stack's region.
    """
    since = max(since, now - HISTORY_KEPT)
    states = _states(read, alarms, home)
    return tuple(_timeline(read, alarm, states[alarm.name], since, home) for alarm in alarms if alarm.name in states)


def _states(read: Read, alarms: tuple[Alarm, ...], home: str) -> dict[str, str]:
    names = {
        regional("cloudwatch", region, home): [alarm.name for alarm in alarms if alarm.region == region]
        for region in sorted({alarm.region for alarm in alarms})
    }
    return {name: found["StateValue"] for name, found in see_alarms(read, names).items()}


def _timeline(read: Read, alarm: Alarm, state: str, since: datetime, home: str) -> AlarmTimeline:
    port, changes, token = regional("cloudwatch", alarm.region, home), list[Change](), dict[str, str]()
    for _ in range(_MOST_PAGES):
        page = read(
            port,
            "DescribeAlarmHistory",
            AlarmName=alarm.name,
            AlarmTypes=[_TYPES[alarm.type]],
            HistoryItemType="StateUpdate",
            StartDate=since,
            ScanBy="TimestampDescending",
            MaxRecords=100,
            **token,
        )
        changes += [_change(item) for item in page["AlarmHistoryItems"]]
        if "NextToken" not in page:
            return AlarmTimeline(alarm.name, state, tuple(reversed(changes)), since)
        token = {"NextToken": page["NextToken"]}
    return AlarmTimeline(alarm.name, state, tuple(reversed(changes)), changes[-1].at)


_SUMMARY = re.compile(r"from (?P<old>[A-Z_]+) to (?P<new>[A-Z_]+)")
"""AWS: "Alarm updated from OK to ALARM". HistoryData says the same at length, and is cut off where it is too long."""


def _change(item: Mapping[str, Any]) -> Change:
    found = _SUMMARY.search(item["HistorySummary"])
    return Change(item["Timestamp"], found["old"] if found else "", found["new"] if found else "")
