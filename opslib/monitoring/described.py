"""Alarms as DescribeAlarms tells of them, as the model: what a team has can be replayed, compared and priced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, CompositeAlarm, Role
from opslib.monitoring.evaluate import parse_rule
from opslib.monitoring.evaluate.composite import And, InState, Not, Or
from opslib.monitoring.evaluate.composite import Rule as Parsed
from opslib.monitoring.metric import Expression, Insights, Metric, Series
from opslib.monitoring.rule import AllOf, AnyOf, InAlarm, NotInAlarm, Rule

__all__ = ["NOBODY", "Described", "described"]

NOBODY: Final = "(nobody)"
"""In place of the composite of an alarm that tells nobody."""

_BAND: Final = re.compile(r"ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*([\d.]+)\s*)?\)", re.IGNORECASE)
_DEVIATIONS: Final = 2.0
"""CloudWatch's default width of a band."""
_ID: Final = re.compile(r"\b[a-z]\w*\b(?!\s*\()")
_PERIOD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Described:
    """What a team's alarms are in the model's words.

    Attributes:
        alarms: Those that it has words for.
        unknown: Why it has none for the others, by name.
    """

    alarms: tuple[Alarm | CompositeAlarm, ...]
    unknown: Mapping[str, str]


def described(metric_alarms: Iterable[Mapping[str, Any]], composite_alarms: Iterable[Mapping[str, Any]]) -> Described:
    """Alarms of the model, made from DescribeAlarms.

    Those that tell somebody do so on the tier of warnings: nobody but the team knows how bad each is.

    Args:
        metric_alarms: Its `MetricAlarms`.
        composite_alarms: Its `CompositeAlarms`.
    """
    found: list[Alarm | CompositeAlarm] = []
    unknown: dict[str, str] = {}
    for records, made in ((metric_alarms, _metric_alarm), (composite_alarms, _composite)):
        for record in records:
            try:
                found.append(made(record))
            except BadRequest as problem:
                unknown[str(record["AlarmName"])] = str(problem)
    return Described(tuple(found), unknown)


def _metric_alarm(record: Mapping[str, Any]) -> Alarm:
    series, deviations = _series(record)
    size = int(record["EvaluationPeriods"])
    low = record.get("EvaluateLowSampleCountPercentile")
    return Alarm(
        name=record["AlarmName"],
        key=record["AlarmName"],
        workload="",
        title=str(record.get("AlarmDescription") or record["AlarmName"]),
        series=series,
        comparison=record["ComparisonOperator"],
        threshold=None if deviations is not None else float(record["Threshold"]),
        severity="warning",
        role=Role.CAUSE,
        why="the team's own",
        datapoints_to_alarm=int(record.get("DatapointsToAlarm") or size),
        evaluation_periods=size,
        missing_data=record.get("TreatMissingData") or "missing",
        low_samples=low or None,
        deviations=deviations,
        paged_by=None if _tells(record) else NOBODY,
    )


def _tells(record: Mapping[str, Any]) -> bool:
    return bool(record.get("ActionsEnabled", True) and record.get("AlarmActions"))


def _series(record: Mapping[str, Any]) -> tuple[Series, float | None]:
    """What it watches, and how many deviations its band is wide."""
    queries = {str(one["Id"]): one for one in record.get("Metrics") or ()}
    if not queries:
        statistic = record.get("Statistic") or record.get("ExtendedStatistic")
        if not statistic or not record.get("MetricName"):
            raise BadRequest("an alarm of a kind that has no metric", "it is left out")
        return _metric(record, str(statistic), int(record["Period"])), None
    watched = record.get("ThresholdMetricId")
    if watched:
        band = _BAND.search(str(queries[str(watched)].get("Expression", "")))
        if band is None or "MetricStat" not in queries.get(band[1], {}):
            raise BadRequest("a band around something other than one metric", "it is not modelled")
        return _stat(queries[band[1]]), float(band[2] or _DEVIATIONS)
    returned = [key for key, one in queries.items() if one.get("ReturnData", True)]
    if len(returned) != 1:
        raise BadRequest(f"{len(returned)} of its queries return data", "it is not modelled")
    last = queries[returned[0]]
    if "MetricStat" in last:
        return _stat(last), None
    text = str(last.get("Expression", ""))
    period = int(last.get("Period") or record.get("Period") or _PERIOD_SECONDS)
    if text.lstrip().upper().startswith("SELECT"):
        return Insights(text, period_seconds=period), None
    whole = _spelled_out(text, queries, ())
    inputs = tuple(
        (key, _stat(one)) for key, one in queries.items() if "MetricStat" in one and key in _ID.findall(whole)
    )
    if not inputs:
        raise BadRequest("math without a metric", "it is not modelled")
    return Expression(whole, inputs), None


def _spelled_out(text: str, queries: Mapping[str, Mapping[str, Any]], within: tuple[str, ...]) -> str:
    """Math with the expressions that it names in their place."""

    def spelled(found: re.Match[str]) -> str:
        query = queries.get(found[0], {})
        if "Expression" not in query:
            return found[0]
        if found[0] in within:
            raise BadRequest(f"its math names {found[0]} within itself", "it is not modelled")
        return f"({_spelled_out(str(query['Expression']), queries, (*within, found[0]))})"

    return _ID.sub(spelled, text)


def _stat(query: Mapping[str, Any]) -> Metric:
    stat = query["MetricStat"]
    return _metric(stat["Metric"], str(stat["Stat"]), int(stat["Period"]))


def _metric(given: Mapping[str, Any], statistic: str, period_seconds: int) -> Metric:
    dimensions = sorted((str(one["Name"]), str(one["Value"])) for one in given.get("Dimensions") or ())
    return Metric(str(given["Namespace"]), str(given["MetricName"]), tuple(dimensions), statistic, period_seconds)


def _composite(record: Mapping[str, Any]) -> CompositeAlarm:
    if record.get("ActionsSuppressor"):
        raise BadRequest("a composite with a suppressor", "it is left out")
    return CompositeAlarm(
        name=record["AlarmName"],
        key=record["AlarmName"],
        workload="",
        title=str(record.get("AlarmDescription") or record["AlarmName"]),
        rule=_rule(parse_rule(str(record["AlarmRule"]))),
        severity="warning",
        why="the team's own",
        acts=_tells(record),
    )


def _rule(parsed: Parsed) -> Rule:
    """The rule in the model's words, which are ALARM, NOT ALARM, AND and OR."""
    if isinstance(parsed, InState) and parsed.state == "ALARM":
        return InAlarm(_name(parsed.alarm))
    if isinstance(parsed, Not) and isinstance(parsed.rule, InState) and parsed.rule.state == "ALARM":
        return NotInAlarm(_name(parsed.rule.alarm))
    if isinstance(parsed, And):
        return AllOf(tuple(_rule(one) for one in parsed.rules))
    if isinstance(parsed, Or):
        return AnyOf(tuple(_rule(one) for one in parsed.rules))
    raise BadRequest("a rule that asks for more than ALARM", "it is not modelled")


def _name(alarm: str) -> str:
    """An alarm's name, where a rule has its ARN."""
    return alarm.rpartition(":alarm:")[2] or alarm
