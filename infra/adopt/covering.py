"""Their alarms and ours, side by side: what is added, what both watch, what is theirs alone, and names that clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.config import TIERS
from infra.model import Monitoring
from opslib.discover import Watching
from opslib.monitoring import Alarm, CompositeAlarm, Expression, Metric, Ref
from opslib.monitoring.described import Described
from opslib.monitoring.metric import Series

__all__ = ["Clash", "Covered", "Covering", "bound", "clashes", "covering"]

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


def covering(ours: Iterable[Alarm], composites: Iterable[CompositeAlarm], theirs: Described, *, home: str) -> Covering:
    """Hold theirs against ours.

    Args:
        ours: The configuration's metric alarms, bound.
        composites: Its composites.
        theirs: The team's alarms.
        home: Where the stack is.
    """
    own = [one for one in theirs.alarms if isinstance(one, Alarm) and not one.name.startswith(_AWS_OWN)]
    managed = tuple(one for one in theirs.alarms if isinstance(one, Alarm) and one.name.startswith(_AWS_OWN))
    by_subject: dict[Any, list[Alarm]] = {}
    for one in own:
        by_subject.setdefault(_subject(one, home), []).append(one)
    added, covered, beside = [], [], set()
    for alarm in ours:
        found = tuple(by_subject.get(_subject(alarm, home), ()))
        beside |= {one.name for one in found}
        if found:
            covered.append(Covered(alarm, found))
        else:
            added.append(alarm)
    groups = [one for one in theirs.alarms if isinstance(one, CompositeAlarm)]
    alone: tuple[Alarm | CompositeAlarm, ...] = (*(one for one in own if one.name not in beside), *groups)
    return Covering(tuple(added), tuple(covered), alone, managed, tuple(composites))


def _subject(alarm: Alarm, home: str) -> Any:
    """What is watched, where, and on which side; how it is put together does not count."""
    series = alarm.series
    if isinstance(series, Metric):
        metrics: Any = frozenset({_metric(series)})
    elif isinstance(series, Expression):
        metrics = frozenset(_metric(one) for _, one in series.inputs)
    else:
        metrics = series.sql
    return metrics, alarm.region or home, "below" if alarm.comparison.startswith("Less") else "above"


def _metric(one: Metric) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return one.namespace, one.name, tuple(sorted((name, str(value)) for name, value in one.dimensions))


def clashes(monitoring: Monitoring, prefix: str, watching: Mapping[str, Watching], *, home: str) -> tuple[Clash, ...]:
    """Names that the stack would give and that are taken.

    Args:
        monitoring: The configuration's model.
        prefix: What its names start with.
        watching: What is there, by region.
        home: Where the stack is.
    """
    ours: list[Alarm | CompositeAlarm] = [*monitoring.stack_alarms, *monitoring.of_stack]
    for watched in monitoring.everything:
        ours += [*watched.alarms, *watched.composites]
    found: list[Clash] = []
    for region, there in watching.items():
        taken = {str(one["AlarmName"]) for one in (*there.metric_alarms, *there.composite_alarms)}
        found += [Clash("alarm", one.name) for one in ours if (one.region or home) == region and one.name in taken]
        boards = {name for name, _ in there.dashboards}
        found += [Clash("dashboard", one.name) for one in monitoring.dashboards if one.name in boards]
        topics = (f"{prefix}-{tier}" for tier in (*TIERS, "recovery", "fallback"))
        found += [Clash("topic", name) for name in topics if name in there.topics]
    return tuple(found)
