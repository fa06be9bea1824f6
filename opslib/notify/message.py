"""A message to people, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from opslib.contract import Severity
from opslib.errors import OpslibError

__all__ = ["SEVERITIES", "Channel", "Delivery", "Message", "NotDelivered", "Severity"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical", "emergency")
"""In rising order."""


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told.

    Attributes:
        title: What has happened, on one line.
        text: The rest of it; may be empty.
        severity: How bad it is.
        facts: What goes with it, by name: who, where, which plan.
        link: Where there is more to see; empty where there is nothing.
    """

    title: str
    text: str = ""
    severity: Severity = "info"
    facts: Mapping[str, str] = field(default_factory=dict)
    link: str = ""

    def document(self) -> dict[str, Any]:
        """The message in JSON types."""
        return asdict(self) | {"facts": dict(self.facts)}

    def plain(self) -> str:
        """All of it as plain text, the title apart."""
        facts = "\n".join(f"{name}: {value}" for name, value in self.facts.items())
        return "\n\n".join(part for part in (self.text, facts, self.link) if part)


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """What it is called in reports; never its address, which is a secret."""
        ...

    @property
    def least(self) -> Severity:
        """The severity from which on it is used."""
        ...

    def deliver(self, message: Message) -> None:
        """Deliver a message, or raise; it may take as long as it likes, for nobody waits for it (see `tell`).

        Raises:
            NotDelivered: it did not get there; its text is shown to people. Of any other error only the name is.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message on one channel.

    Attributes:
        channel: The channel's name.
        delivered: Whether it got there, as far as the channel can tell.
        says: Why not; empty where it did.
    """

    channel: str
    delivered: bool
    says: str = ""


class NotDelivered(OpslibError):
    """A channel did not take a message. It never leaves `tell`."""
