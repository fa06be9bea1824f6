"""An event comes in, the rules of its bus are asked, and their targets are planned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from moto.events.models import events_backends

from opslib.sandbox.account import Account
from opslib.sandbox.behaviour.events.delivery import Delivery, attempt
from opslib.sandbox.behaviour.events.patterns import matches, read_pattern
from opslib.sandbox.behaviour.events.settings import EventsSettings
from opslib.sandbox.behaviour.metrics import publish

__all__ = ["DEFAULT_BUS", "NAME", "Entry", "put", "put_entry", "run_rule", "settings_of", "take_over"]

NAME = "events"
DEFAULT_BUS = "default"

_ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
_VIA_CLOUDTRAIL = " via CloudTrail"

_PARTS = ("version", "id", "detail-type", "source", "account", "region", "resources", "detail")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be put.

    Attributes:
        source: Who says it.
        detail_type: What it says.
        detail: Its detail.
        resources: What it is about.
        at: When it happened.
        bus: On which bus.
    """

    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str]
    at: datetime
    bus: str = DEFAULT_BUS


def settings_of(account: Account) -> EventsSettings:
    """The times that hold now."""
    settings: EventsSettings = account.behaviour[NAME]
    return settings


def put(  # noqa: PLR0917  # an event's parts, in the order in which EventBridge has them
    account: Account,
    region: str,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str],
    at: datetime | None = None,
) -> None:
    """Put an event of an AWS service on the region's default bus.

    Args:
        account: The account it happens in.
        region: The region it happens in.
        source: The service that says it (`aws.ecs`).
        detail_type: What it says (`ECS Task State Change`).
        detail: The event's detail; times in it may be datetimes.
        resources: The ARNs of what it is about.
        at: When it happened; None: now.
    """
    moment = account.clock.now() if at is None else at
    put_entry(account, region, Entry(source, detail_type, detail, resources, moment))


def put_entry(account: Account, region: str, entry: Entry) -> str:
    """Put an event on a bus, and plan its deliveries.

    Returns:
        The event's id.
    """
    with account.schedule.lock:
        event_id = str(UUID(int=account.random.getrandbits(128), version=4))
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": entry.detail_type,
            "source": entry.source,
            "account": account.account_id,
            "time": _stamp(entry.at),
            "region": region,
            "resources": list(entry.resources),
            "detail": json.loads(json.dumps(entry.detail, default=_written)),
        }
        bus = events_backends[account.account_id][region].event_buses.get(entry.bus)
        for rule in list(bus.rules.values()) if bus is not None else ():
            if _listens(rule, event) and _pattern_of(rule) and matches(_pattern_of(rule), event):
                run_rule(account, region, rule, event)
    return event_id


def _listens(rule: Any, event: Mapping[str, Any]) -> bool:
    """Whether a rule is on for an event: of reads that CloudTrail tells of, only if it asks for all (AWS, PutRule)."""
    if rule.state == _ALL_MANAGEMENT_EVENTS:
        return True
    detail = event["detail"]
    is_read = str(event["detail-type"]).endswith(_VIA_CLOUDTRAIL) and bool(detail.get("readOnly"))
    return rule.state == "ENABLED" and not is_read


def take_over(account: Account, region: str, rule: Any) -> None:
    """Let what moto and other behaviours put into moto's own bus reach a rule's targets by our way.

    Args:
        account: The sandbox's account.
        region: The rule's region.
        rule: It, as moto keeps it.
    """

    def take(event: Mapping[str, Any], transform_input: bool = True) -> None:  # moto's own signature
        del transform_input
        at = event["time"]
        stamp = at if isinstance(at, str) and "T" in at else _stamp(datetime.fromtimestamp(float(at), UTC))
        taken = {name: event[name] for name in _PARTS} | {"time": stamp}
        with account.schedule.lock:
            if _listens(rule, taken) and _pattern_of(rule) and matches(_pattern_of(rule), taken):
                run_rule(account, region, rule, taken)

    rule.send_to_targets = take


def _pattern_of(rule: Any) -> dict[str, Any]:
    """A rule's pattern; empty where it has only a schedule."""
    text = rule.event_pattern.dump()
    return read_pattern(text) if text else {}


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} does not belong into an event")


def run_rule(account: Account, region: str, rule: Any, event: Mapping[str, Any]) -> None:
    """Plan the deliveries of an event to all of a rule's targets.

    Args:
        account: The sandbox's account.
        region: The rule's region.
        rule: It, as moto keeps it.
        event: The event.
    """
    publish(account, region, "AWS/Events", "TriggeredRules", {"RuleName": rule.name}, 1, "Count")
    due = account.clock.now() + timedelta(seconds=settings_of(account).latency_seconds)
    for target in list(rule.targets):
        delivery = Delivery(region, rule.name, rule.arn, dict(target), dict(event))
        key = f"{NAME}/{region}/{rule.arn}/{target['Id']}/{event['id']}"
        account.schedule.at(due, partial(attempt, account, delivery, key, 0), key=key)
