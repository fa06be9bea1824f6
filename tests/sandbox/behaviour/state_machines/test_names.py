"""State machines and executions by their names: what is there once, what is refused, what an update leaves alone."""

from __future__ import annotations

import json

ROLE = "arn:aws:iam::123456789012:role/run"
SUCCEED = {"Type": "Succeed"}


def test_a_name_starts_one_execution(machines, refused):
    arn = machines.make("A", A={"Type": "Wait", "Seconds": 60, "End": True})
    first = machines.start(arn, {"a": 1}, name="one")
    assert machines.start(arn, {"a": 1}, name="one") == first
    start = machines.client.start_execution
    assert refused(start, stateMachineArn=arn, name="one", input='{"a": 2}')[0] == "ExecutionAlreadyExists"
    machines.sandbox.clock.advance(100)
    assert refused(start, stateMachineArn=arn, name="one", input='{"a": 1}')[0] == "ExecutionAlreadyExists"
    listed = machines.client.list_executions(stateMachineArn=arn)["executions"]
    assert [(each["name"], each["status"]) for each in listed] == [("one", "SUCCEEDED")]
    assert machines.client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] == []


def test_what_is_not_there_is_refused(machines, refused):
    arn = machines.make("A", A=SUCCEED)
    client = machines.client
    assert refused(client.start_execution, stateMachineArn=arn + "x")[0] == "StateMachineDoesNotExist"
    assert refused(client.start_execution, stateMachineArn=arn, input="{")[0] == "InvalidExecutionInput"
    client.meta.config.inject_host_prefix = False  # AWS has it under another host
    assert refused(client.start_sync_execution, stateMachineArn=arn)[0] == "SandboxNotModelled"
    execution = arn.replace("stateMachine", "execution") + ":none"
    for operation in (client.describe_execution, client.stop_execution, client.get_execution_history):
        assert refused(operation, executionArn=execution)[0] == "ExecutionDoesNotExist"


def test_a_bad_definition_is_refused_when_it_is_made_and_when_it_is_changed(machines, refused):
    arn = machines.make("A", A=SUCCEED)
    bad = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
    code, message = refused(machines.client.create_state_machine, name="n", definition=bad, roleArn=ROLE)
    assert code == "InvalidDefinition"
    assert "MISSING_TRANSITION_TARGET" in message
    assert refused(machines.client.update_state_machine, stateMachineArn=arn, definition=bad)[0] == "InvalidDefinition"
    other = json.dumps({"StartAt": "B", "States": {"B": SUCCEED}})
    code, _ = refused(machines.client.create_state_machine, name="m", definition=other, roleArn=ROLE)
    assert code == "StateMachineAlreadyExists"


def test_an_update_leaves_running_executions_alone(machines):
    arn = machines.make(
        "A", A={"Type": "Wait", "Seconds": 60, "Next": "B"}, B={"Type": "Pass", "Result": "old", "End": True}
    )
    execution = machines.start(arn)
    machines.sandbox.clock.advance(5)
    new = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "new", "End": True}}}
    machines.client.update_state_machine(stateMachineArn=arn, definition=json.dumps(new))
    assert machines.output(execution, after=60) == "old"
    assert machines.output(machines.start(arn)) == "new"
