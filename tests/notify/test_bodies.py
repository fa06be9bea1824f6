"""What each service is sent: all of the message, within the service's limits, and nothing that does anything there."""

from __future__ import annotations

import json

import pytest

from opslib.notify import SEVERITIES, Message, bodies

pytestmark = pytest.mark.feature("O4")

HELLO = Message(
    "api is rolled back",
    "to revision 41",
    "critical",
    {"plan": "plan-one", "target": "ecs:shop/api"},
    "https://example.com/incident",
)
HUGE = Message("t" * 9_000, "x" * 9_000, "emergency", {f"fact {n}" * 99: "v" * 9_000 for n in range(60)}, "https://e/")


def test_a_webhook_gets_the_message_as_it_is() -> None:
    assert bodies.webhook(HELLO) == {
        "title": "api is rolled back",
        "text": "to revision 41",
        "severity": "critical",
        "facts": {"plan": "plan-one", "target": "ecs:shop/api"},
        "link": "https://example.com/incident",
    }


def test_slack_gets_blocks_and_a_text_for_notifications() -> None:
    body = bodies.slack(HELLO)
    assert body["text"] == "[critical] api is rolled back: to revision 41"
    header, text, facts, link = body["blocks"]
    assert header["text"] == {"type": "plain_text", "text": ":rotating_light: api is rolled back", "emoji": True}
    assert text["text"] == {"type": "mrkdwn", "text": "to revision 41"}
    assert [field["text"] for field in facts["fields"]] == ["*plan*\nplan-one", "*target*\necs:shop/api"]
    assert link["elements"][0]["text"] == "https://example.com/incident"


def test_slack_mentions_nobody_and_disguises_no_link() -> None:
    hostile = "<!channel> <@U123> <https://evil.example|click> & more"
    body = bodies.slack(Message(hostile, hostile, facts={hostile: hostile}, link=hostile))
    shown = json.dumps([body["text"], body["blocks"][1:]])
    assert "<" not in shown
    assert "&lt;!channel&gt;" in shown
    assert "&amp; more" in shown
    assert body["blocks"][0]["text"]["type"] == "plain_text", "where nothing is a mention"


def test_slack_takes_it_however_long_it_is() -> None:
    body = bodies.slack(HUGE)
    header, text, *rows, _ = body["blocks"]
    assert len(header["text"]["text"]) == 150
    assert len(text["text"]["text"]) == 3_000
    assert [len(row["fields"]) for row in rows] == [10] * 6
    assert all(len(field["text"]) <= 2_000 for row in rows for field in row["fields"])
    assert len(body["blocks"]) <= 50


def test_slack_gets_no_empty_text_which_it_would_refuse() -> None:
    body = bodies.slack(Message("done", facts={"image": ""}))
    assert [block["type"] for block in body["blocks"]] == ["header", "section"]
    assert body["blocks"][1]["fields"][0]["text"] == "*image*\n-"


def test_discord_takes_it_however_long_it_is_and_mentions_nobody() -> None:
    body = bodies.discord(HUGE)
    (embed,) = body["embeds"]
    fields = [text for field in embed["fields"] for text in (field["name"], field["value"])]
    assert len(embed["title"]) <= 256
    assert len(embed["fields"]) <= 25
    assert len(embed["title"]) + len(embed["description"]) + sum(map(len, fields)) <= 6_000
    assert body["allowed_mentions"] == {"parse": []}
    (plain,) = bodies.discord(HELLO)["embeds"]
    assert (plain["title"], plain["description"]) == ("[critical] api is rolled back", "to revision 41")
    assert plain["url"] == "https://example.com/incident"
    assert "url" not in bodies.discord(Message("x", link="file:///tmp/x"))["embeds"][0]
    assert bodies.discord(Message("x", facts={"": ""}))["embeds"][0]["fields"][0]["value"] == "-"


def test_pagerduty_gets_an_alert_of_its_own() -> None:
    body = bodies.pagerduty(HELLO, "k" * 32)
    assert body["routing_key"] == "k" * 32
    assert body["event_action"] == "trigger"
    assert body["payload"] == {
        "summary": "api is rolled back",
        "source": "ecs:shop/api",
        "severity": "error",
        "custom_details": {"text": "to revision 41", "plan": "plan-one", "target": "ecs:shop/api"},
    }
    assert body["links"] == [{"href": "https://example.com/incident", "text": "More"}]
    assert body["dedup_key"] != bodies.pagerduty(HELLO, "k" * 32)["dedup_key"], "two messages are two alerts"
    assert len(bodies.pagerduty(HUGE, "k")["payload"]["summary"]) == 1_024


def test_pagerduty_knows_each_severity_by_its_own_words() -> None:
    said = [bodies.pagerduty(Message("x", severity=one), "k")["payload"]["severity"] for one in SEVERITIES]
    assert said == ["info", "warning", "error", "critical"]
