"""Cost Explorer's anomaly monitors and subscriptions: what AWS allows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.feature("M19")

SERVICES = {"MonitorName": "all", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
TOPIC = {"Type": "SNS", "Address": "arn:aws:sns:eu-west-1:123456789012:told"}
LARGE = {
    "Dimensions": {
        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
        "Values": ["100"],
    }
}


@pytest.fixture
def ce(aws: Callable[[str], Any]) -> Any:
    return aws("ce")


def code(of: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        of(**parameters)
    return str(refused.value.response["Error"]["Code"])


def subscription(monitor: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "SubscriptionName": "told",
        "MonitorArnList": [monitor],
        "Subscribers": [TOPIC],
        "Frequency": "IMMEDIATE",
        "ThresholdExpression": LARGE,
    }
    return {"AnomalySubscription": whole | changes}


def test_an_account_has_one_monitor_of_all_services(ce: Any) -> None:
    arn = ce.create_anomaly_monitor(AnomalyMonitor=SERVICES)["MonitorArn"]
    assert code(ce.create_anomaly_monitor, AnomalyMonitor=SERVICES) == "LimitExceededException"
    assert (
        code(ce.create_anomaly_monitor, AnomalyMonitor={**SERVICES, "MonitorType": "CUSTOM"}) == "ValidationException"
    )
    assert [one["MonitorName"] for one in ce.get_anomaly_monitors(MonitorArnList=[arn])["AnomalyMonitors"]] == ["all"]
    ce.delete_anomaly_monitor(MonitorArn=arn)
    assert code(ce.get_anomaly_monitors, MonitorArnList=[arn]) == "UnknownMonitorException"
    ce.create_anomaly_monitor(AnomalyMonitor=SERVICES)


def test_a_subscription_is_to_a_monitor_that_is_there_and_as_often_as_its_subscribers_take(ce: Any) -> None:
    monitor = ce.create_anomaly_monitor(AnomalyMonitor=SERVICES)["MonitorArn"]
    nobody = monitor[:-4] + "0000"
    assert code(ce.create_anomaly_subscription, **subscription(nobody)) == "UnknownMonitorException"
    daily = subscription(monitor, Frequency="DAILY")
    assert code(ce.create_anomaly_subscription, **daily) == "ValidationException"
    arn = ce.create_anomaly_subscription(**subscription(monitor))["SubscriptionArn"]
    mail = [{"Type": "EMAIL", "Address": "a@shop.example"}]
    ce.update_anomaly_subscription(SubscriptionArn=arn, Frequency="DAILY", Subscribers=mail)
    (found,) = ce.get_anomaly_subscriptions(MonitorArn=monitor)["AnomalySubscriptions"]
    assert (found["SubscriptionName"], found["Frequency"]) == ("told", "DAILY")
    ce.delete_anomaly_subscription(SubscriptionArn=arn)
    assert code(ce.delete_anomaly_subscription, SubscriptionArn=arn) == "UnknownSubscriptionException"


def test_monitors_have_tags(ce: Any) -> None:
    arn = ce.create_anomaly_monitor(AnomalyMonitor=SERVICES, ResourceTags=[{"Key": "team", "Value": "web"}])[
        "MonitorArn"
    ]
    ce.tag_resource(ResourceArn=arn, ResourceTags=[{"Key": "tier", "Value": "1"}])
    ce.untag_resource(ResourceArn=arn, ResourceTagKeys=["team"])
    assert ce.list_tags_for_resource(ResourceArn=arn)["ResourceTags"] == [{"Key": "tier", "Value": "1"}]
