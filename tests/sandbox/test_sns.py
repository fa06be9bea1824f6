from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


@pytest.fixture
def sns(aws):
    return aws("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alerts")["TopicArn"]


def attributes(sns: Any, subscription: str) -> dict[str, str]:
    return sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]


@pytest.mark.parametrize(
    ("endpoint", "waits"),
    [
        (("email", "ops@example.com"), True),
        (("email-json", "ops@example.com"), True),
        (("https", "https://hooks.example.com/x"), True),
        (("http", "http://hooks.example.com/x"), True),
        (("sms", "+4915112345678"), False),
        (("sqs", "arn:aws:sqs:eu-west-1:123456789012:q"), False),
        (("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:f"), False),
    ],
)
def test_who_has_to_confirm_a_subscription(account, sns, topic, endpoint, waits):
    protocol, address = endpoint
    wanted = {"TopicArn": topic, "Protocol": protocol, "Endpoint": address}
    arn = sns.subscribe(**wanted, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert attributes(sns, arn)["PendingConfirmation"] == str(waits).lower()
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    assert listed == ("PendingConfirmation" if waits else arn)
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == listed
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == (("1", "0") if waits else ("0", "1"))
    account.confirm_subscription(arn)
    assert attributes(sns, arn)["PendingConfirmation"] == "false"
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == arn


def test_a_pending_subscription_has_no_arn_unless_asked_for_and_cannot_be_cancelled(account, sns, topic, refused):
    email = {"TopicArn": topic, "Protocol": "email", "Endpoint": "ops@example.com"}
    assert sns.subscribe(**email)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**email, ReturnSubscriptionArn=True)["SubscriptionArn"]
    code, message = refused(sns.unsubscribe, SubscriptionArn=arn)
    assert code == "InvalidParameter"
    assert "pending confirmation" in message
    account.confirm_subscription(arn)
    assert sns.subscribe(**email)["SubscriptionArn"] == arn, "the same subscription, confirmed by now"
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_only_confirmed_endpoints_are_called(account, sns, topic):
    received: list[dict[str, Any]] = []
    arrived = threading.Event()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            if posted["Type"] == "Notification":
                received.append(posted)
                arrived.set()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url, ReturnSubscriptionArn=True)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="too early")
    account.confirm_subscription(arn)
    sns.publish(TopicArn=topic, Message="in time")
    assert arrived.wait(60)
    server.shutdown()
    assert [message["Message"] for message in received] == ["in time"]


def test_a_dead_endpoint_does_not_fail_the_publisher(account, sns, topic):
    for protocol, endpoint in (("http", "http://127.0.0.1:9/"), ("sqs", "arn:aws:sqs:eu-west-1:123456789012:none")):
        arn = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)
        account.confirm_subscription(arn["SubscriptionArn"])
    assert sns.publish(TopicArn=topic, Message="anybody?")["MessageId"]


def test_the_publisher_does_not_wait_for_an_endpoint_that_never_answers(account, sns, topic):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url, ReturnSubscriptionArn=True)
        account.confirm_subscription(arn["SubscriptionArn"])
        assert sns.publish(TopicArn=topic, Message="anybody?")["MessageId"]


def test_queues_still_get_messages(aws, sns, topic):
    sqs = aws("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="hello")
    assert "hello" in sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("pigeon", "x"),
        ("https", "http://x.example.com"),
        ("email", "nobody"),
        ("sms", "abc"),
        ("lambda", "function:f"),
        ("sqs", "https://queue"),
    ],
)
def test_endpoints_that_do_not_fit_their_protocol_are_refused(sns, topic, refused, protocol, endpoint):
    assert refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[0] == "InvalidParameter"


def test_policy_key_and_the_rest_come_back(sns, topic):
    statement = {
        "Sid": "alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    given = {"Policy": policy, "KmsMasterKeyId": "alias/aws/sns", "DisplayName": "Alerts", "TracingConfig": "Active"}
    for name, value in given.items():
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(found.pop("Policy")) == json.loads(given.pop("Policy"))
    assert {name: found[name] for name in given} == given
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="")
    assert "KmsMasterKeyId" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]


@pytest.mark.parametrize(("name", "value"), [("Policy", "{"), ("Policy", "{}"), ("Colour", "blue")])
def test_attributes_that_make_no_sense_are_refused(sns, topic, refused, name, value):
    change = {"TopicArn": topic, "AttributeName": name, "AttributeValue": value}
    assert refused(sns.set_topic_attributes, **change)[0] == "InvalidParameter"


def test_creating_a_topic_again_is_refused_unless_it_is_the_same(sns, refused):
    topic = {"Name": "t", "Attributes": {"DisplayName": "T"}, "Tags": [{"Key": "a", "Value": "1"}]}
    arn = sns.create_topic(**topic)["TopicArn"]
    assert sns.create_topic(**topic)["TopicArn"] == arn
    assert "different tags" in refused(sns.create_topic, **{**topic, "Tags": [{"Key": "a", "Value": "2"}]})[1]
    assert "different attributes" in refused(sns.create_topic, **{**topic, "Attributes": {"DisplayName": "U"}})[1]


def test_all_of_an_endpoint_is_confirmed_at_once(account, sns, topic):
    other = sns.create_topic(Name="other")["TopicArn"]
    wanted = {"Protocol": "email", "Endpoint": "us@example.com", "ReturnSubscriptionArn": True}
    arns = [sns.subscribe(TopicArn=of, **wanted)["SubscriptionArn"] for of in (topic, other)]
    account.confirm_subscription("us@example.com")
    assert [attributes(sns, arn)["PendingConfirmation"] for arn in arns] == ["false", "false"]
