"""An account's region: where alarms are."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """One region of one account.

    Attributes:
        account_id: The account.
        region: The region.
    """

    account_id: str
    region: str
