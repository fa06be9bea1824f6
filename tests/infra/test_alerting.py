"""The topics, their key, and who listens to them, in the program of a stranger."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from infra.components.alerting import Alerting
from opslib.notify.on_topic import MARK
from opslib.sandbox.programs.in_process import Run, Secret
from tests.infra.shop import ACCOUNT, TIERS, of_type, only, run

PERSON = {"key": "a@shop.example", "protocol": "email", "endpoint": "a@shop.example"}


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
                    "info": [PERSON],
                    "warning": [PERSON, {"key": "b@shop.example", "protocol": "email", "endpoint": "b@shop.example"}],
                    "critical": [
                        {
                            "key": "pager",
                            "protocol": "https",
                            "endpoint": pulumi.Output.secret("https://pager.example/key"),
                            "formerly": "0",
                        }
                    ],
                    "emergency": [
                        {"key": "oncall", "protocol": "sms", "endpoint": pulumi.Output.secret("+49123456")},
                        {
                            "key": "relay",
                            "protocol": "lambda",
                            "endpoint": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f",
                        },
                    ],
                    "recovery": [PERSON],
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
        assert restricted == [{f"{who}.amazonaws.com" for who in ("cloudwatch", "budgets", "costalerts")}]


@pytest.mark.feature("M12")
def test_eventbridge_is_not_asked_what_it_does_not_say(alerting: Run) -> None:
    """It gives neither account nor ARN to SNS and KMS: a condition on them would drop every event."""
    policies = [only(alerting, "aws:kms/key:Key").inputs["policy"]]
    policies += [policy.inputs["policy"] for policy in of_type(alerting, "aws:sns/topicPolicy:TopicPolicy").values()]
    for policy in policies:
        (statement,) = [s for s in statements(policy).values() if "events.amazonaws.com" in services_of(s)]
        assert "Condition" not in statement
        assert services_of(statement) == {"events.amazonaws.com"}


@pytest.mark.feature("M13")
def test_who_listens(alerting: Run) -> None:
    found = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")
    pager = found["alerting-critical-https-pager"].inputs
    assert pager["endpoint"] == Secret("https://pager.example/key")
    assert (pager["endpointAutoConfirms"], pager["rawMessageDelivery"]) == (True, False)
    assert found["alerting-emergency-sms-oncall"].inputs["endpoint"] == Secret("+49123456")
    assert found["alerting-emergency-lambda-relay"].inputs["protocol"] == "lambda"
    mail = found["alerting-warning-email-a@shop.example"].inputs
    assert (mail["protocol"], mail["endpoint"]) == ("email", "a@shop.example")
    assert not {"endpointAutoConfirms", "rawMessageDelivery", "deliveryPolicy"} & set(mail)
    assert len(found) == 7


@pytest.mark.feature("M13")
def test_a_pager_that_is_away_for_minutes_is_called_again(alerting: Run) -> None:
    """SNS's own three retries in a minute are over before a pager has restarted; its own limit is an hour."""
    pager = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")["alerting-critical-https-pager"]
    policy = json.loads(pager.inputs["deliveryPolicy"])["healthyRetryPolicy"]
    assert set(policy) == {
        "numRetries", "numNoDelayRetries", "minDelayTarget", "maxDelayTarget", "numMinDelayRetries",
        "numMaxDelayRetries", "backoffFunction",
    }  # fmt: skip
    at_most = policy["numRetries"] * policy["maxDelayTarget"]
    at_least = policy["numMinDelayRetries"] * policy["minDelayTarget"] + 5 * policy["maxDelayTarget"]
    assert at_least >= 600
    assert at_most <= 3600


RANG, RECOVERED = {"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}
OPSLIB = {MARK: [{"exists": True}]}


@pytest.mark.feature("M12", "M13")
@pytest.mark.parametrize(
    ("subscription", "expected"),
    {
        # A new alarm goes from INSUFFICIENT_DATA to OK, and has recovered from nothing.
        "recovery-email-a@shop.example": {"$or": [RECOVERED, OPSLIB]},
        # Who hears of recoveries by that topic does not hear of them twice.
        "warning-email-a@shop.example": {"$or": [RANG, OPSLIB]},
        "warning-email-b@shop.example": {"$or": [RANG, RECOVERED, OPSLIB]},
        # A pager resolves only where it was called.
        "critical-https-pager": {"$or": [RANG, RECOVERED, OPSLIB]},
        "emergency-sms-oncall": {"$or": [RANG, RECOVERED, OPSLIB]},
        "emergency-lambda-relay": {"$or": [RANG, RECOVERED, OPSLIB]},
        # Budgets and the daily summary are no alarms.
        "info-email-a@shop.example": None,
    }.items(),
)
def test_what_is_told_to_whom(alerting: Run, subscription: str, expected: dict[str, Any] | None) -> None:
    inputs = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")[f"alerting-{subscription}"].inputs
    assert inputs.get("filterPolicyScope") == ("MessageBody" if expected else None)
    assert json.loads(inputs.get("filterPolicy", "null")) == expected


@pytest.mark.feature("M13")
def test_a_route_that_had_a_number_is_the_same_under_its_name(alerting: Run) -> None:
    pager = of_type(alerting, "aws:sns/topicSubscription:TopicSubscription")["alerting-critical-https-pager"]
    assert [alias.rpartition("::")[2] for alias in pager.aliases] == ["alerting-critical-https-0"]


def test_alerting_that_is_not_protected_can_be_taken_down() -> None:
    def program() -> None:
        Alerting("alerting", {"prefix": "shop", "account": ACCOUNT, "partition": "aws-cn", "tiers": TIERS})

    ran = run(program)
    assert not any(resource.protect for resource in ran.resources)
    found = statements(only(ran, "aws:kms/key:Key").inputs["policy"])
    assert found["AccountAdministersKey"]["Principal"] == {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}
