"""What is said of the stack as a whole. What fails together is in `outages.py`, its dashboards in `boards.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.kinds.watch import Watched
from opslib.monitoring import Alarm, Expression, Metric, Ref, Role

__all__ = ["ALARM", "HORIZON_KEY", "OWN", "STACK", "alarm_ref", "horizon_alarm"]

STACK = "stack"
"""What stands for the workload where an alarm is the stack's own."""

OWN = "alerting"
"""What stands for the workload where an alarm is on our own delivery."""

ALARM = "alarm"
"""What stands for the workload in a reference to an alarm's ARN."""

HORIZON_KEY = "maintenance-horizon"
"""The alarm that says in time that windows will not be muted any more."""

HORIZON_NOTICE = timedelta(days=30)
"""How long before that it rings: a month in which to run `pulumi up`, which most stacks see every few days."""


def alarm_ref(name: str) -> Ref:
    """The reference to an alarm's ARN, by the alarm's name."""
    return Ref(ALARM, name)


def horizon_alarm(prefix: str, watched: Sequence[Watched], until: datetime, *, runbooks: str = "") -> Alarm | None:
    """The alarm that rings a month before the first window that no mute rule mutes.

    It watches the clock: metric math has the time of each point, of whatever metric. It takes one that is published as
    long as a workload lives, that of its alarm on silence. None where there is no such metric in the stack's region.

    Args:
        prefix: What every name starts with.
        watched: All workloads.
        until: The start of that window.
        runbooks: The address or path under which the runbooks' pages stand.
    """
    alive = (
        alarm.series
        for workload in watched
        if workload.subject.region is None
        for alarm in workload.alarms
        if alarm.role is Role.SILENCE and isinstance(alarm.series, Metric)
    )
    metric = next(alive, None)
    if metric is None:
        return None
    return Alarm(
        name=f"{prefix}-{HORIZON_KEY}",
        key=HORIZON_KEY,
        workload=STACK,
        title=f"No window from {until:%Y-%m-%d} on will be muted",
        series=Expression("EPOCH(alive)", (("alive", metric.with_period(3600)),), "Now, in seconds since 1970"),
        comparison="GreaterThanThreshold",
        threshold=(until - HORIZON_NOTICE).timestamp(),
        severity="warning",
        role=Role.CAUSE,
        why="first Mondays and last Fridays are muted month by month, and only `pulumi up` moves that on",
        datapoints_to_alarm=1,
        evaluation_periods=1,
        missing_data="ignore",
        runbook=f"{runbooks.rstrip('/')}/stack.md#{HORIZON_KEY}" if runbooks else "",
    )
