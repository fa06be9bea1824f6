"""Tasks: called at once, and finished with their answer or, where they wait for it, when somebody sends their token."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.paths import fill
from opslib.sandbox.behaviour.state_machines.run import Visit, later
from opslib.sandbox.behaviour.state_machines.tasks import Resource, call_resource, read_resource

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["run_task", "send_failure", "send_heartbeat", "send_success"]

_RECORD = "task tokens"


def run_task(visit: Visit, at: datetime) -> None:
    """Call what a Task calls.

    Raises:
        StateFailed: It failed.
    """
    resource, account = read_resource(visit.state["Resource"]), visit.execution.account
    token = str(UUID(int=account.random.getrandbits(128), version=4))
    scope = visit.scope(visit.data, Task={"Token": token})
    parameters = fill(visit.state["Parameters"], scope) if "Parameters" in visit.state else visit.data
    _note_called(visit, resource, parameters, at)
    attempt = visit.attempt
    if resource.waits:
        account.record(_RECORD)[token] = (visit, attempt)
        for field in ("TimeoutSeconds", "HeartbeatSeconds"):
            if field in visit.state:
                due = at + timedelta(seconds=visit.state[field])
                later(visit.execution, due, partial(_time_out, visit, token, attempt, field))
    try:
        result = call_resource(account, visit.execution.region, resource, parameters)
    except StateFailed as error:
        account.record(_RECORD).pop(token, None)
        _note_failed(visit, resource, error, account.clock.now())
        raise
    if resource.waits or not visit.run.alive or visit.execution.status != "RUNNING":
        return  # it may have been stopped while the handler ran
    now = max(at, account.clock.now())
    _note_succeeded(visit, resource, result, now)
    visit.finish(result, now)


def _time_out(visit: Visit, token: str, attempt: int, field: str, at: datetime) -> None:
    account = visit.execution.account
    if token in account.record(_RECORD) and visit.attempt == attempt and visit.run.alive:
        del account.record(_RECORD)[token]
        error = StateFailed("States.Timeout" if field == "TimeoutSeconds" else "States.HeartbeatTimeout")
        visit.execution.note("TaskTimedOut", at, taskTimedOutEventDetails=_named(visit, error=error.error))
        visit.fail(error, at)


def _waiting(account: Account, token: str) -> Visit | None:
    """The task that waits for a token; None when none does, any more."""
    found: tuple[Visit, int] | None = account.record(_RECORD).get(token)
    if found is None or found[0].execution.status != "RUNNING" or not found[0].run.alive:
        return None
    return found[0] if found[0].attempt == found[1] else None


def send_success(account: Account, token: str, output: Any) -> bool:
    """Finish the task that waits for a token.

    Returns:
        Whether there is one.
    """
    visit = _waiting(account, token)
    if visit is None:
        return False
    del account.record(_RECORD)[token]
    now = account.clock.now()
    _note_succeeded(visit, read_resource(visit.state["Resource"]), output, now)
    visit.finish(output, now)
    return True


def send_failure(account: Account, token: str, error: StateFailed) -> bool:
    """Fail the task that waits for a token.

    Returns:
        Whether there is one.
    """
    visit = _waiting(account, token)
    if visit is None:
        return False
    del account.record(_RECORD)[token]
    now = account.clock.now()
    _note_failed(visit, read_resource(visit.state["Resource"]), error, now)
    visit.fail(error, now)
    return True


def send_heartbeat(account: Account, token: str) -> bool:
    """The task that waits for a token is alive: its heartbeat's time begins again.

    Returns:
        Whether there is one.
    """
    visit = _waiting(account, token)
    if visit is None:
        return False
    if "HeartbeatSeconds" in visit.state:
        visit.attempt += 1  # the one that is planned is void
        tokens = account.record(_RECORD)
        tokens[token] = (visit, visit.attempt)
        due = account.clock.now() + timedelta(seconds=visit.state["HeartbeatSeconds"])
        later(visit.execution, due, partial(_time_out, visit, token, visit.attempt, "HeartbeatSeconds"))
        if "TimeoutSeconds" in visit.state:
            end = visit.entered + timedelta(seconds=visit.state["TimeoutSeconds"])
            later(visit.execution, end, partial(_time_out, visit, token, visit.attempt, "TimeoutSeconds"))
    return True


def _named(visit: Visit, **more: Any) -> dict[str, Any]:
    resource = read_resource(visit.state["Resource"])
    return {"resourceType": resource.kind, "resource": resource.action, **more}


def _note_called(visit: Visit, resource: Resource, parameters: Any, at: datetime) -> None:
    execution, written = visit.execution, json.dumps(parameters)
    if resource.is_function:
        details = {"resource": resource.arn, "input": written}
        execution.note("LambdaFunctionScheduled", at, lambdaFunctionScheduledEventDetails=details)
        execution.note("LambdaFunctionStarted", at)
        return
    details = _named(visit, region=execution.region, parameters=written)
    execution.note("TaskScheduled", at, taskScheduledEventDetails=details)
    execution.note("TaskStarted", at, taskStartedEventDetails=_named(visit))


def _note_succeeded(visit: Visit, resource: Resource, result: Any, at: datetime) -> None:
    output = json.dumps(result)
    if resource.is_function:
        visit.execution.note("LambdaFunctionSucceeded", at, lambdaFunctionSucceededEventDetails={"output": output})
    else:
        visit.execution.note("TaskSucceeded", at, taskSucceededEventDetails=_named(visit, output=output))


def _note_failed(visit: Visit, resource: Resource, error: StateFailed, at: datetime) -> None:
    told = {"error": error.error, "cause": error.cause}
    if resource.is_function:
        visit.execution.note("LambdaFunctionFailed", at, lambdaFunctionFailedEventDetails=told)
    else:
        visit.execution.note("TaskFailed", at, taskFailedEventDetails=_named(visit, **told))
