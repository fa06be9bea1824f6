"""Definitions that AWS refuses, each with what it says."""

from __future__ import annotations

import json

import pytest

from opslib.sandbox.behaviour.state_machines.definition import NotModelled, read_definition


def machine(start="A", **states):
    return {"StartAt": start, "States": states}


END = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "End": True}
SUCCEED = {"Type": "Succeed"}


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ({"StartAt": "A"}, "Field 'States' is required"),
        ({"States": {"A": END}}, "Field 'StartAt' is required"),
        (machine("B", A=END), "Missing 'Next' target: B at /StartAt"),
        (machine(A={"Type": "Task", "End": True}), "Field 'Resource' is required"),
        (machine(A={"Type": "Tsk", "End": True}), "Field 'Type' must be one of"),
        (machine(A={"Type": "Pass"}), "Exactly one of 'Next' and 'End'"),
        (machine(A={"Type": "Pass", "Next": "B", "End": True}, B=END), "Exactly one of 'Next' and 'End'"),
        (machine(A={"Type": "Pass", "Next": "B"}), "Missing 'Next' target: B at /States/A/Next"),
        (machine(A=END, B=END), "State B is not reachable"),
        (machine(A={"Type": "Pass", "Nxt": "B", "End": True}), "Field 'Nxt' is not supported"),
        (machine(A={"Type": "Succeed", "End": True}), "Field 'End' is not supported"),
        (machine(A={"Type": "Wait", "End": True}), "Exactly one of Seconds"),
        (machine(A={"Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "End": True}), "Exactly one of Seconds"),
        (machine(A={"Type": "Choice", "Choices": []}), "Field 'Choices' is required"),
        (
            machine(A={"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "B"}]}, B=END),
            "Exactly one comparison is required",
        ),
        (
            machine(A={"Type": "Choice", "Choices": [{"NumericEquals": 1, "Next": "B"}]}, B=END),
            "Field 'Variable' is required",
        ),
        (machine(A=TASK | {"Retry": [{"MaxAttempts": 1}]}), "Field 'ErrorEquals' is required"),
        (
            machine(A=TASK | {"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]}),
            "States.ALL must appear alone, and last",
        ),
        (machine(A=TASK | {"Catch": [{"ErrorEquals": ["X"], "Next": "B"}]}), "Missing 'Next' target: B"),
        (
            machine(A={"Type": "Parallel", "Branches": [machine("X", A=END)], "End": True}),
            "Missing 'Next' target: X at /States/A/Branches[0]/StartAt",
        ),
        ([], "Value is not an object"),
    ],
)
def test_it_is_refused(definition, says):
    with pytest.raises(ValueError, match="Invalid State Machine Definition") as caught:
        read_definition(json.dumps(definition))
    assert says in str(caught.value)


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match="INVALID_JSON_DESCRIPTION"):
        read_definition("{")


@pytest.mark.parametrize(
    "definition",
    [
        machine(A=TASK | {"Resource": "arn:aws:states:::ecs:runTask.sync"}),
        machine(A=END) | {"QueryLanguage": "JSONata"},
    ],
)
def test_what_is_not_modelled_says_so(definition):
    with pytest.raises(NotModelled):
        read_definition(json.dumps(definition))


def test_all_kinds_of_states_are_read():
    branches = [machine(A=END), machine(A=SUCCEED)]
    definition = machine(
        A={"Type": "Parallel", "Branches": branches, "Next": "B"},
        B={"Type": "Map", "ItemProcessor": machine(A=TASK), "Next": "C"},
        C={"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsNull": True}, "Next": "D"}], "Default": "E"},
        D={"Type": "Wait", "SecondsPath": "$.a", "Next": "A"},
        E={"Type": "Fail", "Error": "X"},
    )
    assert read_definition(json.dumps(definition)) == definition
