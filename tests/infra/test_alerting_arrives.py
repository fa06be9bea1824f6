"""A stack's messages arrive at real servers as their services document them; and when not, somebody is told."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opslib.notify import Message, channels_of, tell
from opslib.sandbox import Sandbox
from opslib.sandbox.programs.property_values import Secret
from opslib.stack import Stack
from tests.infra.listening import DEADLINE_SECONDS, Listening, listening, made_certificate
from tests.infra.outages import PRODUCT, REGION, Shop

pytestmark = pytest.mark.feature("M12", "M13")

CANARIES = ("c4nary-of-the-pager", "c4nary-of-the-chat", "+4915112345678")

# SNS's developer guide, "Parsing HTTP/HTTPS notification messages".
NOTIFICATION = {
    "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
    "SigningCertURL", "UnsubscribeURL",
}  # fmt: skip
# CloudWatch's user guide, "Notifying users on alarm changes": of a composite, without a trigger.
ALARM = {
    "AlarmName", "AlarmDescription", "AWSAccountId", "AlarmConfigurationUpdatedTimestamp", "NewStateValue",
    "NewStateReason", "StateChangeTime", "Region", "AlarmArn", "OldStateValue", "OKActions", "AlarmActions",
    "InsufficientDataActions", "AlarmRule", "TriggeringChildren",
}  # fmt: skip

PAGE = "shop-prod-hooks-failing"


@dataclass
class Deployed:
    shop: Shop
    pager: Listening
    chat: Listening


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    certificate = made_certificate(tmp_path_factory.mktemp("tls"))
    with (
        Sandbox() as sandbox,
        listening(f"/integration/{CANARIES[0]}/enqueue", certificate) as pager,
        listening(f"/services/T0/B0/{CANARIES[1]}") as chat,
    ):
        written = {
            **{key: PRODUCT[key] for key in ("product", "environment", "functions")},
            "alerting": {
                "info": [{"protocol": "email", "endpoint": "team@shop.example"}],
                "critical": [
                    {"protocol": "https", "endpointSecret": "pagerUrl"},
                    {"protocol": "slack", "endpointSecret": "chatUrl"},
                ],
                "emergency": [{"protocol": "sms", "endpointSecret": "oncallPhone"}],
                "slackChannels": {"oncall": {"workspace": "T0SHOP", "channel": "C0ONCALL", "tiers": ["critical"]}},
                "fallback": [{"protocol": "email", "endpoint": "lead@shop.example"}],
                "summary": {"at": "07:30", "zone": "Europe/Berlin"},
            },
        }
        secrets = {"opslib:pagerUrl": pager.url, "opslib:chatUrl": chat.url, "opslib:oncallPhone": CANARIES[2]}
        shop = Shop(sandbox, written, secrets)
        assert pager.confirmed.acquire(timeout=DEADLINE_SECONDS), "the pager confirms by itself"
        yield Deployed(shop, pager, chat)


def turn(deployed: Deployed, state: str) -> None:
    cloudwatch = deployed.shop.sandbox.client("cloudwatch", REGION)
    cloudwatch.set_alarm_state(AlarmName=PAGE, StateValue=state, StateReason=f"set to {state} by the test")


def until(found: Any, says: str) -> Any:
    """What `found` gives once it gives something; time passes in the sandbox as well."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (got := found()):
        assert time.monotonic() < deadline, says
        time.sleep(0.1)
    return got


def test_a_page_arrives_at_the_pager_and_in_the_chat_and_is_resolved_there(deployed: Deployed) -> None:
    for state, before in (("ALARM", "OK"), ("OK", "ALARM")):
        turn(deployed, state)
        path, headers, envelope = deployed.pager.next()
        assert path == f"/integration/{CANARIES[0]}/enqueue"
        assert headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification", "no raw delivery"
        assert set(envelope) == NOTIFICATION
        assert envelope["TopicArn"].endswith(":shop-prod-critical")
        said = json.loads(envelope["Message"])
        assert set(said) == ALARM
        assert (said["AlarmName"], said["OldStateValue"], said["NewStateValue"]) == (PAGE, before, state)

        deployed.shop.passes(1)  # the function is called by the sandbox's clock
        path, headers, body = deployed.chat.next()
        assert (path, headers["Content-Type"]) == (f"/services/T0/B0/{CANARIES[1]}", "application/json; charset=utf-8")
        assert set(body) == {"text", "blocks", "unfurl_links"}
        header, *sections = body["blocks"]
        word = {"ALARM": "rings", "OK": "has stopped ringing"}[state]
        assert header["type"] == "header"
        assert f"{PAGE} {word}" in header["text"]["text"]
        shown = json.dumps(sections)
        assert f"{before} \\u2192 {state}" in shown
        assert "console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/shop-prod-hooks" in shown
        assert body["text"].startswith("[critical]" if state == "ALARM" else "[info]")


