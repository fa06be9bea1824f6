"""Who is told: the routes of each tier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from infra.written import Written

__all__ = ["EMAIL", "Alerting", "Route", "named_secrets"]

EMAIL = r"^[^@\s]+@[^@\s]+$"
"""What an e-mail address looks like, loosely: SNS and the person who confirms it say the rest."""

_ADDRESSES = {"email": EMAIL, "sms": r"\+[1-9][0-9]{4,14}"}


class Route(Written):
    """Where a tier's messages go.

    Attributes:
        protocol: How; `https` is for PagerDuty, Opsgenie and the like, whose address is a secret.
        endpoint: The address, where it is no secret.
        endpoint_secret: Name of the secret configuration key that holds the address.
    """

    protocol: Literal["email", "sms", "https"]
    endpoint: str | None = Field(default=None, min_length=3)
    endpoint_secret: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9]*$")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.endpoint is None) == (self.endpoint_secret is None):
            raise ValueError("give either endpoint or endpointSecret")
        if self.protocol == "https" and self.endpoint is not None:
            raise ValueError("an https address is a secret: set it with `pulumi config set --secret` and name it here")
        if self.endpoint is not None and not re.fullmatch(_ADDRESSES[self.protocol], self.endpoint):
            raise ValueError(f"{self.endpoint} is no address for {self.protocol}")
        return self


class Alerting(Written):
    """Routes by tier, and of recoveries."""

    info: tuple[Route, ...] = ()
    warning: tuple[Route, ...] = ()
    critical: tuple[Route, ...] = ()
    emergency: tuple[Route, ...] = ()
    recovery: tuple[Route, ...] = ()

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Every route with its tier."""
        for tier in type(self).model_fields:
            for route in getattr(self, tier):
                yield tier, route


def named_secrets(value: Any) -> Iterator[str]:
    """The secret keys that routes name, valid or not."""
    if isinstance(value, Mapping):
        name = value.get("endpointSecret")
        if isinstance(name, str):
            yield name
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from named_secrets(inner)
