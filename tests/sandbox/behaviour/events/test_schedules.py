"""EventBridge Scheduler: targets are called at their time, by the clocks of the schedule's zone."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from opslib.sandbox import Sandbox
from tests.conftest import REGION

ROLE = "arn:aws:iam::123456789012:role/schedule"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def queue(account: Sandbox) -> tuple[str, str]:
    sqs = account.client("sqs", REGION)
    url = sqs.create_queue(QueueName="due")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(account: Sandbox, queue: tuple[str, str]) -> list[str]:
    sqs, found = account.client("sqs", REGION), []
    while got := sqs.receive_message(QueueUrl=queue[0], MaxNumberOfMessages=10).get("Messages"):
        for message in got:
            sqs.delete_message(QueueUrl=queue[0], ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return found


def put(account: Sandbox, queue: tuple[str, str], operation: str = "create_schedule", **more: str) -> None:
    given = {"Name": "daily", "ScheduleExpression": "cron(30 7 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin"}
    target = {"Arn": queue[1], "RoleArn": ROLE, "Input": json.dumps({"hello": "there"})}
    scheduler = account.client("scheduler", REGION)
    getattr(scheduler, operation)(**given | more, Target=target, FlexibleTimeWindow={"Mode": "OFF"})


def to_morning(account: Sandbox) -> float:
    """Seconds to one minute before half past seven in Berlin."""
    now = account.clock.now().astimezone(BERLIN)
    due = now.replace(hour=7, minute=29, second=0, microsecond=0)
    due = due if due > now else due + timedelta(days=1)
    return (due - now).total_seconds()


def test_a_schedule_runs_once_a_day_by_its_own_clocks(account: Sandbox, queue: tuple[str, str]) -> None:
    put(account, queue)
    account.clock.advance(to_morning(account))
    assert received(account, queue) == []
    account.clock.advance(120)
    assert [json.loads(text) for text in received(account, queue)] == [{"hello": "there"}]
    account.clock.advance(3 * 86_400)
    assert len(received(account, queue)) == 3


def test_one_that_is_off_changed_or_gone_does_not_run(account: Sandbox, queue: tuple[str, str]) -> None:
    put(account, queue)
    put(account, queue, "update_schedule", State="DISABLED")
    account.clock.advance(2 * 86_400)
    assert received(account, queue) == []
    put(account, queue, "update_schedule", ScheduleExpression="rate(1 hour)")
    account.clock.advance(2 * 3_600 + 60)
    assert len(received(account, queue)) == 2
    account.client("scheduler", REGION).delete_schedule(Name="daily")
    account.clock.advance(86_400)
    assert received(account, queue) == []


@pytest.mark.parametrize(
    "wrong", [{"ScheduleExpression": "cron(0 25 * * ? *)"}, {"ScheduleExpressionTimezone": "Bonn"}]
)
def test_a_schedule_that_is_none_is_refused(account: Sandbox, queue: tuple[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        put(account, queue, **wrong)
    assert account.client("scheduler", REGION).list_schedules()["Schedules"] == []
