"""CloudWatch Logs: metric filters that are read when they are put, and that count what is written.

Rules: CloudWatch Logs API, PutMetricFilter, TestMetricFilter, PutLogEvents, DeleteLogGroup; CloudWatch Logs quotas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.logs.models import logs_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.logs.counting import count
from opslib.sandbox.behaviour.logs.patterns import BadPattern, Pattern, read_pattern
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

MOST_FILTERS = 100
"""Of a log group."""

_INVALID = "InvalidParameterException"


def _backend(call: GapCall) -> Any:
    return logs_backends[call.account_id][call.region]


def _filters(call: GapCall) -> list[dict[str, Any]]:
    """Those of the group that is called; moto's own list of dicts."""
    group = call.parameters["logGroupName"]
    return [one for one in _backend(call).filters.metric_filters if one["logGroupName"] == group]


def _pattern(text: str) -> Pattern:
    try:
        return read_pattern(text)
    except BadPattern as error:
        raise AwsError(_INVALID, str(error)) from error


def put_metric_filter(call: GapCall) -> Mapping[str, Any]:
    """A new one, or all of one that is there, of a group that is there; moto keeps both, of any group."""
    given = call.parameters
    if given["logGroupName"] not in _backend(call).groups:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    _pattern(given.get("filterPattern") or "")
    for transformation in given["metricTransformations"]:
        if transformation.get("dimensions") and transformation.get("defaultValue") is not None:
            raise AwsError(_INVALID, "Invalid metric transformation: dimensions and default value exclude each other.")
    there = _filters(call)
    same = [one for one in there if one["filterName"] == given["filterName"]]
    if not same and len(there) >= MOST_FILTERS:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    answer = call.through()
    for one in same:
        _backend(call).filters.metric_filters.remove(one)
    return answer


def test_metric_filter(call: GapCall) -> Mapping[str, Any]:
    """By the reader that counting uses."""
    pattern = _pattern(call.parameters.get("filterPattern") or "")
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
            for number, message in enumerate(call.parameters["logEventMessages"], start=1)
            if pattern.match(message) is not None
        ]
    }


def put_log_events(call: GapCall) -> Mapping[str, Any]:
    """Taken by moto; those that are not too old or too new are counted."""
    given, answer = call.parameters, call.through()
    rejected = answer.get("rejectedLogEventsInfo") or {}
    first = rejected["tooOldLogEventEndIndex"] + 1 if "tooOldLogEventEndIndex" in rejected else 0
    events = given["logEvents"][first : rejected.get("tooNewLogEventStartIndex")]
    with call.account.schedule.lock:
        count(call.account, call.region, given["logGroupName"], events, _filters(call))
    return answer


def delete_log_group(call: GapCall) -> Mapping[str, Any]:
    """With its metric filters, which moto leaves."""
    answer = call.through()
    for one in _filters(call):
        _backend(call).filters.metric_filters.remove(one)
    return answer


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("logs", "DeleteLogGroup"): delete_log_group,
    ("logs", "PutLogEvents"): put_log_events,
    ("logs", "PutMetricFilter"): put_metric_filter,
    ("logs", "TestMetricFilter"): test_metric_filter,
}
