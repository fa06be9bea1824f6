"""Each component on its own, in the program of somebody who has just created what it watches."""

from __future__ import annotations

import json

import pulumi
import pytest
from pulumi_aws import ecs, sns

from infra.components.alarms import WorkloadAlarms
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.budgets import MonthlyBudget
from infra.components.dashboards import Dashboards
from infra.components.journal import Journal
from infra.components.mirror import Mirror
from infra.kinds.boards import dashboards
from tests.infra.shop import COMPOSITE, SERVICE, TOPICS, of_type, only, run


@pytest.mark.feature("M19")
def test_the_budget_is_of_the_whole_account() -> None:
    def program() -> None:
        topic = sns.Topic("warning", name="warning")
        MonthlyBudget(
            "monthly",
            {
                "budget_name": "shop-monthly",
                "limit_usd": 2000,
                "actual_percent": 80,
                "forecast_percent": 100,
                "topic": topic.arn,
                "emails": ["a@shop.example"],
            },
        )

    ran = run(program)
    inputs = only(ran, "aws:budgets/budget:Budget").inputs
    topic_arn = only(ran, "aws:sns/topic:Topic").outputs["arn"]
    assert not {"costFilters", "filterExpression", "costTypes"} & set(inputs)
    assert (inputs["budgetType"], inputs["timeUnit"], inputs["limitUnit"]) == ("COST", "MONTHLY", "USD")
    assert inputs["limitAmount"] == "2000"
    actual, forecast = inputs["notifications"]
    assert actual == {
        "comparisonOperator": "GREATER_THAN",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "notificationType": "ACTUAL",
        "subscriberSnsTopicArns": [topic_arn],
        "subscriberEmailAddresses": ["a@shop.example"],
    }
    assert (forecast["notificationType"], forecast["threshold"]) == ("FORECASTED", 100)


@pytest.mark.feature("M19")
@pytest.mark.parametrize(("limit", "text"), [(1_000_000, "1000000"), (1234.56, "1234.56"), (123456.78, "123456.78")])
def test_the_limit_of_a_budget_is_a_plain_number(limit: float, text: str) -> None:
    def program() -> None:
        MonthlyBudget(
            "monthly",
            {"budget_name": "monthly", "limit_usd": limit, "actual_percent": 80, "topic": TOPICS["warning"]},
        )

    inputs = only(run(program), "aws:budgets/budget:Budget").inputs
    assert inputs["limitAmount"] == text
    assert [notification["notificationType"] for notification in inputs["notifications"]] == ["ACTUAL"]


@pytest.mark.parametrize("protect", [True, False])
def test_the_journal_keeps_claims_and_forgets_what_has_expired(protect: bool) -> None:
    ran = run(lambda: Journal("journal", {"table_name": "shop-journal", "protect": protect}))
    table = only(ran, "aws:dynamodb/table:Table")
    assert table.inputs["name"] == "shop-journal"
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert table.inputs["attributes"] == [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
    assert table.inputs["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert (table.inputs["deletionProtectionEnabled"], bool(table.protect)) == (protect, protect)


@pytest.mark.feature("M18")
def test_autoscaling_tracks_cpu() -> None:
    def program() -> None:
        cluster = ecs.Cluster("cluster", name="fresh")
        scaling = ServiceAutoscaling(
            "api",
            {
                "cluster": cluster.name,
                "service": "api",
                "name_prefix": "shop-api",
                "minimum": 2,
                "maximum": 20,
                "targets": {"cpu": {"metric": "ECSServiceAverageCPUUtilization", "value": 70}},
                "scale_in_cooldown_seconds": 300,
                "scale_out_cooldown_seconds": 60,
            },
        )
        pulumi.export("resource", scaling.resource_id)

    ran = run(program)
    target = only(ran, "aws:appautoscaling/target:Target").inputs
    policy = only(ran, "aws:appautoscaling/policy:Policy").inputs
    what = {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": "service/fresh/api",
    }
    assert target == {**what, "minCapacity": 2, "maxCapacity": 20, "tags": {}}
    assert {key: policy[key] for key in what} == what
    assert (policy["name"], policy["policyType"]) == ("shop-api-cpu", "TargetTrackingScaling")
    assert policy["targetTrackingScalingPolicyConfiguration"] == {
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "targetValue": 70,
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }
    assert ran.outputs == {"resource": "service/fresh/api"}


@pytest.mark.feature("M1")
def test_dashboards_show_what_was_just_created() -> None:
    def program() -> None:
        cluster = ecs.Cluster("cluster", name="fresh")
        identifiers = {**SERVICE["identifiers"], "cluster": cluster.name}
        api = WorkloadAlarms("api", {**SERVICE, "identifiers": identifiers})
        Dashboards(
            "dashboards",
            {
                "dashboards": dashboards("shop", "eu-west-1", [api.watched], []),
                "region": "eu-west-1",
                "workloads": {"api": api},
                "alarm_arns": api.arns,
            },
        )

    ran = run(program)
    boards = of_type(ran, "aws:cloudwatch/dashboard:Dashboard")
    assert {board.inputs["dashboardName"] for board in boards.values()} == {
        "shop-overview-eu-west-1",
        "shop-detailed-eu-west-1",
        "shop-cost-eu-west-1",
    }
    composites = {composite.outputs["arn"] for composite in of_type(ran, COMPOSITE).values()}
    for board in boards.values():
        text = board.inputs["dashboardBody"]
        assert "${" not in text
        assert "Output" not in text
        if "-cost-" in board.inputs["dashboardName"]:
            continue
        widgets = json.loads(text)["widgets"]
        graphs = {w["properties"]["title"]: w["properties"] for w in widgets if w["type"] == "metric"}
        assert ["AWS/ECS", "CPUUtilization", "ClusterName", "fresh", "ServiceName", "api"] in [
            row[:6] for row in graphs["api: CPU and memory"]["metrics"]
        ]
        lines = graphs["api: CPU and memory"]["annotations"]["horizontal"]
        assert {line["value"] for line in lines} == {70, 85, 80, 90}
        shown = {arn for w in widgets if w["type"] == "alarm" for arn in w["properties"]["alarms"]}
        assert shown == composites


@pytest.mark.feature("M26")
def test_the_mirror_takes_the_tier_that_a_value_needs() -> None:
    values = {"small": "s" * 4096, "large": "l" * 4097, "wide": "ä" * 2049}

    def program() -> None:
        parameters = {f"/opslib/shop/test/workloads/{key}": value for key, value in values.items()}
        Mirror("mirror", {"parameters": {**parameters, "/opslib/shop/test/stack": pulumi.Output.from_input("{}")}})

    found = of_type(run(program), "aws:ssm/parameter:Parameter")
    assert {name: resource.inputs["tier"] for name, resource in found.items()} == {
        "mirror-stack": "Standard",
        "mirror-workloads-small": "Standard",
        "mirror-workloads-large": "Advanced",
        "mirror-workloads-wide": "Advanced",
    }
    assert found["mirror-workloads-small"].inputs["name"] == "/opslib/shop/test/workloads/small"
    assert {resource.inputs["type"] for resource in found.values()} == {"String"}
