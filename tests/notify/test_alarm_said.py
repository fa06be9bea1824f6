"""What alarms publish, as people read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opslib.notify import Message, bodies, message_of

pytestmark = pytest.mark.feature("M13")

TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop-prod-critical"
# CloudWatch's user guide, "Notifying users on alarm changes".
SAID: dict[str, Any] = {
    "AlarmName": "shop-prod-api-degraded",
    "AlarmDescription": "The service fails. Runbook: docs/runbooks/ecs_service.md#degraded",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "arn:…:shop-prod-api-errors transitioned to ALARM",
    "StateChangeTime": "2026-11-21T06:30:00.000+0000",
    "Region": "EU (Frankfurt)",
    "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:shop-prod-api-degraded",
    "OldStateValue": "OK",
}


def read(topic: str = TOPIC, **more: Any) -> Message:
    return message_of(json.dumps({**SAID, **more}), subject="ALARM: …", topic=topic)


def test_an_alarm_that_rings() -> None:
    message = read()
    assert (message.title, message.severity) == ("shop-prod-api-degraded rings", "critical")
    assert "docs/runbooks/ecs_service.md#degraded" in message.text
    assert message.facts["state"] == "OK → ALARM"
    assert message.facts["why"].endswith("transitioned to ALARM")
    assert message.link == (
        "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
        "#alarmsV2:alarm/shop-prod-api-degraded"
    )


def test_an_alarm_that_has_stopped_is_nothing_to_worry_about() -> None:
    message = read(NewStateValue="OK", OldStateValue="ALARM")
    assert (message.title, message.severity) == ("shop-prod-api-degraded has stopped ringing", "info")


@pytest.mark.parametrize("tier", ["info", "warning", "critical", "emergency"])
def test_the_tier_is_the_topics(tier: str) -> None:
    assert read(TOPIC.replace("critical", tier)).severity == tier


def test_of_recoveries_and_of_topics_of_others_it_is_info() -> None:
    assert read(TOPIC.replace("critical", "recovery")).severity == "info"
    assert read("arn:aws:sns:eu-central-1:123456789012:other").severity == "info"


@pytest.mark.parametrize("text", ["You have spent 80 per cent", "{", "[1]", '{"Type": "x"}', '"text"', "null", ""])
def test_what_is_no_alarm_is_told_as_it_is(text: str) -> None:
    message = message_of(text, subject="AWS Budgets: shop", topic=TOPIC)
    assert (message.title, message.text) == ("AWS Budgets: shop", text)
    assert message_of(text, subject=None, topic=TOPIC).title


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws-cn", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_console_of_other_partitions(partition: str, host: str) -> None:
    region = host.partition(".")[0]
    link = read(AlarmArn=f"arn:{partition}:cloudwatch:{region}:123456789012:alarm:a b/c").link
    assert link == f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/a%20b%2Fc"
    assert read(AlarmArn="").link == ""


def test_slack_takes_all_of_it() -> None:
    body = bodies.slack(read(NewStateReason="<!channel> & " + "x" * 5_000))
    assert "<!channel>" not in json.dumps(body["blocks"][1:])
    assert len(body["blocks"]) <= 50
