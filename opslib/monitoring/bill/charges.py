"""What a bill consists of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

__all__ = ["STACK", "Charge", "ChargeKind", "dollars"]

ChargeKind = Literal[
    "alarm-metrics",
    "high-resolution alarm-metrics",
    "Metrics Insights alarm-metrics",
    "composite alarms",
    "dashboards",
    "custom metrics",
    "Container Insights metrics",
    "log ingestion",
    "canary runs",
    "mute rules",
]

STACK = "stack"
"""What stands for the workload where something is for the stack as a whole."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that is paid for each month.

    Attributes:
        kind: What is counted.
        name: Of the alarm or dashboard; for what is estimated, of what it is for.
        quantity: How many of what its kind says.
        unit_usd: For each, in US dollars.
        workload: For which workload; `stack` where for all.
        tier: The tier that an alarm acts on, itself or through its composite; empty for the rest.
        assumption: Why this number, where it is an estimate; empty where it was counted.
        free_tier: Whether it is of what an account has some of for nothing.
    """

    kind: ChargeKind
    name: str
    quantity: Decimal
    unit_usd: Decimal
    workload: str = STACK
    tier: str = ""
    assumption: str = ""
    free_tier: bool = False

    @property
    def usd(self) -> Decimal:
        """What it costs in a month, before anything that is free."""
        return self.quantity * self.unit_usd

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "workload": self.workload,
            "tier": self.tier,
            "quantity": float(self.quantity),
            "unit_usd": float(self.unit_usd),
            "usd": dollars(self.usd),
            "estimate": bool(self.assumption),
            "assumption": self.assumption,
            "free_tier": self.free_tier,
        }


def dollars(amount: Decimal) -> float:
    """An amount for JSON, to the hundredth of a cent."""
    return float(round(amount, 4))
