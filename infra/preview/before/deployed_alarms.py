"""Alarms of a Pulumi state, as records: what a state does not say stays unknown, and is not compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from infra.preview.document import AlarmPart, MetricPart, SeriesPart
from infra.preview.words import COMPARISONS
from opslib.contract import Severity
from opslib.errors import BadRequest
from opslib.monitoring.evaluate import parse_rule
from opslib.monitoring.evaluate.composite import children

__all__ = ["composite_part", "metric_part"]

_SEVERITIES: tuple[Severity, ...] = get_args(Severity)

_DESCRIPTION = re.compile(
    r"(?P<title>.*?)(?:: (?P<condition>[<>≤≥]|outside|below|above).*?)?\. Why: (?P<why>.*?)\."
    r"(?: Needs (?P<requires>\S+)\.)?(?: Runbook: (?P<runbook>\S+))?",
    re.DOTALL,
)
"""How our own alarms describe themselves."""

_BAND = re.compile(r"ANOMALY_DETECTION_BAND\(\s*(\w+)\s*,\s*([\d.]+)\s*\)")


def metric_part(given: Mapping[str, Any], *, workload: str, region: str) -> AlarmPart:
    """A metric alarm.

    Args:
        given: Its inputs and outputs.
        workload: Whose it is.
        region: Where the stack is.
    """
    name, actions = str(given["name"]), _actions(given)
    watches, deviations = _watched(given)
    comparison = str(given["comparisonOperator"])
    size = int(given["evaluationPeriods"])
    needed = int(given.get("datapointsToAlarm") or size)
    threshold = None if deviations is not None else float(given["threshold"])
    bound = f"{COMPARISONS.get(comparison, comparison)} {'' if threshold is None else f'{threshold:g}'}".strip()
    warm_up = given.get("warmUpConfiguration") or {}
    return AlarmPart(
        name=name,
        kind="metric",
        workload=workload,
        severity=_severity(name) or _tier(actions),
        fires_on_silence=given.get("treatMissingData") == "breaching",
        actions=actions,
        tier=_tier(actions),
        condition=f"{bound} for {needed} of {size} x {watches.period_seconds} s",
        **_described(given),
        region=_region(given, region),
        threshold=threshold,
        comparison=comparison,
        deviations=deviations,
        datapoints_to_alarm=needed,
        evaluation_periods=size,
        missing_data=str(given.get("treatMissingData") or "missing"),
        low_samples=given.get("evaluateLowSampleCountPercentiles"),
        warm_up_minutes=warm_up.get("warmUpPeriodDurationInMinutes"),
        watches=watches,
    )


def composite_part(given: Mapping[str, Any], *, workload: str, region: str) -> AlarmPart:
    """A composite; the arguments are those of `metric_part`."""
    actions, rule = _actions(given), str(given["alarmRule"])
    try:
        names = tuple(dict.fromkeys(one.rpartition(":alarm:")[2] for one in children(parse_rule(rule))))
    except BadRequest:
        names = ()  # AWS took it, so there is more to the language than we know
    return AlarmPart(
        name=str(given["alarmName"]),
        kind="composite",
        workload=workload,
        severity=None,
        fires_on_silence=False,
        actions=actions,
        tier=_tier(actions),
        condition=rule,
        **_described(given),
        role="composite",
        region=_region(given, region),
        rule=rule,
        children=names,
    )


def _described(given: Mapping[str, Any]) -> dict[str, str | None]:
    text = str(given.get("alarmDescription") or "")
    if found := _DESCRIPTION.fullmatch(text):
        said = found.groupdict()
        return {key: said[key] for key in ("title", "why", "requires")} | {"runbook": said["runbook"] or ""}
    return {"title": text or None}


def _actions(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Topics by their names; other ARNs stay whole."""
    arns = tuple(map(str, given.get("alarmActions") or ()))
    return tuple(arn.rpartition(":")[2] if ":sns:" in arn else arn for arn in arns)


def _tier(actions: tuple[str, ...]) -> Severity | None:
    return next((found for name in actions if (found := _severity(name))), None)


def _severity(name: str) -> Severity | None:
    """The tier that a name ends with, as those of our topics and alarms do."""
    last = name.rpartition("-")[2]
    return next((severity for severity in _SEVERITIES if severity == last), None)


def _region(given: Mapping[str, Any], region: str) -> str | None:
    there = given.get("region")
    return None if there in (None, "", region) else str(there)


def _watched(given: Mapping[str, Any]) -> tuple[SeriesPart, float | None]:
    """What an alarm watches, and half the width of its band, if it has one."""
    queries = given.get("metricQueries") or ()
    if not queries:
        period = int(given.get("period") or 60)
        statistic = str(given.get("extendedStatistic") or given.get("statistic") or "Average")
        metric = _metric("", given, statistic)
        return SeriesPart(kind="metric", period_seconds=period, metrics=(metric,)), None
    maths = [one for one in queries if not one.get("metric")]
    read = [one for one in queries if one.get("metric")]
    metrics = tuple(_metric(str(one["id"]), one["metric"], str(one["metric"]["stat"])) for one in read)
    periods = [int(one["metric"].get("period") or 60) for one in read]
    period = periods[0] if periods else int(next((one["period"] for one in maths if one.get("period")), 60))
    label = str(next((one["label"] for one in queries if one.get("returnData") and one.get("label")), ""))
    band = next((found for one in maths if (found := _BAND.search(str(one.get("expression") or "")))), None)
    if band is not None and len(metrics) == 1:
        only = metrics[0].model_copy(update={"id": ""})
        return SeriesPart(kind="metric", period_seconds=period, metrics=(only,)), float(band[2])
    shown = next((one for one in maths if one.get("returnData")), maths[0] if maths else {})
    text = str(shown.get("expression", ""))
    if not maths and len(metrics) == 1:
        only = metrics[0].model_copy(update={"id": ""})
        return SeriesPart(kind="metric", label=label, period_seconds=period, metrics=(only,)), None
    kind: Literal["math", "query"] = "math" if metrics else "query"
    return SeriesPart(kind=kind, label=label, period_seconds=period, expression=text, metrics=metrics), None


def _metric(key: str, given: Mapping[str, Any], statistic: str) -> MetricPart:
    return MetricPart(
        id=key,
        namespace=str(given["namespace"]),
        name=str(given["metricName"]),
        dimensions={str(name): str(value) for name, value in (given.get("dimensions") or {}).items()},
        statistic=statistic,
    )
