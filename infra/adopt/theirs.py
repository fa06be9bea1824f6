"""What a team watches, in every region in which the stack would: which of it is about which workload."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from infra.model import Monitoring
from opslib.discover import Watching
from opslib.monitoring import Alarm, CompositeAlarm, Metric
from opslib.monitoring.described import Described, described

__all__ = ["Theirs", "theirs_of", "with_subscriptions"]


@dataclass(frozen=True, slots=True)
class Theirs:
    """What a team watches.

    Attributes:
        alarms: Its alarms, with the workloads of ours that they are about.
        watching: The same as AWS tells of them.
        elsewhere: How many alarms of the stack's region are about something else, and left out.
    """

    alarms: Described
    watching: Watching
    elsewhere: int


def theirs_of(monitoring: Monitoring, watching: Mapping[str, Watching], *, home: str, is_narrowed: bool) -> Theirs:
    """Put together what is watched in several regions.

    Of regions other than the stack's only what is about its workloads counts: the rest is another stack's.

    Args:
        monitoring: The configuration's model, which knows AWS's names of its workloads.
        watching: What AWS tells, by region.
        home: Where the stack is.
        is_narrowed: Whether in the stack's region, too, only that counts.
    """
    whole = watching[home]
    alarms = _with_workloads(whole, monitoring, there=home, home=home)
    count = len(whole.metric_alarms) + len(whole.composite_alarms)
    if is_narrowed:
        alarms, whole = _concerning(alarms, whole)
    elsewhere = count - len(whole.metric_alarms) - len(whole.composite_alarms)
    taken = frozenset(str(one["AlarmName"]) for one in (*whole.metric_alarms, *whole.composite_alarms))
    for region in sorted(set(watching) - {home}):
        there = watching[region]
        found, kept = _concerning(_with_workloads(there, monitoring, there=region, home=home), there)
        found = _apart(found, taken, region)
        alarms = Described((*alarms.alarms, *found.alarms), {**alarms.unknown, **found.unknown})
        whole = replace(
            whole,
            metric_alarms=(*whole.metric_alarms, *kept.metric_alarms),
            composite_alarms=(*whole.composite_alarms, *kept.composite_alarms),
        )
    return Theirs(alarms, whole, elsewhere)


def with_subscriptions(watching: Mapping[str, Watching], theirs: Theirs, *, home: str) -> Watching:
    """What watches where the stack is, with whom the alarms of other regions tell that are about its workloads.

    Args:
        watching: What AWS tells, by region.
        theirs: The same, put together.
        home: Where the stack is.
    """
    alarms = (*theirs.watching.metric_alarms, *theirs.watching.composite_alarms)
    used = {action for one in alarms for action in one.get("AlarmActions", ())}
    elsewhere = (there for region, there in watching.items() if region != home)
    more = tuple(one for there in elsewhere for one in there.subscriptions if one.topic in used)
    return replace(watching[home], subscriptions=(*watching[home].subscriptions, *more))


def _with_workloads(watching: Watching, monitoring: Monitoring, *, there: str, home: str) -> Described:
    """Alarms of a region with the workloads that they are about, and in these workloads' words for the region."""
    regions = {key: one.subject.region for key, one in monitoring.watched.items()}
    known = {key: names for key, names in monitoring.identifiers.items() if (regions.get(key) or home) == there}
    outside = None if there == home else there

    def about(one: Alarm) -> Alarm:
        workload = _workload_of(one, known)
        return replace(one, workload=workload, region=regions.get(workload, outside))

    found = described(watching.metric_alarms, watching.composite_alarms)
    alarms = (about(one) if isinstance(one, Alarm) else replace(one, region=outside) for one in found.alarms)
    return Described(tuple(alarms), found.unknown)


def _apart(found: Described, taken: Collection[str], region: str) -> Described:
    """Alarms of another region, called apart from those that have the same name where the stack is."""
    unknown, alarms = dict(found.unknown), []
    for one in found.alarms:
        name = f"{one.name} ({region})" if one.name in taken else one.name
        if isinstance(one, CompositeAlarm) and set(one.children) & set(taken):
            unknown[name] = "it names an alarm that has the name of another where the stack is"
        else:
            alarms.append(replace(one, name=name))
    return Described(tuple(alarms), unknown)


def _workload_of(alarm: Alarm, identifiers: Mapping[str, Mapping[str, str]]) -> str:
    """The workload whose names an alarm's dimensions have most of; empty where none, or several as much.

    Of several the one wins that has no other names: an alarm of a load balancer is about it, and not about a service
    behind it.
    """
    series = alarm.series
    metrics = (series,) if isinstance(series, Metric) else tuple(metric for _, metric in series.inputs)
    values = {str(value) for metric in metrics for _, value in metric.dimensions}
    counted = {key: len(values & set(known.values())) for key, known in identifiers.items()}
    most = max(counted.values(), default=0)
    best = [key for key, count in counted.items() if count == most]
    whole = [key for key in best if len(set(identifiers[key].values())) == most]
    found = best if len(best) == 1 else whole
    return found[0] if most and len(found) == 1 else ""


def _concerning(theirs: Described, watching: Watching) -> tuple[Described, Watching]:
    """Those of the alarms that are about the workloads, where only a part of what runs was asked for.

    Args:
        theirs: The team's alarms, with the workloads of ours that they are about.
        watching: The same as AWS tells of them.

    Returns:
        Metric alarms that are about one, composites that name one of those, and what AWS tells of these alone.
    """
    kept: set[str] = {one.name for one in theirs.alarms if isinstance(one, Alarm) and one.workload}
    groups = [one for one in theirs.alarms if isinstance(one, CompositeAlarm)]
    while more := {one.name for one in groups if one.name not in kept and kept & set(one.children)}:
        kept |= more
    return (
        Described(tuple(one for one in theirs.alarms if one.name in kept), {}),
        replace(
            watching,
            metric_alarms=tuple(one for one in watching.metric_alarms if one["AlarmName"] in kept),
            composite_alarms=tuple(one for one in watching.composite_alarms if one["AlarmName"] in kept),
            dashboards=(),
        ),
    )
