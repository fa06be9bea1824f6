"""EventBridge: patterns and schedules that are read when they are put, and events that reach their targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.events.bus import DEFAULT_BUS, Entry, put_entry, take_over
from opslib.sandbox.behaviour.events.patterns import BadPattern, matches, read_pattern
from opslib.sandbox.behaviour.events.timetable import plan_rule
from opslib.sandbox.behaviour.schedule_expression import next_after
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

# AWS, PutEvents.
MOST_ENTRIES = 10
MOST_BYTES = 262_144

_REQUIRED = ("Source", "DetailType", "Detail")


def _pattern(text: str) -> dict[str, Any]:
    try:
        return read_pattern(text)
    except BadPattern as error:
        raise AwsError("InvalidEventPatternException", str(error)) from error


def put_rule(call: GapCall) -> Mapping[str, Any]:
    """With a pattern and a schedule that can be read; the schedule runs by the sandbox's clock."""
    parameters, now = call.parameters, call.account.clock.now()
    if text := parameters.get("EventPattern"):
        _pattern(text)
    if expression := parameters.get("ScheduleExpression"):
        try:
            next_after(expression, now, began=now)
        except BadRequest as error:
            raise AwsError("ValidationException", "Parameter ScheduleExpression is not valid.") from error
    with call.account.schedule.lock:
        answer = call.through()
        bus = (parameters.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2]
        rule = events_backends[call.account_id][call.region].event_buses[bus].rules[parameters["Name"]]
        take_over(call.account, call.region, rule)
        if bus == DEFAULT_BUS:
            plan_rule(call.account, call.region, parameters["Name"], now)
    return answer


def switch_rule(call: GapCall) -> Mapping[str, Any]:
    """Enable, disable or delete a rule, and its schedule with it."""
    with call.account.schedule.lock:
        answer = call.through()
        if (call.parameters.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2] == DEFAULT_BUS:
            plan_rule(call.account, call.region, call.parameters["Name"], call.account.clock.now())
    return answer


def put_events(call: GapCall) -> Mapping[str, Any]:
    """Each entry apart: one that is wrong does not keep the others out."""
    entries = call.parameters["Entries"]
    if not 1 <= len(entries) <= MOST_ENTRIES:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length "
            f"less than or equal to {MOST_ENTRIES}",
        )
    if sum(len(json.dumps(entry, default=str).encode()) for entry in entries) > MOST_BYTES:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")
    answers = [_put_one(call, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def _put_one(call: GapCall, entry: Mapping[str, Any]) -> dict[str, Any]:
    missing = next((name for name in _REQUIRED if not entry.get(name)), None)
    if missing is not None:
        message = f"Parameter {missing} is not valid. Reason: {missing} is a required argument."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    if str(entry["Source"]).startswith("aws."):
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    moment = entry.get("Time") or call.account.clock.now()
    bus = str(entry.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2]
    made = Entry(entry["Source"], entry["DetailType"], detail, entry.get("Resources") or (), _aware(moment), bus)
    return {"EventId": put_entry(call.account, call.region, made)}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def test_event_pattern(call: GapCall) -> Mapping[str, Any]:
    """By the matcher that rules use."""
    try:
        event = json.loads(call.parameters["Event"])
    except ValueError as error:
        raise AwsError("ValidationException", "Parameter Event is not valid.") from error
    return {"Result": matches(_pattern(call.parameters["EventPattern"]), event)}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("events", "DeleteRule"): switch_rule,
    ("events", "DisableRule"): switch_rule,
    ("events", "EnableRule"): switch_rule,
    ("events", "PutEvents"): put_events,
    ("events", "PutRule"): put_rule,
    ("events", "TestEventPattern"): test_event_pattern,
}
