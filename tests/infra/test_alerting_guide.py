"""What docs/alerting.md shows is what the program takes, and mistakes in it are one line with the key's path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import StackConfig
from infra.kinds.delivery import KIND
from opslib.errors import BadRequest
from tests.infra.outages import PRODUCT

pytestmark = pytest.mark.feature("M13")

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "alerting.md").read_text(encoding="utf-8")
SHOWN = [yaml.safe_load(block)["opslib:alerting"] for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]


def parsed(alerting: dict[str, Any]) -> StackConfig:
    caches = {"sessions": {"replicationGroup": "shop-sessions", "members": ["001"]}}
    return StackConfig.parse({**PRODUCT, "caches": caches, "alerting": alerting}, source="test")


@pytest.mark.parametrize("shown", SHOWN, ids="-".join)
def test_what_is_shown_is_taken(shown: dict[str, Any]) -> None:
    assert parsed(shown).alerting


def test_every_protocol_and_every_alarm_is_shown() -> None:
    routes = next(shown for shown in SHOWN if "critical" in shown)
    protocols = {route["protocol"] for tier in ("info", "critical", "emergency") for route in routes[tier]}
    assert protocols == {"email", "https", "sms", "slack"}
    own = {row.key for row in KIND.alarms if row.only_with in ("topic", "failed_queue")}
    assert all(f"alerting-{key}-" in GUIDE for key in own)


MAIL = {"protocol": "email", "endpoint": "a@shop.example"}
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "twice": ({"warning": [MAIL, MAIL]}, "alerting: warning names email a@shop.example 2 times"),
    "a webhook in plain text": (
        {"critical": [{"protocol": "slack", "endpoint": "https://hooks.slack.com/x"}]},
        "alerting.critical.0: an address of slack is a secret",
    ),
    "a fallback by a function": (
        {"fallback": [{"protocol": "slack", "endpointSecret": "chatUrl"}]},
        "alerting: fallback: a message to slack takes a function of ours",
    ),
    "no such zone": ({"summary": {"zone": "Europe/Bonn"}}, "alerting.summary.zone: there is no time zone Europe/Bonn"),
    "no such time": ({"summary": {"at": "25:00"}}, "alerting.summary.at"),
    "no such tier": (
        {"slackChannels": {"a": {"workspace": "T0", "channel": "C0", "tiers": ["loud"]}}},
        "alerting.slackChannels.a.tiers.0",
    ),
    "a channel by its name": (
        {"slackChannels": {"a": {"workspace": "T0ABC", "channel": "#oncall", "tiers": ["critical"]}}},
        "alerting.slackChannels.a.channel",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_names_the_key(mistake: str) -> None:
    written, says = MISTAKES[mistake]
    with pytest.raises(BadRequest) as refused:
        parsed(written)
    assert says in str(refused.value), str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hooks.slack.com" not in str(refused.value)


def test_a_summary_needs_the_outputs_in_parameter_store() -> None:
    with pytest.raises(BadRequest, match=r"alerting.summary: .* mirror"):
        StackConfig.parse({**PRODUCT, "mirror": False, "alerting": {"summary": {}}}, source="test")
