"""What the account may cost a month, and who hears of it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.sections.alerting import EMAIL
from infra.written import Written

__all__ = ["Budget", "ServiceBudget"]

Limit = Annotated[float, Field(gt=0, le=1e9)]
Percent = Annotated[float, Field(gt=0, le=1000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
ServiceName = Annotated[str, Field(pattern=r"^[\x20-\x7e]{1,200}$")]


class ServiceBudget(Written):
    """What some AWS services may cost of it.

    Attributes:
        names: The services as billing spells them, such as ``Amazon Relational Database Service``.
        limit_usd: US dollars a month, of all of them together.
        actual_percent: Tell when so much is spent.
        forecast_percent: Tell when so much will be spent by the end of the month.
    """

    names: tuple[ServiceName, ...] = Field(min_length=1)
    limit_usd: Limit
    actual_percent: Percent = 80
    forecast_percent: Percent | None = 100


class Budget(Written):
    """The monthly budget of the whole account, and beside it those of services.

    Attributes:
        limit_usd: US dollars a month, whatever the service.
        actual_percent: Tell when so much is spent.
        forecast_percent: Tell when so much will be spent by the end of the month.
        services: Budgets of their own for some services, by name: they say what has grown, and filter nothing out of
            the whole.
        emails: Whom to tell, besides the tier `info`.
    """

    limit_usd: Limit = 2000
    actual_percent: Percent = 80
    forecast_percent: Percent | None = 100
    services: dict[Name, ServiceBudget] = Field(default_factory=dict)
    emails: tuple[Annotated[str, Field(pattern=EMAIL)], ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _of_the_whole(self) -> Self:
        for name, budget in self.services.items():
            if budget.limit_usd > self.limit_usd:
                raise ValueError(f"services.{name}: {budget.limit_usd:g} USD, and {self.limit_usd:g} for the whole")
        return self
