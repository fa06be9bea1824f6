"""DescribeAlarmHistory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.metrics.times import naive
from opslib.sandbox.behaviour.metrics.world import at_seconds, world_of
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["HISTORY_OPERATIONS"]

MAXIMUM_RECORDS = 100  # AWS, DescribeAlarmHistory: MaxRecords is at most 100


def describe_alarm_history(call: GapCall) -> Mapping[str, Any]:
    """What happened to alarms, also to those that are gone; of metric alarms unless other types are asked for."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    types = parameters.get("AlarmTypes") or ["MetricAlarm"]
    name, kind = parameters.get("AlarmName"), parameters.get("HistoryItemType")
    start = at_seconds(parameters["StartDate"]) if "StartDate" in parameters else float("-inf")
    end = at_seconds(parameters["EndDate"]) if "EndDate" in parameters else float("inf")
    with call.account.schedule.lock:
        found = [
            item
            for item in world_of(call.account).history
            if (item.account_id, item.region) == (call.account_id, call.region)
            and item.alarm_type in types
            and name in (None, item.alarm_name)
            and kind in (None, item.kind)
            and start <= item.at.timestamp() <= end
        ]
    found.sort(key=lambda item: item.at)
    if parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    first, size = _offset(parameters.get("NextToken")), parameters.get("MaxRecords", MAXIMUM_RECORDS)
    answer: dict[str, Any] = {
        "AlarmHistoryItems": [
            {
                "AlarmName": item.alarm_name,
                "AlarmType": item.alarm_type,
                "Timestamp": naive(item.at),
                "HistoryItemType": item.kind,
                "HistorySummary": item.summary,
                "HistoryData": item.data,
            }
            for item in found[first : first + size]
        ]
    }
    if first + size < len(found):
        answer["NextToken"] = str(first + size)
    return answer


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return int(token)


HISTORY_OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "DescribeAlarmHistory"): describe_alarm_history,
}
