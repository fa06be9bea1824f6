"""Good and bad ones of Step Functions: state machines."""

from __future__ import annotations

import json

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, TAGS, Bad, Good

ROLE = f"arn:aws:iam::{ACCOUNT}:role/there"


def definition(kind: str) -> str:
    return json.dumps({"StartAt": "Only", "States": {"Only": {"Type": kind}}})


GOODS = (
    Good(
        token="aws:sfn/stateMachine:StateMachine",
        needs=("role",),
        inputs={"name": "shop-rollback", "roleArn": ROLE, "definition": definition("Succeed"), "tags": TAGS},
        change={"definition": definition("Fail"), "tags": OTHER_TAGS},
        replacements={"name": "shop-other", "type": "EXPRESS"},
        outside=(
            "stepfunctions",
            "update_state_machine",
            {"stateMachineArn": "{id}", "definition": definition("Fail")},
        ),
        drift=("definition",),
        bads=(
            Bad({"definition": DROP}, "definition", "required"),
            Bad({"definition": "start"}, "definition", "JSON"),
            Bad({"roleArn": DROP}, "roleArn", "required"),
            Bad({"roleArn": "there"}, "roleArn", "ARN"),
            Bad({"name": "with space"}, "name", "letters"),
            Bad({"type": "FAST"}, "type", "STANDARD"),
            Bad({"loggingConfiguration": {"level": "ALL"}}, "loggingConfiguration", "stand-in"),
            Bad({"defnition": "x"}, "defnition", "did you mean definition"),
        ),
    ),
)
