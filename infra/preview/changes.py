"""Two versions held against one another, field by field, in people's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.preview.before.version import Version
from infra.preview.changed_boards import board_changes
from infra.preview.changed_mutes import mute_changes
from infra.preview.document import (
    AlarmChange,
    AlarmPart,
    BoardPart,
    ChangesPart,
    FieldChange,
    MetricPart,
    MutePart,
    SeriesPart,
)
from infra.preview.words import COMPARISONS, MISSING, few, number, points

__all__ = ["changes"]


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that is compared: what it is called, and how a value of it is said."""

    name: str
    called: str
    said: Callable[[Any, AlarmPart], str] = lambda value, _: str(value)
    empty: str = "none"


def _series(value: SeriesPart) -> str:
    return _read(value.metrics[0]) if value.kind == "metric" and value.metrics else value.expression


_FIELDS = (
    _Field("threshold", "threshold", lambda value, alarm: number(value, alarm.unit)),
    _Field("deviations", "band of deviations", lambda value, _: number(value)),
    _Field("comparison", "rings where the value is", lambda value, _: COMPARISONS.get(value, value)),
    _Field("missing_data", "silence", lambda value, _: MISSING.get(value, value)),
    _Field("low_samples", "with few samples"),
    _Field("warm_up_minutes", "warm-up", lambda value, _: f"{value} min"),
    _Field("severity", "severity"),
    _Field("tier", "tells the tier", empty="none by itself"),
    _Field("paged_by", "acts through", empty="no composite"),
    _Field("region", "region", empty="the stack's"),
    _Field("title", "title"),
    _Field("why", "reason"),
    _Field("runbook", "runbook"),
    _Field("requires", "needs", empty="nothing"),
)
"""What is compared one to one; the window, what is watched, actions and rules are compared below."""

_UNSAID = frozenset({"title", "why", "runbook", "severity", "requires", "low_samples", "paged_by"})
"""What a state may not say: where it is null there, nothing is known."""


def changes(
    alarms: Iterable[AlarmPart], boards: Iterable[BoardPart], mutes: Iterable[MutePart], before: Version
) -> ChangesPart:
    """What is new, gone or other.

    Args:
        alarms: The alarms as they would be.
        boards: The dashboards as they would be.
        mutes: The mute rules as they would be.
        before: What there was.
    """
    after, shown = {one.name: one for one in alarms}, {one.name: one for one in boards}
    return ChangesPart(
        against=before.against,
        alarms_before=len(before.alarms),
        dashboards_before=len(before.dashboards),
        alarms=tuple(_alarms(before.alarms, after, _UNSAID if before.against.kind == "state" else frozenset())),
        dashboards=tuple(board_changes(before.dashboards, shown)),
        mutes=tuple(mute_changes(before.mutes, {one.name: one for one in mutes})),
    )


def _alarms(
    before: Mapping[str, AlarmPart], after: Mapping[str, AlarmPart], unsaid: frozenset[str]
) -> Iterator[AlarmChange]:
    for name, one in after.items():
        if name in before and (fields := tuple(_fields(before[name], one, unsaid))):
            yield AlarmChange(name=name, workload=one.workload, title=one.title or name, what="changed", fields=fields)
    for name, one in after.items():
        if name not in before:
            yield AlarmChange(name=name, workload=one.workload, title=one.title or name, what="added")
    for name, one in before.items():
        if name not in after:
            yield AlarmChange(name=name, workload=one.workload, title=one.title or name, what="removed")


def _fields(before: AlarmPart, after: AlarmPart, unsaid: frozenset[str]) -> Iterator[FieldChange]:
    unit = after.unit or before.unit
    old, new = before.model_copy(update={"unit": unit}), after.model_copy(update={"unit": unit})
    for field in _FIELDS:
        was, would = getattr(old, field.name), getattr(new, field.name)
        if was == would or (field.name in unsaid and was is None):
            continue
        called = f"{after.severity} {field.called}" if field.name == "threshold" and after.severity else field.called
        texts = [field.empty if v in (None, "") else field.said(v, of) for v, of in ((was, old), (would, new))]
        yield FieldChange(field=field.name, before=was, after=would, says=f"{called} {texts[0]} → {texts[1]}")
    yield from _window(old, new)
    yield from _watched(old, new)
    if old.tier == new.tier:  # otherwise the topic is another one, as the tier says
        yield from _lists("actions", "acts on", old.actions, new.actions)
    if old.kind == "composite" and old.rule != new.rule:
        listed = tuple(_lists("children", "names", old.children, new.children, "its rule "))
        yield from listed
        if not listed:
            yield FieldChange(
                field="rule", before=old.rule, after=new.rule, says="its rule joins its children otherwise"
            )


def _window(before: AlarmPart, after: AlarmPart) -> Iterator[FieldChange]:
    was, would = (
        (one.datapoints_to_alarm, one.evaluation_periods, one.watches.period_seconds if one.watches else None)
        for one in (before, after)
    )
    if was != would:
        says = f"looks at {points(*was)} → {points(*would)}"
        yield FieldChange(field="window", before=list(was), after=list(would), says=says)


def _watched(before: AlarmPart, after: AlarmPart) -> Iterator[FieldChange]:
    was, would = before.watches, after.watches
    if was is None or would is None or _watches(was) == _watches(would):
        return
    yield FieldChange(
        field="watches",
        before=was.model_dump(mode="json"),
        after=would.model_dump(mode="json"),
        says=_other(was, would),
    )


_READABLE = 80
"""Longer formulas than this say less than what they read."""


def _other(was: SeriesPart, would: SeriesPart) -> str:
    if was.kind == would.kind == "math":
        listed = next(_lists("", "reads", tuple(map(_read, was.metrics)), tuple(map(_read, would.metrics))), None)
        if listed is not None:
            return listed.says
        if was.expression == would.expression:
            return "its formula reads the same metrics in other places"
    texts = [_series(one) for one in (was, would)]
    if max(map(len, texts)) > _READABLE and was.kind == would.kind != "metric":
        return "another formula" if would.kind == "math" else "another query"
    return f"watches {texts[0]} → {texts[1]}"


def _watches(series: SeriesPart) -> object:
    """What is watched, without what a state does not say of it, and without the order of inputs."""
    inputs = sorted((m.id, m.namespace, m.name, sorted(m.dimensions.items()), m.statistic) for m in series.metrics)
    return series.kind, series.expression, inputs


def _read(metric: MetricPart) -> str:
    where = ", ".join(f"{name}={value}" for name, value in sorted(metric.dimensions.items()))
    return f"{metric.statistic} of {metric.namespace} {metric.name}{f' ({where})' if where else ''}"


def _lists(
    field: str, verb: str, before: tuple[str, ...], after: tuple[str, ...], subject: str = ""
) -> Iterator[FieldChange]:
    gone = [one for one in before if one not in after]
    new = [one for one in after if one not in before]
    if gone or new:
        also = "also " if len(gone) < len(before) else ""
        parts = [f"no longer {verb} {few(gone)}" if gone else "", f"{also}{verb} {few(new)}" if new else ""]
        says = f"{subject}{' and '.join(filter(None, parts))}"
        yield FieldChange(field=field, before=list(before), after=list(after), says=says)
