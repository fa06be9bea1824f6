"""Good and bad ones of Cost Explorer: anomaly monitors and subscriptions."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.good import ACCOUNT, DROP, OTHER_TAGS, TAGS, TOPIC_ARN, Bad, Good


def at_least(of: str, value: str) -> dict[str, Any]:
    key, options = f"ANOMALY_TOTAL_IMPACT_{of}", ["GREATER_THAN_OR_EQUAL"]
    return {"dimension": {"key": key, "matchOptions": options, "values": [value]}}


MONITOR = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/b3e39529-2c17-5fd1-8514-4f84d051bfaa"
_BOTH = {"ands": [at_least("ABSOLUTE", "100"), at_least("PERCENTAGE", "40")]}

GOODS = (
    Good(
        token="aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        inputs={"name": "shop", "monitorType": "DIMENSIONAL", "monitorDimension": "SERVICE", "tags": TAGS},
        change={"name": "other", "tags": OTHER_TAGS},
        replacements={"monitorDimension": "LINKED_ACCOUNT"},
        outside=("ce", "update_anomaly_monitor", {"MonitorArn": "{id}", "MonitorName": "by hand"}),
        drift=("name",),
        put_style=False,
        bads=(
            Bad({"monitorType": DROP}, "monitorType", "required"),
            Bad({"monitorType": "GUESS"}, "monitorType"),
            Bad({"monitorType": "CUSTOM"}, "monitorType", "DIMENSIONAL only"),
            Bad({"monitorDimension": DROP}, "monitorDimension", "required"),
            Bad({"region": "eu-west-1"}, "region"),
            Bad({"monitorTyp": "x"}, "monitorTyp", "did you mean monitorType"),
        ),
    ),
    Good(
        token="aws:costexplorer/anomalySubscription:AnomalySubscription",
        needs=("anomaly monitor",),
        inputs={
            "name": "shop-at-once",
            "frequency": "IMMEDIATE",
            "monitorArnLists": [MONITOR],
            "subscribers": [{"type": "SNS", "address": TOPIC_ARN}],
            "thresholdExpression": _BOTH,
            "tags": TAGS,
        },
        change={
            "frequency": "DAILY",
            "subscribers": [{"type": "EMAIL", "address": "a@shop.example"}],
            "thresholdExpression": at_least("ABSOLUTE", "250"),
            "tags": OTHER_TAGS,
        },
        replacements={"name": "other"},
        outside=(
            "ce",
            "update_anomaly_subscription",
            {
                "SubscriptionArn": "{id}",
                "Frequency": "WEEKLY",
                "Subscribers": [{"Type": "EMAIL", "Address": "b@shop.example"}],
            },
        ),
        drift=("frequency", "subscribers"),
        put_style=False,
        bads=(
            Bad({"frequency": DROP}, "frequency", "required"),
            Bad({"frequency": "HOURLY"}, "frequency"),
            Bad({"frequency": "DAILY"}, "subscribers[0]", "IMMEDIATE"),
            Bad({"subscribers": DROP}, "subscribers", "required"),
            Bad({"subscribers": [{"type": "PIGEON", "address": "x"}]}, "subscribers[0].type"),
            Bad({"monitorArnLists": ["monitor"]}, "monitorArnLists[0]"),
            Bad({"threshold": 1.0}, "threshold"),
        ),
    ),
)
