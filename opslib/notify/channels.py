"""The channels: the log, a topic of SNS, and whatever takes JSON at an address (`bodies`)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opslib.clients import Clients, aws_call
from opslib.notify.message import Message, Severity
from opslib.notify.on_topic import texts
from opslib.notify.post import Address, post

__all__ = ["Hook", "Log", "Topic"]

# As of any library: who wants the messages gives the logger a handler; without one they must not land in a terminal.
logging.getLogger("opslib").addHandler(logging.NullHandler())

_LEVELS: Mapping[Severity, int] = {
    "info": logging.INFO,
    "warning": logging.WARNING,
    "critical": logging.ERROR,
    "emergency": logging.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Log:
    """The log of this process: a line in the logger ``opslib.notify``.

    Attributes:
        name: What it is called in reports.
        least: The severity from which on it is used.
    """

    name: str = "log"
    least: Severity = "info"

    def deliver(self, message: Message) -> None:
        """Write one line, whatever the message holds: a line break in it must not look like a line of somebody else."""
        facts = "".join(f" {name}={value!r}" for name, value in message.facts.items())
        line = f"{message.title}: {message.text}" if message.text else message.title
        logging.getLogger("opslib.notify").log(_LEVELS[message.severity], "%s%s", " ".join(line.split()), facts)


@dataclass(frozen=True, slots=True)
class Hook:
    """Whatever takes JSON by a POST.

    Attributes:
        name: What it is called in reports.
        address: Where it is.
        body: What it is sent for a message, in JSON types.
        least: The severity from which on it is used.
    """

    name: str
    address: Address
    body: Callable[[Message], Mapping[str, Any]]
    least: Severity = "info"

    def __repr__(self) -> str:
        return f"Hook({self.name!r}, {self.address!r})"  # the body may hold a key

    def deliver(self, message: Message) -> None:
        """Post it.

        Raises:
            NotDelivered: it did not get there.
        """
        post(self.address, self.body(message))


_SUBJECT_CHARACTERS = 100
"""SNS Publish: a subject has at most 100 characters of ASCII, and no line break."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS: e-mail gets all of a message, SMS its title, and what reads JSON all of it by name (`on_topic`).

    Attributes:
        clients: AWS clients of the topic's account.
        arn: The topic.
        plain: Whether people are sent plain text: where nothing filters what is published.
        name: What it is called in reports.
        least: The severity from which on it is used.
    """

    clients: Clients
    arn: str
    plain: bool = False
    name: str = "topic"
    least: Severity = "info"

    def deliver(self, message: Message) -> None:
        """Publish it.

        Raises:
            Refused: AWS does not take it, or does not answer.
        """
        said = texts(message, topic=self.arn, at=datetime.now(UTC), plain=self.plain)
        region = self.arn.split(":")[3]
        with aws_call(f"publishing to {self.arn}"):
            client: Any = self.clients.client("sns", region=region, purpose="mutate")  # type: ignore[call-overload]  # any service
            client.publish(
                TopicArn=self.arn, Subject=_subject(message), Message=json.dumps(said), MessageStructure="json"
            )


def _subject(message: Message) -> str:
    text = " ".join(f"[{message.severity}] {message.title}".split())
    plain = "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
    return plain if len(plain) <= _SUBJECT_CHARACTERS else f"{plain[: _SUBJECT_CHARACTERS - 3]}..."
