"""The limits of metric alarms, each by itself and all of a region together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.evaluate import check
from opslib.monitoring.metric import Expression, Insights, Metric

__all__ = ["alarm_problems", "region_problems", "text_problems"]

NAME_CHARACTERS = 255
DESCRIPTION_CHARACTERS = 1024
METRICS_PER_ALARM = 10
ACTIONS_PER_STATE = 5
DIMENSIONS_PER_METRIC = 30
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
HOUR_SECONDS = 3_600
SHORT_PERIODS_SECONDS = frozenset({10, 20, 30})
WARM_UP_MINUTES = 2_880
INSIGHTS_SECONDS = 3 * HOUR_SECONDS
"""Metrics Insights sees the last three hours."""
INSIGHTS_ALARMS_PER_REGION = 200
ANOMALY_MODELS_PER_REGION = 500

_EC2_ACTION = re.compile(r"arn:[^:]+:(automate:[^:]*:ec2|swf):")
_SCALING_ACTION = re.compile(r"arn:[^:]+:autoscaling:")
_INSIGHTS_QUERY = re.compile(r"\s*(SELECT\s+(AVG|COUNT|MAX|MIN|SUM)\s*\(|DB_PERF_INSIGHTS\()", re.IGNORECASE)


def text_problems(alarm: Alarm | CompositeAlarm) -> Iterator[str]:
    """What is wrong with an alarm's name and description."""
    if not 1 <= len(alarm.name) <= NAME_CHARACTERS:
        yield (
            f"alarm {alarm.name}: a name of {len(alarm.name)} characters, AWS takes {NAME_CHARACTERS}: "
            "shorten the product's, the environment's or the workload's name"
        )
    if not alarm.name.isprintable():
        yield f"alarm {alarm.name!r}: a control character in its name, which AWS refuses: leave it out"
    if len(alarm.description) > DESCRIPTION_CHARACTERS:
        yield (
            f"alarm {alarm.name}: a description of {len(alarm.description)} characters, "
            f"AWS takes {DESCRIPTION_CHARACTERS}: shorten its title, its why or the address of the runbooks"
        )


def alarm_problems(alarm: Alarm) -> Iterator[str]:
    """What is wrong with what an alarm watches, when it looks and how it acts."""
    yield from (f"alarm {alarm.name}: {line}" for line in (*_watched(alarm), *_window(alarm), *_actions(alarm)))


def region_problems(alarms: Sequence[Alarm]) -> Iterator[str]:
    """What is wrong with all alarms of a region together."""
    insights = Counter(alarm.region for alarm in alarms if isinstance(alarm.series, Insights))
    models = Counter(alarm.region for alarm in alarms if alarm.deviations is not None)
    for counts, what, most, way_out in (
        (insights, "Metrics Insights alarms", INSIGHTS_ALARMS_PER_REGION, "watch single metrics instead"),
        (models, "anomaly alarms", ANOMALY_MODELS_PER_REGION, "watch for the unusual at load balancers only"),
    ):
        for region, count in counts.items():
            if count > most:
                where = region or "the stack's region"
                first = next(a.name for a in alarms if a.region == region and _counted(a, what))
                yield f"alarm {first} and others: {count} {what} in {where}, AWS takes {most}: {way_out}"


def _counted(alarm: Alarm, what: str) -> bool:
    return isinstance(alarm.series, Insights) if what.startswith("Metrics") else alarm.deviations is not None


def _watched(alarm: Alarm) -> Iterator[str]:
    if (alarm.threshold is None) is (alarm.deviations is None):
        yield "it needs either a threshold or a band: give one of them"
    if alarm.metric_count > METRICS_PER_ALARM:
        yield (
            f"{alarm.metric_count} metrics, AWS takes {METRICS_PER_ALARM}: "
            "alarm on parts of it, and put a composite over them"
        )
    if alarm.deviations is not None and not isinstance(alarm.series, Metric):
        yield "an anomaly model is of one metric, and this is math: watch one of its inputs"
    for metric in _metrics(alarm):
        if len(metric.dimensions) > DIMENSIONS_PER_METRIC:
            yield (
                f"{metric.name} has {len(metric.dimensions)} dimensions, AWS takes {DIMENSIONS_PER_METRIC}: "
                "publish it under fewer"
            )
    if alarm.math:
        if len({metric.period_seconds for _, metric in alarm.math.inputs}) > 1:
            yield "its metrics have several periods, AWS takes one: give them one"
        yield from _math(alarm.math)
    if isinstance(alarm.series, Insights):
        yield from _insights(alarm, alarm.series)


def _metrics(alarm: Alarm) -> tuple[Metric, ...]:
    return (alarm.series,) if isinstance(alarm.series, Metric) else tuple(metric for _, metric in alarm.series.inputs)


def _math(math: Expression) -> Iterator[str]:
    try:
        check(math.expression, (key for key, _ in math.inputs))
    except BadRequest as wrong:
        yield f"{wrong}"


def _insights(alarm: Alarm, query: Insights) -> Iterator[str]:
    if not _INSIGHTS_QUERY.match(query.sql):
        yield "Metrics Insights knows AVG, COUNT, MAX, MIN and SUM, and no percentile: watch a metric for that"
    span = query.period_seconds * alarm.evaluation_periods
    if span > INSIGHTS_SECONDS:
        yield f"{span} s of a Metrics Insights query, AWS takes {INSIGHTS_SECONDS}: give it fewer or shorter periods"


def _window(alarm: Alarm) -> Iterator[str]:
    period, periods = alarm.series.period_seconds, alarm.evaluation_periods
    if not 1 <= alarm.datapoints_to_alarm <= periods:
        yield f"{alarm.datapoints_to_alarm} of {periods} datapoints cannot be: M is at least 1 and at most N"
    if period not in SHORT_PERIODS_SECONDS and (period <= 0 or period % 60):
        yield f"a period of {period} s is none of 10, 20, 30 or a multiple of 60: give one of them"
    longest = WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS
    if period * periods > longest:
        yield (
            f"{periods} x {period} s is {period * periods} s, AWS takes {longest}: "
            "give it fewer periods, or periods of an hour or more"
        )
    warm_up = alarm.warm_up_minutes
    if warm_up is not None and not 1 <= warm_up <= WARM_UP_MINUTES:
        yield f"a warm-up of {warm_up} minutes, AWS takes 1 to {WARM_UP_MINUTES}: give one of them"


def _actions(alarm: Alarm) -> Iterator[str]:
    if alarm.topic_action_count > ACTIONS_PER_STATE:
        yield (
            f"{alarm.topic_action_count} actions in one state, AWS takes {ACTIONS_PER_STATE}: "
            "let one topic or EventBridge rule lead to the others"
        )
    simple = isinstance(alarm.series, Metric) and alarm.deviations is None
    for action in alarm.actions:
        if _EC2_ACTION.match(action) and not simple:
            yield f"{action} is an EC2 action, which AWS takes on no math and no anomaly: watch the metric itself"
        if _SCALING_ACTION.match(action) and alarm.deviations is not None:
            yield f"{action} is an Auto Scaling action, which AWS takes on no anomaly: scale on a threshold"
