"""AWS Backup: plans that test restores, and what they select; moto lacks them.

Rules: AWS Backup API, CreateRestoreTestingPlan and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.backup.models import backup_backends

from opslib.errors import BadRequest
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.backup.restore_tests import PLANS, SELECTIONS, plan_tests
from opslib.sandbox.behaviour.schedule_expression import next_after
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

_INVALID = "InvalidParameterValueException"
_PLAN, _SELECTION = "RestoreTestingPlan", "RestoreTestingSelection"
_DEFAULTS = {"ScheduleExpressionTimezone": "Etc/UTC", "StartWindowHours": 24}
_SELECTION_WINDOW_DAYS = 30


def _plans(call: GapCall) -> dict[str, dict[str, Any]]:
    """Those of the region, by name."""
    return call.record(PLANS)


def _selections(call: GapCall) -> dict[str, dict[str, Any]]:
    """Those of the plan that is called, by name."""
    found: dict[str, dict[str, Any]] = call.record(SELECTIONS).setdefault(_plan(call)[f"{_PLAN}Name"], {})
    return found


def _plan(call: GapCall) -> dict[str, Any]:
    name = call.parameters[f"{_PLAN}Name"]
    if name not in _plans(call):
        raise AwsError("ResourceNotFoundException", f"Restore testing plan {name} does not exist")
    return _plans(call)[name]


def _selection(call: GapCall) -> dict[str, Any]:
    name, there = call.parameters[f"{_SELECTION}Name"], _selections(call)
    if name not in there:
        raise AwsError("ResourceNotFoundException", f"Restore testing selection {name} does not exist")
    return there[name]


def _told(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: record[name] for name in names if name in record}


_OF_PLAN = (f"{_PLAN}Name", f"{_PLAN}Arn", "CreationTime")
_OF_SELECTION = (f"{_PLAN}Arn", f"{_PLAN}Name", f"{_SELECTION}Name", "CreationTime")


def _completed(given: Mapping[str, Any]) -> dict[str, Any]:
    points = {"ExcludeVaults": [], "SelectionWindowDays": _SELECTION_WINDOW_DAYS, **given["RecoveryPointSelection"]}
    return {**_DEFAULTS, **given, "RecoveryPointSelection": points}


def _check_schedule(call: GapCall, plan: Mapping[str, Any]) -> None:
    now, expression = call.account.clock.now(), plan["ScheduleExpression"]
    try:
        next_after(expression, now, began=now, zone=plan["ScheduleExpressionTimezone"])
    except BadRequest as error:
        raise AwsError(_INVALID, f"Invalid schedule expression {expression}") from error


def _plan_it(call: GapCall, name: str) -> None:
    """Let a plan run at its next time, if it is there."""
    with call.account.schedule.lock:
        plan_tests(call.account, call.region, name, call.account.clock.now())


def create_plan(call: GapCall) -> Mapping[str, Any]:
    """With a name that no other has."""
    check_constraints(call, _INVALID)
    given, plans = call.parameters[_PLAN], _plans(call)
    name = given[f"{_PLAN}Name"]
    if name in plans:
        raise AwsError("AlreadyExistsException", f"Restore testing plan {name} already exists")
    if not name.replace("_", "").isalnum():
        raise AwsError(_INVALID, "A restore testing plan's name has letters, digits and _ only")
    _check_schedule(call, _completed(given))
    arn = f"arn:aws:backup:{call.region}:{call.account_id}:restore-testing-plan:{name}"
    plans[name] = {**_completed(given), f"{_PLAN}Arn": arn, "CreationTime": call.account.clock.now()}
    if call.parameters.get("Tags"):
        backup_backends[call.account_id][call.region].tag_resource(arn, call.parameters["Tags"])
    _plan_it(call, name)
    return _told(plans[name], *_OF_PLAN)


def get_plan(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    return {_PLAN: _plan(call)}


def list_plans(call: GapCall) -> Mapping[str, Any]:
    """All of the region, on one page."""
    names = (*_OF_PLAN, "ScheduleExpression", "ScheduleExpressionTimezone", "StartWindowHours")
    return {f"{_PLAN}s": [_told(plan, *names) for plan in _plans(call).values()]}


def update_plan(call: GapCall) -> Mapping[str, Any]:
    """What is given; the rest stays."""
    check_constraints(call, _INVALID)
    plan = _plan(call)
    changed = _completed({**plan, **call.parameters[_PLAN]})
    _check_schedule(call, changed)
    plan |= changed
    plan["LastUpdateTime"] = call.account.clock.now()
    _plan_it(call, plan[f"{_PLAN}Name"])
    return {**_told(plan, *_OF_PLAN), "UpdateTime": plan["LastUpdateTime"]}


def delete_plan(call: GapCall) -> Mapping[str, Any]:
    """Once it has no selections."""
    if _selections(call):
        raise AwsError("InvalidRequestException", "The restore testing plan has selections: delete them first")
    name = _plan(call)[f"{_PLAN}Name"]
    del _plans(call)[name]
    _plan_it(call, name)
    return {}


def create_selection(call: GapCall) -> Mapping[str, Any]:
    """Of a plan that is there; by ARNs or by conditions."""
    check_constraints(call, _INVALID)
    given, there = call.parameters[_SELECTION], _selections(call)
    name = given[f"{_SELECTION}Name"]
    if name in there:
        raise AwsError("AlreadyExistsException", f"Restore testing selection {name} already exists")
    if not (given.get("ProtectedResourceArns") or given.get("ProtectedResourceConditions")):
        raise AwsError(_INVALID, "Either ProtectedResourceArns or ProtectedResourceConditions has to be given")
    plan = _told(_plan(call), f"{_PLAN}Name", f"{_PLAN}Arn")
    there[name] = {"ValidationWindowHours": 0, **given, **plan, "CreationTime": call.account.clock.now()}
    return _told(there[name], *_OF_SELECTION)


def get_selection(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    return {_SELECTION: {name: value for name, value in _selection(call).items() if name != f"{_PLAN}Arn"}}


def list_selections(call: GapCall) -> Mapping[str, Any]:
    """Those of a plan, on one page."""
    names = (*_OF_SELECTION[1:], "IamRoleArn", "ProtectedResourceType", "ValidationWindowHours")
    return {f"{_SELECTION}s": [_told(one, *names) for one in _selections(call).values()]}


def update_selection(call: GapCall) -> Mapping[str, Any]:
    """What is given; the rest stays."""
    check_constraints(call, _INVALID)
    found = _selection(call)
    found |= call.parameters[_SELECTION]
    return {**_told(found, *_OF_SELECTION), "UpdateTime": call.account.clock.now()}


def delete_selection(call: GapCall) -> Mapping[str, Any]:
    """One that is there."""
    del _selections(call)[_selection(call)[f"{_SELECTION}Name"]]
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("backup", "CreateRestoreTestingPlan"): create_plan,
    ("backup", "CreateRestoreTestingSelection"): create_selection,
    ("backup", "DeleteRestoreTestingPlan"): delete_plan,
    ("backup", "DeleteRestoreTestingSelection"): delete_selection,
    ("backup", "GetRestoreTestingPlan"): get_plan,
    ("backup", "GetRestoreTestingSelection"): get_selection,
    ("backup", "ListRestoreTestingPlans"): list_plans,
    ("backup", "ListRestoreTestingSelections"): list_selections,
    ("backup", "UpdateRestoreTestingPlan"): update_plan,
    ("backup", "UpdateRestoreTestingSelection"): update_selection,
}
