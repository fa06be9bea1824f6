"""How fast CloudTrail delivers, and what calls AWS's own services make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

__all__ = ["TrailSettings"]

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class TrailSettings:
    """Times of deliveries, by the sandbox's clock.

    Attributes:
        delivery_seconds: At which multiples of this files and log events are delivered. AWS, "How CloudTrail works":
            files every five minutes or so, log events within about as long.
        event_seconds: From a call to its event in EventBridge. AWS gives none, they come within seconds to minutes;
            assumed.
        background_seconds: How often a service of AWS takes on a role, as they do all day in any account; 0: never.
            The sandbox's own account would be quieter than any (assumed).
    """

    delivery_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300
    event_seconds: Seconds = 5
    background_seconds: Seconds = 900
