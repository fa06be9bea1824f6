"""An alarm's settings as CloudWatch has them, against those that were deployed: what somebody changed by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from opslib.contract import AlarmSettings, Watching

__all__ = ["differences", "settings_of"]

_MISSING_DATA: Final = "missing"
"""CloudWatch, PutMetricAlarm: TreatMissingData where nothing is said."""

_WORDS: Final[Mapping[str, str]] = {
    "comparison": "comparison",
    "period_seconds": "period",
    "missing_data": "treatment of missing data",
}
"""The settings that are one value, and what they are called."""


def settings_of(record: Mapping[str, Any]) -> AlarmSettings:
    """An alarm's settings as CloudWatch has them.

    Args:
        record: The alarm, as DescribeAlarms tells of it.
    """
    acts = {"actions": tuple(record.get("AlarmActions", ())), "ok_actions": tuple(record.get("OKActions", ()))}
    if "AlarmRule" in record:
        return AlarmSettings(rule=hashlib.sha256(record["AlarmRule"].encode()).hexdigest(), **acts)
    periods = record.get("EvaluationPeriods")
    queries = record.get("Metrics") or ()
    lengths = [*(one["MetricStat"]["Period"] for one in queries if "MetricStat" in one), record.get("Period")]
    lengths += [one.get("Period") for one in queries]
    return AlarmSettings(
        comparison=record.get("ComparisonOperator"),
        period_seconds=max((length for length in lengths if length), default=None),
        datapoints=record.get("DatapointsToAlarm") or periods,
        periods=periods,
        missing_data=record.get("TreatMissingData") or _MISSING_DATA,
        watching=tuple(_query(one) for one in queries) if queries else (_metric(record, record),),
        **acts,
    )


def _query(query: Mapping[str, Any]) -> Watching:
    if "MetricStat" not in query:
        return Watching(id=query["Id"], expression=query.get("Expression", ""))
    stat = query["MetricStat"]
    return _metric(stat["Metric"], {"Statistic": stat["Stat"]}, id=query["Id"])


def _metric(metric: Mapping[str, Any], of: Mapping[str, Any], **named: str) -> Watching:
    return Watching(
        namespace=metric.get("Namespace", ""),
        name=metric.get("MetricName", ""),
        statistic=of.get("Statistic") or of.get("ExtendedStatistic") or "",
        dimensions={pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", ())},
        **named,
    )


def differences(now: AlarmSettings, deployed: AlarmSettings) -> Iterator[str]:
    """What is not as it was deployed, each in a clause. Pure; actions are given as ARNs on both sides.

    Args:
        now: As CloudWatch has it.
        deployed: As it was deployed.
    """
    for field, word in _WORDS.items():
        found, was = getattr(now, field), getattr(deployed, field)
        if was is not None and found != was:
            unit = " s" if field.endswith("_seconds") else ""
            yield f"its {word} is {found}{unit}, and was {was}{unit}"
    if deployed.periods is not None and (now.datapoints, now.periods) != (deployed.datapoints, deployed.periods):
        was = f"{deployed.datapoints} of {deployed.periods}"
        yield f"it rings at {now.datapoints} of {now.periods} periods, and did at {was}"
    if deployed.rule is not None and now.rule != deployed.rule:
        yield "its rule asks for other alarms, or for them in another way"
    yield from _other_metrics(now.watching, deployed.watching)
    for when, found, was in (
        ("rings", now.actions, deployed.actions),
        ("is well again", now.ok_actions, deployed.ok_actions),
    ):
        yield from _other_actions(when, set(found), set(was))


def _other_metrics(now: Iterable[Watching], deployed: Iterable[Watching]) -> Iterator[str]:
    found, was = {one.id: one for one in now}, {one.id: one for one in deployed}
    if not was:
        return
    for name in dict.fromkeys((*was, *found)):
        of = f" of {name}" if name else ""
        if name not in found:
            yield f"it no longer looks at {name}" if name else "it computes from other metrics"
        elif name not in was:
            yield f"it looks at {name} too" if name else "it looks at one metric alone"
        else:
            yield from _other_metric(found[name], was[name], of)


def _other_metric(found: Watching, was: Watching, of: str) -> Iterator[str]:
    for word, one, other in (
        ("metric", f"{found.namespace} {found.name}".strip(), f"{was.namespace} {was.name}".strip()),
        ("statistic", found.statistic, was.statistic),
        ("expression", found.expression, was.expression),
    ):
        if one != other:
            yield f"its {word}{of} is {one or 'none'}, and was {other or 'none'}"
    for name in sorted({*found.dimensions, *was.dimensions}):
        one, other = found.dimensions.get(name, "not set"), was.dimensions.get(name, "not set")
        if one != other:
            yield f"its dimension {name}{of} is {one}, and was {other}"


def _other_actions(when: str, found: set[str], was: set[str]) -> Iterator[str]:
    for gone in sorted(was - found):
        yield f"it no longer acts on {_short(gone)} when it {when}"
    for new in sorted(found - was):
        yield f"it acts on {_short(new)} too when it {when}"


def _short(action: str) -> str:
    return action.rpartition(":")[2] or action
