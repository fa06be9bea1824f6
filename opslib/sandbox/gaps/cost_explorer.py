"""Cost Explorer's anomaly monitors and subscriptions, which moto lacks.

They belong to the account, whichever region is called. Nothing costs anything here, so that none ever finds one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

MOST_OF_SERVICES = 1
"""Monitors of all services in an account (AWS, "Quotas for Cost Anomaly Detection")."""

_MONITORS = "anomaly monitors"
_SUBSCRIPTIONS = "anomaly subscriptions"
_TAGS = "anomaly tags"

# AWS, AnomalySubscription, Frequency: what is told at once goes to SNS, a summary by e-mail.
_FREQUENCY_OF = {"SNS": ("IMMEDIATE",), "EMAIL": ("DAILY", "WEEKLY")}


def _records(call: GapCall, kind: str) -> dict[str, dict[str, Any]]:
    return call.record_of_account(kind)


def _found(call: GapCall, kind: str, arn: str) -> dict[str, Any]:
    records = _records(call, kind)
    if arn not in records:
        what = "Monitor" if kind == _MONITORS else "Subscription"
        raise AwsError(f"Unknown{what}Exception", f"Cannot find the anomaly {what.lower()}: {arn}")
    return records[arn]


def _named(call: GapCall, kind: str, arns: list[str]) -> list[dict[str, Any]]:
    if arns:
        return [dict(_found(call, kind, arn)) for arn in arns]
    return [dict(record) for _, record in sorted(_records(call, kind).items())]


def _keep(call: GapCall, kind: str, record: dict[str, Any], key: str) -> dict[str, str]:
    """Remember one; its identifier follows from its name, so that a run is like the one before."""
    kind_of = "anomalymonitor" if kind == _MONITORS else "anomalysubscription"
    name = record["MonitorName" if kind == _MONITORS else "SubscriptionName"]
    made = call.record_of_account(f"{kind} made")
    number = made[name] = made.get(name, 0) + 1
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{call.account_id}/{kind}/{name}/{number}")
    arn = f"arn:aws:ce::{call.account_id}:{kind_of}/{identifier}"
    _records(call, kind)[arn] = {**record, key: arn}
    call.record_of_account(_TAGS)[arn] = {tag["Key"]: tag["Value"] for tag in call.parameters.get("ResourceTags", [])}
    return {key: arn}


def create_anomaly_monitor(call: GapCall) -> Mapping[str, Any]:
    """One of all services in an account, and no more."""
    check_constraints(call)
    monitor = call.parameters["AnomalyMonitor"]
    dimensional = monitor["MonitorType"] == "DIMENSIONAL"
    if dimensional != ("MonitorDimension" in monitor):
        raise AwsError("ValidationException", "A DIMENSIONAL monitor has a MonitorDimension, and no other has")
    same = [one for one in _records(call, _MONITORS).values() if one.get("MonitorDimension") == "SERVICE"]
    if monitor.get("MonitorDimension") == "SERVICE" and len(same) >= MOST_OF_SERVICES:
        raise AwsError("LimitExceededException", "Limit exceeded on dimensional spend monitor creation")
    today = f"{call.account.clock.now():%Y-%m-%d}"
    return _keep(call, _MONITORS, {**monitor, "CreationDate": today, "LastUpdatedDate": today}, "MonitorArn")


def get_anomaly_monitors(call: GapCall) -> Mapping[str, Any]:
    """Those that are named, or all."""
    check_constraints(call)
    return {"AnomalyMonitors": _named(call, _MONITORS, call.parameters.get("MonitorArnList", []))}


def update_anomaly_monitor(call: GapCall) -> Mapping[str, Any]:
    """Its name."""
    check_constraints(call)
    arn = call.parameters["MonitorArn"]
    _found(call, _MONITORS, arn)["MonitorName"] = call.parameters["MonitorName"]
    return {"MonitorArn": arn}


def delete_anomaly_monitor(call: GapCall) -> Mapping[str, Any]:
    """It, and its tags."""
    return _delete(call, _MONITORS, "MonitorArn")


def create_anomaly_subscription(call: GapCall) -> Mapping[str, Any]:
    """To monitors that there are; at once by SNS, once a day or week by e-mail."""
    check_constraints(call)
    subscription = dict(call.parameters["AnomalySubscription"])
    _check_subscription(call, subscription)
    subscription["Subscribers"] = _confirmed(subscription["Subscribers"])
    return _keep(call, _SUBSCRIPTIONS, {"AccountId": call.account_id, **subscription}, "SubscriptionArn")


def get_anomaly_subscriptions(call: GapCall) -> Mapping[str, Any]:
    """Those that are named, or all; those of one monitor where it is named."""
    check_constraints(call)
    found = _named(call, _SUBSCRIPTIONS, call.parameters.get("SubscriptionArnList", []))
    monitor = call.parameters.get("MonitorArn")
    return {"AnomalySubscriptions": [one for one in found if monitor in (None, *one["MonitorArnList"])]}


def update_anomaly_subscription(call: GapCall) -> Mapping[str, Any]:
    """What is given."""
    check_constraints(call)
    arn = call.parameters["SubscriptionArn"]
    changed = {**_found(call, _SUBSCRIPTIONS, arn), **call.parameters}
    _check_subscription(call, changed)
    changed["Subscribers"] = _confirmed(changed["Subscribers"])
    _records(call, _SUBSCRIPTIONS)[arn] = changed
    return {"SubscriptionArn": arn}


def delete_anomaly_subscription(call: GapCall) -> Mapping[str, Any]:
    """It, and its tags."""
    return _delete(call, _SUBSCRIPTIONS, "SubscriptionArn")


def _check_subscription(call: GapCall, subscription: Mapping[str, Any]) -> None:
    if ("Threshold" in subscription) == ("ThresholdExpression" in subscription):
        raise AwsError("ValidationException", "Exactly one of Threshold and ThresholdExpression is required")
    for arn in subscription["MonitorArnList"]:
        _found(call, _MONITORS, arn)
    for subscriber in subscription["Subscribers"]:
        if subscription["Frequency"] not in _FREQUENCY_OF[subscriber["Type"]]:
            message = f"{subscriber['Type']} subscribers cannot have the frequency {subscription['Frequency']}"
            raise AwsError("ValidationException", message)


def _confirmed(subscribers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**subscriber, "Status": "CONFIRMED"} for subscriber in subscribers]


def _delete(call: GapCall, kind: str, key: str) -> Mapping[str, Any]:
    check_constraints(call)
    arn = call.parameters[key]
    _found(call, kind, arn)
    del _records(call, kind)[arn]
    call.record_of_account(_TAGS).pop(arn, None)
    return {}


def _tags(call: GapCall) -> dict[str, str] | None:
    """The tags of a monitor or a subscription; None where something else is named, which is moto's."""
    tags: dict[str, str] | None = call.record_of_account(_TAGS).get(call.parameters["ResourceArn"])
    return tags


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """Of monitors and subscriptions, too."""
    tags = _tags(call)
    if tags is None:
        return call.through()
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """Of monitors and subscriptions, too."""
    tags = _tags(call)
    if tags is None:
        return call.through()
    tags.update({tag["Key"]: tag["Value"] for tag in call.parameters["ResourceTags"]})
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Of monitors and subscriptions, too."""
    tags = _tags(call)
    if tags is None:
        return call.through()
    for key in call.parameters["ResourceTagKeys"]:
        tags.pop(key, None)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("ce", "CreateAnomalyMonitor"): create_anomaly_monitor,
    ("ce", "CreateAnomalySubscription"): create_anomaly_subscription,
    ("ce", "DeleteAnomalyMonitor"): delete_anomaly_monitor,
    ("ce", "DeleteAnomalySubscription"): delete_anomaly_subscription,
    ("ce", "GetAnomalyMonitors"): get_anomaly_monitors,
    ("ce", "GetAnomalySubscriptions"): get_anomaly_subscriptions,
    ("ce", "ListTagsForResource"): list_tags_for_resource,
    ("ce", "TagResource"): tag_resource,
    ("ce", "UntagResource"): untag_resource,
    ("ce", "UpdateAnomalyMonitor"): update_anomaly_monitor,
    ("ce", "UpdateAnomalySubscription"): update_anomaly_subscription,
}
