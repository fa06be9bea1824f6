"""AWS's limits, held against the model before anything is deployed.

A file for each subject: metric alarms, composites, dashboards. Each line names the alarm or dashboard, says what it has
and what AWS takes, and the way out. Sources: CloudWatch's service quotas and the API references of PutMetricAlarm,
PutCompositeAlarm, PutDashboard and PutAlarmMuteRule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.limits_alarms import alarm_problems, region_problems, text_problems
from opslib.monitoring.limits_composites import composite_problems
from opslib.monitoring.limits_dashboards import dashboard_problems

__all__ = ["problems"]

NAMES_PER_MUTE_RULE = 100
MADE_BY_TARGET_TRACKING = "TargetTracking-"


def problems(
    *,
    alarms: Iterable[Alarm] = (),
    composites: Iterable[CompositeAlarm] = (),
    dashboards: Iterable[Dashboard] = (),
    mute_rules: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """Everything that AWS would refuse, one clear line each; empty where it would take all.

    Args:
        alarms: The metric alarms of a stack, of all its regions.
        composites: Its composites.
        dashboards: Its dashboards.
        mute_rules: The names of the alarms that each mute rule mutes, by the rule's name.
    """
    alarms, composites = tuple(alarms), tuple(composites)
    return (
        *_duplicates(alarms, composites),
        *(line for alarm in alarms for line in (*text_problems(alarm), *alarm_problems(alarm))),
        *region_problems(alarms),
        *(line for composite in composites for line in text_problems(composite)),
        *composite_problems(alarms, composites),
        *(line for dashboard in dashboards for line in dashboard_problems(dashboard)),
        *(line for name, muted in (mute_rules or {}).items() for line in _mute_rule(name, muted)),
    )


def _duplicates(alarms: tuple[Alarm, ...], composites: tuple[CompositeAlarm, ...]) -> Iterator[str]:
    both: tuple[Alarm | CompositeAlarm, ...] = (*alarms, *composites)
    names = Counter((alarm.name, alarm.region) for alarm in both)
    for (name, _), count in names.items():
        if count > 1:
            yield (
                f"alarm {name}: {count} alarms have this name, and the last would overwrite the others: "
                "rename a workload, or give it another threshold"
            )


def _mute_rule(name: str, muted: Sequence[str]) -> Iterator[str]:
    if len(muted) > NAMES_PER_MUTE_RULE:
        yield (
            f"mute rule {name}: names {len(muted)} alarms, AWS takes {NAMES_PER_MUTE_RULE}: "
            "mute composites instead of their children, or split the rule by workload"
        )
    for alarm in muted:
        if alarm.startswith(MADE_BY_TARGET_TRACKING):
            yield f"mute rule {name}: {alarm} is autoscaling's own: muted, the service would not scale: leave it out"
