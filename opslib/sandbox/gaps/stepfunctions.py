"""Step Functions: definitions that are checked, executions on the sandbox's clock; moto keeps the state machines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from moto.stepfunctions.exceptions import AWSError
from moto.stepfunctions.models import stepfunctions_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.invoking import new_id
from opslib.sandbox.behaviour.state_machines.definition import NotModelled, read_definition
from opslib.sandbox.behaviour.state_machines.executing import start, stop
from opslib.sandbox.behaviour.state_machines.execution import RUNNING, Execution, Machine, executions_in
from opslib.sandbox.behaviour.state_machines.failures import StateFailed
from opslib.sandbox.behaviour.state_machines.waiting import send_failure, send_heartbeat, send_success
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

SERVICE = "stepfunctions"
_NAME = re.compile(r"[A-Za-z0-9_.+!@()=^{}~-]{1,80}")
MOST_RESULTS = 100  # AWS: the default of maxResults
NAME_DAYS = 90  # AWS, StartExecution: for so long an execution's name stays taken


def create_state_machine(call: GapCall) -> Mapping[str, Any]:
    """Of a definition that makes sense; the same again is answered, another under the same name refused."""
    parameters = call.parameters
    _definition(parameters["definition"])
    arn = f"arn:aws:states:{call.region}:{call.account_id}:stateMachine:{parameters['name']}"
    machines = stepfunctions_backends[call.account_id][call.region].state_machines
    existing = next((machine for machine in machines if machine.arn == arn), None)
    if existing is not None and (existing.definition, existing.roleArn) != (
        parameters["definition"],
        parameters["roleArn"],
    ):
        raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    return call.through()


def update_state_machine(call: GapCall) -> Mapping[str, Any] | None:
    """To a definition that makes sense; executions that run keep theirs."""
    if text := call.parameters.get("definition"):
        _definition(text)
    return None


def _definition(text: str) -> dict[str, Any]:
    try:
        return read_definition(text)
    except NotModelled as error:
        raise AwsError("SandboxNotModelled", f"The sandbox does not model {error}; AWS does.") from error
    except ValueError as error:
        raise AwsError("InvalidDefinition", str(error)) from error


def start_execution(call: GapCall) -> Mapping[str, Any]:
    """Idempotent by name while it runs with the same input; else a name is taken for 90 days."""
    parameters, account = call.parameters, call.account
    name = parameters.get("name") or new_id(account)
    text = parameters.get("input") or "{}"
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
    if not _NAME.fullmatch(name):
        raise AwsError("InvalidName", f"Invalid Name: '{name}'")
    with account.schedule.lock:
        machine = _machine(call, parameters["stateMachineArn"])
        arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        now = account.clock.now()
        known = executions_in(account, call.region).get(arn)
        if known is not None and known.status == RUNNING and known.input == text:
            return {"executionArn": arn, "startDate": known.started}
        if known is not None and now - (known.stopped or now) < timedelta(days=NAME_DAYS):
            raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        start(Execution(account, call.region, arn, name, machine, text, now))
    return {"executionArn": arn, "startDate": now}


def _machine(call: GapCall, arn: str) -> Machine:
    """A state machine, or a version of it, as it is now."""
    try:
        found = stepfunctions_backends[call.account_id][call.region].describe_state_machine(arn)
    except AWSError as error:
        raise AwsError(error.TYPE or "StateMachineDoesNotExist", error.message) from error
    created = found.creation_date
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    own = ":".join(arn.split(":")[:7])
    return Machine(own, found.name, found.roleArn, _definition(found.definition), created)


def _execution(call: GapCall) -> Execution:
    arn = call.parameters["executionArn"]
    found = executions_in(call.account, call.region).get(arn)
    if found is None:
        raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return found


def describe_execution(call: GapCall) -> Mapping[str, Any]:
    """As it is now."""
    with call.account.schedule.lock:
        return _execution(call).described()


def describe_state_machine_for_execution(call: GapCall) -> Mapping[str, Any]:
    """The definition that the execution runs, whatever became of the state machine's since."""
    machine = _execution(call).machine
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "definition": json.dumps(machine.definition),
        "roleArn": machine.role_arn,
        "updateDate": machine.revised,
    }


