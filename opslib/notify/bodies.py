"""What each service wants to be sent for a message: pure, one function a service, within the service's limits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from itertools import islice
from typing import Any, Literal

from opslib.notify.message import Message, Severity

__all__ = ["discord", "pagerduty", "slack", "webhook"]


def webhook(message: Message) -> dict[str, Any]:
    """For whatever reads JSON: the message as it is."""
    return message.document()


# Slack, Block Kit reference: a header has 150 characters, a text 3,000, a section ten fields of 2,000.
_SLACK_HEADER, _SLACK_TEXT, _SLACK_FIELD, _SLACK_FIELDS = 150, 3_000, 2_000, 10

_SLACK_SIGNS: Mapping[Severity, str] = {
    "info": ":information_source:",
    "warning": ":warning:",
    "critical": ":rotating_light:",
    "emergency": ":sos:",
}


def slack(message: Message) -> dict[str, Any]:
    """For an incoming webhook of Slack: blocks, and the text that notifications and old clients show."""
    sign = f"{_SLACK_SIGNS[message.severity]} "
    header = _cut(sign + " ".join(message.title.split()), _SLACK_HEADER)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": header, "emoji": True}}]
    if message.text:
        blocks.append({"type": "section", "text": _mrkdwn(_escaped(message.text), _SLACK_TEXT)})
    fields = [f"*{_escaped(name)}*\n{_escaped(value) or '-'}" for name, value in message.facts.items()]
    for start in range(0, len(fields), _SLACK_FIELDS):
        row = fields[start : start + _SLACK_FIELDS]
        blocks.append({"type": "section", "fields": [_mrkdwn(text, _SLACK_FIELD) for text in row]})
    if message.link:
        blocks.append({"type": "context", "elements": [_mrkdwn(_escaped(message.link), _SLACK_TEXT)]})
    fallback = f"[{message.severity}] {message.title}" + (f": {message.text}" if message.text else "")
    return {"text": _cut(_escaped(fallback), _SLACK_TEXT), "blocks": blocks, "unfurl_links": False}


def _mrkdwn(text: str, most: int) -> dict[str, str]:
    return {"type": "mrkdwn", "text": _cut(text, most)}


def _escaped(text: str) -> str:
    """Slack's three control characters: without them nothing is a mention, a channel or a disguised link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Discord, embed limits: 256, 4,096, 25 fields of 256 and 1,024, and 6,000 in all; these add up to less than that.
_DISCORD_TITLE, _DISCORD_TEXT, _DISCORD_FIELDS, _DISCORD_NAME, _DISCORD_VALUE = 250, 2_500, 10, 60, 250

_DISCORD_COLOURS: Mapping[Severity, int] = {
    "info": 0x2F6FDE,
    "warning": 0xD99A00,
    "critical": 0xD1382C,
    "emergency": 0x8E1F6B,
}


def discord(message: Message) -> dict[str, Any]:
    """For a webhook of Discord: one embed, which mentions nobody whatever its text says."""
    embed: dict[str, Any] = {
        "title": _cut(f"[{message.severity}] {message.title}", _DISCORD_TITLE),
        "color": _DISCORD_COLOURS[message.severity],
        "fields": [
            {"name": _cut(name, _DISCORD_NAME) or "-", "value": _cut(value, _DISCORD_VALUE) or "-", "inline": True}
            for name, value in islice(message.facts.items(), _DISCORD_FIELDS)
        ],
    }
    if message.text:
        embed["description"] = _cut(message.text, _DISCORD_TEXT)
    if message.link.startswith("https://"):  # it refuses all of a message for a link of another kind
        embed["url"] = message.link
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


_PAGERDUTY_SUMMARY = 1_024  # PagerDuty, Events API v2: the length of a summary

_PAGERDUTY_SEVERITIES: Mapping[Severity, Literal["info", "warning", "error", "critical"]] = {
    "info": "info",
    "warning": "warning",
    "critical": "error",
    "emergency": "critical",
}


def pagerduty(message: Message, key: str) -> dict[str, Any]:
    """For PagerDuty's Events API v2: an alert of its own.

    Args:
        message: The message.
        key: The routing key of the integration; a secret.
    """
    details = {"text": message.text, **message.facts}
    return {
        "routing_key": key,
        "event_action": "trigger",
        "dedup_key": f"opslib-{uuid.uuid4()}",
        "payload": {
            "summary": _cut(" ".join(message.title.split()), _PAGERDUTY_SUMMARY),
            "source": message.facts.get("target") or "opslib",
            "severity": _PAGERDUTY_SEVERITIES[message.severity],
            "custom_details": {name: value for name, value in details.items() if value},
        },
        "links": [{"href": message.link, "text": "More"}] if message.link else [],
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
