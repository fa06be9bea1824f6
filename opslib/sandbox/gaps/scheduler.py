"""EventBridge Scheduler: schedules that can be read, and that run by the sandbox's clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.events.schedules import plan_schedule
from opslib.sandbox.behaviour.schedule_expression import next_after
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]


def put_schedule(call: GapCall) -> Mapping[str, Any]:
    """With an expression and a time zone that there are; it counts at once."""
    given, now = call.parameters, call.account.clock.now()
    zone = given.get("ScheduleExpressionTimezone") or "UTC"
    try:
        next_after(given["ScheduleExpression"], now, began=now, zone=zone)
    except BadRequest as problem:
        raise AwsError("ValidationException", f"Invalid Schedule Expression: {problem}") from problem
    answer = call.through()
    _plan(call)
    return answer


def delete_schedule(call: GapCall) -> Mapping[str, Any]:
    """It does not run any more."""
    answer = call.through()
    _plan(call)
    return answer


def _plan(call: GapCall) -> None:
    given = call.parameters
    with call.account.schedule.lock:
        plan_schedule(call.account, call.region, given.get("GroupName"), given["Name"], call.account.clock.now())


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("scheduler", "CreateSchedule"): put_schedule,
    ("scheduler", "DeleteSchedule"): delete_schedule,
    ("scheduler", "UpdateSchedule"): put_schedule,
}
