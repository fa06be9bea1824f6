"""How an HTTP endpoint confirms its subscription: what it is sent, and what it does with it."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

SENT = {
    "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion", "Signature",
    "SigningCertURL",
}  # fmt: skip


@dataclass
class Endpoint:
    url: str
    posted: queue.Queue[tuple[dict[str, str], dict[str, Any]]]

    def asked(self) -> tuple[dict[str, str], dict[str, Any]]:
        return self.posted.get(timeout=60)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    posted: queue.Queue[Any] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.put((dict(self.headers), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint(f"http://127.0.0.1:{server.server_port}/alerts", posted)
    server.shutdown()
    server.server_close()


@pytest.fixture
def sns(aws):
    return aws("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alerts")["TopicArn"]


def pending(sns, arn: str) -> bool:
    return sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"


def test_an_endpoint_is_sent_a_token_and_confirms_by_visiting_the_address(sns, topic, endpoint):
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    headers, asked = endpoint.asked()
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == topic
    assert "x-amz-sns-subscription-arn" not in headers, "it has none yet"
    assert set(asked) == SENT
    assert (asked["Type"], asked["TopicArn"]) == ("SubscriptionConfirmation", topic)
    query = dict(parse_qsl(urlsplit(asked["SubscribeURL"]).query))
    assert query == {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": asked["Token"]}
    assert pending(sns, arn["SubscriptionArn"])
    with urlopen(asked["SubscribeURL"], timeout=60) as answer:
        assert arn["SubscriptionArn"] in answer.read().decode()
    assert not pending(sns, arn["SubscriptionArn"])


def test_a_token_confirms_its_own_subscription_alone(sns, topic, endpoint, refused):
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True)
    token = endpoint.asked()[1]["Token"]
    other = sns.create_topic(Name="other")["TopicArn"]
    assert refused(sns.confirm_subscription, TopicArn=topic, Token="x")[0] == "InvalidParameter"
    assert refused(sns.confirm_subscription, TopicArn=other, Token=token)[0] == "InvalidParameter"
    assert refused(sns.confirm_subscription, TopicArn=f"{topic}-2", Token=token)[0] == "NotFound"
    assert pending(sns, arn["SubscriptionArn"])
    assert sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == arn["SubscriptionArn"]
    assert not pending(sns, arn["SubscriptionArn"])


def test_who_asks_again_is_asked_again(sns, topic, endpoint):
    asked = {"TopicArn": topic, "Protocol": "http", "Endpoint": endpoint.url}
    first, second = (sns.subscribe(**asked) and endpoint.asked()[1]["Token"] for _ in range(2))
    assert first != second
