"""CloudWatch's alarms: what moto answers too kindly or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.alarm_changes import delete_and_note, set_by_hand
from opslib.sandbox.gaps.alarms import ACTION_LISTS, alarms_in, children_of, describe, parents_of
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.cloudwatch_anomaly import ANOMALY_OPERATIONS
from opslib.sandbox.gaps.cloudwatch_history import HISTORY_OPERATIONS
from opslib.sandbox.gaps.cloudwatch_metrics import METRIC_OPERATIONS
from opslib.sandbox.gaps.cloudwatch_mutes import MUTE_OPERATIONS, mute_rule_arns
from opslib.sandbox.gaps.composite_alarm import put_composite_alarm
from opslib.sandbox.gaps.constraints import check_constraints
from opslib.sandbox.gaps.dashboards import DASHBOARD_OPERATIONS, HOME, dashboard_arns
from opslib.sandbox.gaps.metric_alarm import put_metric_alarm

__all__ = ["OPERATIONS"]

DEFAULT_RECORDS = 50  # of DescribeAlarms without MaxRecords; AWS does not say how many, this is what it has answered

_METRIC, _COMPOSITE = "MetricAlarm", "CompositeAlarm"
_RELATIVES = ("ChildrenOfAlarmName", "ParentsOfAlarmName")
_ALONE = frozenset({"MaxRecords", "NextToken"})
_OF_CHILDREN = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
_OF_PARENTS = ("AlarmName", "AlarmArn")

# DescribeAlarms' filters: the parameter, and whether an alarm passes.
_FILTERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "AlarmNames": lambda alarm, names: alarm.name in names,
    "AlarmNamePrefix": lambda alarm, prefix: alarm.name.startswith(prefix),
    "StateValue": lambda alarm, state: alarm.state_value == state,
    "ActionPrefix": lambda alarm, prefix: any(
        action.startswith(prefix) for actions in ACTION_LISTS for action in describe(alarm)[actions]
    ),
}


def describe_alarms(call: GapCall) -> Mapping[str, Any]:
    """Filters, types, relatives and pages, as AWS does them."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    if "AlarmNames" in parameters and "AlarmNamePrefix" in parameters:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix must not be specified together")
    for relation in _RELATIVES:
        if relation in parameters:
            return _describe_relatives(call, relation)
    types = parameters.get("AlarmTypes") or [_METRIC]
    wanted = [
        alarm
        for alarm in sorted(alarms_in(call).values(), key=lambda alarm: alarm.name)
        if (_METRIC if alarm.rule is None else _COMPOSITE) in types
        and all(passes(alarm, parameters[name]) for name, passes in _FILTERS.items() if parameters.get(name))
    ]
    return _page(call, wanted, lambda alarm: tuple(describe(alarm)))


def _describe_relatives(call: GapCall, relation: str) -> Mapping[str, Any]:
    if others := sorted(call.parameters.keys() - _ALONE - {relation}):
        raise AwsError("ValidationError", f"{relation} must not be specified with {', '.join(others)}")
    alarm = alarms_in(call).get(call.parameters[relation])
    if alarm is None or (relation == "ChildrenOfAlarmName" and alarm.rule is None):
        return {"MetricAlarms": [], "CompositeAlarms": []}
    find, fields = {
        "ChildrenOfAlarmName": (children_of, _OF_CHILDREN),
        "ParentsOfAlarmName": (parents_of, _OF_PARENTS),
    }[relation]
    return _page(call, sorted(find(call, alarm), key=lambda other: str(other.name)), lambda _: fields)


def _page(call: GapCall, alarms: list[Any], fields_of: Callable[[Any], Iterable[str]]) -> Mapping[str, Any]:
    """A page of alarms; the token is the name that the next one begins after."""
    token, size = call.parameters.get("NextToken"), call.parameters.get("MaxRecords", DEFAULT_RECORDS)
    if token is not None and token not in alarms_in(call):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    rest = [alarm for alarm in alarms if token is None or alarm.name > token]
    page = rest[:size]
    answer: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
    for alarm in page:
        described = describe(alarm)
        chosen = {name: described[name] for name in fields_of(alarm)}
        answer["MetricAlarms" if alarm.rule is None else "CompositeAlarms"].append(chosen)
    if len(rest) > size:
        answer["NextToken"] = page[-1].name
    return answer


