"""Which channels the environment names, told for real: a local server, and SNS in the sandbox."""

from __future__ import annotations

import http.client
import json
import traceback
from typing import Any
from urllib.parse import urlsplit

import pytest

from opslib import Stack
from opslib.errors import BadRequest
from opslib.notify import Message, Topic, channels_of, tell
from opslib.sandbox import Sandbox
from tests.notify.conftest import Listener

pytestmark = pytest.mark.feature("O4")

KEY = "0123456789abcdef0123456789ABCDEF"
BAD = Message("api is rolled back", "to revision 41", "critical", {"plan": "plan-one"})


def test_without_any_variable_there_is_the_log() -> None:
    assert [channel.name for channel in channels_of(None, {})] == ["log"]
    assert [channel.name for channel in channels_of(None, {"OPSLIB_NOTIFY_SLACK_URL": " ", "HOME": "/"})] == ["log"]


def test_every_channel_is_told_at_its_own_address_in_its_own_words(listener: Listener) -> None:
    environ = {
        "OPSLIB_NOTIFY_SLACK_URL": f"{listener.url}/slack",
        "OPSLIB_NOTIFY_WEBHOOK_URL": f"{listener.url}/webhook",
        "OPSLIB_NOTIFY_DISCORD_URL": f"{listener.url}/discord",
        "OPSLIB_NOTIFY_PAGERDUTY_KEY": KEY,
        "OPSLIB_NOTIFY_PAGERDUTY_URL": f"{listener.url}/pagerduty",
    }
    channels = channels_of(None, environ)
    deliveries = tell(BAD, channels)
    assert [(one.channel, one.delivered) for one in deliveries] == [
        ("log", True),
        ("slack", True),
        ("webhook", True),
        ("discord", True),
        ("pagerduty", True),
    ]
    posts: dict[str, Any] = dict(listener.posts)
    assert set(posts) == {"/slack", "/webhook", "/discord", "/pagerduty"}
    assert posts["/slack"]["text"] == "[critical] api is rolled back: to revision 41"
    assert posts["/webhook"]["facts"] == {"plan": "plan-one"}
    assert posts["/discord"]["embeds"][0]["title"] == "[critical] api is rolled back"
    assert posts["/pagerduty"]["routing_key"] == KEY


def test_pagerduty_is_told_bad_news_only(listener: Listener) -> None:
    environ = {"OPSLIB_NOTIFY_PAGERDUTY_KEY": KEY, "OPSLIB_NOTIFY_PAGERDUTY_URL": listener.url}
    assert [one.channel for one in tell(Message("it begins"), channels_of(None, environ))] == ["log"]
    assert listener.posts == []


def test_no_channel_shows_its_address_or_key(listener: Listener) -> None:
    environ = {
        "OPSLIB_NOTIFY_SLACK_URL": f"{listener.url}/SECRET",
        "OPSLIB_NOTIFY_PAGERDUTY_KEY": KEY,
    }
    shown = repr(channels_of(None, environ))
    assert "SECRET" not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPSLIB_NOTIFY_SLACK_URL", "http://hooks.slack.com/SECRET"),
        ("OPSLIB_NOTIFY_WEBHOOK_URL", "SECRET"),
        ("OPSLIB_NOTIFY_DISCORD_URL", "https://SECRET:SECRET@discord.com/x"),
        ("OPSLIB_NOTIFY_PAGERDUTY_KEY", "SECRET"),
        ("OPSLIB_NOTIFY_TIER", "SECRET"),
    ],
)
def test_a_bad_value_is_refused_by_the_variables_name_alone(
    variable: str, value: str, document: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest) as caught:
        channels_of(Stack.open(outputs=document), {variable: value})
    assert variable in str(caught.value)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.exit_code == 2


def test_a_bad_address_of_pagerduty_is_refused_by_its_own_name() -> None:
    with pytest.raises(BadRequest, match="OPSLIB_NOTIFY_PAGERDUTY_URL is not an https URL"):
        channels_of(None, {"OPSLIB_NOTIFY_PAGERDUTY_KEY": KEY, "OPSLIB_NOTIFY_PAGERDUTY_URL": "http://example.com/"})


