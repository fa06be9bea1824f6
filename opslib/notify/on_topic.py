"""A message as a topic of SNS is given it, so that whoever listens to a tier gets it: people, pagers, chats.

Subscriptions of our topics filter on the body, which has to be a JSON object for that: they take what alarms say as
they ring and stop, and what has the key `opslib`. AWS does not say whether it looks at the whole of a message with a
text for each protocol, at the text for the subscription's protocol, or at `default`. So the key stands in all three;
SNS leaves a key alone that is no protocol's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from opslib.notify.message import SEVERITIES, Message

__all__ = ["MARK", "read_back", "texts"]

MARK = "opslib"
"""The key by which a message of opslib's is known; what it holds is the title."""

_SMS_CHARACTERS = 140
"""SNS: what is longer is sent as several, each of which is paid for."""

_NAME_CHARACTERS = 255
"""CloudWatch, PutMetricAlarm: what a pager expects of an alarm's name at most."""


def texts(message: Message, *, topic: str, at: datetime, plain: bool) -> dict[str, str]:
    """The message for each protocol, as Publish wants it with `MessageStructure` json.

    Args:
        message: The message.
        topic: ARN of the topic.
        at: When it is published, aware.
        plain: Whether nothing filters there, so that people are sent plain text.
    """
    title = " ".join(message.title.split())
    default = json.dumps(_document(message, title, topic, at))
    if plain:
        return {MARK: title, "default": default, "email": message.plain() or title, "sms": title[:_SMS_CHARACTERS]}
    return {MARK: title, "default": default, "email": _mail(message, title), "sms": _short(title)}


def _document(message: Message, title: str, topic: str, at: datetime) -> dict[str, Any]:
    """All of it, by the names that pagers read (an alarm's) and Amazon Q in chats does (a custom notification's).

    What is worse than an info rings as an alarm does, and an info about the same plan says that it has stopped: a pager
    opens an incident with the first, and closes it with the last.
    """
    _, _, _, region, account, *_ = topic.split(":", 5)
    rings = message.severity != "info"
    said = message.plain()
    return {
        MARK: title,
        "severity": message.severity,
        "text": message.text,
        "facts": dict(message.facts),
        "link": message.link,
        "AlarmName": f"opslib: {message.facts.get('plan') or title}"[:_NAME_CHARACTERS],
        "AlarmDescription": said or title,
        "NewStateValue": "ALARM" if rings else "OK",
        "OldStateValue": "OK" if rings else "ALARM",
        "NewStateReason": f"{title}: {message.text}" if message.text else title,
        "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S}.000{at:%z}",
        "Region": region,
        "AWSAccountId": account,
        "version": "1.0",
        "source": "custom",
        "content": {"textType": "client-markdown", "title": title, "description": said or title},
    }


def _mail(message: Message, title: str) -> str:
    """For people, and an object all the same."""
    lines = message.text.splitlines()
    said = {MARK: f"[{message.severity}] {title}", "says": lines if len(lines) > 1 else message.text, **message.facts}
    given = {name: value for name, value in {**said, "link": message.link}.items() if value}
    return json.dumps(given, indent=2, ensure_ascii=False)


def _short(title: str) -> str:
    most = _SMS_CHARACTERS - len(json.dumps({MARK: ""}))
    cut = title
    while len(json.dumps({MARK: cut}, ensure_ascii=False)) > _SMS_CHARACTERS:
        cut = cut[: min(len(cut) - 1, most)]
    return json.dumps({MARK: cut}, ensure_ascii=False)


def read_back(said: Mapping[str, Any]) -> Message | None:
    """The message in what `texts` made for `default`; None where it is none of opslib's."""
    facts, severity = said.get("facts"), said.get("severity")
    if not isinstance(said.get(MARK), str) or not isinstance(facts, Mapping) or severity not in SEVERITIES:
        return None
    return Message(
        title=said[MARK],
        text=str(said.get("text") or ""),
        severity=severity,
        facts={str(name): str(value) for name, value in facts.items()},
        link=str(said.get("link") or ""),
    )
