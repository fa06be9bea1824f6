"""The vocabulary in which a kind says what it watches, and why.

A kind is a table: metrics, alarms over them, composites over those, and widgets. It holds no code; `watch.py` is the
one interpreter. Rows name *identifiers* (what CloudWatch's dimensions are set to, bound later), *numbers* (settings
that metric math needs, such as the storage allocated) and *quantities* (thresholds, see `infra/profiles.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from infra.kinds.publishing import Publishing
from infra.kinds.settings import Setting
from opslib.contract import Severity
from opslib.monitoring import Band, Requirement, Role
from opslib.monitoring.alarm import BandComparison, Comparison, MissingData

__all__ = ["AlarmRow", "Board", "CompositeRow", "Kind", "MathRow", "MetricRow", "WidgetRow", "silence"]

Board = Literal["database", "cost", "business"]
"""A dashboard that shows a part of the whole: where the data is, what costs, agents and business."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric of AWS's.

    Attributes:
        namespace: AWS's namespace; ``{prefix}`` and ``{key}`` are the stack's and the workload's names.
        name: The metric.
        dimensions: Dimension name to identifier; ``=text`` is the text itself.
        statistic: The statistic that is drawn and watched unless a row says otherwise.
        label: For the legend.
        requires: What must be switched on.
        low_samples: Percentiles only: what an alarm does where there are too few samples to say.
        published: What this program creates so that there is such a metric; None: AWS or the workload publishes it.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    label: str
    requires: Requirement | None = None
    low_samples: Literal["evaluate", "ignore"] | None = None
    published: Publishing | None = None


@dataclass(frozen=True, slots=True)
class MathRow:
    """Metric math over metrics of the same kind; their keys are the ids.

    Attributes:
        expression: CloudWatch's syntax; ``{number}`` is a number or a text among the workload's numbers.
        inputs: Keys of metrics; none where the expression names by itself what it is about.
        label: For the legend.
    """

    expression: str
    inputs: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm, once for each severity that its thresholds have.

    Attributes:
        key: Its name within the workload; the severity is appended. Its runbook stands under this key, so it stays.
        title: What is the matter, in a clause.
        series: Key of what it watches.
        thresholds: A quantity, or a band that no profile changes; deviations, where the comparison is with a model.
        why: Why this number, and where it comes from.
        points: M of N.
        comparison: How a point is held against the threshold.
        period_seconds: Length of a point.
        missing: How missing points are treated.
        role: Symptom, cause or silence.
        statistic: Another statistic than the metric's own.
        pages: Key of the composite through which its critical severity acts; None: it never pages.
        only_with: A trait or number without which the row does not apply to a workload.
        unless: A trait or number with which it does not apply.
        each: The workload's instances (such as ``container``) for each of which there is one.
        severities: Those of its thresholds' severities for which there is one.
    """

    key: str
    title: str
    series: str
    thresholds: str | Band
    why: str
    points: tuple[int, int]
    comparison: Comparison | BandComparison = "GreaterThanThreshold"
    period_seconds: int = 60
    missing: MissingData = "notBreaching"
    role: Role = Role.CAUSE
    statistic: str | None = None
    pages: str | None = None
    only_with: str | None = None
    unless: str | None = None
    each: str | None = None
    severities: tuple[Severity, ...] = ("info", "warning", "critical")


_DAY_MINUTES = 24 * 60


def silence(
    title: str,
    series: str,
    *,
    why: str,
    pages: str | None,
    minutes: int = 5,
    point_minutes: int | None = None,
    key: str = "silent",
    only_with: str | None = None,
    unless: str | None = None,
    each: str | None = None,
) -> AlarmRow:
    """The alarm for metrics that stop: no sample in any of the last minutes.

    Args:
        title: What it means that they have stopped, in a clause.
        series: Key of a metric that is published as long as the workload lives.
        why: Why so many minutes of silence.
        pages: Key of the composite through which it acts; None: it warns, and wakes nobody.
        minutes: How long the silence lasts; whole hours are one point of that length, several days as many points.
        point_minutes: Length of a point, where another is wanted. CloudWatch looks at a few points more than the
            silence has before it takes them for missing: with points of a day that is days.
        key: Its name within the workload, where there are several.
        only_with: As for any alarm.
        unless: As for any alarm.
        each: As for any alarm.
    """
    if point_minutes is not None:
        points, period_minutes = minutes // point_minutes, point_minutes
    elif minutes > _DAY_MINUTES:
        points, period_minutes = minutes // _DAY_MINUTES, _DAY_MINUTES
    else:
        points, period_minutes = (1, minutes) if minutes % 60 == 0 else (minutes, 1)
    return AlarmRow(
        key,
        title,
        series,
        Band(critical=1) if pages else Band(warning=1),
        why=why,
        points=(points, points),
        period_seconds=60 * period_minutes,
        comparison="LessThanThreshold",
        missing="breaching",
        role=Role.SILENCE,
        statistic="SampleCount",
        pages=pages,
        only_with=only_with,
        unless=unless,
        each=each,
    )


@dataclass(frozen=True, slots=True)
class CompositeRow:
    """An alarm over those rows that page through it.

    Attributes:
        key: Its name within the workload; its runbook stands under it.
        title: What is the matter, in a clause.
        severity: The tier that it acts on.
        why: Why it is worth waking somebody.
        joint: Whether it is in ALARM while any of its rows is, or only while all are.
        unless: Keys of rows of the same kind: while one of their critical alarms rings, it does not.
    """

    key: str
    title: str
    severity: Severity
    why: str
    joint: Literal["any", "all"] = "any"
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WidgetRow:
    """A graph. The thresholds of every alarm over what it draws are drawn into it.

    Attributes:
        title: After the workload's name.
        left: Keys of series, optionally with another statistic: ``response:p99``.
        right: The same, against the right axis.
        unit: Label of the left axis.
        summary: Shown on Overview too.
        only_with: As for an alarm.
        unless: As for an alarm.
        each: As for an alarm: one line for each instance, in one graph.
        boards: Further dashboards that show it.
    """

    title: str
    left: tuple[str, ...]
    unit: str
    right: tuple[str, ...] = ()
    summary: bool = False
    only_with: str | None = None
    unless: str | None = None
    each: str | None = None
    boards: tuple[Board, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What is watched on one kind of workload.

    Attributes:
        name: Its name in the registry.
        section: Where such workloads stand in the configuration and in the contract.
        title: For people.
        metrics: What there is to see.
        alarms: What is worth knowing.
        composites: What is worth waking somebody.
        widgets: What is worth a picture.
        settings: What a person writes about such a workload, where it has no class of its own.
        region: The one region in which AWS publishes its metrics; None: wherever the workload is.
        boards: Dashboards that show all of its graphs.
        trigger: The trigger of a rollback that its alarms feed; empty: none by itself.
        undisturbed: Whether people at work on the stack leave it alone, so that no maintenance window mutes its alarms.
    """

    name: str
    section: str
    title: str
    metrics: Mapping[str, MetricRow | MathRow]
    alarms: tuple[AlarmRow, ...]
    composites: tuple[CompositeRow, ...]
    widgets: tuple[WidgetRow, ...]
    settings: tuple[Setting, ...] = ()
    region: str | None = None
    boards: tuple[Board, ...] = ()
    undisturbed: bool = False
    trigger: str = ""
