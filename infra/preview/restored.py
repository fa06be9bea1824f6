"""Alarms of the model, made from their records again: what a backtest replays of a state or of another revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from infra.preview.document import AlarmPart, SeriesPart
from opslib.errors import BadRequest
from opslib.monitoring import (
    Alarm,
    AllOf,
    AnyOf,
    CompositeAlarm,
    Expression,
    InAlarm,
    Insights,
    Metric,
    Ref,
    Role,
    Rule,
)
from opslib.monitoring.evaluate import parse_rule
from opslib.monitoring.evaluate.composite import And, InState, Or
from opslib.monitoring.metric import Series

__all__ = ["bound", "restored"]


def bound(alarm: Alarm, bind: Any) -> Alarm:
    """An alarm with names in the place of references.

    Args:
        alarm: The alarm.
        bind: Gives what stands behind a reference.
    """
    return replace(alarm, series=_bound(alarm.series, bind))


def restored(
    parts: Iterable[AlarmPart], after: Mapping[str, Alarm | CompositeAlarm]
) -> Iterator[Alarm | CompositeAlarm]:
    """The alarms that records are of.

    What a record does not say is taken from the alarm of the same name as it would be, so that only what is known to
    differ does. A composite whose rule asks for more than ALARM is left out: the model has no words for it.

    Args:
        parts: The records.
        after: The alarms as they would be, bound, by name.
    """
    parts = tuple(parts)
    composites = {one.name: one for one in parts if one.kind == "composite"}
    for part in parts:
        like = after.get(part.name)
        if part.kind == "composite":
            found = _composite(part, like if isinstance(like, CompositeAlarm) else None)
            if found is not None:
                yield found
        elif part.watches is not None:
            yield _metric(part, part.watches, like if isinstance(like, Alarm) else None, composites)


def _metric(part: AlarmPart, watches: SeriesPart, like: Alarm | None, composites: Mapping[str, AlarmPart]) -> Alarm:
    series = _series(watches)
    if like is not None and _same(series, like.series):
        series = like.series
    known: dict[str, Any] = {
        "workload": part.workload,
        "title": part.title,
        "severity": part.severity,
        "role": Role(part.role) if part.role else None,
        "why": part.why,
        "low_samples": part.low_samples,
        "runbook": part.runbook,
    }
    default: dict[str, Any] = {"title": part.name, "severity": "info", "role": Role.CAUSE, "why": "", "runbook": ""}
    given = {key: value for key, value in known.items() if value is not None}
    if like is not None and part.paged_by is None and part.tier is None:
        pages = like.paged_by
    else:
        pages = None if part.paged_by is None else _key(part, composites)
    further = tuple(action for action in part.actions if action.startswith("arn:"))
    own: dict[str, Any] = {
        "name": part.name,
        "key": part.name if like is None else like.key,
        "series": series,
        "comparison": part.comparison,
        "threshold": part.threshold,
        "datapoints_to_alarm": part.datapoints_to_alarm,
        "evaluation_periods": part.evaluation_periods,
        "missing_data": part.missing_data,
        "paged_by": pages if like is None or pages is None else like.paged_by or pages,
        "deviations": part.deviations,
        "warm_up_minutes": part.warm_up_minutes,
        "region": part.region,
        "actions": further,
    }
    if like is None:
        return Alarm(**{**default, "low_samples": None, **given, **own})
    return replace(like, **given, **own)


def _key(part: AlarmPart, composites: Mapping[str, AlarmPart]) -> str:
    """What the composite is called within its workload: its name, as far as nobody knows better."""
    return part.paged_by if part.paged_by in composites and part.paged_by else "composite"


def _composite(part: AlarmPart, like: CompositeAlarm | None) -> CompositeAlarm | None:
    try:
        rule = _rule(parse_rule(part.rule or ""))
    except BadRequest:
        rule = None
    if rule is None:
        return None
    severity, pages = part.severity or part.tier or "critical", part.paged_by
    if like is not None and part.severity is None and part.tier == like.tier:
        severity, pages = like.severity, like.paged_by
    title, why = part.title or (like.title if like else part.name), part.why or (like.why if like else "")
    return CompositeAlarm(
        name=part.name,
        key=like.key if like else part.name,
        workload=part.workload,
        title=title,
        rule=like.rule if like is not None and like.expression == part.rule else rule,
        severity=severity,
        why=why,
        acts=bool(part.actions),
        region=part.region,
        runbook=part.runbook if part.runbook is not None else (like.runbook if like else ""),
        actions=tuple(action for action in part.actions if action.startswith("arn:")),
        paged_by=pages if bool(part.actions) else None,
    )


def _rule(rule: object) -> Rule | None:
    if isinstance(rule, InState):
        return InAlarm(rule.alarm.rpartition(":alarm:")[2]) if rule.state == "ALARM" else None
    if isinstance(rule, And | Or):
        members = [_rule(one) for one in rule.rules]
        known = tuple(one for one in members if one is not None)
        if len(known) == len(members):
            return AllOf(known) if isinstance(rule, And) else AnyOf(known)
    return None


def _series(part: SeriesPart) -> Series:
    metrics = tuple(
        (
            one.id,
            Metric(one.namespace, one.name, tuple(sorted(one.dimensions.items())), one.statistic, part.period_seconds),
        )
        for one in part.metrics
    )
    if part.kind == "query":
        return Insights(part.expression, part.label, part.period_seconds)
    return metrics[0][1] if part.kind == "metric" else Expression(part.expression, metrics, part.label)


def _bound(series: Series, bind: Any) -> Series:
    if isinstance(series, Insights):
        return series
    if isinstance(series, Expression):
        return replace(series, inputs=tuple((key, _of(metric, bind)) for key, metric in series.inputs))
    return _of(series, bind)


def _of(metric: Metric, bind: Any) -> Metric:
    names = ((name, bind(value) if isinstance(value, Ref) else value) for name, value in metric.dimensions)
    return replace(metric, dimensions=tuple(sorted(names)))


def _same(one: Series, other: Series) -> bool:
    """Whether both read the same points, whatever else is written of them."""
    return _essence(one) == _essence(other)


def _essence(series: Series) -> object:
    if isinstance(series, Insights):
        return series.sql, series.period_seconds
    if isinstance(series, Metric):
        return series.namespace, series.name, series.dimensions, series.statistic, series.period_seconds
    return series.expression, sorted((key, _essence(metric)) for key, metric in series.inputs)
