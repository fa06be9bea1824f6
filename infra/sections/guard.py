"""What the stack does by itself: whether it goes back when its alarms say so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from infra.written import Written
from opslib.contract import Severity

__all__ = ["AutoRollback"]


def _off(value: Any) -> Any:
    """YAML takes a bare `off` for a boolean."""
    return "off" if value is False else value


class AutoRollback(Written):
    """Automatic rollback.

    Attributes:
        mode: `off`: nothing is done, and nothing for it is created; `propose`: people are told what could be done;
            `act`: it is done.
        within_minutes: For how long after it completed a deployment counts as the cause of an alarm.
        tier: The tier that is told what it proposes, begins and has done.
    """

    mode: Annotated[Literal["off", "propose", "act"], BeforeValidator(_off)] = "off"
    within_minutes: int = Field(default=60, ge=5, le=1440)
    tier: Severity = "info"
