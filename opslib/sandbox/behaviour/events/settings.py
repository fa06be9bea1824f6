"""How fast EventBridge delivers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EventsSettings"]


@dataclass(frozen=True, slots=True)
class EventsSettings:
    """Times of deliveries, by the sandbox's clock.

    Attributes:
        latency_seconds: From an event to its targets. AWS: "typical latency" is about half a second.
        retry_seconds: How long after each failed delivery the next is tried. AWS retries with growing pauses for 24
            hours and up to 185 times; here only so often, which is enough to see it.
        keep_deliveries: How many deliveries are kept on record.
    """

    latency_seconds: float = 0.5
    retry_seconds: tuple[float, ...] = (60.0, 300.0, 1_800.0)
    keep_deliveries: int = 1_000
