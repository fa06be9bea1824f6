"""Where alarms live: in moto's own store, so that its tagging and CloudFormation see them, with what moto drops beside.

Each alarm carries the parameters it was put with, whole, and DescribeAlarms answers from those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.core.utils import utcnow

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.alarm_rule import AlarmRule, parse_rule
from opslib.sandbox.gaps.call import GapCall

__all__ = ["alarm_named", "alarms_in", "children_of", "describe", "parents_of", "put_alarm", "settle"]

ACTION_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")
INITIAL_STATE = "INSUFFICIENT_DATA"
INITIAL_REASON = "Unchecked: Initial alarm creation"
MAXIMUM_PARENTS = 150  # AWS, PutCompositeAlarm: "Any single alarm can be included in … as many as 150 composite alarms"

# What AWS describes of an alarm under one name and moto keeps under another; only for alarms that moto made by itself
# (from a CloudFormation template), which have not kept their parameters.
_MOTO_FIELDS: Mapping[str, str] = {
    "AlarmDescription": "description",
    "MetricName": "metric_name",
    "Namespace": "namespace",
    "Statistic": "statistic",
    "ExtendedStatistic": "extended_statistic",
    "Period": "period",
    "Unit": "unit",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison_operator",
    "TreatMissingData": "treat_missing_data",
    "OKActions": "ok_actions",
    "AlarmActions": "alarm_actions",
    "InsufficientDataActions": "insufficient_data_actions",
}


def alarms_in(call: GapCall) -> dict[str, Any]:
    """All alarms of the call's account and region, by name, metric and composite ones."""
    alarms: dict[str, Any] = cloudwatch_backends[call.account_id][call.region].alarms
    return alarms


def alarm_named(call: GapCall, reference: str) -> Any | None:
    """The alarm that a rule or a suppressor refers to, by name or by ARN; None when there is none."""
    alarms = alarms_in(call)
    if reference.startswith("arn:"):
        return next((alarm for alarm in list(alarms.values()) if alarm.alarm_arn == reference), None)
    return alarms.get(reference)


def put_alarm(call: GapCall, first_state: str = INITIAL_STATE) -> Any:
    """Create the alarm that the call describes, or overwrite its configuration and leave its state.

    Raises:
        AwsError: An alarm of the other type has that name.
    """
    given = {name: value for name, value in call.parameters.items() if name != "Tags"}
    name, rule = given["AlarmName"], given.get("AlarmRule")
    alarms = alarms_in(call)
    previous = alarms.get(name)
    if previous is not None and (previous.rule is None) != (rule is None):
        kind = "metric" if previous.rule is None else "composite"
        raise AwsError("ValidationError", f"A {kind} alarm named {name} exists already; alarm names are unique.")
    alarm = Alarm(
        account_id=call.account_id,
        region_name=call.region,
        name=name,
        namespace=given.get("Namespace"),
        metric_name=given.get("MetricName"),
        metric_data_queries=None,
        comparison_operator=given.get("ComparisonOperator"),
        evaluation_periods=given.get("EvaluationPeriods"),
        datapoints_to_alarm=given.get("DatapointsToAlarm"),
        period=given.get("Period"),
        threshold=given.get("Threshold"),
        statistic=given.get("Statistic"),
        extended_statistic=given.get("ExtendedStatistic"),
        description=given.get("AlarmDescription"),
        dimensions=given.get("Dimensions", []),
        alarm_actions=given.get("AlarmActions", []),
        ok_actions=given.get("OKActions", []),
        insufficient_data_actions=given.get("InsufficientDataActions", []),
        unit=given.get("Unit"),
        actions_enabled=given.get("ActionsEnabled", True),
        treat_missing_data=given.get("TreatMissingData"),
        evaluate_low_sample_count_percentile=given.get("EvaluateLowSampleCountPercentile"),
        threshold_metric_id=given.get("ThresholdMetricId"),
        rule=rule,
    )
    alarm.given = given
    if previous is None:
        alarm.state_value, alarm.state_reason = first_state, INITIAL_REASON
        alarm.state_transitioned = alarm.state_updated_timestamp
        # AWS ignores the tags of a put that updates.
        tagger = cloudwatch_backends[call.account_id][call.region].tagger
        tagger.tag_resource(alarm.alarm_arn, call.parameters.get("Tags", []))
    else:
        for kept in ("history", "state_value", "state_reason", "state_reason_data", "state_updated_timestamp"):
            setattr(alarm, kept, getattr(previous, kept))
        alarm.state_transitioned = _transitioned(previous)
    alarms[name] = alarm
    return alarm


