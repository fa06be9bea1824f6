"""What alarms tell EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from opslib.sandbox.behaviour.metrics.times import stamp

__all__ = ["SOURCE", "STATE_CHANGE", "state_change"]

SOURCE = "aws.cloudwatch"
STATE_CHANGE = "CloudWatch Alarm State Change"

_SUPPRESSOR: Mapping[str, str] = {
    "alarmRule": "AlarmRule",
    "actionsSuppressor": "ActionsSuppressor",
    "actionsSuppressorWaitPeriod": "ActionsSuppressorWaitPeriod",
    "actionsSuppressorExtensionPeriod": "ActionsSuppressorExtensionPeriod",
}


def state_change(alarm: Any, described: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of the event of an alarm's change of state.

    Args:
        alarm: moto's record of it, with the state it was in before.
        described: It, as DescribeAlarms has it.
    """
    before = alarm.state_before
    now = _state(
        described["StateValue"],
        described["StateReason"],
        described.get("StateReasonData", ""),
        described["StateTransitionedTimestamp"],
    )
    for name, of in {
        "actionsSuppressedBy": "ActionsSuppressedBy",
        "actionsSuppressedReason": "ActionsSuppressedReason",
    }.items():
        if of in described:
            now[name] = described[of]
    return {
        "alarmName": described["AlarmName"],
        "state": now,
        "previousState": _state(before.value, before.reason, before.data, before.at),
        "configuration": _configuration(described),
    }


def _state(value: str, reason: str, data: str, at: datetime) -> dict[str, Any]:
    state = {"value": value, "reason": reason, "timestamp": stamp(at)}
    return {**state, "reasonData": data} if data else state


def _configuration(described: Mapping[str, Any]) -> dict[str, Any]:
    said = {"description": described["AlarmDescription"]} if described.get("AlarmDescription") else {}
    if "AlarmRule" in described:
        return {**said, **{name: described[of] for name, of in _SUPPRESSOR.items() if of in described}}
    return {**said, "metrics": [_metric(query) for query in _queries(described)]}


def _queries(described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "Metrics" in described:
        return list(described["Metrics"])
    if "MetricName" not in described:
        return []
    stat = {
        "Metric": described,
        "Period": described.get("Period"),
        "Stat": described.get("Statistic") or described.get("ExtendedStatistic"),
    }
    return [{"Id": str(uuid5(NAMESPACE_URL, described["AlarmArn"])), "MetricStat": stat}]


def _metric(query: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    written |= {name.lower(): query[name] for name in ("Expression", "Label") if name in query}
    if "MetricStat" in query:
        stat = query["MetricStat"]
        metric = stat["Metric"]
        written["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", ())},
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    return written