def test_a_tier_without_a_stack_or_of_another_stack_says_what_there_is(document: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="there is no stack"):
        channels_of(None, {"OPSLIB_NOTIFY_TIER": "critical"})
    with pytest.raises(BadRequest, match="not a tier of shop/prod with a topic in eu-west-1: there is: critical"):
        channels_of(Stack.open(outputs=document), {"OPSLIB_NOTIFY_TIER": "warning"})


def inbox(sandbox: Sandbox) -> list[dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=60)
    connection.request("GET", "/_sandbox/inbox")
    deliveries: list[dict[str, Any]] = json.loads(connection.getresponse().read())["deliveries"]
    connection.close()
    return deliveries


@pytest.fixture
def topic(aws: Sandbox, document: dict[str, Any]) -> Topic:
    """The topic of the tier `critical`, with an e-mail address and a phone number subscribed to it."""
    sns = aws.client("sns", "eu-west-1")
    arn = sns.create_topic(Name="shop-critical")["TopicArn"]
    assert arn == document["topics"]["critical"]["eu-west-1"]
    for protocol, endpoint in (("email", "ops@example.com"), ("sms", "+4915112345678")):
        subscribed = sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)
        aws.confirm_subscription(subscribed["SubscriptionArn"])
    _, found = channels_of(Stack.open(outputs=document), {"OPSLIB_NOTIFY_TIER": "critical"})
    assert isinstance(found, Topic)
    return found


def test_a_topic_sends_e_mail_all_of_it_and_sms_the_title(topic: Topic, aws: Sandbox) -> None:
    message = Message("api is rolled back", "to revision 41", "critical", {"plan": "plan-one"}, "https://example.com/x")
    (delivery,) = tell(message, [topic])
    assert delivery.delivered, delivery.says
    email, sms = sorted(inbox(aws), key=lambda one: str(one["protocol"]))
    assert email["subject"] == "[critical] api is rolled back"
    assert json.loads(email["message"]) == {
        "opslib": "[critical] api is rolled back",
        "says": "to revision 41",
        "plan": "plan-one",
        "link": "https://example.com/x",
    }
    assert sms["message"] == '{"opslib": "api is rolled back"}'


def test_on_the_tier_that_nothing_filters_people_read_plain_text(aws: Sandbox, document: dict[str, Any]) -> None:
    sns = aws.client("sns", "eu-west-1")
    arn = sns.create_topic(Name="shop-info")["TopicArn"]
    document["topics"]["info"] = {"eu-west-1": arn}
    for protocol, endpoint in (("email", "ops@example.com"), ("sms", "+4915112345678")):
        subscribed = sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)
        aws.confirm_subscription(subscribed["SubscriptionArn"])
    _, topic = channels_of(Stack.open(outputs=document), {"OPSLIB_NOTIFY_TIER": "info"})
    tell(Message("api could go back", "opslib rollback service api", facts={"alarm": "api-degraded"}), [topic])
    email, sms = sorted(inbox(aws), key=lambda one: str(one["protocol"]))
    assert email["message"] == "opslib rollback service api\n\nalarm: api-degraded"
    assert sms["message"] == "api could go back"


def test_a_subject_is_within_what_sns_takes(topic: Topic, aws: Sandbox) -> None:
    (delivery,) = tell(Message("zurück\nauf" + "x" * 200), [topic])
    assert delivery.delivered, delivery.says
    subject = inbox(aws)[0]["subject"]
    assert subject.startswith("[info] zur?ck aufxxx")
    assert len(subject) == 100


def test_a_topic_that_is_not_there_is_told_and_breaks_nothing(
    aws: Sandbox, document: dict[str, Any], no_aws: pytest.MonkeyPatch
) -> None:
    del aws
    channels = channels_of(Stack.open(outputs=document), {"OPSLIB_NOTIFY_TIER": "critical"})
    log, topic = tell(BAD, channels)
    assert (log.delivered, topic.delivered) == (True, False)
    assert "publishing to arn:aws:sns:eu-west-1:123456789012:shop-critical" in topic.says
    assert "NotFound" in topic.says
    no_aws.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    _, gone = tell(BAD, channels_of(Stack.open(outputs=document), {"OPSLIB_NOTIFY_TIER": "critical"}))
    assert not gone.delivered
    assert "does not answer" in gone.says
