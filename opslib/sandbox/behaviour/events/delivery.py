"""Delivering to a target: a table from the service in its ARN to what is called; tried again, and on record."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.events.inputs import input_of
from opslib.sandbox.behaviour.metrics import publish
from opslib.sandbox.behaviour.service_calls import ask

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["TARGETS", "Delivered", "Delivery", "attempt", "deliveries_of", "send"]

_RECORD = "event deliveries"

# Errors that another attempt does not mend (AWS: it is not retried when the target does not exist or forbids it).
_FINAL = (
    "NotFound",
    "DoesNotExist",
    "NonExistentQueue",
    "AccessDenied",
    "NotModelled",
    "Validation",
    "InvalidParameter",
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a target.

    Attributes:
        region: The rule's region.
        rule: The rule's name.
        rule_arn: Its ARN.
        target: As PutTargets was given it.
        event: The event.
    """

    region: str
    rule: str
    rule_arn: str
    target: Mapping[str, Any]
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a delivery.

    Attributes:
        at: When it was last tried.
        rule: The rule's name.
        target: The target's ARN.
        event_id: The event's id.
        attempts: How often it was tried.
        problem: Why it failed; empty: it did not.
    """

    at: datetime
    rule: str
    target: str
    event_id: str
    attempts: int
    problem: str


def deliveries_of(account: Account) -> deque[Delivered]:
    """What became of the last deliveries, the oldest first."""
    found: deque[Delivered] = account.record(_RECORD).setdefault(
        "all", deque(maxlen=account.behaviour["events"].keep_deliveries)
    )
    return found


def attempt(account: Account, delivery: Delivery, key: str, failed: int, at: datetime) -> None:
    """Try a delivery; when it fails, plan the next attempt, or give up and tell the dead-letter queue."""
    arn, problem, final = str(delivery.target["Arn"]), "", True
    try:
        send(account, delivery, input_of(delivery.target, delivery.event, delivery.rule_arn))
    except AwsError as error:
        problem, final = f"{error.code}: {error.message}", any(word in error.code for word in _FINAL)
    name = {"RuleName": delivery.rule}
    publish(account, delivery.region, "AWS/Events", "Invocations", name, 1, "Count")
    waits: tuple[float, ...] = account.behaviour["events"].retry_seconds
    most = (delivery.target.get("RetryPolicy") or {}).get("MaximumRetryAttempts", len(waits))
    if problem and not final and failed < min(most, len(waits)):
        due = at + timedelta(seconds=waits[failed])
        account.schedule.at(due, partial(attempt, account, delivery, key, failed + 1), key=key)
        return
    if problem:
        publish(account, delivery.region, "AWS/Events", "FailedInvocations", name, 1, "Count")
        problem += _bury(account, delivery)
    event_id = str(delivery.event["id"])
    deliveries_of(account).append(Delivered(at, delivery.rule, arn, event_id, failed + 1, problem))


def _bury(account: Account, delivery: Delivery) -> str:
    """Send the event to the target's dead-letter queue, if it has one; a text to add when that fails."""
    queue = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return ""
    try:
        _to_queue(account, Delivery(delivery.region, "", "", {"Arn": queue}, {}), json.dumps(delivery.event))
    except AwsError as error:
        return f"; and the dead-letter queue: {error.code}: {error.message}"
    return ""


def send(account: Account, delivery: Delivery, text: str) -> None:
    """Call a target.

    Args:
        account: The sandbox's account.
        delivery: Where to.
        text: What the target gets.

    Raises:
        AwsError: It refused, or the sandbox does not model such a target.
    """
    arn = str(delivery.target["Arn"])
    service = [*arn.split(":"), "", ""][2]
    if service not in TARGETS:
        raise AwsError("SandboxNotModelled", f"The sandbox delivers nothing to {arn}")
    TARGETS[service](account, delivery, text)


def _region(delivery: Delivery) -> str:
    return str(delivery.target["Arn"]).split(":")[3] or delivery.region


def _to_function(account: Account, delivery: Delivery, text: str) -> None:
    from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke_later
    from opslib.sandbox.behaviour.functions.resolving import parse_name

    named = parse_name(str(delivery.target["Arn"]))
    invoke_later(account, Invocation(_region(delivery), named, text.encode()))


def _to_state_machine(account: Account, delivery: Delivery, text: str) -> None:
    parameters = {"stateMachineArn": delivery.target["Arn"], "input": text}
    ask(account, _region(delivery), "stepfunctions", "StartExecution", parameters)


def _to_topic(account: Account, delivery: Delivery, text: str) -> None:
    ask(account, _region(delivery), "sns", "Publish", {"TopicArn": delivery.target["Arn"], "Message": text})


def _to_queue(account: Account, delivery: Delivery, text: str) -> None:
    arn, region = str(delivery.target["Arn"]), _region(delivery)
    url = ask(account, region, "sqs", "GetQueueUrl", {"QueueName": arn.rpartition(":")[2]})["QueueUrl"]
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    options = {"MessageGroupId": group} if group else {}
    ask(account, region, "sqs", "SendMessage", {"QueueUrl": url, "MessageBody": text, **options})


def _to_log(account: Account, delivery: Delivery, text: str) -> None:
    group, region = str(delivery.target["Arn"]).split(":")[6], _region(delivery)
    stream = str(UUID(int=account.random.getrandbits(128), version=4))
    named = {"logGroupName": group, "logStreamName": stream}
    ask(account, region, "logs", "CreateLogStream", named)
    event = {"timestamp": int(account.clock.now().timestamp() * 1000), "message": text}
    ask(account, region, "logs", "PutLogEvents", {**named, "logEvents": [event]})


def _to_bus(account: Account, delivery: Delivery, _: str) -> None:
    from opslib.sandbox.behaviour.events.bus import Entry, put_entry

    event, bus = delivery.event, str(delivery.target["Arn"]).rpartition("/")[2]
    at = datetime.fromisoformat(event["time"])
    put_entry(
        account,
        _region(delivery),
        Entry(event["source"], event["detail-type"], event["detail"], event["resources"], at, bus),
    )


TARGETS: Mapping[str, Callable[[Account, Delivery, str], None]] = {
    "events": _to_bus,
    "lambda": _to_function,
    "logs": _to_log,
    "sns": _to_topic,
    "sqs": _to_queue,
    "states": _to_state_machine,
}
"""By the service that a target's ARN names."""
