"""Budgets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from opslib.sandbox.provider.codecs import Address, Amount, Keyed, Many, Moment
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, Reconcile, ResourceType, Tagging, under
from opslib.sandbox.provider.rows.rules import matching
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_BUDGET = {"AccountId": "{accountId}", "BudgetName": "{name}"}
_COSTS_INCLUDED = {
    "includeCredit": True,
    "includeDiscount": True,
    "includeOtherSubscription": True,
    "includeRecurring": True,
    "includeRefund": True,
    "includeSubscription": True,
    "includeSupport": True,
    "includeTax": True,
    "includeUpfront": True,
    "useAmortized": False,
    "useBlended": False,
}
_FIELDS = (
    Field("name", "BudgetName"),
    Field("budgetType", "BudgetType"),
    Field("timeUnit", "TimeUnit"),
    Field("limitAmount", "BudgetLimit.Amount", Amount(), computed=True),
    Field("limitUnit", "BudgetLimit.Unit", computed=True),
    Field("costFilters", "CostFilters", Keyed(), computed=True),
    Field(
        "costTypes",
        "CostTypes",
        Record(tuple(Field(name, f"{name[0].upper()}{name[1:]}", default=on) for name, on in _COSTS_INCLUDED.items())),
        computed=True,
    ),
    Field("timePeriodStart", "TimePeriod.Start", Moment(), computed=True),
    Field("timePeriodEnd", "TimePeriod.End", Moment(), default="2087-06-15_00:00"),
)
_NOTIFICATIONS = Many(
    Record(
        (
            Field("comparisonOperator", "Notification.ComparisonOperator"),
            Field("notificationType", "Notification.NotificationType"),
            Field("threshold", "Notification.Threshold"),
            Field("thresholdType", "Notification.ThresholdType"),
            Field("subscriberEmailAddresses", "Subscribers", Address(kind="EMAIL")),
            Field("subscriberSnsTopicArns", "Subscribers", Address(kind="SNS")),
        )
    ),
    unordered=True,
)


def _limit(inputs: Known) -> Iterator[CheckFailure]:
    for name in ("limitAmount", "limitUnit"):
        if not inputs.sets(name):
            yield CheckFailure(
                name, "is required (the stand-in provider knows neither plannedLimits nor autoAdjustData)"
            )
    if "limitAmount" in inputs:
        try:
            good = Decimal(inputs["limitAmount"]) > 0
        except InvalidOperation:
            good = False
        if not good:
            yield CheckFailure("limitAmount", f"is {inputs['limitAmount']!r}; AWS takes a number above 0, as text")


# Per notification: how many of each kind AWS takes, and what an address looks like.
_SUBSCRIBERS = {
    "subscriberEmailAddresses": (10, r"[^@\s]+@[^@\s]+", "an e-mail address"),
    "subscriberSnsTopicArns": (1, r"arn:[\w-]+:sns:[\w-]+:\d{12}:.+", "the ARN of an SNS topic"),
}


def _notifications(inputs: Known) -> Iterator[CheckFailure]:
    notifications: list[Mapping[str, Any]] = inputs.get("notifications", [])
    if len(notifications) > 10:  # noqa: PLR2004 - quota "notifications per budget"
        yield CheckFailure("notifications", f"holds {len(notifications)}; AWS takes 10 per budget")
    for index, one in enumerate(notifications):
        if not any(one.get(name) for name in _SUBSCRIBERS):
            yield CheckFailure(f"notifications[{index}]", f"has no subscriber: set {' or '.join(_SUBSCRIBERS)}")
        for name, takes in _SUBSCRIBERS.items():
            if one.get(name) is not UNKNOWN:
                yield from _subscribers(f"notifications[{index}].{name}", one.get(name) or [], *takes)


def _subscribers(place: str, addresses: list[Any], most: int, pattern: str, what: str) -> Iterator[CheckFailure]:
    if len(addresses) > most:
        yield CheckFailure(place, f"holds {len(addresses)}; AWS takes {most} per notification")
    for at, address in enumerate(addresses):
        if isinstance(address, str) and not re.fullmatch(pattern, address):
            yield CheckFailure(f"{place}[{at}]", f"is not {what}")


BUDGET = ResourceType(
    token="aws:budgets/budget:Budget",  # noqa: S106 - Pulumi's word for a type's name
    service="budgets",
    fields=(
        *(
            Field(
                one.name,
                f"Budget.{one.path}",
                one.codec,
                live=one.path,
                default=one.default,
                computed=one.computed,
            )
            for one in _FIELDS
        ),
        Field("accountId", "AccountId", live="-", computed=True),
        Field("notifications", "NotificationsWithSubscribers", _NOTIFICATIONS, live="Notifications"),
    ),
    create=Call("create_budget", {"AccountId": "{accountId}"}),
    changes=(Change(call=Call("update_budget", {"AccountId": "{accountId}"}), fields=under("NewBudget", _FIELDS)),),
    reconciles=(
        Reconcile(
            field=Field("notifications", "", _NOTIFICATIONS),
            add=Call(
                "create_notification",
                {**_BUDGET, "Notification": "{item.Notification}", "Subscribers": "{item.Subscribers}"},
            ),
            remove=Call("delete_notification", {**_BUDGET, "Notification": "{item.Notification}"}),
        ),
    ),
    delete=Call("delete_budget", _BUDGET),
    lookups=(
        Lookup(call=Call("describe_budget", _BUDGET), at="Budget"),
        Lookup(
            call=Call("describe_notifications_for_budget", _BUDGET),
            at="Notifications",
            every=True,
            into="Notifications",
            each=(
                "Notification",
                Lookup(
                    call=Call("describe_subscribers_for_notification", {**_BUDGET, "Notification": "{item}"}),
                    at="Subscribers",
                    every=True,
                    into="Subscribers",
                ),
            ),
        ),
    ),
    identity="{accountId}:{name}",
    outputs={"arn": "arn:{partition}:budgets::{accountId}:budget/{name}", "accountId": "{accountId}"},
    replace_on=frozenset({"name", "accountId"}),  # ForceNew; UpdateBudget finds the budget by its name
    autoname="",
    tags=Tagging(
        path="ResourceTags",
        tag=Call("tag_resource", {"ResourceARN": "{arn}", "ResourceTags": "{tags}"}),
        untag=Call("untag_resource", {"ResourceARN": "{arn}", "ResourceTagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
        at="ResourceTags",
    ),
    rules=(matching("name", r"(?!.*/action/)[^:\\]+", "no :, no \\ and no /action/ in a name"), _limit, _notifications),
    regional=False,
)

ROWS = (BUDGET,)