def describe_alarms_for_metric(call: GapCall) -> Mapping[str, Any]:
    """The alarms on one metric: of that name, namespace and, as AWS wants them, exactly these dimensions."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    exactly = ("MetricName", "Namespace")
    if_given = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    dimensions = _as_set(parameters.get("Dimensions", []))
    described = (describe(alarm) for alarm in list(alarms_in(call).values()) if alarm.rule is None)
    return {
        "MetricAlarms": [
            alarm
            for alarm in described
            if all(alarm.get(name) == parameters[name] for name in exactly)
            and all(alarm.get(name) == parameters[name] for name in if_given if name in parameters)
            and _as_set(alarm["Dimensions"]) == dimensions
        ]
    }


def _as_set(dimensions: Iterable[Mapping[str, str]]) -> set[tuple[str, str]]:
    return {(dimension["Name"], dimension["Value"]) for dimension in dimensions}


def delete_alarms(call: GapCall) -> Mapping[str, Any]:
    """Names that do not exist are passed over; children of a composite that stays, and two composites, are refused."""
    check_constraints(call, "ValidationError")
    alarms = alarms_in(call)
    names = list(dict.fromkeys(call.parameters["AlarmNames"]))
    found = [alarms[name] for name in names if name in alarms]
    if sum(alarm.rule is not None for alarm in found) > 1:
        raise AwsError("ValidationError", "Only one composite alarm can be deleted at a time")
    held = [alarm.name for alarm in found if {parent.name for parent in parents_of(call, alarm)} - set(names)]
    if held:
        them = "it" if len(held) == 1 else "them"
        message = f"Cannot delete {','.join(held)} as there are composite alarm(s) depending on {them}."
        raise AwsError("ValidationError", message)
    for alarm in found:
        delete_and_note(call, alarm)
    return {}


def set_alarm_state(call: GapCall) -> Mapping[str, Any]:
    """With everything that a change of state brings about; the same state again brings about nothing."""
    check_constraints(call, "ValidationError")
    parameters = call.parameters
    alarm = alarms_in(call).get(parameters["AlarmName"])
    if alarm is None:
        raise AwsError("ResourceNotFound", "Unknown", 404)
    data = parameters.get("StateReasonData", "")
    try:
        json.loads(data or "{}")
    except ValueError as error:
        raise AwsError("InvalidFormat", "StateReasonData is not valid JSON") from error
    set_by_hand(call, alarm, parameters["StateValue"], parameters["StateReason"], data)
    return {}


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """Of what exists; moto answers an empty list for what does not."""
    tags = _tagger(call).get_tag_dict_for_resource(call.parameters["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """Alarms, rules, and dashboards too."""
    _tagger(call).tag_resource(call.parameters["ResourceARN"], call.parameters["Tags"])
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Also of what has no tags, which moto refuses."""
    _tagger(call).untag_resource_using_names(call.parameters["ResourceARN"], call.parameters["TagKeys"])
    return {}


def _tagger(call: GapCall) -> Any:
    """Where the tags of the resource are kept.

    Raises:
        AwsError: There is no such resource.
    """
    check_constraints(call, "ValidationError")
    arn = call.parameters["ResourceARN"]
    if arn in dashboard_arns(call):
        return cloudwatch_backends[call.account_id][HOME].tagger
    backend = cloudwatch_backends[call.account_id][call.region]
    taggable = {alarm.alarm_arn for alarm in list(backend.alarms.values())}
    if arn not in taggable | {rule.rule_arn for rule in backend.insight_rules.values()} | mute_rule_arns(call):
        raise AwsError("ResourceNotFoundException", f"Unknown resource: {arn}", 404)
    return backend.tagger


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("cloudwatch", "DeleteAlarms"): delete_alarms,
    ("cloudwatch", "DescribeAlarms"): describe_alarms,
    ("cloudwatch", "DescribeAlarmsForMetric"): describe_alarms_for_metric,
    ("cloudwatch", "ListTagsForResource"): list_tags_for_resource,
    ("cloudwatch", "PutCompositeAlarm"): put_composite_alarm,
    ("cloudwatch", "PutMetricAlarm"): put_metric_alarm,
    ("cloudwatch", "SetAlarmState"): set_alarm_state,
    ("cloudwatch", "TagResource"): tag_resource,
    ("cloudwatch", "UntagResource"): untag_resource,
    **ANOMALY_OPERATIONS,
    **DASHBOARD_OPERATIONS,
    **HISTORY_OPERATIONS,
    **METRIC_OPERATIONS,
    **MUTE_OPERATIONS,
}
