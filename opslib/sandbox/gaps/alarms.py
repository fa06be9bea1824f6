"""Where alarms live: in moto's own store, so that its tagging and CloudFormation see them, with what moto drops beside.

Each alarm carries the parameters it was put with, whole, and DescribeAlarms answers from those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from opslib.monitoring.evaluate import children, parse_rule
from opslib.monitoring.evaluate.composite import Rule
from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall

__all__ = [
    "ACTION_LISTS",
    "INITIAL_STATE",
    "MAXIMUM_PARENTS",
    "Somewhere",
    "actions_of",
    "alarm_named",
    "alarms_in",
    "children_of",
    "composites_in",
    "describe",
    "names_in",
    "parents_of",
    "put_alarm",
    "rule_of",
]

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

_ACTIONS_OF_STATE = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

# What behaviour writes on an alarm, beside its state.
_LIVING: Mapping[str, str] = {
    "ActionsSuppressedBy": "suppressed_by",
    "ActionsSuppressedReason": "suppressed_reason",
    "EvaluationState": "evaluation_state",
}


class Somewhere(Protocol):
    """An account's region; every call is somewhere."""

    @property
    def account_id(self) -> str:
        """The account."""

    @property
    def region(self) -> str:
        """The region."""


def alarms_in(place: Somewhere) -> dict[str, Any]:
    """All alarms of an account's region, by name, metric and composite ones."""
    alarms: dict[str, Any] = cloudwatch_backends[place.account_id][place.region].alarms
    return alarms


def alarm_named(place: Somewhere, reference: str) -> Any | None:
    """The alarm that a rule or a suppressor refers to, by name or by ARN; None when there is none."""
    alarms = alarms_in(place)
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
        for living in (*_LIVING.values(), "state_before", "suppression"):
            setattr(alarm, living, getattr(previous, living, None))
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
    for name, attribute in _LIVING.items():
        if value := getattr(alarm, attribute, None):
            described[name] = value
    return described


def actions_of(alarm: Any, state: str) -> list[str]:
    """The actions of a state, as `describe` has them; cheap."""
    given = getattr(alarm, "given", None)
    name = _ACTIONS_OF_STATE[state]
    return list(getattr(alarm, _MOTO_FIELDS[name]) or () if given is None else given.get(name, ()))


def _given_to_moto(alarm: Any) -> dict[str, Any]:
    given = {name: getattr(alarm, field) for name, field in _MOTO_FIELDS.items() if getattr(alarm, field) is not None}
    dimensions = [{"Name": dimension.name, "Value": dimension.value} for dimension in alarm.dimensions]
    rule = {} if alarm.rule is None else {"AlarmRule": alarm.rule}
    return {"AlarmName": alarm.name, **given, "Dimensions": dimensions, **rule}


def _transitioned(alarm: Any) -> datetime:
    moment: datetime = getattr(alarm, "state_transitioned", alarm.state_updated_timestamp)
    return moment


@lru_cache(maxsize=4096)
def _understood(rule: str) -> tuple[Rule, tuple[str, ...]]:
    understood = parse_rule(rule)
    return understood, children(understood)


def rule_of(alarm: Any) -> Rule:
    """A composite alarm's rule; it was understood when it was put."""
    return _understood(alarm.rule)[0]


def names_in(alarm: Any) -> tuple[str, ...]:
    """The names and ARNs that a composite alarm's rule has."""
    return _understood(alarm.rule)[1]


def children_of(place: Somewhere, alarm: Any) -> list[Any]:
    """The alarms that a composite's rule names."""
    found = (alarm_named(place, child) for child in names_in(alarm))
    return [child for child in found if child is not None]


def parents_of(place: Somewhere, alarm: Any) -> list[Any]:
    """The composites whose rule names an alarm, by name or by ARN."""
    names = {alarm.name, alarm.alarm_arn}
    return [other for other in composites_in(place) if not names.isdisjoint(names_in(other))]


def composites_in(place: Somewhere) -> Iterator[Any]:
    """All composites of an account's region."""
    return (alarm for alarm in list(alarms_in(place).values()) if alarm.rule is not None)
