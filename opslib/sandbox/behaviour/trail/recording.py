"""Recording: which trails log, what they are to be given, and what EventBridge is told of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.cloudtrail.models import cloudtrail_backends

from opslib.sandbox.behaviour.events import put
from opslib.sandbox.behaviour.trail.delivery import deliver
from opslib.sandbox.behaviour.trail.records import Record, completed, record_of
from opslib.sandbox.behaviour.trail.scope import GLOBAL_REGION, is_recorded
from opslib.sandbox.behaviour.trail.settings import TrailSettings

if TYPE_CHECKING:
    from opslib.sandbox.account import Account, TrailKey
    from opslib.sandbox.answer import Answer
    from opslib.sandbox.arrival import Arrival

__all__ = ["NAME", "look_who_logs", "note", "record_these"]

NAME = "trail"

# What EventBridge calls a record of each type (user guide, "AWS service events delivered via CloudTrail").
_DETAIL_TYPES: Mapping[str, str] = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
}


@dataclass(slots=True)
class World:
    """What was recorded and is not delivered yet.

    Attributes:
        calls: Calls with the trails that logged when they came, not written yet.
        records: Records with the same.
    """

    calls: list[tuple[frozenset[TrailKey], Arrival, Answer]] = field(default_factory=list)
    records: list[tuple[frozenset[TrailKey], Record]] = field(default_factory=list)


def world_of(account: Account) -> World:
    """The account's."""
    record = account.record(NAME)
    found: World | None = record.get("world")
    if found is None:
        found = record["world"] = World()
    return found


def settings_of(account: Account) -> TrailSettings:
    """The times that hold now."""
    settings: TrailSettings = account.behaviour[NAME]
    return settings


def look_who_logs(account: Account) -> None:
    """See which trails log now: after each call that may have changed it. Hold `schedule.lock`."""
    account.trails = frozenset(
        (region, name)
        for region, backend in list(cloudtrail_backends[account.account_id].items())
        for name, trail in list(backend.trails.items())
        if trail.status.is_logging
    )
    seconds = settings_of(account).background_seconds
    key = f"{NAME}/background"
    if account.trails and seconds:
        account.schedule.every(timedelta(seconds=seconds), partial(_background, account), key=key)
    else:
        account.schedule.cancel(key)


def note(account: Account, trails: Collection[TrailKey], arrival: Arrival, answer: Answer) -> None:
    """A call was answered while trails logged: keep it, to be written down a little later.

    Args:
        account: The sandbox's account.
        trails: The trails that logged before it or after it: the call that ends a trail is its last record.
        arrival: The call.
        answer: Its answer.
    """
    if not is_recorded(arrival.service, arrival.operation, mutating=arrival.mutating):
        return
    with account.schedule.lock:
        world = world_of(account)
        if not world.calls:
            due = account.clock.now() + timedelta(seconds=settings_of(account).event_seconds)
            account.schedule.at(due, partial(_write, account), key=f"{NAME}/write")
        world.calls.append((frozenset(trails), arrival, answer))


def record_these(account: Account, records: Iterable[Mapping[str, Any]], at: datetime) -> list[Record]:
    """Record what no call of the sandbox is: sign-ins, what the root user does, what is refused. Hold `schedule.lock`.

    Args:
        account: The sandbox's account.
        records: What is said of each.
        at: When they happened.

    Returns:
        The records.
    """
    made = [completed(account, record, at) for record in records]
    for record in made:
        _take(account, account.trails, record)
    return made


def _write(account: Account, _: datetime) -> None:
    world = world_of(account)
    calls, world.calls = world.calls, []
    for trails, arrival, answer in calls:
        _take(account, trails, record_of(account, arrival, answer))


def _take(account: Account, trails: frozenset[TrailKey], record: Record) -> None:
    """Give a record to the trails that cover its region, and an event to EventBridge there."""
    covering = frozenset(key for key in trails if _covers(account, key, record["awsRegion"]))
    if not covering:
        return
    world = world_of(account)
    if not world.records:
        seconds, now = settings_of(account).delivery_seconds, account.clock.now()
        due = now + timedelta(seconds=seconds - now.timestamp() % seconds)
        account.schedule.at(due, partial(_deliver, account), key=f"{NAME}/deliver")
    world.records.append((covering, record))
    detail_type = _DETAIL_TYPES.get(record["eventType"])
    if detail_type is not None:
        source = f"aws.{str(record['eventSource']).partition('.')[0]}"
        put(account, record["awsRegion"], source, detail_type, record, [])


def _covers(account: Account, key: TrailKey, region: str) -> bool:
    trail = cloudtrail_backends[account.account_id][key[0]].trails.get(key[1])
    return trail is not None and bool(
        trail.is_multi_region or key[0] == region or (region == GLOBAL_REGION and trail.include_global_service_events)
    )


def _deliver(account: Account, now: datetime) -> None:
    world = world_of(account)
    records, world.records = world.records, []
    for key in sorted({key for trails, _ in records for key in trails}):
        trail = cloudtrail_backends[account.account_id][key[0]].trails.get(key[1])
        if trail is not None:
            deliver(account, trail, [record for trails, record in records if key in trails], now)


def _background(account: Account, now: datetime) -> None:
    """A service of AWS takes on its role, as somewhere one always does."""
    service = "autoscaling.amazonaws.com"
    role = f"arn:aws:iam::{account.account_id}:role/aws-service-role/{service}/AWSServiceRoleForAutoScaling"
    record = {
        "userIdentity": {"type": "AWSService", "invokedBy": service},
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "sourceIPAddress": service,
        "userAgent": service,
        "requestParameters": {"roleArn": role, "roleSessionName": "AutoScaling"},
        "readOnly": True,
    }
    record_these(account, [record], now)
