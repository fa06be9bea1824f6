"""Executions from their start to their end, with what AWS tells of it: events and metrics."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.events.bus import put
from opslib.sandbox.behaviour.metrics import publish
from opslib.sandbox.behaviour.state_machines.execution import RUNNING, Execution, executions_in
from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.run import Run, later

__all__ = ["start", "stop"]

# By status: the history's event and the metric.
_ENDS = {
    "SUCCEEDED": ("ExecutionSucceeded", "ExecutionsSucceeded"),
    "FAILED": ("ExecutionFailed", "ExecutionsFailed"),
    "TIMED_OUT": ("ExecutionTimedOut", "ExecutionsTimedOut"),
    "ABORTED": ("ExecutionAborted", "ExecutionsAborted"),
}


def start(execution: Execution) -> None:
    """Begin an execution; its first state is entered a moment from now."""
    executions_in(execution.account, execution.region)[execution.arn] = execution
    details = {"input": execution.input, "roleArn": execution.machine.role_arn}
    execution.note("ExecutionStarted", execution.started, executionStartedEventDetails=details)
    _tell(execution, "ExecutionsStarted", execution.started)
    definition = execution.machine.definition
    if "TimeoutSeconds" in definition:
        due = execution.started + timedelta(seconds=definition["TimeoutSeconds"])
        later(execution, due, lambda at: _end(execution, "TIMED_OUT", at, error="States.Timeout"))
    run = Run(
        execution,
        definition["States"],
        lambda output, at: _end(execution, "SUCCEEDED", at, output=json.dumps(output)),
        lambda error, at: _failed(execution, error, at),
    )
    run.enter(definition["StartAt"], json.loads(execution.input), execution.started)


def stop(execution: Execution, error: str | None, cause: str | None) -> None:
    """Abort an execution; one that has ended stays as it is."""
    _end(execution, "ABORTED", execution.account.clock.now(), error=error, cause=cause)


def _failed(execution: Execution, error: StateFailed, at: datetime) -> None:
    timed_out = error.error == "States.Timeout"
    _end(execution, "TIMED_OUT" if timed_out else "FAILED", at, error=error.error, cause=error.cause)


def _end(execution: Execution, status: str, at: datetime, **outcome: Any) -> None:
    if execution.status != RUNNING:
        return
    execution.status, execution.stopped = status, at
    given = {name: value for name, value in outcome.items() if value is not None}
    for name, value in given.items():
        setattr(execution, name, value)
    event, metric = _ENDS[status]
    execution.note(event, at, **{f"{event[0].lower()}{event[1:]}EventDetails": given})
    _tell(execution, metric, at)


def _tell(execution: Execution, metric: str, at: datetime) -> None:
    account: Account = execution.account
    machine = {"StateMachineArn": execution.machine.arn}
    publish(account, execution.region, "AWS/States", metric, machine, 1, "Count", at)
    if execution.stopped is not None:
        took = (execution.stopped - execution.started).total_seconds() * 1000
        publish(account, execution.region, "AWS/States", "ExecutionTime", machine, took, "Milliseconds", at)
    detail = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.started.timestamp() * 1000),
        "stopDate": None if execution.stopped is None else int(execution.stopped.timestamp() * 1000),
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }
    kind = "Step Functions Execution Status Change"
    put(account, execution.region, "aws.states", kind, detail, [execution.arn], at)
