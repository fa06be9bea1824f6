"""How an alarm is deployed, for the contract: what `alarms.py` gives AWS, in the contract's words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from infra.components.alarms import BAND, WATCHED, acts_on, band_of
from opslib.monitoring import Alarm, CompositeAlarm, Expression, Insights, Metric, Ref
from opslib.monitoring.widget import Bind

__all__ = ["settings_of"]


def settings_of(alarm: Alarm | CompositeAlarm, bind: Bind) -> dict[str, Any]:
    """An alarm's settings, as `opslib.contract.AlarmSettings` has them; values may be outputs.

    Args:
        alarm: The alarm.
        bind: What its references are set to.
    """
    rings, recovers = acts_on(alarm.tier)
    settings: dict[str, Any] = {"actions": [*rings, *alarm.actions], "okActions": list(recovers)}
    if isinstance(alarm, CompositeAlarm):
        settings["rule"] = hashlib.sha256(alarm.expression.encode()).hexdigest()
    else:
        settings |= {
            "comparison": alarm.comparison,
            "periodSeconds": alarm.series.period_seconds,
            "datapoints": alarm.datapoints_to_alarm,
            "periods": alarm.evaluation_periods,
            "missingData": alarm.missing_data,
            "watching": _watching(alarm, bind),
        }
    return {name: value for name, value in settings.items() if value}


def _watching(alarm: Alarm, bind: Bind) -> list[Mapping[str, Any]]:
    series = alarm.series
    if alarm.threshold is None and isinstance(series, Metric):
        return [{"id": BAND, "expression": band_of(alarm)}, _metric(series, bind, id=WATCHED)]
    if isinstance(series, Metric):
        return [_metric(series, bind)]
    if isinstance(series, Insights):
        return [{"id": WATCHED, "expression": series.sql}]
    return [{"id": WATCHED, "expression": series.expression}, *_inputs(series, bind)]


def _inputs(series: Expression, bind: Bind) -> list[Mapping[str, Any]]:
    return [_metric(metric, bind, id=key) for key, metric in series.inputs]


def _metric(metric: Metric, bind: Bind, **named: str) -> Mapping[str, Any]:
    return {
        **named,
        "namespace": metric.namespace,
        "name": metric.name,
        "statistic": metric.statistic,
        "dimensions": {name: bind(value) if isinstance(value, Ref) else value for name, value in metric.dimensions},
    }
