"""Who is told: the routes of each tier, what pages as one, and who hears when all of that fails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from infra.written import Written

__all__ = ["EMAIL", "Alerting", "Route", "SlackChannel", "Summary", "named_secrets"]

EMAIL = r"^[^@\s]+@[^@\s]+$"
"""What an e-mail address looks like, loosely: SNS and the person who confirms it say the rest."""

_ADDRESSES = {"email": EMAIL, "sms": r"\+[1-9][0-9]{4,14}"}
_SECRET = ("https", "slack")
"""The protocols whose address lets whoever has it speak in our name."""

_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]

_Tier = Literal["info", "warning", "critical", "emergency", "recovery"]
_TIERS: tuple[_Tier, ...] = ("info", "warning", "critical", "emergency", "recovery")


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"there is no time zone {value}; there is Europe/Berlin, for example")
    return value


class Route(Written):
    """Where a tier's messages go.

    Attributes:
        protocol: How. `https` is for PagerDuty, Opsgenie and the like, which read SNS's envelope; `slack` for an
            incoming webhook of Slack, which does not, so that a function of ours stands between.
        endpoint: The address, where it is no secret.
        endpoint_secret: Name of the secret configuration key that holds the address.
    """

    protocol: Literal["email", "sms", "https", "slack"]
    endpoint: str | None = Field(default=None, min_length=3)
    endpoint_secret: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9]{0,31}$")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.endpoint is None) == (self.endpoint_secret is None):
            raise ValueError("give either endpoint or endpointSecret")
        if self.endpoint is None:
            return self
        if self.protocol in _SECRET:
            what = f"an address of {self.protocol} is a secret"
            if self.protocol == "https":
                what = "an https address is a secret"
            raise ValueError(f"{what}: set it with `pulumi config set --secret` and name it here")
        if not re.fullmatch(_ADDRESSES[self.protocol], self.endpoint):
            raise ValueError(f"{self.endpoint} is no address for {self.protocol}")
        return self

    @property
    def key(self) -> str:
        """What tells it from others of its tier and protocol, and is no secret."""
        return self.endpoint_secret or self.endpoint or ""


class SlackChannel(Written):
    """A channel of Slack that AWS itself writes to (Amazon Q Developer in chat applications, once AWS Chatbot).

    Attributes:
        workspace: The workspace's id. It is authorised once, by hand, in the console.
        channel: The channel's id.
        tiers: What is told there.
    """

    workspace: str = Field(pattern=r"^T[A-Z0-9]{1,254}$")
    channel: str = Field(pattern=r"^[CG][A-Z0-9]{1,254}$")
    tiers: tuple[_Tier, ...] = Field(min_length=1)


class Summary(Written):
    """The daily summary, to whoever listens to the tier of infos.

    Attributes:
        at: When, such as `07:00`.
        zone: In which time zone.
    """

    at: str = Field(default="07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Alerting(Written):
    """Routes by tier, and of recoveries.

    Attributes:
        slack_channels: Channels of Slack by a name of ours.
        fallback: Who hears that messages do not arrive; by a topic of its own.
        summary: The daily summary; none: there is none.
        together: Workloads that fail together, by the outage that pages for them; none: each load balancer with the
            services behind it and their databases.
    """

    info: tuple[Route, ...] = ()
    warning: tuple[Route, ...] = ()
    critical: tuple[Route, ...] = ()
    emergency: tuple[Route, ...] = ()
    recovery: tuple[Route, ...] = ()
    slack_channels: dict[_Key, SlackChannel] = Field(default_factory=dict)
    fallback: tuple[Route, ...] = ()
    summary: Summary | None = None
    together: dict[_Key, Annotated[tuple[str, ...], Field(min_length=1)]] | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        told: list[tuple[str, tuple[Route, ...]]] = [(tier, getattr(self, tier)) for tier in _TIERS]
        for tier, routes in (*told, ("fallback", self.fallback)):
            for (protocol, key), count in Counter((route.protocol, route.key) for route in routes).items():
                if count > 1:
                    raise ValueError(f"{tier} names {protocol} {key} {count} times: once is enough")
        if any(route.protocol == "slack" for route in self.fallback):
            raise ValueError("fallback: a message to slack takes a function of ours; name an e-mail address or a phone")
        return self

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Every route of a tier with its tier."""
        for tier in _TIERS:
            for route in getattr(self, tier):
                yield tier, route

    @staticmethod
    def tiers() -> tuple[str, ...]:
        """The tiers, and recoveries: each is a topic."""
        return _TIERS

    def slack_secrets(self) -> tuple[str, ...]:
        """The secret keys that hold addresses of Slack, each once, in order."""
        keys = (route.endpoint_secret for _, route in self.routes() if route.protocol == "slack")
        return tuple(dict.fromkeys(key for key in keys if key))

    def secret_names(self) -> tuple[str, ...]:
        """The secret keys that routes name, each once, in order."""
        routes = (*(route for _, route in self.routes()), *self.fallback)
        return tuple(dict.fromkeys(route.endpoint_secret for route in routes if route.endpoint_secret))


def named_secrets(value: Any) -> Iterator[str]:
    """The secret keys that routes name, valid or not."""
    if isinstance(value, Mapping):
        name = value.get("endpointSecret")
        if isinstance(name, str):
            yield name
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from named_secrets(inner)
