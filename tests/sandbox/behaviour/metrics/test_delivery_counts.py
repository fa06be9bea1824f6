"""What SNS publishes of its own deliveries, by topic, and text messages from an account in the SMS sandbox."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

DEADLINE_SECONDS = 60

FILTER = {"FilterPolicy": json.dumps({"NewStateValue": ["ALARM"]}), "FilterPolicyScope": "MessageBody"}
ALARM = json.dumps({"NewStateValue": "ALARM"})


def counted(story, topic="pages"):
    """Each of SNS's metrics of a topic, and what it adds up to."""
    dimensions = [{"Name": "TopicName", "Value": topic}]
    found = story.cloudwatch.list_metrics(Namespace="AWS/SNS", Dimensions=dimensions)["Metrics"]
    now = story.sandbox.clock.now().timestamp()
    return {
        one["MetricName"].removeprefix("NumberOfNotifications"): sum(
            point["Sum"]
            for point in story.cloudwatch.get_metric_statistics(
                **one, StartTime=now - 600, EndTime=now + 60, Period=60, Statistics=["Sum"]
            )["Datapoints"]
        )
        for one in found
    }


@pytest.mark.feature("O14")
def test_what_became_of_each_message_is_counted(story):
    topic = story.topic()
    story.subscribe(topic, "sms", "+4915112345678")
    story.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="late@example.com")
    story.client("sns").publish(TopicArn=topic, Message="hello")
    assert counted(story) == {"Delivered": 2}, "one waits to be confirmed, and is nobody yet"
    story.subscribe(topic, "sqs", "arn:aws:sqs:eu-west-1:123456789012:nowhere")
    story.client("sns").publish(TopicArn=topic, Message="hello")
    assert counted(story) == {"Delivered": 4, "Failed": 1}


@pytest.mark.feature("O14")
def test_what_a_filter_does_not_let_pass_is_counted_and_what_it_cannot_read_too(story):
    topic = story.topic(**FILTER)
    for message in (ALARM, json.dumps({"NewStateValue": "OK"}), "no JSON"):
        story.client("sns").publish(TopicArn=topic, Message=message)
    assert counted(story) == {"Delivered": 1, "FilteredOut": 2, "FilteredOut-InvalidMessageBody": 1}


@pytest.mark.feature("O14")
def test_an_endpoint_that_refuses_is_a_failure(story):
    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        topic = story.topic(protocol="http", endpoint=f"http://127.0.0.1:{server.server_port}/pager")
        story.client("sns").publish(TopicArn=topic, Message="hello")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not counted(story) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert counted(story) == {"Failed": 1}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.feature("O14")
def test_an_account_in_the_sms_sandbox_sends_no_text_message(story):
    sns, topic = story.client("sns"), story.topic(protocol="sms", endpoint="+4915112345678")
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    story.sandbox.behaviour(metrics={"sms_sandbox": True})
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True
    sns.publish(TopicArn=topic, Message="hello")
    assert story.inbox() == []
    assert counted(story) == {"Failed": 1}
