"""What tests of `opslib guard` share."""

from __future__ import annotations

from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import REGION

__all__ = ["mutating", "queue_url", "settle"]


def settle(guarded: Guarded, minutes: float = 25) -> None:
    for _ in range(round(minutes * 2)):
        if guarded.running() == "shop-api:3":
            guarded.alarm("OK")
        guarded.wait(30)


def queue_url(guarded: Guarded, name: str) -> str:
    return str(guarded.sandbox.client("sqs", REGION).get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"])


def mutating(guarded: Guarded) -> list[str]:
    """What the command itself has changed, not the stack's own functions."""
    return [call.operation for call in guarded.sandbox.calls() if call.mutating and "lambda-" not in str(call.actor)]
