"""The shop of tests/rollback, with the stack's journal, recorder and automatic rollback deployed into the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.components.auto_rollback import AutoRollback
from infra.components.journal import Journal
from infra.components.recorder import Recorder
from opslib import cli
from opslib.contract import StackOutputs
from opslib.mirror import to_parameters
from opslib.permissions import Scope, statements
from opslib.procedure import Journal as Kept
from opslib.procedure.dynamodb import DynamoDbStore
from opslib.rollback import workbench
from opslib.rollback.history import Record, Records
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import run_program
from opslib.sandbox.provider import StandInProvider
from tests.rollback.world import ACCOUNT, REGION, SYMPTOM, TARGET, World

PREFIX = "shop-prod"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-info"


class Guarded(World):
    """The shop, and what guards it."""

    mode = "act"

    def arrange(self) -> None:
        super().arrange()
        self.sandbox.client("sns", REGION).create_topic(Name=f"{PREFIX}-info")
        self.deploy()
        self.tell_mode(self.mode)

    def deploy(self) -> None:
        """What the program makes of it."""
        scope = Scope("aws", ACCOUNT, REGION, "shop", "prod", (("shop", "api"),))
        environment = {"OPSLIB_STACK": "shop/prod", "OPSLIB_STATE": str(self.state), "OPSLIB_NOTIFY_TIER": "info"}

        def program() -> None:
            Journal("journal", {"table_name": f"{PREFIX}-journal", "protect": False})
            Recorder(
                "recorder",
                {
                    "prefix": PREFIX,
                    "service_prefixes": [f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/"],
                    "statements": statements("recorder", scope),
                    "environment": environment,
                },
            )
            AutoRollback(
                "auto-rollback",
                {
                    "prefix": PREFIX,
                    "account": ACCOUNT,
                    "partition": "aws",
                    "region": REGION,
                    "alarms": [SYMPTOM],
                    "statements": statements("automatic", scope),
                    "environment": environment,
                    "topic": TOPIC,
                    "topic_statements": [],
                },
            )

        provider = StandInProvider(endpoint_url=self.sandbox.url, region=REGION)
        run_program(program, project="shop", stack="prod", config={"aws:region": REGION}, provider=provider)

    def tell_mode(self, mode: str, **changes: Any) -> None:
        """Write the outputs where the functions read them."""
        written = StackOutputs.parse(self.outputs(mode=mode, **changes), source="the test")
        ssm = self.sandbox.client("ssm", REGION)
        for name, value in to_parameters(written).items():
            ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def outputs(self, *, mode: str = "act", **changes: Any) -> dict[str, Any]:
        found = super().outputs(**changes)
        alarms = [
            {**alarm, "trigger": "deployment"} if alarm["name"] == SYMPTOM else alarm for alarm in found["alarms"]
        ]
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-auto-rollback"
        guard = {"mode": mode, "stateMachine": machine, "function": f"{PREFIX}-auto-rollback", "withinMinutes": 60}
        return {
            **found,
            "alarms": alarms,
            "topics": {"info": {REGION: TOPIC}},
            "journal": {
                "table": f"{PREFIX}-journal",
                "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PREFIX}-journal",
                "region": REGION,
            },
            **({} if mode == "off" else {"autoRollback": guard}),
        }

    def journal(self) -> Kept:
        """The stack's."""
        return Kept(DynamoDbStore(self.stack().clients, table=f"{PREFIX}-journal", region=REGION))

    def records(self) -> tuple[Record, ...]:
        return Records(self.journal().store).of(TARGET)

    def executions(self) -> list[dict[str, Any]]:
        """The executions of the state machine, the newest first, with how they ended."""
        found = self.sandbox.client("stepfunctions", REGION)
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-auto-rollback"
        listed = found.list_executions(stateMachineArn=machine)["executions"]
        return [found.describe_execution(executionArn=one["executionArn"]) for one in listed]

    def said(self) -> dict[str, Any]:
        """What the newest execution came to."""
        return dict(json.loads(self.executions()[0]["output"]))

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function of the stack; what it raised fails the test."""
        answer = self.sandbox.client("lambda", REGION).invoke(FunctionName=function, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return dict(payload)


@pytest.fixture
def guarded(aws: Sandbox, tmp_path: Path) -> Guarded:
    """While all is well: revision 3 has been good for half a day."""
    made = Guarded(aws, tmp_path / "state")
    made.arrange()
    return made


def promise(guarded: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Write the outputs where the command reads them."""
    outputs = tmp_path / "outputs.json"
    recorder = {
        "function": f"{PREFIX}-recorder",
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-recorder",
    }
    outputs.write_text(json.dumps(guarded.outputs(recorder=recorder, **changes)), encoding="utf-8")
    monkeypatch.setenv("OPSLIB_OUTPUTS", str(outputs))


@pytest.fixture
def on_call(guarded: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """The stack, found as the command finds it; time for the command is the sandbox's."""
    monkeypatch.setattr(workbench, "SystemClock", lambda: guarded.clock)
    promise(guarded, tmp_path, monkeypatch)
    monkeypatch.setenv("OPSLIB_STATE", str(guarded.state))
    return guarded


Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(("guard", *words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
