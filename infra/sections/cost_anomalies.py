"""Costs that are not as they were: what of it is worth a message."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.sections.alerting import EMAIL
from infra.written import Written
from opslib.contract import Arn

__all__ = ["CostAnomalies"]


class CostAnomalies(Written):
    """AWS's own model of what each service costs, and from which deviation on somebody is told.

    Attributes:
        impact_usd: Tell of what costs so many US dollars more than expected.
        impact_percent: And so much more in per cent; None: whatever it is in per cent.
        emails: Whom to write once a day, besides the topic that is told at once.
        monitor_arn: The monitor of all services, where the account has one already: AWS allows one, and makes it by
            itself in newer accounts (`aws ce get-anomaly-monitors`).
    """

    impact_usd: float = Field(default=100, gt=0, le=1e9)
    impact_percent: float | None = Field(default=40, gt=0, le=1e6)
    emails: tuple[Annotated[str, Field(pattern=EMAIL)], ...] = Field(default=(), max_length=10)
    monitor_arn: Arn | None = None
