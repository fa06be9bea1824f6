"""Good and bad ones of budgets: budgets."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, REGION, TAGS, TOPIC_ARN, Bad, Good

_NOTIFICATION: dict[str, Any] = {
    "comparisonOperator": "GREATER_THAN",
    "notificationType": "ACTUAL",
    "threshold": 80.0,
    "thresholdType": "PERCENTAGE",
    "subscriberEmailAddresses": ["ops@example.com", "cfo@example.com"],
    "subscriberSnsTopicArns": [TOPIC_ARN],
}
_FORECAST: dict[str, Any] = _NOTIFICATION | {"notificationType": "FORECASTED", "threshold": 100.0}


GOODS = (
    Good(
        token="aws:budgets/budget:Budget",
        inputs={
            "name": "shop-monthly",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "2000",
            "limitUnit": "USD",
            "timePeriodStart": "2026-01-01_00:00",
            "costFilters": [{"name": "Service", "values": ["Amazon Elastic Container Service"]}],
            "notifications": [_NOTIFICATION, _FORECAST],
            "tags": TAGS,
        },
        change={
            "limitAmount": "2500.5",
            "notifications": [_NOTIFICATION | {"subscriberEmailAddresses": ["ops@example.com"]}],
            "costFilters": [{"name": "Service", "values": ["AWS Lambda"]}],
            "tags": OTHER_TAGS,
        },
        replacements={"name": "shop-yearly", "accountId": "210987654321"},
        outside=(
            "budgets",
            "update_budget",
            {
                "AccountId": ACCOUNT,
                "NewBudget": {
                    "BudgetName": "shop-monthly",
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": "9999", "Unit": "USD"},
                    "CostFilters": {"Service": ["Amazon Elastic Container Service"]},
                },
            },
        ),
        drift=("limitAmount",),
        bads=(
            Bad({"budgetType": DROP}, "budgetType", "required"),
            Bad({"timeUnit": DROP}, "timeUnit", "required"),
            Bad({"limitAmount": DROP}, "limitAmount", "required"),
            Bad({"limitAmount": "much"}, "limitAmount", "pattern"),
            Bad({"limitAmount": "0"}, "limitAmount", "above 0"),
            Bad({"limitAmount": 2000.0}, "limitAmount", "text"),
            Bad({"budgetType": "HOPE"}, "budgetType", "COST"),
            Bad({"timeUnit": "FORTNIGHTLY"}, "timeUnit", "MONTHLY"),
            Bad({"name": "x" * 101}, "name", "100"),
            Bad({"name": "a:b"}, "name", "no :"),
            Bad({"timePeriodStart": "soon"}, "timePeriodStart", "time"),
            Bad({"costFilters": [{"values": ["x"]}]}, "costFilters[0].name", "required"),
            Bad({"costTypes": {"includeTax": "no"}}, "costTypes.includeTax", "boolean"),
            Bad({"notifications": [_NOTIFICATION | {"threshold": None}]}, "notifications[0].threshold", "required"),
            Bad({"notifications": [_NOTIFICATION | {"threshold": -1.0}]}, "notifications[0].threshold"),
            Bad({"notifications": [_NOTIFICATION | {"notificationType": "GUT"}]}, "notifications[0].notificationType"),
            Bad(
                {"notifications": [_NOTIFICATION | {"subscriberEmailAddresses": ["nobody"]}]},
                "notifications[0].subscriberEmailAddresses[0]",
                "e-mail",
            ),
            Bad(
                {"notifications": [_NOTIFICATION | {"subscriberSnsTopicArns": ["there"]}]},
                "notifications[0].subscriberSnsTopicArns[0]",
                "ARN",
            ),
            Bad(
                {"notifications": [_NOTIFICATION | {"subscriberEmailAddresses": None, "subscriberSnsTopicArns": None}]},
                "notifications[0].subscriberEmailAddresses",
                "required",
            ),
            Bad({"notifications": [_NOTIFICATION | {"threshold": float(n)} for n in range(11)]}, "notifications", "10"),
            Bad({"plannedLimits": []}, "plannedLimits", "stand-in"),
            Bad({"region": REGION}, "region", "no property"),
        ),
    ),
)
