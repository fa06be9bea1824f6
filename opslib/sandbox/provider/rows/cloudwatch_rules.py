"""What CloudWatch refuses, beyond the types and sizes that botocore knows.

Sources: the API reference of PutMetricAlarm, PutCompositeAlarm and PutDashboard, CloudWatch's quotas, and the schema of
the Terraform AWS provider (which properties exclude each other).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from opslib.sandbox.provider.codecs import has_unknown
from opslib.sandbox.provider.row import Known
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["composite_rule", "dashboard_limits", "evaluated_span", "metric_queries", "threshold", "what_is_watched"]

_OF_ONE_METRIC = ("metricName", "namespace", "period", "dimensions", "unit")
_COMPARISON = ("comparisonOperator", "evaluationPeriods")
# What has to, and what cannot, be set together with each way to say what is watched.
_TOGETHER_WITH = {
    "statistic": (("metricName", "namespace", "period", *_COMPARISON), ()),
    "extendedStatistic": (("metricName", "namespace", "period", *_COMPARISON), ()),
    "metricQueries": (_COMPARISON, _OF_ONE_METRIC),
    "evaluationCriteria": (
        ("evaluationInterval",),
        (*_OF_ONE_METRIC, *_COMPARISON, "datapointsToAlarm", "threshold", "thresholdMetricId"),
    ),
}
_HIGH_RESOLUTION_SECONDS = (10, 20, 30)
_DAY_SECONDS = 86_400
_PERCENTILE = re.compile(
    r"(p|tm|wm|tc|ts)(\d{1,2}(\.\d{1,10})?|100)|IQM|(TM|WM|PR|TC|TS)\((\d+(\.\d+)?%?)?:(\d+(\.\d+)?%?)?\)"
)
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def what_is_watched(inputs: Known) -> Iterator[CheckFailure]:
    """One way to say what is watched."""
    ways = inputs.sets("statistic", "extendedStatistic", "metricQueries", "evaluationCriteria")
    if len(ways) != 1:
        found = f"{' and '.join(ways)} are set" if ways else "none is set"
        yield CheckFailure(
            ways[-1] if ways else "statistic",
            f"exactly one of statistic, extendedStatistic, metricQueries, evaluationCriteria: {found}",
        )
        return
    required, excluded = _TOGETHER_WITH[ways[0]]
    for name in required:
        if not inputs.sets(name):
            yield CheckFailure(name, f"is required together with {ways[0]}")
    for name in inputs.sets(*excluded):
        yield CheckFailure(name, f"cannot be set together with {ways[0]}")
    percentile = inputs.get("extendedStatistic")
    if percentile is not None and not _PERCENTILE.fullmatch(percentile):
        yield CheckFailure(
            "extendedStatistic", f"is {percentile!r}; AWS takes p0.0 to p100, IQM, TM(10%:90%) and their like"
        )


def threshold(inputs: Known) -> Iterator[CheckFailure]:
    """One way to say from which value on; the query of evaluationCriteria says it itself."""
    limits = inputs.sets("threshold", "thresholdMetricId")
    if len(limits) != 1 and not inputs.sets("evaluationCriteria"):
        yield CheckFailure("threshold", f"exactly one of threshold, thresholdMetricId; {len(limits)} are set")


def evaluated_span(inputs: Known) -> Iterator[CheckFailure]:
    """M of N, and period x N within a day, or within seven days for periods of an hour and more."""
    count = inputs.get("evaluationPeriods")
    enough = inputs.get("datapointsToAlarm")
    if count is not None and enough is not None and enough > count:
        yield CheckFailure("datapointsToAlarm", f"is {enough:g}, more than the {count:g} evaluationPeriods")
    periods = [("period", inputs["period"])] if "period" in inputs else []
    for index, query in enumerate(inputs.get("metricQueries", ())):
        metric = query.get("metric") if isinstance(query, Mapping) else None
        if isinstance(metric, Mapping):
            periods.append((f"metricQueries[{index}].metric.period", metric.get("period")))
        if isinstance(query, Mapping) and query.get("period") is not None:
            periods.append((f"metricQueries[{index}].period", query["period"]))
    for name, seconds in periods:
        if not isinstance(seconds, int | float):
            continue
        if seconds % 60 and seconds not in _HIGH_RESOLUTION_SECONDS:
            yield CheckFailure(name, f"is {seconds:g} s; AWS takes 10, 20, 30 and multiples of 60")
        days = 7 if seconds >= 3600 else 1  # noqa: PLR2004 - an hour
        if count is not None and seconds * count > days * _DAY_SECONDS:
            yield CheckFailure(
                name,
                f"{seconds:g} s x {count:g} evaluationPeriods is {seconds * count:g} s; AWS takes at most "
                f"{days * _DAY_SECONDS} s with this period",
            )


def metric_queries(inputs: Known) -> Iterator[CheckFailure]:
    """The rules of metric math."""
    queries: list[Any] = inputs.get("metricQueries", [])
    if not queries or has_unknown([query.get("id") for query in queries if isinstance(query, Mapping)]):
        return
    ids = [query["id"] for query in queries]
    for index, query in enumerate(queries):
        place = f"metricQueries[{index}]"
        if not re.fullmatch(r"[a-z][A-Za-z0-9_]*", query["id"]):
            yield CheckFailure(
                f"{place}.id", f"is {query['id']!r}; it starts with a lower-case letter, then letters, digits, _"
            )
        if ids.index(query["id"]) != index:
            yield CheckFailure(f"{place}.id", f"{query['id']!r} is taken by another query")
        metric, expression = query.get("metric"), query.get("expression")
        if (metric is None) == (expression is None):
            yield CheckFailure(place, "has exactly one of metric, expression")
        stat = metric.get("stat") if isinstance(metric, Mapping) else None
        if isinstance(stat, str) and stat not in _STATISTICS and not _PERCENTILE.fullmatch(stat):
            yield CheckFailure(
                f"{place}.metric.stat", f"is {stat!r}; AWS takes {', '.join(_STATISTICS)} and percentiles"
            )
    metrics = sum(query.get("metric") is not None for query in queries)
    if metrics > 10:  # noqa: PLR2004 - quota "metrics per alarm based on metric math"
        yield CheckFailure("metricQueries", f"holds {metrics} metrics; AWS takes 10 per alarm")
    told = sum(query.get("returnData") is True for query in queries)
    most = 2 if "thresholdMetricId" in inputs else 1
    if not has_unknown([query.get("returnData") for query in queries]) and not 1 <= told <= most:
        yield CheckFailure("metricQueries", f"{told} queries have returnData true; AWS compares exactly one")
    band = inputs.get("thresholdMetricId")
    if band is not None and band not in ids:
        yield CheckFailure("thresholdMetricId", f"is {band!r}, which is the id of none of metricQueries")


def composite_rule(inputs: Known) -> Iterator[CheckFailure]:
    """A rule names alarms, is balanced, and keeps within AWS's 100 children."""
    rule = inputs.get("alarmRule")
    if rule is None:
        return
    if rule != rule.strip():
        yield CheckFailure("alarmRule", "has white space around it")
    bare = re.sub(r'"[^"]*"', '""', rule)
    children = set(re.findall(r'\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*("[^"]*"|[^\s()]+)\s*\)', rule))
    if not children and not re.search(r"\b(TRUE|FALSE)\b", bare):
        yield CheckFailure(
            "alarmRule", "names no alarm: AWS takes ALARM(x), OK(x), INSUFFICIENT_DATA(x), TRUE and FALSE"
        )
    if bare.count("(") != bare.count(")"):
        yield CheckFailure("alarmRule", "has unbalanced parentheses")
    if len(children) > 100:  # noqa: PLR2004 - quota "children per composite alarm"
        yield CheckFailure("alarmRule", f"names {len(children)} alarms; AWS takes 100")


