"""Budgets and cost anomalies: what is filtered, from when on whom it tells, and what AWS allows once in an account."""

from __future__ import annotations

from typing import Any

import pytest

from infra import program
from infra.assembly.cost_anomalies import cost_anomalies
from infra.components.cost_anomalies import CostAnomalies
from infra.config import StackConfig
from infra.sections import cost_anomalies as section
from opslib.errors import BadRequest, DeploymentFailed, OpslibError
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.in_process import Run, run_program
from opslib.sandbox.provider import StandInProvider
from tests.conftest import REGION
from tests.infra.product import product, values_of
from tests.infra.shop import TOPICS, of_type, run

pytestmark = pytest.mark.feature("M19")

BUDGET = "aws:budgets/budget:Budget"
MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"
RDS = "Amazon Relational Database Service"


def budgets(written: dict[str, Any]) -> dict[str, Any]:
    ran = run_program(
        program.main,
        project="opslib",
        stack="test",
        config={**values_of(1), "opslib:budget": written, "opslib:mirror": "false"},
    )
    return {name: one.inputs for name, one in of_type(ran, BUDGET).items()}


def test_the_months_total_is_of_the_whole_account_whatever_else_has_a_budget() -> None:
    made = budgets(
        {
            "limitUsd": 2000,
            "emails": ["a@shop.example"],
            "services": {"data": {"names": [RDS, "Amazon ElastiCache"], "limitUsd": 700, "forecastPercent": None}},
        }
    )
    whole, data = made["monthly"], made["monthly-data"]
    assert "costFilters" not in whole
    assert (whole["limitAmount"], whole["timeUnit"], whole["budgetType"]) == ("2000", "MONTHLY", "COST")
    assert {one["notificationType"]: one["threshold"] for one in whole["notifications"]} == {
        "ACTUAL": 80,
        "FORECASTED": 100,
    }
    assert data["costFilters"] == [{"name": "Service", "values": ["Amazon ElastiCache", RDS]}]
    assert (data["name"], data["limitAmount"]) == ("many-test-monthly-data", "700")
    assert [one["notificationType"] for one in data["notifications"]] == ["ACTUAL"]
    assert {
        (*one["subscriberSnsTopicArns"], *one["subscriberEmailAddresses"])
        for budget in made.values()
        for one in budget["notifications"]
    } == {(whole["notifications"][0]["subscriberSnsTopicArns"][0], "a@shop.example")}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"limitUsd": 100, "services": {"data": {"names": [RDS], "limitUsd": 101}}}, "101 USD, and 100 for the whole"),
        ({"services": {"data": {"names": [], "limitUsd": 1}}}, "budget.services.data.names"),
        ({"services": {"data": {"names": [RDS]}}}, "budget.services.data.limitUsd: is missing"),
        ({"services": {"Data": {"names": [RDS], "limitUsd": 1}}}, "budget.services.Data"),
    ],
)
def test_a_budget_that_is_wrong_is_told_on_one_line(written: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        StackConfig.parse({**product(1), "budget": written}, source="test")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def anomalies(**written: Any) -> Run:
    found = section.CostAnomalies.model_validate(written)
    args = cost_anomalies("acme", found, TOPICS["warning"], protect=True, tags={"team": "web"})
    return run(lambda: CostAnomalies("anomalies", args))


def test_what_deviates_is_told_at_once_to_a_topic_and_once_a_day_by_mail() -> None:
    ran = anomalies(impactUsd=250, emails=["a@shop.example"])
    (monitor,) = of_type(ran, MONITOR).values()
    assert monitor.inputs == {
        "name": "acme-services",
        "monitorType": "DIMENSIONAL",
        "monitorDimension": "SERVICE",
        "tags": {"team": "web"},
    }
    assert monitor.protect
    told = {name: one.inputs for name, one in of_type(ran, SUBSCRIPTION).items()}
    assert {name: (one["frequency"], one["subscribers"]) for name, one in told.items()} == {
        "anomalies-at-once": ("IMMEDIATE", [{"type": "SNS", "address": TOPICS["warning"]}]),
        "anomalies-daily": ("DAILY", [{"type": "EMAIL", "address": "a@shop.example"}]),
    }
    for one in told.values():
        assert one["monitorArnLists"] == [monitor.outputs["arn"]]
        impacts = [both["dimension"] for both in one["thresholdExpression"]["ands"]]
        assert {(impact["key"], *impact["values"]) for impact in impacts} == {
            ("ANOMALY_TOTAL_IMPACT_ABSOLUTE", "250"),
            ("ANOMALY_TOTAL_IMPACT_PERCENTAGE", "40"),
        }


def test_a_monitor_that_is_there_is_used_and_none_is_made() -> None:
    arn = "arn:aws:ce::123456789012:anomalymonitor/12345678-1234-1234-1234-123456789012"
    ran = anomalies(monitorArn=arn, impactPercent=None)
    assert of_type(ran, MONITOR) == {}
    (told,) = of_type(ran, SUBSCRIPTION).values()
    assert told.inputs["monitorArnLists"] == [arn]
    assert told.inputs["thresholdExpression"]["dimension"]["values"] == ["100"]


def test_a_second_monitor_of_all_services_fails_as_in_aws(aws: Sandbox) -> None:
    """Why it belongs to the account's stack, and to no product's."""
    aws.client("sns", REGION).create_topic(Name="shop-warning")
    provider = StandInProvider(endpoint_url=aws.url, region=REGION)

    def up(name: str) -> None:
        args = cost_anomalies(name, section.CostAnomalies(), TOPICS["warning"], protect=False, tags={})
        config = {"aws:region": REGION}
        run_program(lambda: CostAnomalies(name, args), project=name, stack="test", config=config, provider=provider)

    up("one")
    found = aws.client("ce").get_anomaly_subscriptions()["AnomalySubscriptions"]
    assert [one["SubscriptionName"] for one in found] == ["one-anomalies-at-once"]
    with pytest.raises((OpslibError, DeploymentFailed), match="Limit exceeded on dimensional spend monitor"):
        up("two")
