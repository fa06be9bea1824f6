"""Alarms in the report: one flat record of each, whether it comes from a model, a state or another revision.

Identifiers are bound to names here, so that records of two versions can be held against one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from infra.preview.document.part import Part
from opslib.contract import Severity
from opslib.monitoring import Alarm, AnyOf, CompositeAlarm, InAlarm, Insights, Metric, NotInAlarm, Ref, Rule
from opslib.monitoring.metric import Series

__all__ = ["AlarmPart", "MetricPart", "SeriesPart", "alarm_parts", "identity"]

BindText = Callable[[Ref], str]


class MetricPart(Part):
    """One metric that an alarm reads.

    Attributes:
        id: What metric math calls it; empty where there is none.
        namespace: AWS's namespace.
        name: The metric's name.
        dimensions: Values by name; what is not known is `${workload.field}`.
        statistic: As CloudWatch calls it.
        requires: The setting without which it is not published.
    """

    id: str = ""
    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str
    requires: str | None = None


class SeriesPart(Part):
    """What an alarm watches.

    Attributes:
        kind: A metric, metric math over some, or a Metrics Insights query.
        label: What a graph's legend says.
        period_seconds: Length of a point.
        expression: The math or the query.
        metrics: The metrics, in the order of the math's inputs.
    """

    kind: Literal["metric", "math", "query"]
    label: str = ""
    period_seconds: int
    expression: str = ""
    metrics: tuple[MetricPart, ...] = ()


class AlarmPart(Part):
    """An alarm. What is null is not known, or does not apply to its kind.

    Attributes:
        name: Its name in AWS.
        kind: A metric alarm, or a composite over others.
        workload: Key of what it watches; `stack` for the stack as a whole.
        severity: How bad it is; null in a state that does not say it.
        fires_on_silence: Whether it goes into ALARM when the metrics stop.
        actions: Names of the topics and other ARNs on which it acts when it goes into ALARM; empty: it acts on nothing
            by itself.
        tier: The tier that it tells; null where it tells none by itself.
        title: One clause for people.
        condition: When it rings, in words.
        why: Why this number.
        role: Symptom, cause or silence; `composite` for a composite.
        runbook: Where it is written what to do.
        region: Where it is, if not where the stack is.
        requires: The setting without which it is blind.
        paged_by: The composite that pages for it.
        unit: The unit of its threshold, where a graph says it.
        threshold: Of a metric alarm without a band.
        comparison: How a point is held against the threshold.
        deviations: Half the width of its band, in standard deviations.
        datapoints_to_alarm: M of M of N.
        evaluation_periods: N of M of N.
        missing_data: How points that are not there are treated.
        low_samples: What a percentile of few samples does.
        warm_up_minutes: How long it is held back when it is new.
        watches: What a metric alarm watches.
        rule: The rule of a composite.
        children: The alarms in the rule.
    """

    name: str
    kind: Literal["metric", "composite"]
    workload: str
    severity: Severity | None
    fires_on_silence: bool
    actions: tuple[str, ...]
    tier: Severity | None = None
    title: str | None = None
    condition: str = ""
    why: str | None = None
    role: str | None = None
    runbook: str | None = None
    region: str | None = None
    requires: str | None = None
    paged_by: str | None = None
    unit: str = ""
    threshold: float | None = None
    comparison: str | None = None
    deviations: float | None = None
    datapoints_to_alarm: int | None = None
    evaluation_periods: int | None = None
    missing_data: str | None = None
    low_samples: str | None = None
    warm_up_minutes: int | None = None
    watches: SeriesPart | None = None
    rule: str | None = None
    children: tuple[str, ...] = ()


def alarm_parts(
    alarms: Iterable[Alarm],
    composites: Iterable[CompositeAlarm],
    *,
    bind: BindText,
    topics: str,
    units: Mapping[object, str],
) -> Iterator[AlarmPart]:
    """The records of a model: composites first, for they page.

    Args:
        alarms: Its metric alarms.
        composites: Its composites.
        bind: Gives what stands behind a reference.
        topics: What the topics' names start with; empty: a topic is called as its tier.
        units: The unit of what is drawn, by its identity.
    """
    alarms, composites = tuple(alarms), tuple(composites)
    paging = {(one.workload, one.key): one.name for one in composites}
    rings = {one.name: one.missing_data == "breaching" for one in alarms}
    silent = _silent(composites, rings)
    for one in composites:
        yield AlarmPart(
            name=one.name,
            kind="composite",
            workload=one.workload,
            severity=one.severity,
            fires_on_silence=silent.get(one.name, False),
            actions=_actions(one.tier, one.actions, topics),
            tier=one.tier,
            title=one.title,
            condition=one.expression,
            why=one.why,
            role="composite",
            runbook=one.runbook,
            region=one.region,
            paged_by=one.paged_by,
            rule=one.expression,
            children=one.children,
        )
    for alarm in alarms:
        yield AlarmPart(
            name=alarm.name,
            kind="metric",
            workload=alarm.workload,
            severity=alarm.severity,
            fires_on_silence=rings[alarm.name],
            actions=_actions(alarm.tier, alarm.actions, topics),
            tier=alarm.tier,
            title=alarm.title,
            condition=alarm.condition,
            why=alarm.why,
            role=alarm.role.value,
            runbook=alarm.runbook,
            region=alarm.region,
            requires=alarm.requires.value if alarm.requires else None,
            paged_by=paging.get((alarm.workload, alarm.paged_by or "")),
            unit=units.get(identity(alarm.series), ""),
            threshold=alarm.threshold,
            comparison=alarm.comparison,
            deviations=alarm.deviations,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
            evaluation_periods=alarm.evaluation_periods,
            missing_data=alarm.missing_data,
            low_samples=alarm.low_samples,
            warm_up_minutes=alarm.warm_up_minutes,
            watches=_series(alarm.series, bind),
        )


def identity(series: Series) -> object:
    """What a series is of, by whichever statistic and period."""
    if isinstance(series, Metric):
        return (series.namespace, series.name, series.dimensions)
    if isinstance(series, Insights):
        return series.sql
    return (series.expression, tuple((key, identity(metric)) for key, metric in series.inputs))


def _actions(tier: Severity | None, further: tuple[str, ...], topics: str) -> tuple[str, ...]:
    topic = () if tier is None else (f"{topics}-{tier}" if topics else tier,)
    return (*topic, *further)


def _silent(composites: tuple[CompositeAlarm, ...], rings: Mapping[str, bool]) -> dict[str, bool]:
    """Which composites ring when every metric stops: those whose rule holds of the alarms that do."""
    known = dict(rings)
    left = list(composites)
    while left:
        ready = [one for one in left if all(child in known for child in one.children)]
        if not ready:
            break  # a rule that names what is not there: a limit says so
        for one in ready:
            known[one.name] = _holds(one.rule, known)
        left = [one for one in left if one.name not in known]
    return {one.name: known.get(one.name, False) for one in composites}


def _holds(rule: Rule, rings: Mapping[str, bool]) -> bool:
    if isinstance(rule, InAlarm):
        return rings[rule.alarm_name]
    if isinstance(rule, NotInAlarm):
        return not rings[rule.alarm_name]
    joint = any if isinstance(rule, AnyOf) else all
    return joint(_holds(member, rings) for member in rule.members)


def _series(series: Series, bind: BindText) -> SeriesPart:
    if isinstance(series, Metric):
        metrics = (_metric("", series, bind),)
        return SeriesPart(kind="metric", label=series.label, period_seconds=series.period_seconds, metrics=metrics)
    if isinstance(series, Insights):
        return SeriesPart(kind="query", label=series.label, period_seconds=series.period_seconds, expression=series.sql)
    return SeriesPart(
        kind="math",
        label=series.label,
        period_seconds=series.period_seconds if series.inputs else 60,
        expression=series.expression,
        metrics=tuple(_metric(key, metric, bind) for key, metric in series.inputs),
    )


def _metric(key: str, metric: Metric, bind: BindText) -> MetricPart:
    return MetricPart(
        id=key,
        namespace=metric.namespace,
        name=metric.name,
        dimensions={name: bind(v) if isinstance(v, Ref) else v for name, v in metric.dimensions},
        statistic=metric.statistic,
        requires=metric.requires.value if metric.requires else None,
    )