def dashboard_limits(inputs: Known) -> Iterator[CheckFailure]:
    """The body is JSON with widgets, no more of them and of their metrics than AWS takes."""
    if "dashboardBody" not in inputs:
        return
    try:
        body = json.loads(inputs["dashboardBody"])
    except ValueError as error:
        yield CheckFailure("dashboardBody", f"is not JSON: {error}")
        return
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        yield CheckFailure("dashboardBody", "is JSON, but has no list of widgets")
        return
    if len(widgets) > 500:  # noqa: PLR2004 - quota "widgets per dashboard"
        yield CheckFailure("dashboardBody", f"has {len(widgets)} widgets; AWS takes 500")
    total = 0
    for index, widget in enumerate(widgets):
        if not isinstance(widget, dict) or not isinstance(widget.get("type"), str):
            yield CheckFailure("dashboardBody", f"widgets[{index}] has no type")
            continue
        metrics = widget.get("properties", {}).get("metrics", [])
        total += len(metrics)
        if len(metrics) > 500:  # noqa: PLR2004 - quota "metrics per widget"
            yield CheckFailure("dashboardBody", f"widgets[{index}] has {len(metrics)} metrics; AWS takes 500")
    if total > 2500:  # noqa: PLR2004 - quota "metrics per dashboard"
        yield CheckFailure("dashboardBody", f"has {total} metrics; AWS takes 2500")