def test_every_morning_there_is_one_mail_of_plain_words(deployed: Deployed) -> None:
    turn(deployed, "ALARM")
    deployed.shop.passes(1)
    deployed.shop.told()
    clock, berlin = deployed.shop.sandbox.clock, ZoneInfo("Europe/Berlin")
    now = clock.now().astimezone(berlin)
    due = now.replace(hour=7, minute=30, second=0, microsecond=0)
    clock.advance(((due if due > now else due + timedelta(days=1)) - now).total_seconds() + 60)

    def arrived() -> list[dict[str, Any]]:
        inbox = deployed.shop._ask("GET", "inbox")["deliveries"]
        return [one for one in inbox if one["topic_arn"].endswith("-info")]

    (mail,) = until(arrived, "no summary came")
    assert (mail["protocol"], mail["endpoint"]) == ("email", "team@shop.example")
    assert re.fullmatch(r"shop/prod: \d+ ringing(, \d+ stuck)?(, \d+ without data)?", mail["subject"])
    assert f"critical  {PAGE}" in mail["message"]
    assert re.search(r"on \d{4}-\d\d-\d\d 07:3\d \(Europe/Berlin\)", mail["message"])
    turn(deployed, "OK")


def test_what_opslib_tells_of_its_own_work_arrives_on_every_tier(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in deployed.shop.sandbox.environment().items():
        monkeypatch.setenv(name, value)
    deployed.shop.passes(1)
    deployed.shop.told()
    stack = Stack.open(outputs=deployed.shop.ran.outputs)
    begun = Message("rollback of hooks begins", "to version 41", "warning", {"plan": "plan-one", "who": "ada"})
    done = Message("rollback of hooks is done", "", "info", {"plan": "plan-one"})
    for message, state in ((begun, "ALARM"), (done, "OK")):
        for tier in ("info", "critical", "emergency"):
            (*_, delivery) = tell(message, channels_of(stack, {"OPSLIB_NOTIFY_TIER": tier}))
            assert delivery.delivered, delivery.says

        _, headers, envelope = deployed.pager.next_with("opslib: plan-one")
        assert headers["x-amz-sns-message-type"] == "Notification"
        said = json.loads(envelope["Message"])
        assert (said["AlarmName"], said["NewStateValue"]) == ("opslib: plan-one", state), "opened, and closed again"

        deployed.shop.passes(1)
        _, _, body = deployed.chat.next_with(message.title)
        assert message.title in body["blocks"][0]["text"]["text"]
        assert body["text"].startswith(f"[{message.severity}]")
        assert ("who" in json.dumps(body["blocks"])) == ("who" in message.facts), "with all of its facts"

        inbox = deployed.shop._ask("GET", "inbox")["deliveries"]
        (mail,) = (one["message"] for one in inbox if one["topic_arn"].endswith("-info"))
        (short,) = (one["message"] for one in inbox if one["protocol"] == "sms")
        assert mail == message.plain(), "who listens to what nothing filters reads plain text"
        assert json.loads(short) == {"opslib": message.title}
        deployed.shop._ask("DELETE", "inbox")


def test_a_channel_of_aws_own_can_do_next_to_nothing(deployed: Deployed) -> None:
    found = deployed.shop.sandbox.client("chatbot", REGION).describe_slack_channel_configurations()
    (channel,) = found["SlackChannelConfigurations"]
    assert channel["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
    assert channel["UserAuthorizationRequired"] is True
    assert {arn.rpartition(":")[2] for arn in channel["SnsTopicArns"]} == {"shop-prod-critical"}
    iam = deployed.shop.sandbox.client("iam", REGION)
    role = channel["IamRoleArn"].rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [], "a role of its own"
    policy = iam.get_role_policy(RoleName=role, PolicyName="draw")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert {action.partition(":")[0] for action in statement["Action"]} == {"cloudwatch"}
    assert not any(action.endswith("*") for action in statement["Action"])


def test_a_pager_that_refuses_is_told_by_another_way(deployed: Deployed) -> None:
    deployed.shop.told()
    deployed.pager.answers = 500
    turn(deployed, "ALARM")
    deployed.pager.next()

    def arrived() -> list[dict[str, Any]]:
        deployed.shop.passes(1)
        inbox = deployed.shop._ask("GET", "inbox")["deliveries"]
        return [one for one in inbox if "alerting-undelivered-critical" in one["message"]]

    mails = until(arrived, "nobody heard that a message was not delivered")
    deployed.pager.answers = 200
    turn(deployed, "OK")
    assert {(one["endpoint"], one["topic_arn"].rpartition(":")[2]) for one in mails} == {
        ("lead@shop.example", "shop-prod-fallback")
    }
    sns = deployed.shop.sandbox.client("sns", REGION)
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    keys = {
        arn.rpartition("-")[2]: sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")
        for arn in topics
    }
    assert keys.pop("fallback") is None, "no key can silence it"
    assert all(keys.values())


def test_what_is_done_to_the_key_is_told_by_another_way(deployed: Deployed) -> None:
    events = deployed.shop.sandbox.client("events", REGION)
    rule = events.describe_rule(Name="shop-prod-alert-key")
    (target,) = events.list_targets_by_rule(Rule="shop-prod-alert-key")["Targets"]
    assert target["Arn"].endswith(":shop-prod-fallback")
    kms = deployed.shop.sandbox.client("kms", REGION)
    key = next(one for one in kms.list_aliases()["Aliases"] if one["AliasName"] == "alias/shop-prod-alerts")
    pattern = json.loads(rule["EventPattern"])["detail"]["requestParameters"]["keyId"]
    assert key["TargetKeyId"] in pattern
    assert any(one.endswith(f":key/{key['TargetKeyId']}") for one in pattern)


def test_no_secret_is_readable_anywhere(deployed: Deployed) -> None:
    """Every canary reached who needs it, and stands nowhere else."""
    shop, client = deployed.shop, deployed.shop.sandbox.client
    ran = shop.ran

    def hidden(value: object) -> str:
        assert isinstance(value, Secret)
        return "[secret]"

    readable = [json.dumps(ran.outputs, default=hidden), *(text for _, text in ran.messages)]
    readable += [json.dumps((r.urn, r.inputs, r.outputs), default=hidden) for r in ran.resources]
    functions = client("lambda", REGION).list_functions()["Functions"]
    assert {"shop-prod-slack-chatUrl", "shop-prod-summary"} <= {one["FunctionName"] for one in functions}
    readable += [json.dumps(one, default=str) for one in functions]
    logs = client("logs", REGION)
    for group in logs.describe_log_groups()["logGroups"]:
        readable += [json.dumps(e) for e in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]]
    readable += [json.dumps(client("dynamodb", REGION).scan(TableName="shop-prod-journal")["Items"])]
    parameters = client("ssm", REGION).get_parameters_by_path(Path="/opslib", Recursive=True)["Parameters"]
    readable += [parameter["Value"] for parameter in parameters]
    history = client("cloudwatch", REGION).describe_alarm_history(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    readable += [json.dumps(history["AlarmHistoryItems"], default=str)]
    assert not [(text[:120], canary) for text in readable for canary in CANARIES if canary in text]

    endpoints = {one["Endpoint"] for one in client("sns", REGION).list_subscriptions()["Subscriptions"]}
    assert {deployed.pager.url, CANARIES[2]} <= endpoints
    secret = client("secretsmanager", REGION).get_secret_value(SecretId="shop-prod/slack/chatUrl")
    assert secret["SecretString"] == deployed.chat.url
