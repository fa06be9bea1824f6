"""What is said of the stack as a whole: the emergency, and the dashboards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.kinds.watch import Watched
from opslib.monitoring import (
    AlarmStatus,
    AllOf,
    CompositeAlarm,
    Dashboard,
    InAlarm,
    Ref,
    Text,
    Widget,
)

__all__ = ["ALARM", "STACK", "alarm_ref", "dashboards", "emergencies"]

STACK = "stack"
"""What stands for the workload where an alarm is the stack's own."""

ALARM = "alarm"
"""What stands for the workload in a reference to an alarm's ARN."""

_HEADING_ROWS = 2
"""A heading needs two rows: in one CloudWatch cuts it off."""

_DATA_SECTIONS = ("databases", "caches")


def alarm_ref(name: str) -> Ref:
    """The reference to an alarm's ARN, by the alarm's name."""
    return Ref(ALARM, name)


def emergencies(prefix: str, watched: Sequence[Watched]) -> tuple[CompositeAlarm, ...]:
    """The alarms of the tier above all: every service that users reach is unavailable.

    Args:
        prefix: What every name starts with.
        watched: All workloads.
    """
    outages = tuple(
        InAlarm(composite.name)
        for workload in watched
        if workload.kind.name == "ecs_service"
        for composite in workload.composites
        if composite.key == "unavailable"
    )
    if not outages:
        return ()
    return (
        CompositeAlarm(
            name=f"{prefix}-emergency",
            key="emergency",
            workload=STACK,
            title="Every service is unavailable",
            rule=AllOf(outages),
            severity="emergency",
            why="no single service's failure takes down all: look at the account, the region, the network",
        ),
    )


def dashboards(
    prefix: str, region: str, watched: Sequence[Watched], stack_composites: Sequence[CompositeAlarm]
) -> tuple[Dashboard, ...]:
    """Overview (health at a glance), Detailed (everything on a workload) and Database (where the data is).

    Args:
        prefix: What every name starts with.
        region: Part of the names too, for dashboards are global in an account.
        watched: All workloads, in the order in which they are shown.
        stack_composites: The stack's own alarms.
    """
    composites = (*stack_composites, *(composite for workload in watched for composite in workload.composites))
    data = [workload for workload in watched if workload.kind.section in _DATA_SECTIONS]
    boards: list[tuple[str, list[Widget]]] = [
        ("overview", [*_status("What would page", composites), *_summaries(watched)]),
        ("detailed", list(_details(watched))),
    ]
    if data:
        boards.append(("database", list(_details(data))))
    return tuple(Dashboard(name=f"{prefix}-{key}-{region}", key=key, widgets=tuple(widgets)) for key, widgets in boards)


def _summaries(watched: Sequence[Watched]) -> Iterator[Widget]:
    for workload in watched:
        yield _heading(workload)
        yield from workload.summary


def _details(watched: Sequence[Watched]) -> Iterator[Widget]:
    for workload in watched:
        yield _heading(workload)
        yield from _status(f"{workload.subject.key}: what would page", workload.composites)
        yield from workload.detail


def _heading(workload: Watched) -> Text:
    return Text(f"## {workload.subject.key}: {workload.kind.title}", height=_HEADING_ROWS)


def _status(title: str, composites: Sequence[CompositeAlarm]) -> Iterator[Widget]:
    # CloudWatch shows at most 100 alarms in one alarm widget.
    for start in range(0, len(composites), 100):
        part = composites[start : start + 100]
        rows = -(-len(part) // 6)
        yield AlarmStatus(title, tuple(alarm_ref(composite.name) for composite in part), height=1 + rows)
