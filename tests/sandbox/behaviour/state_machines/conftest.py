"""State machines that are made, started and looked at in one word; functions and counters for them."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/run"


class Machines:
    """State machines that are made, started and looked at in one word."""

    def __init__(self, sandbox: Any, aws: Any) -> None:
        self.sandbox, self.aws, self.client = sandbox, aws, aws("stepfunctions")

    def make(self, start: str, timeout: int | None = None, **states: Any) -> str:
        definition = {"StartAt": start, "States": states} | ({"TimeoutSeconds": timeout} if timeout else {})
        made = self.client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
        return str(made["stateMachineArn"])

    def start(self, arn: str, given: Any = None, **options: Any) -> str:
        text = json.dumps({} if given is None else given)
        return str(self.client.start_execution(stateMachineArn=arn, input=text, **options)["executionArn"])

    def see(self, arn: str) -> dict[str, Any]:
        return dict(self.client.describe_execution(executionArn=arn))

    def output(self, arn: str, after: float = 5) -> Any:
        self.sandbox.clock.advance(after)
        seen = self.see(arn)
        assert seen["status"] == "SUCCEEDED", seen
        return json.loads(seen["output"])

    def run(self, given: Any = None, start: str = "A", **states: Any) -> Any:
        return self.output(self.start(self.make(start, **states), given))

    def history(self, arn: str) -> list[str]:
        return [event["type"] for event in self.client.get_execution_history(executionArn=arn)["events"]]

    def function(self, name: str, handler: str) -> str:
        home = str(Path(__file__).parent.parent / "functions")
        message = {"function_name": name, "handler": f"handlers_for_tests:{handler}", "path": home}
        request = urllib.request.Request(f"{self.sandbox.url}/_sandbox/handlers", json.dumps(message).encode())
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self.aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        made = self.aws("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": b""}
        )
        return str(made["FunctionArn"])

    def counting(self, name: str, **more: Any) -> dict[str, Any]:
        if "counts" not in self.aws("dynamodb").list_tables()["TableNames"]:
            self.aws("dynamodb").create_table(
                TableName="counts",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        arn = self.function("f", "count")
        return {"Type": "Task", "Resource": arn, "Parameters": {"name": name, "fails": True}, **more}

    def times(self, name: str) -> int:
        item = self.aws("dynamodb").get_item(TableName="counts", Key={"pk": {"S": name}}).get("Item")
        return int(item["times"]["N"]) if item else 0


@pytest.fixture
def machines(account, aws):
    return Machines(account, aws)