def describe(alarm: Any) -> dict[str, Any]:
    """An alarm as DescribeAlarms answers it; times are aware, so that every protocol writes them in UTC."""
    given = getattr(alarm, "given", None) or _given_to_moto(alarm)
    described = {
        **{name: [] for name in ACTION_LISTS},
        **given,
        "AlarmArn": alarm.alarm_arn,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        "StateTransitionedTimestamp": _transitioned(alarm),
    }
    if alarm.rule is None:
        described.setdefault("Dimensions", [])
    if alarm.state_reason_data not in (None, "{}"):
        described["StateReasonData"] = alarm.state_reason_data
    return described


def _given_to_moto(alarm: Any) -> dict[str, Any]:
    given = {name: getattr(alarm, field) for name, field in _MOTO_FIELDS.items() if getattr(alarm, field) is not None}
    dimensions = [{"Name": dimension.name, "Value": dimension.value} for dimension in alarm.dimensions]
    rule = {} if alarm.rule is None else {"AlarmRule": alarm.rule}
    return {"AlarmName": alarm.name, **given, "Dimensions": dimensions, **rule}


def _transitioned(alarm: Any) -> datetime:
    moment: datetime = getattr(alarm, "state_transitioned", alarm.state_updated_timestamp)
    return moment


def rule_of(alarm: Any) -> AlarmRule:
    """A composite alarm's rule; it was understood when it was put."""
    return parse_rule(alarm.rule)


def children_of(call: GapCall, alarm: Any) -> list[Any]:
    """The alarms that a composite's rule names."""
    found = (alarm_named(call, child) for child in rule_of(alarm).children)
    return [child for child in found if child is not None]


def parents_of(call: GapCall, alarm: Any) -> list[Any]:
    """The composites whose rule names an alarm, by name or by ARN."""
    names = {alarm.name, alarm.alarm_arn}
    return [other for other in _composites(call) if not names.isdisjoint(rule_of(other).children)]


def _composites(call: GapCall) -> Iterator[Any]:
    return (alarm for alarm in list(alarms_in(call).values()) if alarm.rule is not None)


def settle(call: GapCall) -> None:
    """Bring every composite's state up to its children's; one that is part of a cycle keeps its state, as in AWS."""
    settled: set[str] = set()
    for alarm in _composites(call):
        _settle_one(call, alarm, settled, ())


def _settle_one(call: GapCall, alarm: Any, settled: set[str], path: tuple[str, ...]) -> bool:
    """Settle an alarm after its children; False where that leads round in a circle."""
    if alarm.name in path:
        return False
    if alarm.rule is None or alarm.name in settled:
        return True
    children = children_of(call, alarm)
    reached = [_settle_one(call, child, settled, (*path, alarm.name)) for child in children]  # every one, first
    if not all(reached):
        return False
    settled.add(alarm.name)
    # A composite whose state was set by hand returns to its own only when a child changes (AWS, SetAlarmState).
    seen = tuple((child.alarm_arn, child.state_value) for child in children)
    if seen == getattr(alarm, "children_seen", None):
        return True
    alarm.children_seen = seen
    states = {name: child.state_value for child in children for name in (child.name, child.alarm_arn)}
    state = "ALARM" if rule_of(alarm).holds(states.__getitem__) else "OK"
    if state != alarm.state_value:
        _turn(alarm, state, children)
    return True


def _turn(alarm: Any, state: str, children: list[Any]) -> None:
    """Change a composite's state, at the moment its newest child changed."""
    newest = max(children, key=lambda child: child.state_updated_timestamp, default=None)
    moment = utcnow() if newest is None else max(newest.state_updated_timestamp, alarm.configuration_updated_timestamp)
    reason, data = f"The rule evaluates to {state}", "{}"
    if newest is not None:
        at = newest.state_updated_timestamp
        reason = f"{newest.alarm_arn} transitioned to {newest.state_value} at {at:%A %d %B, %Y %H:%M:%S} UTC"
        child_state = {"value": newest.state_value, "timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"}
        data = json.dumps({"triggeringAlarms": [{"arn": newest.alarm_arn, "state": child_state}]})
    alarm.update_state(reason, data, state)
    alarm.state_updated_timestamp = alarm.state_transitioned = moment
