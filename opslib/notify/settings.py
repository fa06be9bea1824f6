"""Which channels there are: from the environment, because their addresses are secrets.

=============================  ==========================================================================
OPSLIB_NOTIFY_SLACK_URL        an incoming webhook of Slack (or of what speaks like it)
OPSLIB_NOTIFY_WEBHOOK_URL      whatever takes the message as JSON
OPSLIB_NOTIFY_DISCORD_URL      a webhook of Discord
OPSLIB_NOTIFY_PAGERDUTY_KEY    the routing key of an Events API v2 integration; told from `critical` on
OPSLIB_NOTIFY_PAGERDUTY_URL    where PagerDuty is, if not in its US region
OPSLIB_NOTIFY_TIER             the alert tier whose topic is told: whatever subscribes to it (docs/alerting.md)
=============================  ==========================================================================

A variable that is empty is as good as not set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from opslib.errors import BadRequest
from opslib.notify import bodies
from opslib.notify.channels import Hook, Log, Topic
from opslib.notify.message import Channel, Message
from opslib.notify.post import Address
from opslib.stack import Stack

__all__ = ["channels_of"]

_HOOKS: tuple[tuple[str, str, Callable[[Message], dict[str, Any]]], ...] = (
    ("slack", "OPSLIB_NOTIFY_SLACK_URL", bodies.slack),
    ("webhook", "OPSLIB_NOTIFY_WEBHOOK_URL", bodies.webhook),
    ("discord", "OPSLIB_NOTIFY_DISCORD_URL", bodies.discord),
)
"""What is an address and nothing else: the channel's name, the variable, the body."""

_KEY, _KEY_ADDRESS = "OPSLIB_NOTIFY_PAGERDUTY_KEY", "OPSLIB_NOTIFY_PAGERDUTY_URL"

_PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"

_TIER = "OPSLIB_NOTIFY_TIER"

_UNFILTERED = "info"
"""The tier whose subscriptions take everything, so that people may be sent plain text."""


def channels_of(stack: Stack | None, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """The channels that the environment names; the log always.

    Args:
        stack: Whose topics are meant; None where there is none.
        environ: The environment: `os.environ`.

    Raises:
        BadRequest: a variable holds what it cannot; the message names the variable, and not what it holds.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    channels: list[Channel] = [Log()]
    for name, variable, body in _HOOKS:
        if variable in given:
            channels.append(Hook(name, Address(given[variable], named=variable), body))
    if _KEY in given:
        channels.append(_pagerduty(given))
    if _TIER in given:
        channels.append(_topic(stack, given[_TIER]))
    return tuple(channels)


def _pagerduty(given: Mapping[str, str]) -> Hook:
    if not re.fullmatch(r"[A-Za-z0-9]{32}", given[_KEY]):
        raise BadRequest(f"{_KEY} is not a routing key", "set it to the integration key: 32 letters and digits")
    address = Address(given.get(_KEY_ADDRESS, _PAGERDUTY), named=_KEY_ADDRESS)
    return Hook("pagerduty", address, partial(bodies.pagerduty, key=given[_KEY]), least="critical")


def _topic(stack: Stack | None, tier: str) -> Topic:
    if stack is None:
        raise BadRequest(
            f"{_TIER} is set, and there is no stack whose topic it could be", "name the stack, or unset it"
        )
    topics = stack.outputs.topics
    region = stack.outputs.stack.region
    if region not in topics.get(tier, {}):
        there = ", ".join(sorted(name for name, by_region in topics.items() if region in by_region)) or "none"
        raise BadRequest(f"{_TIER} is not a tier of {stack.name} with a topic in {region}", f"there is: {there}")
    return Topic(stack.clients, topics[tier][region], plain=tier == _UNFILTERED)
