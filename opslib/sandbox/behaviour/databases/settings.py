"""How long databases take to come, to change and to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

__all__ = ["DatabasesSettings"]

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class DatabasesSettings:
    """Times of databases, by the sandbox's clock.

    AWS gives no times, they grow with the storage: where nothing else is said they are ours, of the order that users
    report of small instances. What is seeded is there at once.

    Attributes:
        creating_seconds: How long a new instance or cluster is `creating`.
        restoring_seconds: The same, of one that is restored.
        backing_up_seconds: How long the first backup takes, and a snapshot.
        modifying_seconds: How long a change takes that has no other time here.
        upgrading_seconds: How long another engine version takes.
        renaming_seconds: How long another identifier takes.
        credentials_seconds: How long another master password takes.
        rebooting_seconds: How long a reboot takes.
        starting_seconds: How long starting takes.
        stopping_seconds: How long stopping takes.
        deleting_seconds: How long deleting takes.
        restorable_lag_seconds: How far LatestRestorableTime lags behind. AWS, "Restoring a DB instance to a specified
            time": transaction logs are uploaded every five minutes.
    """

    creating_seconds: Seconds = 300
    restoring_seconds: Seconds = 600
    backing_up_seconds: Seconds = 120
    modifying_seconds: Seconds = 300
    upgrading_seconds: Seconds = 900
    renaming_seconds: Seconds = 60
    credentials_seconds: Seconds = 30
    rebooting_seconds: Seconds = 60
    starting_seconds: Seconds = 300
    stopping_seconds: Seconds = 180
    deleting_seconds: Seconds = 180
    restorable_lag_seconds: Seconds = 300
