"""What is said over HTTP under `/_sandbox/`, both ways."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

__all__ = [
    "AdvanceClock",
    "AllSettings",
    "CallRecord",
    "Calls",
    "ClockReading",
    "Confirm",
    "Counts",
    "Problem",
    "Ready",
    "SandboxStatus",
    "SeedRandom",
]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ready(_Message):
    """The one line that the server's process prints when it can be called."""

    url: str
    pid: int


class ClockReading(_Message):
    """The sandbox's time.

    Attributes:
        now: In UTC.
        ahead_seconds: How far it was turned ahead of the machine's clock.
    """

    now: datetime
    ahead_seconds: float


class AdvanceClock(_Message):
    """How far to turn the clock; never backwards."""

    advance_seconds: float = Field(ge=0, allow_inf_nan=False)


class CallRecord(_Message):
    """One AWS call, see `opslib.sandbox.calls.Call`."""

    sequence: int
    at: datetime
    service: str
    operation: str
    region: str
    mutating: bool
    status: int
    error: str | None = None
    actor: str = ""


class Calls(_Message):
    """All calls since the start or the last reset, in order of arrival."""

    calls: tuple[CallRecord, ...]


class Counts(_Message):
    """How many calls there were."""

    total: int
    mutating: int
    failed: int


class SandboxStatus(_Message):
    """How the sandbox is, and what is in it.

    Attributes:
        ready: Always true: a sandbox that answers is ready.
        started: When, by its own clock.
        now: Its time.
        account: The account's id.
        region: The default region.
        seed: What everything random follows from.
        calls: How many AWS calls there were.
        contents: How many of each kind of resource there are, in all regions; kinds without any are left out.
    """

    ready: bool
    started: datetime
    now: datetime
    account: str
    region: str
    seed: int = 0
    calls: Counts
    contents: dict[str, int]


class Confirm(_Message):
    """A subscription, by its ARN, or all of an endpoint, confirmed as the endpoint's owner would."""

    subscription: str


class AllSettings(RootModel[dict[str, dict[str, Any]]]):
    """Settings by behaviour and field, see `opslib.sandbox.settings`."""


class SeedRandom(_Message):
    """What everything random in the sandbox follows from."""

    seed: int = Field(ge=0)


class Problem(_Message):
    """Why a control request was refused, on one line."""

    problem: str
