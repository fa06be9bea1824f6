"""What the account may cost a month, and who hears of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.sections.alerting import EMAIL
from infra.written import Written

__all__ = ["Budget"]


class Budget(Written):
    """The monthly budget of the whole account.

    Attributes:
        limit_usd: US dollars a month.
        actual_percent: Tell when so much is spent.
        forecast_percent: Tell when so much will be spent by the end of the month.
        emails: Whom to tell, besides the tier `info`.
    """

    limit_usd: float = Field(default=2000, gt=0)
    actual_percent: float = Field(default=80, gt=0, le=1000)
    forecast_percent: float | None = Field(default=100, gt=0, le=1000)
    emails: tuple[Annotated[str, Field(pattern=EMAIL)], ...] = Field(default=(), max_length=10)
