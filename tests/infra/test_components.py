"""Each component on its own, in the program of somebody who has just created what it watches."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import ecs, sns

from infra.components.alarms import WorkloadAlarms
from infra.components.alerting import Alerting
from infra.components.autoscaling import ServiceAutoscaling
from infra.components.budgets import MonthlyBudget
from infra.components.dashboards import Dashboards
from infra.components.journal import Journal
from infra.components.mirror import Mirror
from infra.kinds.boards import dashboards
from opslib.sandbox.programs.in_process import Run, Secret
from tests.infra.shop import ACCOUNT, COMPOSITE, SERVICE, TIERS, TOPICS, of_type, only, run


@pytest.fixture(scope="module")
def alerting() -> Run:
    def program() -> None:
        Alerting(
            "alerting",
            {
                "prefix": "shop",
                "account": ACCOUNT,
                "partition": "aws",
                "tiers": TIERS,
                "protect": True,
                "tags": {"team": "web"},
                "subscriptions": {
                    "warning": [{"protocol": "email", "endpoint": "a@shop.example"}],
                    "critical": [{"protocol": "https", "endpoint": pulumi.Output.secret("https://pager.example/key")}],
                    "emergency": [{"protocol": "sms", "endpoint": pulumi.Output.secret("+49123456")}],
                    "recovery": [{"protocol": "email", "endpoint": "a@shop.example"}],
                },
            },
        )

    return run(program)


def statements(policy: str) -> dict[str, dict[str, Any]]:
    document = json.loads(policy)
    assert document["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in document["Statement"]}


def services_of(statement: dict[str, Any]) -> set[str]:
    named = statement["Principal"].get("Service", [])
    return {named} if isinstance(named, str) else set(named)


@pytest.mark.feature("M12")
def test_every_tier_has_an_encrypted_topic(alerting: Run) -> None:
    key = only(alerting, "aws:kms/key:Key")
    topics = of_type(alerting, "aws:sns/topic:Topic")
    assert {topic.inputs["name"] for topic in topics.values()} == {f"shop-{tier}" for tier in (*TIERS, "recovery")}
    assert {topic.inputs["kmsMasterKeyId"] for topic in topics.values()} == {key.outputs["arn"]}
    assert key.inputs["enableKeyRotation"] is True
    assert all(resource.protect for resource in (key, *topics.values()))


@pytest.mark.feature("M12")
def test_the_key_lets_every_publisher_in_and_nobody_else(alerting: Run) -> None:
    found = statements(only(alerting, "aws:kms/key:Key").inputs["policy"])
    assert found["AccountAdministersKey"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    granted = [statement for sid, statement in found.items() if sid != "AccountAdministersKey"]
    assert set().union(*map(services_of, granted)) == {
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "budgets.amazonaws.com",
        "costalerts.amazonaws.com",
        "backup.amazonaws.com",
        "events.rds.amazonaws.com",
    }
    for statement in granted:
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    for statement in found.values():
        assert "*" not in json.dumps(statement["Principal"])


def only_this_account(statement: dict[str, Any]) -> bool:
    return bool(statement.get("Condition") == {"StringEquals": {"aws:SourceAccount": ACCOUNT}})


@pytest.mark.feature("M12")
def test_topics_take_messages_from_this_accounts_services(alerting: Run) -> None:
    topics = {topic.outputs["arn"]: topic for topic in of_type(alerting, "aws:sns/topic:Topic").values()}
    policies = of_type(alerting, "aws:sns/topicPolicy:TopicPolicy")
    assert {policy.inputs["arn"] for policy in policies.values()} == set(topics)
    for policy in policies.values():
        found = statements(policy.inputs["policy"])
        for statement in found.values():
            assert (statement["Action"], statement["Resource"]) == ("sns:Publish", policy.inputs["arn"])
            assert "*" not in json.dumps(statement["Principal"])
        restricted = [services_of(statement) for statement in found.values() if only_this_account(statement)]
        assert restricted == [{"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}]


@pytest.mark.feature("M12")
def test_eventbridge_is_not_asked_what_it_does_not_say(alerting: Run) -> None:
    """It gives neither account nor ARN to SNS and KMS: a condition on them would drop every event."""
    policies = [only(alerting, "aws:kms/key:Key").inputs["policy"]]
    policies += [policy.inputs["policy"] for policy in of_type(alerting, "aws:sns/topicPolicy:TopicPolicy").values()]
    for policy in policies:
        (statement,) = [s for s in statements(policy).values() if "events.amazonaws.com" in services_of(s)]
        assert "Condition" not in statement
        assert services_of(statement) == {"events.amazonaws.com"}


def test_who_listens(alerting: Run) -> None:
    found = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")
    pager = found["alerting-critical-https-0"].inputs
    assert pager["endpoint"] == Secret("https://pager.example/key")
    assert (pager["endpointAutoConfirms"], pager["rawMessageDelivery"]) == (True, False)
    assert found["alerting-emergency-sms-0"].inputs["endpoint"] == Secret("+49123456")
    mail = found["alerting-warning-email-0"].inputs
    assert (mail["protocol"], mail["endpoint"]) == ("email", "a@shop.example")
    assert not {"endpointAutoConfirms", "rawMessageDelivery"} & set(mail)
    assert len(found) == 4


@pytest.mark.feature("M12")
def test_only_what_was_in_alarm_recovers(alerting: Run) -> None:
    """A new alarm goes from INSUFFICIENT_DATA to OK, and has recovered from nothing."""
    recovery = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")["alerting-recovery-email-0"].inputs
    assert json.loads(recovery["filterPolicy"]) == {"OldStateValue": ["ALARM"]}
    assert recovery["filterPolicyScope"] == "MessageBody"


def test_alerting_that_is_not_protected_can_be_taken_down() -> None:
    def program() -> None:
        Alerting("alerting", {"prefix": "shop", "account": ACCOUNT, "partition": "aws-cn", "tiers": TIERS})

    ran = run(program)
    assert not any(resource.protect for resource in ran.resources)
    found = statements(only(ran, "aws:kms/key:Key").inputs["policy"])
    assert found["AccountAdministersKey"]["Principal"] == {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}


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
                "policy_name": "shop-api-cpu",
                "minimum": 2,
                "maximum": 20,
                "cpu_target_percent": 70,
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
