"""What CloudWatch is told about an alarm, as far as it decides the alarm's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, Comparison, MissingData
from opslib.monitoring.evaluate.statistics import fewest_samples
from opslib.monitoring.metric import Metric

__all__ = ["BAND_COMPARISONS", "AnyComparison", "BandComparison", "Settings", "State", "WarmUp"]

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
"""CloudWatch's three states."""

BandComparison = Literal[
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
]
"""How a point is held against an anomaly detection band."""

AnyComparison = Comparison | BandComparison

BAND_COMPARISONS: frozenset[str] = frozenset(
    {"LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"}
)

EXTRA_POINTS = 2
"""How far beyond N the evaluation range reaches unless told otherwise; see `Settings.points_considered`."""

MOST_WARM_UP_MINUTES = 2_880
SHORT_PERIODS_SECONDS = frozenset({10, 20, 30})


@dataclass(frozen=True, slots=True)
class WarmUp:
    """CloudWatch's `WarmUpConfiguration`: after it is created or updated an alarm is held in INSUFFICIENT_DATA.

    Attributes:
        duration_minutes: 1 to 2,880 (two days).
        only_start_evaluating_after: Waits for the whole duration; otherwise the warm-up ends as soon as there is enough
            data for the alarm's window.

    Raises:
        BadRequest: The duration is outside AWS's range.
    """

    duration_minutes: int
    only_start_evaluating_after: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.duration_minutes <= MOST_WARM_UP_MINUTES:
            what = f"a warm-up of {self.duration_minutes} minutes"
            raise BadRequest(what, f"give 1 to {MOST_WARM_UP_MINUTES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An alarm's evaluation settings.

    Attributes:
        comparison: How a point is held against the threshold or the band.
        threshold: In the unit of the points; None for the three comparisons with a band, and only for them.
        datapoints_to_alarm: M of M of N.
        evaluation_periods: N of M of N.
        period_seconds: Length of a point: 10, 20, 30 or a multiple of 60.
        missing_data: How points that are not there are treated.
        evaluation_range: How many of the newest points CloudWatch looks at, N or more; None: see `points_considered`.
        dynamodb: The metric is of the namespace AWS/DynamoDB: `ignore` applies, whatever `missing_data` says
            (so PutMetricAlarm's reference; newer copies of the user guide call it a default that may be overridden,
            which is this attribute left False).
        fewest_samples: With fewer samples than this in the N periods, the state is kept; 0: never. It is
            `fewest_samples(statistic)` for a percentile with `EvaluateLowSampleCountPercentile` set to `ignore`.
        warm_up: What holds the alarm back at first.

    Raises:
        BadRequest: AWS would not take these settings.
    """

    comparison: AnyComparison
    threshold: float | None = None
    datapoints_to_alarm: int = 1
    evaluation_periods: int = 1
    period_seconds: int = 60
    missing_data: MissingData = "missing"
    evaluation_range: int | None = None
    dynamodb: bool = False
    fewest_samples: float = 0.0
    warm_up: WarmUp | None = None

    def __post_init__(self) -> None:
        if (self.comparison in BAND_COMPARISONS) is not (self.threshold is None):
            raise BadRequest(f"alarm settings: {self.comparison} with threshold {self.threshold}", "a band has none")
        if not 1 <= self.datapoints_to_alarm <= self.evaluation_periods:
            what = f"alarm settings: {self.datapoints_to_alarm} of {self.evaluation_periods} datapoints"
            raise BadRequest(what, "M is at least 1 and at most N")
        short = self.period_seconds in SHORT_PERIODS_SECONDS
        if not short and (self.period_seconds <= 0 or self.period_seconds % 60):
            what = f"alarm settings: a period of {self.period_seconds} s"
            raise BadRequest(what, "give 10, 20, 30 or a multiple of 60")
        if self.evaluation_range is not None and self.evaluation_range < self.evaluation_periods:
            what = (
                f"alarm settings: an evaluation range of {self.evaluation_range} for {self.evaluation_periods} periods"
            )
            raise BadRequest(what, "it is at least the evaluation periods")

    @classmethod
    def of(cls, alarm: Alarm, *, evaluation_range: int | None = None, warm_up: WarmUp | None = None) -> Settings:
        """The settings of a metric alarm of the model."""
        series = alarm.series
        metrics = (series,) if isinstance(series, Metric) else tuple(metric for _, metric in series.inputs)
        ignores = isinstance(series, Metric) and alarm.low_samples == "ignore"
        return cls(
            comparison=alarm.comparison,
            threshold=alarm.threshold,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
            evaluation_periods=alarm.evaluation_periods,
            period_seconds=series.period_seconds,
            missing_data=alarm.missing_data,
            evaluation_range=evaluation_range,
            dynamodb=any(metric.namespace == "AWS/DynamoDB" for metric in metrics),
            fewest_samples=fewest_samples(metrics[0].statistic) if ignores else 0.0,
            warm_up=warm_up,
        )

    @property
    def points_considered(self) -> int:
        """The length of the evaluation range, in points.

        AWS does not say how long it is. Unless `evaluation_range` does, it is N + 2, for that is what the two facts at
        hand have in common: AWS's page on missing data has 5 for N = 3, and an alarm over one period of a day that
        treats missing data as breaching fires on the third or fourth day without data, as it does with a range of 3.
        """
        return self.evaluation_periods + EXTRA_POINTS if self.evaluation_range is None else self.evaluation_range

    @property
    def treatment(self) -> MissingData:
        """What is done with missing points in the end."""
        return "ignore" if self.dynamodb else self.missing_data
