"""Their alarms and ours, side by side: what is added, what both watch, what is theirs alone, and names that clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.config import TIERS
from infra.model import Monitoring
from opslib.discover import Watching
from opslib.monitoring import Alarm, CompositeAlarm, Expression, Metric, Ref
from opslib.monitoring.described import Described
from opslib.monitoring.metric import Series

__all__ = ["Clash", "Covered", "Covering", "bound", "clashes", "concerning", "covering", "workload_of"]

_AWS_OWN = "TargetTracking-"
"""What the names of the alarms begin with that Application Auto Scaling makes for itself."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What both watch.

    Attributes:
        ours: The alarm of the configuration.
        theirs: Those of the team that watch the same metrics in the same direction.
    """

    ours: Alarm
    theirs: tuple[Alarm, ...]

    @property
    def differs(self) -> tuple[str, ...]:
        """How theirs differ, one line each; none where they are the same."""
        return tuple(
            f"{one.name} is {one.condition}, {self.ours.name} is {self.ours.condition}"
            for one in self.theirs
            if one.condition != self.ours.condition
        )


@dataclass(frozen=True, slots=True)
class Covering:
    """All alarms in four heaps.

    Attributes:
        added: Ours that watch what nobody watched.
        covered: Ours that watch what theirs watch already.
        alone: Theirs that have none of ours beside them.
        managed: Theirs that AWS made for autoscaling, which is nobody's business here.
        composites: Composites of ours, all of which are added.
    """

    added: tuple[Alarm, ...]
    covered: tuple[Covered, ...]
    alone: tuple[Alarm | CompositeAlarm, ...]
    managed: tuple[Alarm, ...]
    composites: tuple[CompositeAlarm, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A name of ours that is taken: AWS would overwrite what has it.

    Attributes:
        kind: `alarm`, `dashboard` or `topic`.
        name: The name.
    """

    kind: str
    name: str


def bound(monitoring: Monitoring) -> tuple[Alarm, ...]:
    """The metric alarms of a configuration with AWS's names in their dimensions."""

    def bind(value: str | Ref) -> str:
        return monitoring.identifiers[value.workload][value.field] if isinstance(value, Ref) else value

    alarms = (*monitoring.stack_alarms, *(one for watched in monitoring.watched.values() for one in watched.alarms))
    return tuple(replace(one, series=_bound(one.series, bind)) for one in alarms)


def _bound(series: Series, bind: Callable[[str | Ref], str]) -> Series:
    if isinstance(series, Metric):
        return replace(series, dimensions=tuple((name, bind(value)) for name, value in series.dimensions))
    if isinstance(series, Expression):
        inputs = tuple((key, _bound(metric, bind)) for key, metric in series.inputs)
        return replace(series, inputs=tuple((key, one) for key, one in inputs if isinstance(one, Metric)))
    return series


def covering(ours: Iterable[Alarm], composites: Iterable[CompositeAlarm], theirs: Described) -> Covering:
    """Hold theirs against ours.

    Args:
        ours: The configuration's metric alarms, bound.
        composites: Its composites.
        theirs: The team's alarms.
    """
    own = [one for one in theirs.alarms if isinstance(one, Alarm) and not one.name.startswith(_AWS_OWN)]
    managed = tuple(one for one in theirs.alarms if isinstance(one, Alarm) and one.name.startswith(_AWS_OWN))
    by_subject: dict[Any, list[Alarm]] = {}
    for one in own:
        by_subject.setdefault(_subject(one), []).append(one)
    added, covered, beside = [], [], set()
    for alarm in ours:
        found = tuple(by_subject.get(_subject(alarm), ()))
        beside |= {one.name for one in found}
        if found:
            covered.append(Covered(alarm, found))
        else:
            added.append(alarm)
    groups = [one for one in theirs.alarms if isinstance(one, CompositeAlarm)]
    alone: tuple[Alarm | CompositeAlarm, ...] = (*(one for one in own if one.name not in beside), *groups)
    return Covering(tuple(added), tuple(covered), alone, managed, tuple(composites))


def _subject(alarm: Alarm) -> Any:
    """What is watched, and on which side; how it is put together does not count."""
    series = alarm.series
    if isinstance(series, Metric):
        metrics: Any = frozenset({_metric(series)})
    elif isinstance(series, Expression):
        metrics = frozenset(_metric(one) for _, one in series.inputs)
    else:
        metrics = series.sql
    return metrics, "below" if alarm.comparison.startswith("Less") else "above"


def _metric(one: Metric) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return one.namespace, one.name, tuple(sorted((name, str(value)) for name, value in one.dimensions))


def workload_of(alarm: Alarm, identifiers: Mapping[str, Mapping[str, str]]) -> str:
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


def concerning(theirs: Described, watching: Watching) -> tuple[Described, Watching]:
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


def clashes(monitoring: Monitoring, prefix: str, watching: Watching) -> tuple[Clash, ...]:
    """Names that the stack would give and that are taken.

    Args:
        monitoring: The configuration's model.
        prefix: What its names start with.
        watching: What is there.
    """
    return tuple(_clashes(monitoring, prefix, watching))


def _clashes(monitoring: Monitoring, prefix: str, watching: Watching) -> Iterator[Clash]:
    taken = {str(one["AlarmName"]) for one in (*watching.metric_alarms, *watching.composite_alarms)}
    for watched in monitoring.watched.values():
        yield from (Clash("alarm", one.name) for one in watched.alarms if one.name in taken)
        yield from (Clash("alarm", one.name) for one in watched.composites if one.name in taken)
    yield from (Clash("alarm", one.name) for one in monitoring.stack_alarms if one.name in taken)
    yield from (Clash("alarm", one.name) for one in monitoring.of_stack if one.name in taken)
    boards = {name for name, _ in watching.dashboards}
    yield from (Clash("dashboard", one.name) for one in monitoring.dashboards if one.name in boards)
    topics = (f"{prefix}-{tier}" for tier in (*TIERS, "recovery", "fallback"))
    yield from (Clash("topic", name) for name in topics if name in watching.topics)
