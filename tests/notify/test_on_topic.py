"""What a topic is given: every listener of every tier gets it, however SNS reads a filter, and it can be read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from infra.components.alerting import RECOVERY, _filter
from opslib.notify import Message, message_of
from opslib.notify.message import SEVERITIES
from opslib.notify.on_topic import MARK, texts
from opslib.sandbox.behaviour.metrics.inbox import passes

pytestmark = pytest.mark.feature("M12", "M13")

TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop-prod-critical"
AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
MESSAGES = [
    Message("rollback.service of shop/api begins", "from 42\nto 41", "warning", {"plan": "plan-one", "who": "ada"}),
    Message("rollback.service of shop/api is done", severity="info", facts={"plan": "plan-one"}),
    Message("it needs a person", "look", "emergency", {}, "https://example.com/x"),
    Message("zurück\nauf" + "ü" * 300, severity="critical"),
]
each = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.severity)


def said(message: Message, *, plain: bool = False) -> dict[str, str]:
    return texts(message, topic=TOPIC, at=AT, plain=plain)


@each
@pytest.mark.parametrize("tier", ["warning", "critical", "emergency", RECOVERY])
@pytest.mark.parametrize("protocol", ["email", "sms", "https", "lambda"])
@pytest.mark.parametrize("hears_recoveries", [True, False])
def test_no_filter_of_a_tier_drops_it(message: Message, tier: str, protocol: str, hears_recoveries: bool) -> None:
    listener: Any = {"key": "somebody", "protocol": protocol, "endpoint": "x"}
    policy = json.dumps(_filter(tier, listener, [listener] if hears_recoveries else []))
    subscription = SimpleNamespace(attributes={"FilterPolicy": policy, "FilterPolicyScope": "MessageBody"})
    given = said(message)
    # AWS does not say which of these it looks at.
    for read in (json.dumps(given), given["default"], given.get(protocol, given["default"])):
        assert passes(subscription, {}, read)
    assert not passes(subscription, {}, json.dumps({"AlarmName": "new", "NewStateValue": "OK"})), "it filters"
    assert len(json.loads(policy)["$or"]) <= 3, "SNS: five keys, 150 combinations"


@each
def test_all_of_it_can_be_read_back_by_what_tells_slack(message: Message) -> None:
    found = message_of(said(message)["default"], subject="x", topic=TOPIC)
    assert found.title == " ".join(message.title.split())
    assert (found.text, found.severity, found.facts, found.link) == (
        message.text, message.severity, message.facts, message.link,
    )  # fmt: skip


@pytest.mark.parametrize(
    "more", [{"facts": []}, {"severity": "loud"}, {"severity": None}, {MARK: 1}], ids=["facts", "loud", "none", "title"]
)
def test_what_only_looks_like_it_is_read_as_it_is(more: dict[str, Any]) -> None:
    spoilt = json.dumps({**json.loads(said(MESSAGES[0])["default"]), **more, "AlarmName": "shop-prod-x"})
    assert message_of(spoilt, subject=None, topic=TOPIC).title == "shop-prod-x rings"


def test_a_pager_opens_with_what_is_worse_than_an_info_and_closes_with_the_end_of_the_same_plan() -> None:
    begun, done, _, _ = (json.loads(said(message)["default"]) for message in MESSAGES)
    assert begun["AlarmName"] == done["AlarmName"] == "opslib: plan-one"
    assert (begun["OldStateValue"], begun["NewStateValue"]) == ("OK", "ALARM")
    assert (done["OldStateValue"], done["NewStateValue"]) == ("ALARM", "OK")
    assert begun["NewStateReason"] == "rollback.service of shop/api begins: from 42\nto 41"
    assert begun["StateChangeTime"] == "2026-11-21T06:30:00.000+0000"
    assert (begun["AWSAccountId"], begun["Region"]) == ("123456789012", "eu-central-1")


def test_a_chat_of_aws_own_takes_what_is_a_custom_notification() -> None:
    """Amazon Q Developer in chat applications, "Custom notifications": version, source and content."""
    told = json.loads(said(MESSAGES[0])["default"])
    assert (told["version"], told["source"]) == ("1.0", "custom")
    assert told["content"]["textType"] == "client-markdown"
    assert told["content"]["title"] == MESSAGES[0].title


@each
def test_a_text_message_is_one_and_an_object(message: Message) -> None:
    short = said(message)["sms"]
    assert len(short) <= 140
    assert json.loads(short)[MARK] == " ".join(message.title.split())[: len(json.loads(short)[MARK])]
    assert len(json.loads(short)[MARK]) == min(len(" ".join(message.title.split())), 140 - len('{"opslib": ""}'))


def test_a_mail_is_an_object_that_people_can_read() -> None:
    assert said(MESSAGES[0])["email"].splitlines() == [
        "{",
        '  "opslib": "[warning] rollback.service of shop/api begins",',
        '  "says": [',
        '    "from 42",',
        '    "to 41"',
        "  ],",
        '  "plan": "plan-one",',
        '  "who": "ada"',
        "}",
    ]
    assert said(MESSAGES[0], plain=True)["email"] == "from 42\nto 41\n\nplan: plan-one\nwho: ada"


@each
def test_sns_takes_every_text(message: Message) -> None:
    for plain in (True, False):
        assert all(isinstance(text, str) and text for text in said(message, plain=plain).values())
    assert message.severity in SEVERITIES
