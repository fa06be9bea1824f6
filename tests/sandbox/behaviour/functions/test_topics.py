"""Topics whose subscriber is a function: its handler runs, with the message as AWS wraps it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest


class Topic:
    """A topic, and the function `keeper` that keeps what it is sent."""

    def __init__(self, account, aws):
        self.account, self.aws = account, aws
        for name, pk in (("kept", "pk"), ("counts", "pk")):
            aws("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": pk, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": pk, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        self.role = aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.function = self.make("keeper", "keep")
        self.arn = aws("sns").create_topic(Name="alerts")["TopicArn"]

    def make(self, name, handler):
        message = {
            "function_name": name,
            "handler": f"handlers_for_tests:{handler}",
            "path": str(Path(__file__).parent),
        }
        request = urllib.request.Request(f"{self.account.url}/_sandbox/handlers", json.dumps(message).encode())
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
        return self.aws("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Role=self.role, Handler="h.h", Code={"ZipFile": b""}
        )["FunctionArn"]

    def subscribe(self, function=None, **attributes):
        return self.aws("sns").subscribe(
            TopicArn=self.arn,
            Protocol="lambda",
            Endpoint=function or self.function,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]

    def publish(self, message="hello", **more):
        return self.aws("sns").publish(TopicArn=self.arn, Message=message, **more)["MessageId"]

    def kept(self):
        """What the function was invoked with, by the message's id."""
        self.account.clock.advance(1)
        items = self.aws("dynamodb").scan(TableName="kept")["Items"]
        return {item["pk"]["S"]: json.loads(item["event"]["S"]) for item in items}


@pytest.fixture
def topic(account, aws):
    return Topic(account, aws)


def test_a_topics_message_invokes_the_function_that_is_subscribed(topic):
    subscription = topic.subscribe()
    tier = {"tier": {"DataType": "String", "StringValue": "page"}}
    message = topic.publish(Subject="look", MessageAttributes=tier)
    [record] = topic.kept()[message]["Records"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", subscription)
    sns = record["Sns"]
    assert (sns["Type"], sns["TopicArn"], sns["Message"], sns["Subject"]) == (
        "Notification",
        topic.arn,
        "hello",
        "look",
    )
    assert sns["MessageAttributes"] == {"tier": {"Type": "String", "Value": "page"}}


def test_each_protocol_may_have_its_own_text(topic):
    topic.subscribe()
    texts = json.dumps({"default": "for all", "lambda": "for functions"})
    message = topic.publish(texts, MessageStructure="json")
    assert topic.kept()[message]["Records"][0]["Sns"]["Message"] == "for functions"


def test_a_filter_policy_keeps_messages_from_a_function(topic):
    topic.subscribe(FilterPolicy=json.dumps({"tier": ["page"]}))
    topic.publish(MessageAttributes={"tier": {"DataType": "String", "StringValue": "ticket"}})
    assert topic.kept() == {}
    passed = topic.publish(MessageAttributes={"tier": {"DataType": "String", "StringValue": "page"}})
    assert set(topic.kept()) == {passed}


def test_a_function_that_fails_is_tried_again_and_the_publisher_does_not_hear_of_it(topic):
    topic.subscribe(topic.make("fails", "fail"))
    topic.publish()
    topic.account.clock.advance(400)
    metrics = topic.aws("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "errors",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Lambda",
                        "MetricName": "Errors",
                        "Dimensions": [{"Name": "FunctionName", "Value": "fails"}],
                    },
                    "Period": 3600,
                    "Stat": "Sum",
                },
            }
        ],
        StartTime=topic.account.clock.now().timestamp() - 7200,
        EndTime=topic.account.clock.now().timestamp() + 3600,
    )
    assert sum(metrics["MetricDataResults"][0]["Values"]) == 3


def test_an_alarm_reaches_a_function_by_its_topic(topic):
    topic.subscribe()
    cloudwatch = topic.aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic.arn],
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    [event] = topic.kept().values()
    assert json.loads(event["Records"][0]["Sns"]["Message"])["NewStateValue"] == "ALARM"
