"""Composite alarms, which moto does not have: put them, and keep children and deletion as AWS does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opslib.errors import BadRequest
from opslib.monitoring.evaluate import children, parse_rule
from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.alarm_changes import put_and_note
from opslib.sandbox.gaps.alarms import MAXIMUM_PARENTS, alarm_named, parents_of
from opslib.sandbox.gaps.call import GapCall
from opslib.sandbox.gaps.constraints import check_constraints
from opslib.sandbox.gaps.metric_alarm import check_actions

__all__ = ["put_composite_alarm"]

_SUPPRESSOR_PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
_NOT_FOR_COMPOSITES = ("arn:aws:automate:", "arn:aws:autoscaling:", "arn:aws:swf:")


def put_composite_alarm(call: GapCall) -> Mapping[str, Any]:
    """Create a composite alarm, or overwrite one's rule and leave its state until its children say otherwise."""
    check_constraints(call, "ValidationError")
    check_actions(call)
    _check_rule(call)
    _check_suppressor(call)
    put_and_note(call)
    return {}


def _check_rule(call: GapCall) -> None:
    name = call.parameters["AlarmName"]
    try:
        named = children(parse_rule(call.parameters["AlarmRule"]))
    except BadRequest as error:
        raise AwsError("ValidationError", f"Error in AlarmRule [{error.what}]") from error
    missing = [child for child in named if alarm_named(call, child) is None]
    if missing:
        raise AwsError(
            "ValidationError",
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist",
        )
    for child in named:
        alarm = alarm_named(call, child)
        parents = {parent.name for parent in parents_of(call, alarm)} | {name}
        if len(parents) > MAXIMUM_PARENTS:
            raise AwsError("LimitExceeded", f"Alarm {child} is a child of more than {MAXIMUM_PARENTS} composite alarms")
    for actions in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        for action in call.parameters.get(actions, []):
            if action.startswith(_NOT_FOR_COMPOSITES):
                raise AwsError("ValidationError", f"Composite alarms do not support the action {action}")


def _check_suppressor(call: GapCall) -> None:
    suppressor = call.parameters.get("ActionsSuppressor")
    periods = [period for period in _SUPPRESSOR_PERIODS if period in call.parameters]
    if suppressor is None:
        if periods:
            raise AwsError("ValidationError", f"{periods[0]} must not be specified without ActionsSuppressor")
        return
    missing = [period for period in _SUPPRESSOR_PERIODS if period not in periods]
    if missing:
        raise AwsError("ValidationError", f"{missing[0]} must be specified with ActionsSuppressor")
    if alarm_named(call, suppressor) is None:
        raise AwsError("ValidationError", f"ActionsSuppressor {suppressor} does not exist")
