"""Budgets: changes, subscribers and tags, which moto does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.budgets.models import Notification, budgets_backends
from moto.core.utils import unix_time
from moto.utilities.utils import get_partition

from opslib.sandbox.answer import AwsError
from opslib.sandbox.gaps.call import GapCall, Handler
from opslib.sandbox.gaps.constraints import check_constraints

__all__ = ["OPERATIONS"]

MAXIMUM_NOTIFICATIONS = 10  # AWS's model of CreateBudget; its text says five
MAXIMUM_EMAILS, MAXIMUM_TOPICS = 10, 1  # per notification

_TAGS = "budget tags"
_IDENTITY = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
_COST_TYPES: Mapping[str, bool] = {
    "IncludeCredit": True,
    "IncludeDiscount": True,
    "IncludeOtherSubscription": True,
    "IncludeRecurring": True,
    "IncludeRefund": True,
    "IncludeSubscription": True,
    "IncludeSupport": True,
    "IncludeTax": True,
    "IncludeUpfront": True,
    "UseAmortized": False,
    "UseBlended": False,
}


def _budgets(call: GapCall) -> dict[str, Any]:
    backend = budgets_backends[call.account_id][get_partition(call.region)]
    budgets: dict[str, Any] = backend.budgets[call.parameters.get("AccountId", call.account_id)]
    return budgets


def _budget(call: GapCall, name: str) -> Any:
    if name not in _budgets(call):
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return _budgets(call)[name]


def _with_cost_types(budget: dict[str, Any]) -> dict[str, Any]:
    """What AWS adds to a cost budget that leaves some cost types open."""
    if budget.get("BudgetType") == "COST" and "FilterExpression" not in budget and "Metrics" not in budget:
        budget["CostTypes"] = {**_COST_TYPES, **budget.get("CostTypes", {})}
    return budget


def create_budget(call: GapCall) -> Mapping[str, Any]:
    """With its tags, and subscribers as many as AWS takes."""
    check_constraints(call, "InvalidParameterException")
    for wanted in call.parameters.get("NotificationsWithSubscribers", []):
        _check_subscribers(wanted["Subscribers"])
    answer = call.through()
    name = call.parameters["Budget"]["BudgetName"]
    _with_cost_types(_budget(call, name).budget)
    tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("ResourceTags", [])}
    _all_tags(call)[name] = tags
    return answer


def update_budget(call: GapCall) -> Mapping[str, Any]:
    """Everything but its name; notifications stay."""
    check_constraints(call, "InvalidParameterException")
    new = call.parameters["NewBudget"]
    budget = _budget(call, new["BudgetName"])
    if "BudgetLimit" not in new and "PlannedBudgetLimits" not in new and "AutoAdjustData" not in new:
        raise AwsError("InvalidParameterException", "Unable to update the budget: a limit is required")
    period = {
        name: moment if isinstance(moment, (int, float)) else unix_time(moment)
        for name, moment in {**budget.budget["TimePeriod"], **new.get("TimePeriod", {})}.items()
    }
    budget.budget = _with_cost_types({**new, "TimePeriod": period, "LastUpdatedTime": unix_time()})
    return {}


def delete_budget(call: GapCall) -> Mapping[str, Any]:
    """Its tags go with it."""
    answer = call.through()
    _all_tags(call).pop(call.parameters["BudgetName"], None)
    return answer


def _identity(details: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple({"ThresholdType": "PERCENTAGE", **details}[name] for name in _IDENTITY)


def _notification(call: GapCall, field: str = "Notification") -> Any:
    wanted = call.parameters[field]
    for notification in _budget(call, call.parameters["BudgetName"]).notifications:
        if _identity(notification.details) == _identity(wanted):
            return notification
    raise AwsError("NotFoundException", "Unable to get the notification: it doesn't exist.")


def describe_notifications(call: GapCall) -> Mapping[str, Any]:
    """Each in its state: nothing is spent in the sandbox, so none has gone off."""
    budget = _budget(call, call.parameters["BudgetName"])
    fixed = {"ThresholdType": "PERCENTAGE", "NotificationState": "OK"}
    return {"Notifications": [{**fixed, **notification.details} for notification in budget.notifications]}


def create_notification(call: GapCall) -> Mapping[str, Any]:
    """Once, and no more than AWS takes."""
    check_constraints(call, "InvalidParameterException")
    budget, details = _budget(call, call.parameters["BudgetName"]), call.parameters["Notification"]
    if any(_identity(existing.details) == _identity(details) for existing in budget.notifications):
        raise AwsError("DuplicateRecordException", "Unable to create notification - it already exists.")
    if len(budget.notifications) >= MAXIMUM_NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", "Unable to create notification - the budget has too many.")
    _check_subscribers(call.parameters["Subscribers"])
    budget.notifications.append(Notification(details=details, subscribers=list(call.parameters["Subscribers"])))
    return {}


def update_notification(call: GapCall) -> Mapping[str, Any]:
    """Its details; subscribers stay."""
    check_constraints(call, "InvalidParameterException")
    _notification(call, "OldNotification").details = call.parameters["NewNotification"]
    return {}


def delete_notification(call: GapCall) -> Mapping[str, Any]:
    """One that there is; moto says nothing when there is none."""
    notification = _notification(call)
    _budget(call, call.parameters["BudgetName"]).notifications.remove(notification)
    return {}


def describe_subscribers(call: GapCall) -> Mapping[str, Any]:
    """Who hears of one notification."""
    return {"Subscribers": list(_notification(call).subscribers)}


def create_subscriber(call: GapCall) -> Mapping[str, Any]:
    """One more who hears of it."""
    check_constraints(call, "InvalidParameterException")
    notification, subscriber = _notification(call), call.parameters["Subscriber"]
    if subscriber in notification.subscribers:
        raise AwsError("DuplicateRecordException", "Unable to create subscriber - it already exists.")
    _check_subscribers([*notification.subscribers, subscriber])
    notification.subscribers.append(subscriber)
    return {}


def delete_subscriber(call: GapCall) -> Mapping[str, Any]:
    """One who no longer hears of it; the last one takes the notification along, as in AWS."""
    notification, subscriber = _notification(call), call.parameters["Subscriber"]
    if subscriber not in notification.subscribers:
        raise AwsError("NotFoundException", "Unable to delete subscriber - it doesn't exist.")
    notification.subscribers.remove(subscriber)
    if not notification.subscribers:
        _budget(call, call.parameters["BudgetName"]).notifications.remove(notification)
    return {}


def update_subscriber(call: GapCall) -> Mapping[str, Any]:
    """Another address."""
    check_constraints(call, "InvalidParameterException")
    notification, old = _notification(call), call.parameters["OldSubscriber"]
    if old not in notification.subscribers:
        raise AwsError("NotFoundException", "Unable to update subscriber - it doesn't exist.")
    notification.subscribers[notification.subscribers.index(old)] = call.parameters["NewSubscriber"]
    return {}


def _check_subscribers(subscribers: list[Mapping[str, str]]) -> None:
    kinds = [subscriber["SubscriptionType"] for subscriber in subscribers]
    if kinds.count("EMAIL") > MAXIMUM_EMAILS or kinds.count("SNS") > MAXIMUM_TOPICS:
        message = "A notification can have one SNS subscriber and up to 10 email subscribers."
        raise AwsError("CreationLimitExceededException", message)


def _all_tags(call: GapCall) -> dict[str, dict[str, str]]:
    """Budgets belong to the account, so whichever region is called, there is one set of tags."""
    tags: dict[str, dict[str, str]] = call.record_of_account(_TAGS)
    return tags


def _tags(call: GapCall) -> dict[str, str]:
    arn = call.parameters["ResourceARN"]
    name = arn.partition(":budget/")[2]
    if name not in _budgets(call):
        raise AwsError("NotFoundException", f"Unable to find the resource {arn}")
    return _all_tags(call).setdefault(name, {})


def list_tags_for_resource(call: GapCall) -> Mapping[str, Any]:
    """The tags of a budget."""
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in _tags(call).items()]}


def tag_resource(call: GapCall) -> Mapping[str, Any]:
    """Add tags to a budget, or change them."""
    _tags(call).update({tag["Key"]: tag["Value"] for tag in call.parameters["ResourceTags"]})
    return {}


def untag_resource(call: GapCall) -> Mapping[str, Any]:
    """Take tags off a budget."""
    for key in call.parameters["ResourceTagKeys"]:
        _tags(call).pop(key, None)
    return {}


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("budgets", "CreateBudget"): create_budget,
    ("budgets", "CreateNotification"): create_notification,
    ("budgets", "CreateSubscriber"): create_subscriber,
    ("budgets", "DeleteBudget"): delete_budget,
    ("budgets", "DeleteNotification"): delete_notification,
    ("budgets", "DeleteSubscriber"): delete_subscriber,
    ("budgets", "DescribeNotificationsForBudget"): describe_notifications,
    ("budgets", "DescribeSubscribersForNotification"): describe_subscribers,
    ("budgets", "ListTagsForResource"): list_tags_for_resource,
    ("budgets", "TagResource"): tag_resource,
    ("budgets", "UntagResource"): untag_resource,
    ("budgets", "UpdateBudget"): update_budget,
    ("budgets", "UpdateNotification"): update_notification,
    ("budgets", "UpdateSubscriber"): update_subscriber,
}
