"""The message that an alarm publishes to a topic: AWS's JSON, and its subject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session

from opslib.sandbox.behaviour.metrics.place import Place
from opslib.sandbox.behaviour.metrics.times import stamp

__all__ = ["alarm_message", "alarm_subject", "region_name"]

MAXIMUM_SUBJECT = 100  # AWS, SNS Publish: "less than 100 characters long"; CloudWatch cuts longer ones

# What a trigger says of an alarm on one metric, under AWS's name there, and DescribeAlarms' name.
_ONE_METRIC: Mapping[str, str] = {"MetricName": "MetricName", "Namespace": "Namespace"}
_STATISTICS: Mapping[str, str] = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}


def alarm_subject(place: Place, described: Mapping[str, Any]) -> str:
    """`ALARM: "name" in EU (Ireland)`."""
    subject = f'{described["StateValue"]}: "{described["AlarmName"]}" in {region_name(place.region)}'
    return subject if len(subject) <= MAXIMUM_SUBJECT else subject[: MAXIMUM_SUBJECT - 3] + "..."


def alarm_message(place: Place, alarm: Any, described: Mapping[str, Any]) -> str:
    """The message, as JSON.

    Args:
        place: Where the alarm is.
        alarm: moto's record of it, with the state it was in before.
        described: It, as DescribeAlarms has it.
    """
    before = getattr(alarm, "state_before", None)
    message: dict[str, Any] = {
        "AlarmName": described["AlarmName"],
        "AlarmDescription": described.get("AlarmDescription"),
        "AWSAccountId": place.account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(described["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": described["StateValue"],
        "NewStateReason": described["StateReason"],
        "StateChangeTime": stamp(described["StateTransitionedTimestamp"]),
        "Region": region_name(place.region),
        "AlarmArn": described["AlarmArn"],
        "OldStateValue": "INSUFFICIENT_DATA" if before is None else before.value,
        "OKActions": described["OKActions"],
        "AlarmActions": described["AlarmActions"],
        "InsufficientDataActions": described["InsufficientDataActions"],
    }
    if alarm.rule is None:
        message["Trigger"] = _trigger(described)
    else:
        message["AlarmRule"] = described["AlarmRule"]
        message["TriggeringChildren"] = _children(described)
    return json.dumps(message, separators=(",", ":"))


@cache
def region_name(region: str) -> str:
    """A region's name as CloudWatch writes it: `US East (N. Virginia)`, `EU (Ireland)`."""
    for partition in botocore.session.get_session().get_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            name: str = partition["regions"][region]["description"]
            return name.replace("Europe (", "EU (")
    return region


def _trigger(described: Mapping[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any]
    if "Metrics" in described:
        trigger = {"Period": _period(described), "Metrics": [_query(query) for query in described["Metrics"]]}
    else:
        trigger = {name: described.get(of) for name, of in _ONE_METRIC.items()}
        extended = described.get("ExtendedStatistic")
        trigger |= {
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
            **(
                {"ExtendedStatistic": extended}
                if extended
                else {"Statistic": _STATISTICS.get(str(described.get("Statistic")), described.get("Statistic"))}
            ),
            "Unit": described.get("Unit"),
            "Dimensions": _pairs(described.get("Dimensions", ())),
            "Period": described.get("Period"),
        }
    trigger |= {
        "EvaluationPeriods": described.get("EvaluationPeriods"),
        "DatapointsToAlarm": described.get("DatapointsToAlarm", described.get("EvaluationPeriods")),
        "ComparisonOperator": described.get("ComparisonOperator"),
        "TreatMissingData": described.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": described.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "ThresholdMetricId" in described:
        trigger["ThresholdMetricId"] = described["ThresholdMetricId"]
    else:
        trigger["Threshold"] = described.get("Threshold")
    return trigger


def _period(described: Mapping[str, Any]) -> int | None:
    periods = (query.get("Period") or query.get("MetricStat", {}).get("Period") for query in described["Metrics"])
    return next((period for period in periods if period), None)


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: query[name] for name in ("Expression", "Id", "Label") if name in query}
    if "MetricStat" in query:
        stat = query["MetricStat"]
        metric = {**stat["Metric"], "Dimensions": _pairs(stat["Metric"].get("Dimensions", ()))}
        written["MetricStat"] = {**stat, "Metric": metric}
    return {**written, "ReturnData": query.get("ReturnData", True)}


def _pairs(dimensions: Any) -> list[dict[str, str]]:
    return [{"value": pair["Value"], "name": pair["Name"]} for pair in dimensions]


def _children(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = json.loads(described.get("StateReasonData", "{}")).get("triggeringAlarms", [])
    return [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in found
    ]
