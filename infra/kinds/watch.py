"""The one interpreter of the kinds' tables: a table and a workload give alarms, composites and widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from infra.kinds.table import AlarmRow, Board, CompositeRow, Kind, MathRow, MetricRow, WidgetRow
from opslib.contract import Severity
from opslib.errors import BadRequest
from opslib.monitoring import (
    Alarm,
    AllOf,
    AnyOf,
    Band,
    CompositeAlarm,
    Expected,
    Expression,
    Graph,
    InAlarm,
    Insights,
    Line,
    Metric,
    NotInAlarm,
    Ref,
    Role,
)
from opslib.monitoring.evaluate.settings import BAND_COMPARISONS
from opslib.monitoring.metric import Series

__all__ = ["COLORS", "Subject", "Watched", "namespace_of", "outage_name", "watch"]

COLORS: Mapping[Severity, str] = {
    "info": "#1f77b4",
    "warning": "#ff7f0e",
    "critical": "#d62728",
    "emergency": "#7f1d1d",
}

_DETAIL_COLUMNS = 8

LEAST_WARM_UP_MINUTES = 60
"""How long a workload that is deployed with its alarms may take to come up: a database takes half an hour. The warm-up
of a workload that lives ends as soon as the alarm's window is full."""
MOST_WARM_UP_MINUTES = 2_880
"""CloudWatch takes two days at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One workload, as far as its alarms depend on it.

    Attributes:
        key: Its name in the configuration.
        prefix: What every name in AWS starts with: product and environment.
        bands: Thresholds by quantity.
        traits: What it has: its identifiers, whose values are bound later, and such as ``stream``.
        instances: Its instances by kind of instance, such as the containers of a service.
        numbers: Settings that metric math needs; a text where it is one.
        pages: Whether it may wake somebody; a standby serves nobody until it is needed, so it only informs.
        together: Key of the outage that pages for it and what fails with it; empty: it pages for itself.
        region: Where its metrics are; None: where the stack is.
        group: The dashboard on which it is shown together with others of the group; empty: the stack's own.
        runbooks: The address or path under which the runbooks' pages stand.
    """

    key: str
    prefix: str
    bands: Mapping[str, Band]
    traits: frozenset[str]
    instances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float | str] = field(default_factory=dict)
    pages: bool = True
    together: str = ""
    region: str | None = None
    group: str = ""
    runbooks: str = ""

    def has(self, name: str) -> bool:
        """Whether it has a trait or a number."""
        return name in self.traits or name in self.numbers

    def wants(self, row: AlarmRow | WidgetRow) -> bool:
        """Whether a row applies to it."""
        needed = row.only_with is None or self.has(row.only_with)
        return needed and not (row.unless is not None and self.has(row.unless))

    def runbook(self, kind: str, key: str) -> str:
        """Where it is written what to do about an alarm of a kind."""
        return f"{self.runbooks.rstrip('/')}/{kind}.md#{key}" if self.runbooks else ""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a workload's table comes to.

    Attributes:
        subject: The workload.
        kind: Its kind.
        alarms: Its metric alarms.
        composites: Its composites.
        summary: Its graphs for Overview.
        detail: All of its graphs.
        boards: Its graphs on further dashboards, by dashboard.
    """

    subject: Subject
    kind: Kind
    alarms: tuple[Alarm, ...]
    composites: tuple[CompositeAlarm, ...]
    summary: tuple[Graph, ...]
    detail: tuple[Graph, ...]
    boards: Mapping[Board, tuple[Graph, ...]] = field(default_factory=dict)


def watch(kind: Kind, subject: Subject) -> Watched:
    """Read a kind's table for one workload.

    Args:
        kind: The table.
        subject: The workload.
    """
    alarms = tuple(alarm for row in kind.alarms if subject.wants(row) for alarm in _alarms(kind, subject, row))
    composites = tuple(_composites(kind, subject, alarms))
    graphs = [(row, _graph(kind, subject, row, alarms)) for row in kind.widgets if subject.wants(row)]
    boards = dict.fromkeys((*kind.boards, *(board for row, _ in graphs for board in row.boards)))
    return Watched(
        subject=subject,
        kind=kind,
        alarms=alarms,
        composites=composites,
        summary=tuple(graph for row, graph in graphs if row.summary),
        detail=tuple(graph for _, graph in graphs),
        boards={
            board: tuple(graph for row, graph in graphs if board in kind.boards or board in row.boards)
            for board in boards
        },
    )


def _alarms(kind: Kind, subject: Subject, row: AlarmRow) -> Iterator[Alarm]:
    band = subject.bands[row.thresholds] if isinstance(row.thresholds, str) else row.thresholds
    severities: tuple[tuple[Severity, float | None], ...] = (
        ("info", band.info),
        ("warning", band.warning),
        ("critical", band.critical),
    )
    for instance in _instances(subject, row.each):
        series = _series(kind, subject, row.series, instance, row.statistic).with_period(row.period_seconds)
        metric = kind.metrics[row.series]
        for severity, threshold in severities:
            if threshold is None or severity not in row.severities:
                continue
            key = "-".join(filter(None, (row.key, instance, severity)))
            is_band = row.comparison in BAND_COMPARISONS
            yield Alarm(
                name=f"{subject.prefix}-{subject.key}-{key}",
                key=key,
                workload=subject.key,
                title=f"{row.title} ({instance})" if instance else row.title,
                series=series,
                comparison=row.comparison,
                threshold=None if is_band else threshold,
                severity=severity,
                role=row.role,
                why=row.why,
                datapoints_to_alarm=row.points[0],
                evaluation_periods=row.points[1],
                missing_data=row.missing,
                low_samples=metric.low_samples if isinstance(metric, MetricRow) else None,
                paged_by=row.pages if severity == "critical" and subject.pages else None,
                deviations=threshold if is_band else None,
                warm_up_minutes=_warm_up(row),
                region=subject.region,
                runbook=subject.runbook(kind.name, row.key),
                trigger=kind.trigger,
            )


def _warm_up(row: AlarmRow) -> int | None:
    """What fires because points are missing waits until there can be some, or the first deploy pages everything."""
    if row.missing != "breaching":
        return None
    window_minutes = row.points[1] * row.period_seconds // 60
    return min(max(LEAST_WARM_UP_MINUTES, 2 * window_minutes), MOST_WARM_UP_MINUTES)


def _composites(kind: Kind, subject: Subject, alarms: tuple[Alarm, ...]) -> Iterator[CompositeAlarm]:
    for row in kind.composites:
        children = tuple(InAlarm(alarm.name) for alarm in alarms if alarm.paged_by == row.key)
        besides = tuple(NotInAlarm(alarm.name) for alarm in alarms if _is_critical_of(alarm, row.unless))
        if children:
            yield CompositeAlarm(
                name=f"{subject.prefix}-{subject.key}-{row.key}",
                key=row.key,
                workload=subject.key,
                title=row.title,
                rule=_joint(row, children, besides),
                severity=row.severity,
                why=row.why,
                region=subject.region,
                runbook=subject.runbook(kind.name, row.key),
                trigger=kind.trigger,
                paged_by=outage_name(subject.prefix, subject.together) if subject.together else None,
            )


def outage_name(prefix: str, together: str) -> str:
    """The name of the composite that pages for all that fails together."""
    return f"{prefix}-outage-{together}"


def _is_critical_of(alarm: Alarm, rows: tuple[str, ...]) -> bool:
    return alarm.key in {f"{row}-critical" for row in rows}


def _joint(row: CompositeRow, children: tuple[InAlarm, ...], besides: tuple[NotInAlarm, ...]) -> AllOf | AnyOf:
    if row.joint == "all":
        return AllOf((*children, *besides))
    return AllOf((AnyOf(children), *besides)) if besides else AnyOf(children)


def _graph(kind: Kind, subject: Subject, row: WidgetRow, alarms: tuple[Alarm, ...]) -> Graph:
    left = tuple(_drawn(kind, subject, row.left, row.each))
    return Graph(
        title=f"{subject.key}: {row.title}",
        left=left,
        right=tuple(_drawn(kind, subject, row.right, row.each)),
        lines=_lines(left, alarms),
        bands=_bands(left, alarms),
        width=_DETAIL_COLUMNS,
        unit=row.unit,
        region=subject.region,
    )


def _drawn(kind: Kind, subject: Subject, keys: tuple[str, ...], each: str | None) -> Iterator[Series]:
    # What an alarm watches is drawn in the alarm's points: its threshold means nothing for the sum of another period.
    periods = {row.series: row.period_seconds for row in kind.alarms if row.role is not Role.SILENCE}
    for instance in _instances(subject, each):
        for key in keys:
            name, _, statistic = key.partition(":")
            series = _series(kind, subject, name, instance, statistic or None).with_period(periods.get(name, 60))
            label = " ".join(filter(None, (series.label, statistic, instance)))
            yield replace(series, label=label)


def _lines(drawn: tuple[Series, ...], alarms: tuple[Alarm, ...]) -> tuple[Line, ...]:
    """The thresholds of all alarms over what is drawn, by whichever statistic, each value once."""
    shown = {_identity(series) for series in drawn}
    drawable = ((alarm, alarm.threshold) for alarm in alarms if alarm.threshold is not None)
    lines = {
        (alarm.series.label, alarm.severity, threshold): Line(
            label=f"{alarm.series.label}: {alarm.severity} {threshold:g}",
            value=threshold,
            color=COLORS[alarm.severity],
        )
        for alarm, threshold in drawable
        if _identity(alarm.series) in shown and alarm.role != "silence"
    }
    return tuple(lines.values())


def _bands(drawn: tuple[Series, ...], alarms: tuple[Alarm, ...]) -> tuple[Expected, ...]:
    """What the models of anomaly alarms expect of what is drawn."""
    shown = {_identity(series) for series in drawn}
    return tuple(
        Expected(alarm.series, alarm.deviations, f"{alarm.series.label}: expected, {alarm.deviations:g} deviations")
        for alarm in alarms
        if alarm.deviations is not None and isinstance(alarm.series, Metric) and _identity(alarm.series) in shown
    )


def _identity(series: Series) -> object:
    if isinstance(series, Metric):
        return (series.namespace, series.name, series.dimensions)
    if isinstance(series, Insights):
        return series.sql
    return (series.expression, tuple(_identity(metric) for _, metric in series.inputs))


def _series(kind: Kind, subject: Subject, key: str, instance: str | None, statistic: str | None) -> Series:
    row = kind.metrics[key]
    if isinstance(row, MathRow):
        inputs = tuple((name, _metric(kind, subject, name, instance)) for name in row.inputs)
        numbers = {name: n if isinstance(n, str) else f"{n:.15g}" for name, n in subject.numbers.items()}
        try:
            expression = row.expression.format_map(numbers)
        except KeyError as missing:
            need = f"kind {kind.name} needs the number {missing.args[0]}"
            raise BadRequest(f"workload {subject.key}: {need}", "give it") from None
        return Expression(expression, inputs, row.label) if inputs else Insights(expression, row.label)
    metric = _metric(kind, subject, key, instance)
    return metric.with_statistic(statistic) if statistic else metric


def _metric(kind: Kind, subject: Subject, key: str, instance: str | None) -> Metric:
    row = kind.metrics[key]
    if not isinstance(row, MetricRow):
        raise TypeError(f"kind {kind.name}: {key} is no metric, and metric math takes only metrics")
    return Metric(
        namespace=namespace_of(row, subject),
        name=row.name,
        dimensions=tuple((name, _value(subject, field, instance)) for name, field in row.dimensions.items()),
        statistic=row.statistic,
        label=row.label,
        requires=row.requires,
    )


def namespace_of(row: MetricRow, subject: Subject) -> str:
    """The namespace of a workload's metric: AWS's, or the one in which this program counts for the workload."""
    return row.namespace.format(prefix=subject.prefix, key=subject.key)


def _value(subject: Subject, identifier: str, instance: str | None) -> str | Ref:
    if identifier.startswith("="):
        return identifier[1:]
    return Ref(subject.key, f"{identifier}.{instance}" if instance and identifier in subject.instances else identifier)


def _instances(subject: Subject, each: str | None) -> tuple[str | None, ...]:
    return (None,) if each is None else subject.instances.get(each, ())
