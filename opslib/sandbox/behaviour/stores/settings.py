"""How long commands take and items last."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StoresSettings"]

STATUSES = ("Success", "Failed", "TimedOut", "Cancelled")


@dataclass(frozen=True, slots=True)
class StoresSettings:
    """Times of stores, by the sandbox's clock, and how commands end.

    Attributes:
        command_starts_seconds: From SendCommand until an instance begins (assumed).
        command_runs_seconds: How long an instance takes (assumed).
        command_outcomes: By instance, how its commands end: `Success` (the default), `Failed`, `TimedOut`,
            `Cancelled`; an instance that is to be `TimedOut` never begins.
        item_lasts_seconds: From an item's expiry until it is deleted. AWS: "within a few days"; until then it is read.
        token_seconds: How long TransactWriteItems knows a ClientRequestToken. AWS: 10 minutes.
    """

    command_starts_seconds: float = 1.0
    command_runs_seconds: float = 10.0
    command_outcomes: dict[str, str] | None = None
    item_lasts_seconds: float = 86_400.0
    token_seconds: float = 600.0
