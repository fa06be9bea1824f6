"""Alarms and composite alarms, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from opslib.contract import Severity
from opslib.monitoring import rule as rules
from opslib.monitoring.metric import Expression, Metric, Requirement, Series

__all__ = ["Alarm", "Band", "Comparison", "CompositeAlarm", "MissingData", "Role"]

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]

MissingData = Literal["missing", "ignore", "breaching", "notBreaching"]

_SIGNS: dict[Comparison, str] = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


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
        threshold: In the unit of the series.
        severity: How bad it is.
        role: Symptom, cause or silence.
        why: Why this number, with its source.
        datapoints_to_alarm: M of M of N.
        evaluation_periods: N of M of N.
        missing_data: How points that are not there are treated.
        low_samples: For percentiles: what to do where there are too few samples to say.
        paged_by: Key of the composite of its workload through which it acts; None: it acts for itself.
    """

    name: str
    key: str
    workload: str
    title: str
    series: Series
    comparison: Comparison
    threshold: float
    severity: Severity
    role: Role
    why: str
    datapoints_to_alarm: int
    evaluation_periods: int
    missing_data: MissingData
    low_samples: Literal["evaluate", "ignore"] | None = None
    paged_by: str | None = None

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
        return f"{_SIGNS[self.comparison]} {self.threshold:g} for {window}"

    @property
    def description(self) -> str:
        """What the alarm says of itself in AWS: what, when, and why this number."""
        needs = f" Needs {self.requires.value}." if self.requires else ""
        return f"{self.title}: {self.condition}. Why: {self.why}.{needs}"

    @property
    def metric_count(self) -> int:
        """How many metrics CloudWatch bills and limits it by."""
        return 1 if isinstance(self.series, Metric) else len(self.series.inputs)

    @property
    def math(self) -> Expression | None:
        """Its metric math, if it has any."""
        return self.series if isinstance(self.series, Expression) else None


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
    """

    name: str
    key: str
    workload: str
    title: str
    rule: rules.Rule
    severity: Severity
    why: str

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
        return f"{self.title}. Why: {self.why}."
