"""Where messages go: subscribers with and without a filter, endpoints on this machine, queues behind EventBridge."""

from __future__ import annotations

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


@pytest.fixture
def endpoint():
    """An HTTP endpoint on this machine, and what was posted to it."""
    posted: queue.Queue = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["x-amz-sns-message-type"] == "Notification":
                posted.put((dict(self.headers), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", posted
    server.shutdown()
    thread.join()
    server.server_close()


def page(story, topic: str, state: str = "ALARM") -> None:
    story.alarm("cpu", AlarmActions=[topic], OKActions=[topic])
    story.turn("cpu", state)


def test_only_confirmed_subscribers_hear_of_it(story):
    topic = story.topic()
    story.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="late@example.com")
    page(story, topic)
    assert [delivery["endpoint"] for delivery in story.inbox()] == ["ops@example.com"]


def test_phones_get_the_message_without_a_confirmation(story):
    topic = story.topic(protocol="sms", endpoint="+4915112345678")
    page(story, topic)
    assert [(one["protocol"], one["endpoint"]) for one in story.inbox()] == [("sms", "+4915112345678")]


POLICIES = {
    "recovery": ({"OldStateValue": ["ALARM"]}, ["OK"]),
    "pages": ({"NewStateValue": ["ALARM"]}, ["ALARM"]),
    "nested": ({"Trigger": {"MetricName": ["CPUUtilization"]}}, ["OK", "ALARM", "OK"]),
    "another": ({"Trigger": {"MetricName": ["CPU"]}}, []),
    "prefix": ({"AlarmName": [{"prefix": "cp"}]}, ["OK", "ALARM", "OK"]),
    "not there": ({"Nowhere": ["x"]}, []),
    "two": ({"OldStateValue": ["ALARM"], "AlarmName": ["other"]}, []),
    "either": ({"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}]}, ["ALARM", "OK"]),
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_filter_on_the_message_body_is_honoured(story, case):
    policy, expected = POLICIES[case]
    topic = story.topic(FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
    page(story, topic, "OK")
    story.turn("cpu", "ALARM")
    story.turn("cpu", "OK")
    assert [state for _, state in story.pages()] == expected


def test_a_filter_on_attributes_keeps_every_alarm_out(story):
    topic = story.topic(FilterPolicy=json.dumps({"NewStateValue": ["ALARM"]}))
    page(story, topic)
    assert story.inbox() == [], "an alarm's message has no attributes"


def test_an_endpoint_on_this_machine_is_really_called(story, endpoint):
    url, posted = endpoint
    topic = story.topic(protocol="http", endpoint=url)
    page(story, topic)
    headers, body = posted.get(timeout=60)
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert (body["Type"], body["TopicArn"], body["Subject"]) == ("Notification", topic, 'ALARM: "cpu" in EU (Ireland)')
    assert json.loads(body["Message"])["NewStateValue"] == "ALARM"
    assert [one["posted"] for one in story.inbox()] == [True]


def test_raw_delivery_posts_the_alarm_alone(story, endpoint):
    url, posted = endpoint
    page(story, story.topic(protocol="http", endpoint=url, RawMessageDelivery="true"))
    assert posted.get(timeout=60)[1]["AlarmName"] == "cpu"


def test_an_endpoint_elsewhere_is_written_down_and_not_called(story):
    page(story, story.topic(protocol="https", endpoint="https://events.example.com/integration"))
    assert [(one["endpoint"], one["posted"]) for one in story.inbox()] == [
        ("https://events.example.com/integration", False)
    ]


def queue_of(story, name: str = "events") -> tuple[str, str]:
    sqs = story.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(story, url: str) -> list[dict]:
    found = story.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def test_a_queue_behind_a_topic_gets_the_message(story):
    url, arn = queue_of(story)
    page(story, story.topic(protocol="sqs", endpoint=arn, RawMessageDelivery="true"))
    assert [message["AlarmName"] for message in received(story, url)] == ["cpu"]


def test_a_change_of_state_is_an_event_on_the_default_bus_even_when_it_is_muted(story):
    url, arn = queue_of(story)
    events = story.client("events")
    pattern = json.dumps(
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"state": {"value": ["ALARM"]}},
        }
    )
    events.put_rule(Name="alarms", EventPattern=pattern)
    events.put_targets(Rule="alarms", Targets=[{"Id": "target", "Arn": arn}])
    rule = {"Schedule": {"Expression": f"at({story.minute():%Y-%m-%dT%H:%M})", "Duration": "PT1H"}}
    story.cloudwatch.put_alarm_mute_rule(Name="night", Rule=rule, MuteTargets={"AlarmNames": ["cpu"]})
    alarm = story.alarm("cpu", AlarmDescription="too busy", AlarmActions=[story.topic()])
    story.turn("cpu", "OK")
    story.turn("cpu", "ALARM")
    story.sandbox.clock.advance(5)  # EventBridge delivers within seconds
    (event,) = received(story, url)
    assert story.inbox() == []
    assert (event["source"], event["resources"], event["region"]) == ("aws.cloudwatch", [alarm], "eu-west-1")
    detail = event["detail"]
    assert (detail["alarmName"], detail["previousState"]["value"], detail["state"]["value"]) == ("cpu", "OK", "ALARM")
    assert detail["configuration"]["description"] == "too busy"
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"] == {
        "metric": {"namespace": "AWS/ECS", "name": "CPUUtilization", "dimensions": {}},
        "period": 60,
        "stat": "Average",
    }


def test_a_reset_empties_the_inbox_the_history_and_the_metrics(story):
    page(story, story.topic())
    story.service("CPUUtilization", 1)
    story.sandbox.reset()
    assert story.inbox() == []
    assert story.history("cpu", "StateUpdate") == []
    assert story.cloudwatch.list_metrics()["Metrics"] == []
