"""CloudTrail: trails that record while they log, and tell what became of it; moto keeps trails and records nothing.

Rules: CloudTrail API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends

from opslib.sandbox.behaviour.trail.delivery import DELIVERED
from opslib.sandbox.behaviour.trail.recording import look_who_logs
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

_OF_DELIVERY = ("LatestDeliveryTime", "LatestDeliveryAttemptTime", "LatestDeliveryAttemptSucceeded")


def switched(call: GapCall) -> Mapping[str, Any]:
    """Begin or end to record; by a trail's name or its ARN, which moto takes for its name when it deletes."""
    with call.account.schedule.lock:
        answer = call.through(_named(call))
        look_who_logs(call.account)
    return answer


def _named(call: GapCall) -> dict[str, Any]:
    return {**call.parameters, "Name": str(call.parameters["Name"]).rpartition("/")[2]}


def get_trail_status(call: GapCall) -> Mapping[str, Any]:
    """With when it was really delivered, and why it was not; moto says now."""
    answer = call.through()
    trail = cloudtrail_backends[call.account_id][call.region].get_trail(call.parameters["Name"])
    told = {name: value for name, value in answer.items() if name not in _OF_DELIVERY}
    delivered: dict[str, Any] = call.record_of_account(DELIVERED).get(trail.arn, {})
    return told | delivered


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudtrail", "DeleteTrail"): switched,
    ("cloudtrail", "GetTrailStatus"): get_trail_status,
    ("cloudtrail", "StartLogging"): switched,
    ("cloudtrail", "StopLogging"): switched,
}