def stop_execution(call: GapCall) -> Mapping[str, Any]:
    """One that has ended stays as it is."""
    with call.account.schedule.lock:
        execution = _execution(call)
        stop(execution, call.parameters.get("error"), call.parameters.get("cause"))
        return {"stopDate": execution.stopped}


def list_executions(call: GapCall) -> Mapping[str, Any]:
    """Of a state machine, the newest first."""
    arn, status = call.parameters.get("stateMachineArn"), call.parameters.get("statusFilter")
    machine = _machine(call, arn).arn if arn else None
    with call.account.schedule.lock:
        found = [
            execution
            for execution in reversed(executions_in(call.account, call.region).values())
            if machine in (None, execution.machine.arn) and status in (None, execution.status)
        ]
    keys = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate")
    told = [execution.described() for execution in found]
    return _page(call, "executions", [{key: each[key] for key in keys if key in each} for each in told])


def get_execution_history(call: GapCall) -> Mapping[str, Any]:
    """All that has happened, the oldest first unless told otherwise."""
    with call.account.schedule.lock:
        events = list(_execution(call).events)
    if call.parameters.get("reverseOrder"):
        events.reverse()
    return _page(call, "events", events)


def _page(call: GapCall, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    begin, most = int(call.parameters.get("nextToken") or 0), call.parameters.get("maxResults") or MOST_RESULTS
    more = {"nextToken": str(begin + most)} if begin + most < len(found) else {}
    return {name: found[begin : begin + most], **more}


def start_sync_execution(_: GapCall) -> Mapping[str, Any]:
    """Not modelled; moto would run it by its own interpreter, in real time."""
    raise AwsError("SandboxNotModelled", "The sandbox does not model stepfunctions:StartSyncExecution; AWS does.")


def _sent(is_waiting: bool) -> Mapping[str, Any]:
    if not is_waiting:
        raise AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    return {}


def send_task_success(call: GapCall) -> Mapping[str, Any]:
    """The task that waits for the token ends."""
    try:
        output = json.loads(call.parameters["output"])
    except ValueError as error:
        raise AwsError("InvalidOutput", f"Invalid Output: '{error}'") from error
    with call.account.schedule.lock:
        return _sent(send_success(call.account, call.parameters["taskToken"], output))


def send_task_failure(call: GapCall) -> Mapping[str, Any]:
    """The task that waits for the token fails."""
    error = StateFailed(call.parameters.get("error", ""), call.parameters.get("cause", ""))
    with call.account.schedule.lock:
        return _sent(send_failure(call.account, call.parameters["taskToken"], error))


def send_task_heartbeat(call: GapCall) -> Mapping[str, Any]:
    """The task that waits for the token is alive."""
    with call.account.schedule.lock:
        return _sent(send_heartbeat(call.account, call.parameters["taskToken"]))


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    (SERVICE, "CreateStateMachine"): create_state_machine,
    (SERVICE, "DescribeExecution"): describe_execution,
    (SERVICE, "DescribeStateMachineForExecution"): describe_state_machine_for_execution,
    (SERVICE, "GetExecutionHistory"): get_execution_history,
    (SERVICE, "ListExecutions"): list_executions,
    (SERVICE, "SendTaskFailure"): send_task_failure,
    (SERVICE, "SendTaskHeartbeat"): send_task_heartbeat,
    (SERVICE, "SendTaskSuccess"): send_task_success,
    (SERVICE, "StartExecution"): start_execution,
    (SERVICE, "StartSyncExecution"): start_sync_execution,
    (SERVICE, "StopExecution"): stop_execution,
    (SERVICE, "UpdateStateMachine"): update_state_machine,
}
