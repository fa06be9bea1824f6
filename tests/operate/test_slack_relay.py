"""The function between a topic and Slack: where the address is, and what becomes of a message that is not taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from opslib.errors import BadRequest, OpslibError, Refused
from opslib.operate import slack_relay
from opslib.sandbox import Sandbox
from tests.conftest import REGION

pytestmark = pytest.mark.feature("M13")

PATH = "/services/T0/B0/c4nary"


@dataclass
class Slack:
    url: str = ""
    answers: int = 200
    posts: list[Any] = field(default_factory=list)


@pytest.fixture
def chat() -> Iterator[Slack]:
    here = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            here.posts.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(here.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_port}{PATH}"
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def secret(aws: Sandbox, chat: Slack, no_aws: pytest.MonkeyPatch) -> str:
    """The ARN of the secret that holds the address, as the function is told it."""
    slack_relay._clients.cache_clear()
    arn: str = aws.client("secretsmanager", REGION).create_secret(Name="chat", SecretString=chat.url)["ARN"]
    no_aws.setenv(slack_relay.ADDRESS_VARIABLE, arn)
    return arn


def event(*texts: str) -> dict[str, Any]:
    topic = f"arn:aws:sns:{REGION}:123456789012:shop-prod-critical"
    return {"Records": [{"Sns": {"TopicArn": topic, "Subject": "s", "Message": text}} for text in texts]}


@pytest.mark.usefixtures("secret")
def test_each_message_is_told(chat: Slack) -> None:
    slack_relay.handler(event("one", "two"), None)
    assert [path for path, _ in chat.posts] == [PATH, PATH]
    assert [body["blocks"][1]["text"]["text"] for _, body in chat.posts] == ["one", "two"]


def test_an_address_that_was_changed_holds_from_the_next_message_on(aws: Sandbox, chat: Slack, secret: str) -> None:
    slack_relay.handler(event("one"), None)
    aws.client("secretsmanager", REGION).put_secret_value(SecretId=secret, SecretString=f"{chat.url}-new")
    slack_relay.handler(event("two"), None)
    assert [path for path, _ in chat.posts] == [PATH, f"{PATH}-new"]


@pytest.mark.usefixtures("secret")
def test_what_slack_does_not_take_is_an_error_for_lambda_without_the_address(chat: Slack) -> None:
    chat.answers = 410
    with pytest.raises(OpslibError, match="it answered 410") as failed:
        slack_relay.handler(event("one"), None)
    assert "c4nary" not in repr(failed.value)


def test_what_it_lacks_is_said_without_the_address(aws: Sandbox, secret: str, no_aws: pytest.MonkeyPatch) -> None:
    aws.client("secretsmanager", REGION).put_secret_value(SecretId=secret, SecretString="ftp://c4nary.example")
    with pytest.raises(BadRequest, match="is not an https URL") as refused:
        slack_relay.handler(event("one"), None)
    assert "c4nary" not in str(refused.value)
    no_aws.setenv(slack_relay.ADDRESS_VARIABLE, f"{secret}-gone")
    with pytest.raises(Refused, match="reading the secret"):
        slack_relay.handler(event("one"), None)
    no_aws.delenv(slack_relay.ADDRESS_VARIABLE)
    with pytest.raises(BadRequest, match=f"{slack_relay.ADDRESS_VARIABLE} is not set"):
        slack_relay.handler(event("one"), None)
