"""Events through the sandbox: from PutEvents or a schedule to a queue, a topic, a function, a log, another bus."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "123456789012"
PATTERN = json.dumps({"source": ["shop"], "detail": {"state": ["bad"]}})


class Bus:
    """The default bus, with queues to look into."""

    def __init__(self, sandbox: Any, aws: Any) -> None:
        self.sandbox, self.aws, self.client = sandbox, aws, aws("events")

    def ask(self, route: str, **message: Any) -> Any:
        body = json.dumps(message).encode() if message else None
        request = urllib.request.Request(f"{self.sandbox.url}/_sandbox{route}", body)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.loads(answer.read())

    def queue(self, name: str = "q") -> str:
        self.aws("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}"

    def messages(self, name: str = "q") -> list[Any]:
        sqs = self.aws("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def rule(self, *targets: Any, name: str = "r", pattern: str = PATTERN, **options: Any) -> None:
        self.client.put_rule(Name=name, EventPattern=pattern, **options)
        given = [{"Id": str(n)} | (t if isinstance(t, dict) else {"Arn": t}) for n, t in enumerate(targets)]
        self.client.put_targets(Rule=name, Targets=given)

    def say(self, state: str = "bad", seconds: float = 1, **options: Any) -> dict[str, Any]:
        entry = {"Source": "shop", "DetailType": "State", "Detail": json.dumps({"state": state}), **options}
        answer = self.client.put_events(Entries=[entry])
        self.sandbox.clock.advance(seconds)
        return answer

    def deliveries(self) -> list[dict[str, Any]]:
        return list(self.ask("/deliveries")["deliveries"])


@pytest.fixture
def bus(account, aws):
    return Bus(account, aws)


def test_a_queue_gets_what_matches_and_nothing_else(bus):
    bus.rule(bus.queue())
    bus.say("good")
    bus.say("bad", Resources=["arn:x"])
    (event,) = bus.messages()
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "State", {"state": "bad"})
    assert (event["account"], event["region"], event["resources"]) == (ACCOUNT, "eu-west-1", ["arn:x"])
    assert [delivery["problem"] for delivery in bus.deliveries()] == [""]


def test_a_delivery_takes_its_time(bus):
    bus.rule(bus.queue())
    bus.ask("/behaviour", events={"latency_seconds": 60})
    bus.say(seconds=30)
    assert bus.messages() == []
    bus.sandbox.clock.advance(31)
    assert len(bus.messages()) == 1


def test_a_rule_that_is_off_does_nothing(bus):
    bus.rule(bus.queue())
    bus.client.disable_rule(Name="r")
    bus.say()
    bus.client.enable_rule(Name="r")
    assert bus.messages() == []
    bus.say()
    assert len(bus.messages()) == 1


def test_a_topic_a_log_and_another_bus_get_it_too(bus):
    topic = bus.aws("sns").create_topic(Name="t")["TopicArn"]
    bus.aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=bus.queue("by-topic"))
    bus.aws("logs").create_log_group(logGroupName="/events")
    other = bus.client.create_event_bus(Name="other")["EventBusArn"]
    bus.client.put_rule(Name="onwards", EventPattern=PATTERN, EventBusName="other")
    bus.client.put_targets(Rule="onwards", EventBusName="other", Targets=[{"Id": "1", "Arn": bus.queue("by-bus")}])
    bus.rule(topic, f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/events", other)
    bus.say(seconds=3)
    assert json.loads(bus.messages("by-topic")[0]["Message"])["detail"] == {"state": "bad"}
    (logged,) = bus.aws("logs").filter_log_events(logGroupName="/events")["events"]
    assert json.loads(logged["message"])["detail"] == {"state": "bad"}
    assert bus.messages("by-bus")[0]["detail"] == {"state": "bad"}


def test_a_function_gets_it_and_what_it_does_is_done(bus):
    """The handler writes into a table of the sandbox."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = bus.aws("iam").create_role(RoleName="run", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    home = str(Path(__file__).parent.parent / "functions")
    bus.ask("/handlers", function_name="f", handler="handlers_for_tests:count", path=home)
    arn = bus.aws("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="h.h", Code={"ZipFile": b""}
    )["FunctionArn"]
    bus.aws("dynamodb").create_table(
        TableName="counts",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    template = {"InputPathsMap": {"state": "$.detail.state"}, "InputTemplate": '{"name": <state>}'}
    bus.rule({"Arn": arn, "InputTransformer": template})
    bus.say(seconds=5)
    item = bus.aws("dynamodb").get_item(TableName="counts", Key={"pk": {"S": "bad"}})["Item"]
    assert item["times"] == {"N": "1"}


def test_what_cannot_be_delivered_is_on_record_and_in_the_metrics(bus):
    missing = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:gone"
    bus.rule({"Arn": missing, "DeadLetterConfig": {"Arn": bus.queue("dead")}}, bus.queue())
    bus.say()
    assert len(bus.messages()) == 1  # one target does not disturb another
    (failed,) = [delivery for delivery in bus.deliveries() if delivery["problem"]]
    assert failed["target"] == missing
    assert failed["problem"].startswith("ResourceNotFoundException: Function not found")
    assert bus.messages("dead")[0]["detail"] == {"state": "bad"}
    now = bus.sandbox.clock.now()
    found = bus.aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events",
        MetricName="FailedInvocations",
        Dimensions=[{"Name": "RuleName", "Value": "r"}],
        StartTime=now.replace(year=now.year - 1),
        EndTime=now.replace(year=now.year + 1),
        Period=86_400,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [1]


def test_a_target_that_is_not_modelled_says_so(bus):
    bus.rule(f"arn:aws:batch:eu-west-1:{ACCOUNT}:job-queue/q")
    bus.say()
    assert bus.deliveries()[0]["problem"].startswith("SandboxNotModelled")


def test_a_schedule_runs_by_the_sandboxs_clock(bus):
    bus.client.put_rule(Name="tick", ScheduleExpression="rate(5 minutes)")
    bus.client.put_targets(Rule="tick", Targets=[{"Id": "1", "Arn": bus.queue()}])
    bus.sandbox.clock.advance(3_605)
    sent = bus.messages() + bus.messages()
    assert len(sent) == 12
    assert {event["detail-type"] for event in sent} == {"Scheduled Event"}
    bus.say("anything")
    assert bus.messages() == []  # a rule without a pattern takes no event
    bus.client.disable_rule(Name="tick")
    bus.sandbox.clock.advance(3_600)
    assert bus.messages() == []
    bus.client.enable_rule(Name="tick")
    bus.sandbox.clock.advance(301)
    assert len(bus.messages()) == 1
    bus.client.remove_targets(Rule="tick", Ids=["1"])
    bus.client.delete_rule(Name="tick")
    bus.sandbox.clock.advance(3_600)
    assert bus.messages() == []


@pytest.mark.parametrize("schedule", ["rate(1 minutes)", "cron(0 8 * * * *)", "at(2026-01-01T00:00:00)"])
def test_a_schedule_that_is_none_is_refused(bus, refused, schedule):
    assert refused(bus.client.put_rule, Name="tick", ScheduleExpression=schedule)[0] == "ValidationException"


def test_a_pattern_that_is_none_is_refused(bus, refused):
    code, _ = refused(bus.client.put_rule, Name="r", EventPattern='{"source": "shop"}')
    assert code == "InvalidEventPatternException"
    tried = {"EventPattern": PATTERN, "Event": json.dumps({"source": "shop", "detail": {"state": "bad"}})}
    assert bus.client.test_event_pattern(**tried)["Result"] is True


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Source": "aws.ecs"}, "NotAuthorizedForSourceException"),
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_an_entry_that_is_wrong_does_not_keep_the_others_out(bus, entry, code):
    bus.rule(bus.queue())
    good = {"Source": "shop", "DetailType": "State", "Detail": '{"state": "bad"}'}
    answer = bus.client.put_events(Entries=[good | entry, good])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    bus.sandbox.clock.advance(1)
    assert len(bus.messages()) == 1


def test_ten_entries_are_the_most(bus, refused):
    entry = {"Source": "shop", "DetailType": "State", "Detail": "{}"}
    assert refused(bus.client.put_events, Entries=[entry] * 11)[0] == "ValidationException"
