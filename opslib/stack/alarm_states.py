"""The contract's alarms as AWS has them now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal, get_args

from opslib.clients import Clients, aws_call
from opslib.contract import Alarm, StackOutputs
from opslib.errors import Refused

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

__all__ = ["STATES", "AlarmState", "State", "read_alarm_states"]

State = Literal["missing", "ALARM", "INSUFFICIENT_DATA", "OK"]
"""CloudWatch's three states, and `missing`: AWS does not have the alarm."""

STATES: tuple[State, ...] = get_args(State)
"""From worst to best. An alarm that is gone is worse than one that rings: nobody will hear it."""

NAMES_PER_CALL = 100
"""The most AlarmNames that DescribeAlarms takes."""


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm of the contract and how it is in AWS.

    Attributes:
        alarm: What the contract promises.
        state: What AWS says.
        reason: CloudWatch's own words for it; empty if it gave none.
        since: When it came into that state; None if it is missing.
        actions_enabled: Whether anybody is told; None if it is missing.
        actions: The ARNs that are told when it rings; none of one that acts through another.
    """

    alarm: Alarm
    state: State
    reason: str = ""
    since: datetime | None = None
    actions_enabled: bool | None = None
    actions: tuple[str, ...] = ()


def read_alarm_states(outputs: StackOutputs, clients: Clients) -> tuple[AlarmState, ...]:
    """Read the state of every alarm of a contract, in the contract's order.

    Raises:
        Refused: AWS denies or throttles the reading, or does not answer.
    """
    by_region = sorted(outputs.alarms, key=lambda alarm: alarm.region)
    states = {
        (alarm.region, alarm.name): state
        for region, alarms in groupby(by_region, key=lambda alarm: alarm.region)
        for alarm, state in _read_region(list(alarms), region, clients)
    }
    return tuple(states[alarm.region, alarm.name] for alarm in outputs.alarms)


def _read_region(alarms: list[Alarm], region: str, clients: Clients) -> Iterator[tuple[Alarm, AlarmState]]:
    cloudwatch = clients.client("cloudwatch", region=region)
    for start in range(0, len(alarms), NAMES_PER_CALL):
        part = alarms[start : start + NAMES_PER_CALL]
        with aws_call(f"reading alarms in {region}"):
            pages = cloudwatch.get_paginator("describe_alarms").paginate(
                # Without AlarmTypes, CloudWatch leaves composite alarms out.
                AlarmNames=[alarm.name for alarm in part],
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                PaginationConfig={"PageSize": NAMES_PER_CALL},  # MaxRecords, which would be 50
            )
            live = {
                (kind, record["AlarmName"]): record
                for page in pages
                for kind, records in (("metric", page["MetricAlarms"]), ("composite", page["CompositeAlarms"]))
                for record in records
            }
        for alarm in part:
            record = live.get((alarm.type, alarm.name))
            yield alarm, _state_of(alarm, record) if record else AlarmState(alarm, "missing")


def _state_of(alarm: Alarm, record: MetricAlarmTypeDef | CompositeAlarmTypeDef) -> AlarmState:
    state = next((state for state in STATES if state == record["StateValue"]), None)
    if state is None:
        raise Refused(
            f"the alarm {alarm.name} is in a state unknown here: {record['StateValue']}", "upgrade opslib-aws"
        )
    return AlarmState(
        alarm=alarm,
        state=state,
        reason=record.get("StateReason", ""),
        # "Updated" moves with every new reason; "transitioned" is what people mean by since, and may be absent.
        since=record.get("StateTransitionedTimestamp") or record.get("StateUpdatedTimestamp"),
        actions_enabled=record.get("ActionsEnabled"),
        actions=tuple(record.get("AlarmActions", ())),
    )
