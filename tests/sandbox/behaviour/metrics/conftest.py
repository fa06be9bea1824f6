"""A story in an empty account: minutes that pass, samples that come, and the messages that arrive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from opslib.sandbox import Sandbox

REGION = "eu-west-1"


@dataclass
class Story:
    """The account, and what a test does in it."""

    sandbox: Sandbox

    def client(self, service: str, region: str = REGION) -> Any:
        return self.sandbox.client(service, region)

    @property
    def cloudwatch(self) -> Any:
        return self.client("cloudwatch")

    def ask(self, method: str, path: str, **body: Any) -> Any:
        written = json.dumps(body).encode() if body else None
        with urlopen(Request(f"{self.sandbox.url}/_sandbox{path}", written, method=method), timeout=120) as answer:
            return json.load(answer)

    def to_full_minute(self) -> datetime:
        """Wait for the next full minute."""
        now = self.sandbox.clock.now()
        self.sandbox.clock.advance(60 - now.timestamp() % 60)
        return self.minute()

    def minute(self) -> datetime:
        return self.sandbox.clock.now().replace(second=0, microsecond=0)

    def pass_minutes(self, minutes: float = 1) -> None:
        """To the moment, some minutes later, when alarms have been evaluated."""
        now = self.sandbox.clock.now()
        target = self.minute() + timedelta(minutes=minutes, seconds=4)
        self.sandbox.clock.advance(max(0.0, (target - now).total_seconds()))

    def service(self, name: str, value: float, *, namespace: str = "AWS/ECS", **more: Any) -> None:
        """A sample of one of AWS's own namespaces, now."""
        sample = {"namespace": namespace, "name": name, "value": value, "region": REGION, **more}
        self.ask("POST", "/metrics", samples=[sample])

    def minutes_of(self, name: str, values: list[float | None], **more: Any) -> None:
        """A sample (or None) in each of some minutes, with the evaluation at the end of each."""
        for value in values:
            if value is not None:
                self.service(name, value, **more)
            self.pass_minutes()

    def alarm(self, name: str, **changes: Any) -> str:
        """An alarm on the CPU of a service, 5 of 5 minutes above 80 %; the ARN."""
        given = {
            "AlarmName": name,
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 5,
            "Threshold": 80.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **changes,
        }
        self.cloudwatch.put_metric_alarm(**{key: value for key, value in given.items() if value is not None})
        return self.described(name)["AlarmArn"]

    def described(self, name: str) -> dict[str, Any]:
        found = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return (found["MetricAlarms"] + found["CompositeAlarms"])[0]

    def state(self, name: str) -> str:
        return self.described(name)["StateValue"]

    def turn(self, name: str, state: str) -> None:
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")

    def topic(self, name: str = "pages", *, protocol: str = "email", endpoint: str = "ops@example.com", **more) -> str:
        """A topic with one confirmed subscription; its ARN."""
        arn = self.client("sns").create_topic(Name=name)["TopicArn"]
        self.subscribe(arn, protocol, endpoint, **more)
        return arn

    def subscribe(self, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
        arn = self.client("sns").subscribe(
            TopicArn=topic,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        if protocol != "sms":
            self.sandbox.confirm_subscription(arn)
        return arn

    def inbox(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/inbox")["deliveries"]

    def pages(self) -> list[tuple[str, str]]:
        """Alarm and new state of each message, in order."""
        messages = [json.loads(delivery["message"]) for delivery in self.inbox()]
        return [(message["AlarmName"], message["NewStateValue"]) for message in messages]

    def history(self, name: str, kind: str, **more: Any) -> list[dict[str, Any]]:
        found = self.cloudwatch.describe_alarm_history(
            AlarmName=name,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            HistoryItemType=kind,
            ScanBy="TimestampAscending",
            **more,
        )
        return found["AlarmHistoryItems"]


@pytest.fixture
def story(account: Sandbox) -> Story:
    """An empty account at a full minute."""
    story = Story(account)
    story.to_full_minute()
    return story


@pytest.fixture
def utc() -> Any:
    """A moment without its parts below a second, in UTC."""
    return lambda moment: moment.astimezone(UTC).replace(microsecond=0)
