"""`GET /_sandbox/deliveries`: what EventBridge delivered, and what it could not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict

from opslib.sandbox.behaviour.events.delivery import deliveries_of

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["Deliveries", "DeliveryRecord", "read"]


class DeliveryRecord(BaseModel):
    """A delivery, see `opslib.sandbox.behaviour.events.delivery.Delivered`."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    at: AwareDatetime
    rule: str
    target: str
    event_id: str
    attempts: int
    problem: str


class Deliveries(BaseModel):
    """The last deliveries, the oldest first."""

    deliveries: tuple[DeliveryRecord, ...]


def read(account: Account, _: bytes) -> Deliveries:
    """`GET /_sandbox/deliveries`."""
    with account.schedule.lock:
        return Deliveries(deliveries=tuple(DeliveryRecord.model_validate(each) for each in deliveries_of(account)))
