"""Opening a stack: where its outputs are looked for, and the state of its alarms."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from opslib import Stack
from opslib.clients import Clients
from opslib.contract import StackOutputs
from opslib.errors import BadOutputs, BadRequest, ContractVersion, NoCredentials, Refused, StackNotFound, WrongAccount
from opslib.sandbox import Sandbox

pytestmark = pytest.mark.feature("M26")

Document = dict[str, Any]
REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def no_pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `pulumi` on PATH, and no project in the current directory."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)


def renamed(document: Document, product: str, environment: str = "prod") -> Document:
    return document | {"stack": document["stack"] | {"product": product, "environment": environment}}


# A given file, document or contract


@pytest.mark.usefixtures("no_aws")
def test_a_given_file_is_read_and_nothing_else_asked(document: Document, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text(json.dumps(document))
    stack = Stack.open(outputs=file)
    assert (stack.name, stack.source) == ("shop/prod", f"file {file}")
    assert stack.outputs == Stack.open("prod", outputs=str(file)).outputs


def test_the_environment_may_name_the_file(document: Document, tmp_path: Path, no_aws: pytest.MonkeyPatch) -> None:
    (tmp_path / "out.json").write_text(json.dumps(document))
    no_aws.setenv("OPSLIB_OUTPUTS", "out.json")
    assert Stack.open("shop/prod").source == "file out.json"


@pytest.mark.usefixtures("no_aws")
def test_a_document_or_a_contract_may_be_given(document: Document) -> None:
    outputs = StackOutputs.parse(document, source="here")
    assert Stack.open(outputs=document).outputs == outputs
    assert Stack.open("prod", outputs=outputs).outputs is outputs


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (None, BadRequest, r"out\.json cannot be read \(No such file"),
        (b"{", BadOutputs, "not JSON"),
        (b"\xff\xfe", BadOutputs, "not UTF-8"),
        (b'{"schemaVersion": 99}', ContractVersion, "too new"),
        (b'{"schemaVersion": 0}', ContractVersion, "too old"),
        (b'{"schemaVersion": 1}', BadOutputs, "stack: is missing"),
    ],
)
def test_a_bad_file_ends_the_search(content: bytes | None, kind: type[BadRequest], said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "out.json").write_bytes(content)
    with pytest.raises(kind, match=said) as caught:
        Stack.open("prod", outputs="out.json")
    assert type(caught.value) is kind


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize("name", ["staging", "shop/staging", "other/prod"])
def test_outputs_of_another_stack_are_never_used(document: Document, name: str) -> None:
    with pytest.raises(BadRequest, match=f"are of shop/prod, not of {name}"):
        Stack.open(name, outputs=document)


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize("name", ["", "a/b/c", "--stack", "a b", "/prod", "prod/"])
def test_what_is_no_name_is_a_bad_request(name: str) -> None:
    with pytest.raises(BadRequest, match="no stack's name"):
        Stack.open(name)


@pytest.mark.usefixtures("no_aws")
def test_a_stack_has_to_be_named_somehow() -> None:
    with pytest.raises(BadRequest, match="no stack is named"):
        Stack.open()


# The mirror in SSM


@pytest.mark.parametrize("name", ["prod", "shop/prod"])
def test_the_mirror_is_found_by_name(write_mirror: Callable[..., None], document: Document, name: str) -> None:
    write_mirror(document)
    stack = Stack.open(name)
    assert stack.source == "SSM"
    assert stack.outputs.services == StackOutputs.parse(document, source="here").services
    assert len(stack.outputs.alarms) == len(document["alarms"])


def test_one_of_several_products_has_to_be_named(write_mirror: Callable[..., None], document: Document) -> None:
    write_mirror(document)
    write_mirror(renamed(document, "bank"))
    write_mirror(renamed(document, "bank", "not-prod"))
    with pytest.raises(BadRequest, match="several stacks are called 'prod': bank/prod, shop/prod"):
        Stack.open("prod")
    assert Stack.open("bank/prod").name == "bank/prod"


def test_the_mirror_is_read_in_the_clients_region(write_mirror: Callable[..., None], document: Document) -> None:
    write_mirror(document, "us-east-1")
    with pytest.raises(StackNotFound, match="in eu-west-1"):
        Stack.open("prod")
    stack = Stack.open("prod", clients=Clients("us-east-1"))
    assert stack.clients.region == REGION


def test_a_half_written_mirror_is_told(write_mirror: Callable[..., None], aws: Sandbox, document: Document) -> None:
    write_mirror(document)
    aws.client("ssm", REGION).delete_parameter(Name="/opslib/shop/prod/workloads/api")
    with pytest.raises(BadOutputs, match="half written: /opslib/shop/prod/workloads/api is missing"):
        Stack.open("prod")


@pytest.mark.usefixtures("aws")
def test_without_any_outputs_the_message_says_what_was_tried() -> None:
    with pytest.raises(
        StackNotFound,
        match=r"SSM: nothing like /opslib/\*/prod/stack in eu-west-1; Pulumi CLI: there is no `pulumi` on PATH",
    ):
        Stack.open("prod")


# The account and the alarms


@pytest.mark.usefixtures("aws")
def test_the_account_is_checked(document: Document) -> None:
    Stack.open(outputs=document).check_account()
    document["stack"]["account"] = "999999999999"
    with pytest.raises(WrongAccount, match="account 999999999999, and the credentials are for 123456789012"):
        Stack.open(outputs=document).check_account()


@pytest.mark.usefixtures("no_aws")
def test_no_credentials_are_refused(document: Document) -> None:
    with pytest.raises(NoCredentials):
        Stack.open(outputs=document).check_account()


def test_every_alarm_is_read_in_its_region(
    put_alarms: Callable[[Document], None], aws: Sandbox, document: Document
) -> None:
    put_alarms(document)
    aws.client("cloudwatch", "us-east-1").set_alarm_state(
        AlarmName="shop-prod-site-down", StateValue="ALARM", StateReason="no answer"
    )
    aws.client("cloudwatch", REGION).delete_alarms(AlarmNames=["shop-prod-orders-storage"])

    states = {live.alarm.name: live for live in Stack.open(outputs=document).alarm_states()}
    assert [live.alarm.name for live in Stack.open(outputs=document).alarm_states()] == [
        alarm["name"] for alarm in document["alarms"]
    ]
    site = states["shop-prod-site-down"]
    assert (site.state, site.reason, site.actions_enabled) == ("ALARM", "no answer", True)
    assert site.since is not None
    assert abs(site.since - aws.clock.now()) < timedelta(minutes=5)
    assert states["shop-prod-api-down"].state in {"OK", "INSUFFICIENT_DATA"}  # the composite
    assert states["shop-prod-api-cpu"].actions_enabled is False
    missing = states["shop-prod-orders-storage"]
    assert (missing.state, missing.since, missing.actions_enabled) == ("missing", None, None)


def test_an_alarm_of_another_type_or_region_does_not_count(
    put_alarms: Callable[[Document], None], document: Document
) -> None:
    put_alarms(document)
    by_name = {alarm["name"]: alarm for alarm in document["alarms"]}
    by_name["shop-prod-api-cpu"]["type"] = "composite"
    by_name["shop-prod-api-5xx"]["region"] = "us-east-1"
    missing = {live.alarm.name for live in Stack.open(outputs=document).alarm_states() if live.state == "missing"}
    assert missing == {"shop-prod-api-cpu", "shop-prod-api-5xx"}


def test_alarms_are_read_a_hundred_a_call(
    put_alarms: Callable[[Document], None], aws: Sandbox, document: Document
) -> None:
    document["alarms"] = [document["alarms"][1] | {"name": f"alarm-{number}"} for number in range(250)]
    put_alarms(document)
    stack = Stack.open(outputs=document)
    aws.reset_calls()
    assert {live.state for live in stack.alarm_states()} == {"INSUFFICIENT_DATA"}
    assert [call.operation for call in aws.calls()] == ["DescribeAlarms"] * 3


def test_denied_reading_names_the_action(document: Document, aws: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto denies nothing here, so its answer is made by a server of the smallest kind."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Denying(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"__type":"AccessDenied","message":"not authorized to perform: cloudwatch:DescribeAlarms on *"}'
            self.send_response(403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Denying)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", f"http://127.0.0.1:{server.server_port}")
    assert aws.url in os.environ["AWS_ENDPOINT_URL"]
    with pytest.raises(Refused, match="AWS denies cloudwatch:DescribeAlarms"):
        Stack.open(outputs=document).alarm_states()
    server.shutdown()
