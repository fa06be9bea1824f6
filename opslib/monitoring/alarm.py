"""Alarms and composite alarms, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from opslib.monitoring import rule as rules
from opslib.monitoring.metric import Expression, Requirement, Series

if TYPE_CHECKING:
    from opslib.contract import Severity

__all__ = ["Alarm", "Band", "BandComparison", "Comparison", "CompositeAlarm", "MissingData", "Role"]

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]

BandComparison = Literal[
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
]
"""How a point is held against the band in which an anomaly detection model expects it."""

MissingData = Literal["missing", "ignore", "breaching", "notBreaching"]

_SIGNS: dict[Comparison | BandComparison, str] = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
    "LessThanLowerThreshold": "below",
    "GreaterThanUpperThreshold": "above",
}

_METRICS_OF_A_BAND = 3
"""What CloudWatch bills an anomaly alarm for: the metric and the two edges of its band."""


class Role(StrEnum):
    """What an alarm is for, which decides whom it may wake."""

    SYMPTOM = "symptom"
    """Users feel it: it pages, through its composite."""
    CAUSE = "cause"
    """It may explain a symptom: it informs, and never pages."""
    SILENCE = "silence"
    """The metrics stopped: silence is not health."""


@dataclass(frozen=True, slots=True)
class Band:
    """The thresholds of one quantity by severity; None where that severity has none."""

    info: float | None = None
    warning: float | None = None
    critical: float | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric alarm.

    Attributes:
        name: Its name in AWS, fixed: at most 255 characters.
        key: Its name within its workload, such as ``cpu-warning``: stable, for composites and lists.
        workload: Key of the workload it watches.
        title: One short clause for people.
        series: What it watches.
        comparison: How a point is held against the threshold.
        threshold: In the unit of the series; None where the comparison is with a band.
        severity: How bad it is.
        role: Symptom, cause or silence.
        why: Why this number, with its source.
        datapoints_to_alarm: M of M of N.
        evaluation_periods: N of M of N.
        missing_data: How points that are not there are treated.
        low_samples: For percentiles: what to do where there are too few samples to say.
        paged_by: Key of the composite of its workload through which it acts; None: it acts for itself.
        deviations: Half the width of the band in standard deviations; None where there is a threshold.
        warm_up_minutes: How long CloudWatch holds a new alarm back that has not seen enough data yet; None: not at all.
        region: Where its metrics are; None: where its stack is.
        runbook: Where it is written what to do: an address or a path.
        trigger: The trigger of a rollback that it feeds; empty: none.
        actions: ARNs on which it acts besides its tier's topic.
    """

    name: str
    key: str
    workload: str
    title: str
    series: Series
    comparison: Comparison | BandComparison
    threshold: float | None
    severity: Severity
    role: Role
    why: str
    datapoints_to_alarm: int
    evaluation_periods: int
    missing_data: MissingData
    low_samples: Literal["evaluate", "ignore"] | None = None
    paged_by: str | None = None
    deviations: float | None = None
    warm_up_minutes: int | None = None
    region: str | None = None
    runbook: str = ""
    trigger: str = ""
    actions: tuple[str, ...] = ()

    @property
    def requires(self) -> Requirement | None:
        """The setting without which this alarm is blind."""
        return self.series.requires

    @property
    def tier(self) -> Severity | None:
        """The tier whose topic it acts on; None where it acts through its composite.

        Symptoms page and causes do not, however far past its threshold a cause is: a critical cause informs the tier
        of warnings, and whether it hurts anybody is said by the symptoms.
        """
        if self.paged_by is not None:
            return None
        if self.severity in ("critical", "emergency"):
            return "warning"
        return self.severity

    @property
    def condition(self) -> str:
        """The condition in words: ``> 85 for 5 of 5 x 60 s``."""
        window = f"{self.datapoints_to_alarm} of {self.evaluation_periods} x {self.series.period_seconds} s"
        if self.threshold is None:
            return f"{_SIGNS[self.comparison]} the expected band of {self.deviations:g} deviations for {window}"
        return f"{_SIGNS[self.comparison]} {self.threshold:g} for {window}"

    @property
    def description(self) -> str:
        """What the alarm says of itself in AWS: what, when, and why this number."""
        needs = f" Needs {self.requires.value}." if self.requires else ""
        return f"{self.title}: {self.condition}. Why: {self.why}.{needs}{_where(self.runbook)}"

    @property
    def metric_count(self) -> int:
        """How many metrics CloudWatch limits it by."""
        return len(self.series.inputs) if isinstance(self.series, Expression) else 1

    @property
    def billed_metric_count(self) -> int:
        """How many alarm-metrics CloudWatch bills."""
        return self.metric_count if self.deviations is None else _METRICS_OF_A_BAND

    @property
    def math(self) -> Expression | None:
        """Its metric math, if it has any."""
        return self.series if isinstance(self.series, Expression) else None

    @property
    def topic_action_count(self) -> int:
        """On how many ARNs it acts when it goes into ALARM: its tier's topic, where it has one, and what is given."""
        return (self.tier is not None) + len(self.actions)


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm over other alarms; the only kind that pages.

    Attributes:
        name: Its name in AWS.
        key: Its name within its workload.
        workload: Key of the workload it speaks for, or ``stack``.
        title: One short clause for people.
        rule: The tree over the names of its children.
        severity: The tier it acts on.
        why: Why it is worth waking somebody.
        acts: Whether it acts at all; one that does not is the child of one that does.
        paged_by: Name of the composite that pages in its stead; None: it pages for itself.
        region: Where its children are; None: where its stack is.
        runbook: Where it is written what to do.
        trigger: The trigger of a rollback that it feeds; empty: none.
        actions: ARNs on which it acts besides its tier's topic.
    """

    name: str
    key: str
    workload: str
    title: str
    rule: rules.Rule
    severity: Severity
    why: str
    acts: bool = True
    region: str | None = None
    runbook: str = ""
    trigger: str = ""
    actions: tuple[str, ...] = ()
    paged_by: str | None = None

    @property
    def tier(self) -> Severity | None:
        """The tier whose topic it acts on; None where it does not act.

        What pages through another composite still tells the tier of warnings: the page came from whatever failed
        first, and this may be what explains it.
        """
        if not self.acts:
            return None
        if self.paged_by is not None and self.severity in ("critical", "emergency"):
            return "warning"
        return self.severity

    @property
    def children(self) -> tuple[str, ...]:
        """The names of its children, each once."""
        return tuple(dict.fromkeys(rules.children(self.rule)))

    @property
    def expression(self) -> str:
        """The rule in CloudWatch's syntax."""
        return rules.render(self.rule)

    @property
    def description(self) -> str:
        """What it says of itself in AWS."""
        return f"{self.title}. Why: {self.why}.{_where(self.runbook)}"


def _where(runbook: str) -> str:
    return f" Runbook: {runbook}" if runbook else ""
