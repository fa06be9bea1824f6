"""What was published to a topic, by an alarm of CloudWatch or by opslib, as a message to people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from opslib.notify.message import SEVERITIES, Message, Severity
from opslib.notify.on_topic import read_back

__all__ = ["message_of"]

_STATES: Mapping[str, str] = {
    "ALARM": "rings",
    "OK": "has stopped ringing",
    "INSUFFICIENT_DATA": "has no data",
}


def message_of(published: str, *, subject: str | None, topic: str) -> Message:
    """The message to people that stands for what was published.

    Args:
        published: What was published: CloudWatch's JSON, opslib's own, or any other text (of a budget, of the daily
            summary).
        subject: Its subject.
        topic: ARN of the topic; the tier is the end of its name.
    """
    try:
        said = json.loads(published)
    except ValueError:
        said = None
    severity = _severity(topic)
    own = read_back(said) if isinstance(said, Mapping) else None
    if own is not None:
        return own
    if not isinstance(said, Mapping) or "AlarmName" not in said or "NewStateValue" not in said:
        return Message(subject or "A message without a subject", published, severity)
    name, state = str(said["AlarmName"]), str(said["NewStateValue"])
    facts = {
        "alarm": name,
        "state": f"{said.get('OldStateValue', '?')} → {state}",
        "since": said.get("StateChangeTime"),
        "region": said.get("Region"),
        "account": said.get("AWSAccountId"),
        "why": said.get("NewStateReason"),
    }
    return Message(
        title=f"{name} {_STATES.get(state, f'is {state}')}",
        text=str(said.get("AlarmDescription") or ""),
        severity=severity if state == "ALARM" else "info",
        facts={fact: str(value) for fact, value in facts.items() if value},
        link=_console(said),
    )


def _severity(topic: str) -> Severity:
    tier = topic.rpartition("-")[2]
    return next((severity for severity in SEVERITIES if severity == tier), "info")


def _console(said: Mapping[str, Any]) -> str:
    """The alarm's page in the console, by its ARN; empty where the message has none."""
    parts = str(said.get("AlarmArn", "")).split(":", 6)
    if len(parts) != 7:  # noqa: PLR2004  arn:partition:cloudwatch:region:account:alarm:name
        return ""
    region, name = parts[3], parts[6]
    host = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}.get(
        parts[1], "console.aws.amazon.com"
    )
    return f"https://{region}.{host}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(name, safe='')}"
