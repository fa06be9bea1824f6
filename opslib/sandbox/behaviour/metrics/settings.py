"""When and how metrics and alarms behave, as far as AWS leaves it open."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MetricsSettings"]


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Times of metrics and alarms, in seconds of the sandbox's clock.

    Attributes:
        delay_seconds: How long after the full minute (or ten seconds) alarms are evaluated, so that what is published
            at the full minute counts. AWS does not say when within a minute it evaluates; assumed.
        settling_seconds: How long a new, changed or hand-set alarm is left alone before it is evaluated. AWS,
            SetAlarmState: an alarm set by hand "returns to its actual state quickly, often within seconds".
        evaluation_range_extra: How many periods beyond N the evaluation range has; the evaluator's default is 2, see
            `opslib.monitoring.evaluate.settings`.
        keep_days: How long samples are kept. AWS keeps one-minute points for 15 days, then coarser ones, which the
            sandbox does not.
        keep_fine_hours: How long points shorter than a minute are kept. AWS, CloudWatch concepts: 3 hours.
        keep_history_days: How long alarm history is kept. AWS, DescribeAlarmHistory: 30 days.
        train_days: How much history an anomaly model learns from. AWS: up to two weeks.
        train_least_hours: How much history there has to be. AWS has a state for too little of it,
            TRAINED_INSUFFICIENT_DATA, and does not say how much that is; ours.
        sms_sandbox: Whether the account is in the SMS sandbox, in which only verified numbers get messages, and here
            none is. AWS, SNS: every new account is, until AWS lets it out; this one has been.
        retrain_seconds: How old an anomaly model may become before it learns again (assumed).
    """

    delay_seconds: float = 2.0
    settling_seconds: float = 10.0
    evaluation_range_extra: int = 2
    keep_days: float = 15.0
    keep_fine_hours: float = 3.0
    keep_history_days: float = 30.0
    train_days: float = 14.0
    train_least_hours: float = 3.0
    retrain_seconds: float = 3_600.0
    sms_sandbox: bool = False
